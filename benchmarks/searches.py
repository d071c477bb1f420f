"""What Reskontra is asked, as it stands in the address of the page, and the question that comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask

from benchmarks.stand import Ledger
from chassis.database import Database
from gateway.forms.search import FACTS, INVOICE_SORTS, LARGEST_FIRST, InvoiceSearch
from rf.ledger.v1 import customer_search_pb2, invoices_pb2
from services.ledger.api.customer_search import CustomerSearchServicer
from services.ledger.api.invoices import InvoiceServicer

Address = Mapping[str, str | list[str]]
BOTH_WAYS = ("fakturanr", "fakturadatum", "namn")

LISTS: Mapping[str, Address] = {
    **{name: {"sort": name, **({"ordning": "fallande"} if name in LARGEST_FIRST else {})} for name in INVOICE_SORTS},
    **{f"{name}, falling": {"sort": name, "ordning": "fallande"} for name in BOTH_WAYS},
    **{name: {"filter": [name]} for name in FACTS},
    "förfallna by dagar": {"filter": ["forfallna"], "sort": "dagar", "ordning": "fallande"},
    "betalda by namn": {"filter": ["betalda"], "sort": "namn"},
    "ej förfallna or påminnelse": {"filter": ["ej-forfallna", "paminnelse"]},
}
"""Every order and every filter."""

TERMS: Mapping[str, Address] = {
    "FakturaNr": {"fakturanr": "17"},
    "KundNr": {"kundnr": "7"},
    "FakturaNr 171*": {"fakturanr": "171*"},
    "KundNr 17*": {"kundnr": "17*"},
    "OCR": {"ocr": "1717"},
    "beginning of a name": {"namn": "karin lund 4"},
    "inside of a name": {"namn": "rosén 17"},
    "Gatuadress": {"gata": "storgatan 171"},
    "Artikelnummer": {"artikelnr": "A17"},
    "Belopp": {"belopp_fran": "5000", "belopp_till": "5005"},
    "Er referens and Status": {"er-referens": "17", "status": "inkasso", "fritext": "tjänst 17"},
}
"""Terms that find few among many."""

WIDE: Mapping[str, Address] = {
    "Namn karin": {"namn": "karin"},
    "Namn berg": {"namn": "berg"},
    "Ort": {"ort": "stockholm"},
    "Fritext tjänst": {"fritext": "tjänst"},
    "Fritext inköp 17": {"fritext": "inköp 17"},
}
"""Terms that find more than ten thousand of a million."""

CUSTOMERS: Mapping[str, Address] = {
    "kunder": {"visa": "kunder"},
    "kunder by namn": {"visa": "kunder", "sort": "namn"},
    "kunder förfallna": {"visa": "kunder", "filter": ["forfallna"]},
    "kunder inkasso": {"visa": "kunder", "filter": ["inkasso"]},
    "kunder by kvarstående": {"visa": "kunder", "sort": "kvarstaende", "ordning": "fallande"},
}
GROUPS: Mapping[str, Mapping[str, Address]] = {"lists": LISTS, "terms": TERMS, "wide": WIDE, "kunder": CUSTOMERS}
OPEN: Address = {"filter": ["forfallna", "ej-forfallna"]}
"""What is summed."""


@dataclass(frozen=True)
class Question:
    """What the page asks the ledger for."""

    request: invoices_pb2.SearchInvoicesRequest | customer_search_pb2.SearchCustomersRequest

    @classmethod
    def read(cls, query: str) -> "Question":
        """The question of an address."""
        asked = _read(query)
        return cls(asked.customers_request([]) if asked.shows_customers else asked.request([]))

    def ask(self, ledger: Ledger) -> object:
        """Ask it over gRPC."""
        if isinstance(self.request, invoices_pb2.SearchInvoicesRequest):
            return ledger.invoices.SearchInvoices(self.request)
        return ledger.customer_search.SearchCustomers(self.request)

    def serve(self, database: Database) -> object:
        """Answer it in this process."""
        if isinstance(self.request, invoices_pb2.SearchInvoicesRequest):
            return InvoiceServicer(database).SearchInvoices(self.request, None)  # type: ignore[arg-type]
        return CustomerSearchServicer(database).SearchCustomers(self.request, None)  # type: ignore[arg-type]


def to_sum(query: str) -> invoices_pb2.SumInvoicesRequest:
    """The question for the sums of an address."""
    return invoices_pb2.SumInvoicesRequest(criteria=_read(query).criteria([]))


def _read(query: str) -> InvoiceSearch:
    with Flask("benchmark").test_request_context(f"/?{query}") as context:
        return InvoiceSearch.read(context.request.args)
