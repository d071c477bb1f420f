"""The search of Reskontra as it stands in the query string: criteria, order and place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from rf.ledger.v1 import invoices_pb2
from rf.ledger.v1.invoices_pb2 import InvoiceFact, InvoiceSort, SearchInvoicesRequest

PAGE_SIZE: Final = 50
MAX_TOKENS: Final = 30
"""How many pages back one can turn step by step; an address has room for no more."""

FACTS: Final[Mapping[str, tuple[str, "InvoiceFact.ValueType"]]] = {  # in the order of the action flow
    "ej-forfallna": ("Ej förfallna", invoices_pb2.INVOICE_FACT_NOT_DUE),
    "forfallna": ("Förfallna", invoices_pb2.INVOICE_FACT_OVERDUE),
    "paminnelse": ("Påminnelse", invoices_pb2.INVOICE_FACT_REMINDED),
    "inkasso": ("Inkasso", invoices_pb2.INVOICE_FACT_COLLECTION),
    "betalda": ("Betalda", invoices_pb2.INVOICE_FACT_PAID),
}


@dataclass(frozen=True)
class Sort:
    """A heading that sorts. ``reversed`` is for days since due, which grow as the due day recedes."""

    column: "InvoiceSort.ValueType"
    reversed: bool = False


SORTS: Final[Mapping[str, Sort]] = {
    "klient": Sort(invoices_pb2.INVOICE_SORT_CLIENT),
    "fakturanr": Sort(invoices_pb2.INVOICE_SORT_NUMBER),
    "kundnr": Sort(invoices_pb2.INVOICE_SORT_CUSTOMER_NUMBER),
    "namn": Sort(invoices_pb2.INVOICE_SORT_NAME),
    "fakturadatum": Sort(invoices_pb2.INVOICE_SORT_INVOICE_DATE),
    "forfallodatum": Sort(invoices_pb2.INVOICE_SORT_DUE_DATE),
    "dagar": Sort(invoices_pb2.INVOICE_SORT_DUE_DATE, reversed=True),
    "inbetalt": Sort(invoices_pb2.INVOICE_SORT_PAID),
    "kvarstaende": Sort(invoices_pb2.INVOICE_SORT_REMAINING),
}
FIRST_SORT: Final = "fakturanr"
LARGEST_FIRST: Final = frozenset({"dagar", "inbetalt", "kvarstaende"})

Query = dict[str, Any]  # url_for takes what it likes


@dataclass(frozen=True)
class InvoiceSearch:
    """What is asked for. ``tokens`` are the pages gone through, the last one the page to show; none is the first."""

    customer_number: str = ""
    invoice_number: str = ""
    facts: tuple[str, ...] = ()
    sort: str = FIRST_SORT
    descending: bool = False
    tokens: tuple[str, ...] = ()
    first: int = 1  # number of the first row shown

    @classmethod
    def read(cls, query: MultiDict[str, str]) -> "InvoiceSearch":
        """From a query string; what no page of ours writes is left out."""
        sort = query.get("sort", "")
        first = query.get("fran", "")
        return cls(
            customer_number=query.get("kundnr", "").strip(),
            invoice_number=query.get("fakturanr", "").strip(),
            facts=tuple(name for name in FACTS if name in query.getlist("filter")),
            sort=sort if sort in SORTS else FIRST_SORT,
            descending=query.get("ordning") == "fallande",
            tokens=tuple(token for token in query.getlist("sida") if token)[-MAX_TOKENS:],
            first=int(first) if first.isascii() and first.isdigit() and len(first) < 9 else 1,
        )

    def request(self, client_ids: Sequence[str]) -> SearchInvoicesRequest:
        """The question to the ledger."""
        sort = SORTS[self.sort]
        return SearchInvoicesRequest(
            client_ids=client_ids,
            facts=[FACTS[name][1] for name in self.facts],
            invoice_number=self.invoice_number,
            customer_number=self.customer_number,
            sort=sort.column,
            descending=self.descending is not sort.reversed,
            page_size=PAGE_SIZE,
            page_token=self.tokens[-1] if self.tokens else "",
        )

    def query(self) -> Query:
        """All of it as parameters of an address; what is as usual is not said."""
        found: Query = {
            "kundnr": self.customer_number,
            "fakturanr": self.invoice_number,
            "filter": list(self.facts),
            "sort": self.sort if self.sort != FIRST_SORT or self.descending else "",
            "ordning": "fallande" if self.descending else "",
            "sida": list(self.tokens),
            "fran": str(self.first) if self.tokens else "",
        }
        return {name: value for name, value in found.items() if value}

    def sorted_by(self, name: str) -> Query:
        """The same search by a heading, from the first page; a second press turns it round."""
        turned = not self.descending if name == self.sort else name in LARGEST_FIRST
        return replace(self, sort=name, descending=turned, tokens=(), first=1).query()

    def next(self, token: str) -> Query:
        """The page after this one."""
        tokens = (*self.tokens, token)[-MAX_TOKENS:]
        return replace(self, tokens=tokens, first=self.first + PAGE_SIZE).query()

    def previous(self) -> Query:
        """The page before this one; where the way back is no longer known, the first."""
        if len(self.tokens) < 2:
            return replace(self, tokens=(), first=1).query()
        return replace(self, tokens=self.tokens[:-1], first=max(self.first - PAGE_SIZE, 1)).query()

    def in_words(self) -> str:
        """The criteria as the heading of the result repeats them."""
        names = [FACTS[name][0] for name in self.facts]
        facts = " eller ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        parts = [facts.capitalize()] if facts else []
        if self.customer_number:
            parts.append(f"KundNr {self.customer_number}")
        if self.invoice_number:
            parts.append(f"FakturaNr {self.invoice_number}")
        return ", ".join(parts) or "Alla"
