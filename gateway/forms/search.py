"""The search of Reskontra as it stands in the query string: criteria, order and place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from chassis.business_day import today
from chassis.wire import from_date
from gateway.forms.labels import Label
from gateway.forms.search_terms import LABELS, TermRows, parameter_of
from kernel.errors import FieldViolation, InvalidInput, Violations
from kernel.formats import parse_date
from rf.ledger.v1 import customer_search_pb2, invoices_pb2
from rf.ledger.v1.customer_search_pb2 import CustomerSort, SearchCustomersRequest, StreamCustomersRequest
from rf.ledger.v1.invoices_pb2 import (
    AsOf,
    InvoiceCriteria,
    InvoiceFact,
    InvoiceSort,
    SearchInvoicesRequest,
    SearchTerms,
    StreamInvoicesRequest,
)

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
INVOICES, CUSTOMERS = "fakturor", "kunder"
"""What the two buttons show (R-03, R-04)."""

INVOICE_SORTS: "Final[Mapping[str, InvoiceSort.ValueType]]" = {  # headings that sort; the first is the order as usual
    "fakturanr": invoices_pb2.INVOICE_SORT_NUMBER,
    "klient": invoices_pb2.INVOICE_SORT_CLIENT,
    "kundnr": invoices_pb2.INVOICE_SORT_CUSTOMER_NUMBER,
    "namn": invoices_pb2.INVOICE_SORT_NAME,
    "fakturadatum": invoices_pb2.INVOICE_SORT_INVOICE_DATE,
    "forfallodatum": invoices_pb2.INVOICE_SORT_DUE_DATE,
    "dagar": invoices_pb2.INVOICE_SORT_DAYS,
    "valuta": invoices_pb2.INVOICE_SORT_CURRENCY,
    "inbetalt": invoices_pb2.INVOICE_SORT_PAID,
    "kvarstaende": invoices_pb2.INVOICE_SORT_REMAINING,
    "typ": invoices_pb2.INVOICE_SORT_KIND,
    "tjanst": invoices_pb2.INVOICE_SORT_SERVICE,
    "status": invoices_pb2.INVOICE_SORT_STATUS,
}
CUSTOMER_SORTS: "Final[Mapping[str, CustomerSort.ValueType]]" = {
    "kundnr": customer_search_pb2.CUSTOMER_SORT_NUMBER,
    "klient": customer_search_pb2.CUSTOMER_SORT_CLIENT,
    "namn": customer_search_pb2.CUSTOMER_SORT_NAME,
    "valuta": customer_search_pb2.CUSTOMER_SORT_CURRENCY,
    "ursprungligt": customer_search_pb2.CUSTOMER_SORT_ORIGINAL,
    "betalt": customer_search_pb2.CUSTOMER_SORT_PAID,
    "kvarstaende": customer_search_pb2.CUSTOMER_SORT_REMAINING,
}
SORTS: Final[Mapping[str, Mapping[str, int]]] = {INVOICES: INVOICE_SORTS, CUSTOMERS: CUSTOMER_SORTS}
FIRST_SORT: Final = {show: next(iter(sorts)) for show, sorts in SORTS.items()}
LARGEST_FIRST: Final = frozenset({"dagar", "inbetalt", "kvarstaende", "ursprungligt", "betalt"})

FIELDS: Final[Mapping[str, Label]] = {  # of the form, by their names in the address
    "kundnr": Label("KundNr", "Skriv hela numret, eller början och en stjärna, t.ex. 1004*."),
    "fakturanr": Label("FakturaNr", "Skriv hela numret, eller början och en stjärna, t.ex. 4071*."),
    "per": Label("Datum", "Skriv t.ex. 2026-06-30 eller -30, till och med i dag."),
    **LABELS,
}

Query = dict[str, Any]  # url_for takes what it likes


@dataclass(frozen=True)
class InvoiceSearch:
    """What is asked for. ``tokens`` are the pages gone through, the last one the page to show; none is the first."""

    show: str = INVOICES
    customer_number: str = ""
    invoice_number: str = ""
    facts: tuple[str, ...] = ()
    terms: TermRows = field(default_factory=TermRows)
    as_of: str = ""  # Visa per datum, as written
    as_it_looked: bool = False  # Som det såg ut, rather than Bokfört per (DESIGN 6)
    sort: str = FIRST_SORT[INVOICES]
    descending: bool = False
    tokens: tuple[str, ...] = ()
    first: int = 1  # number of the first row shown

    @classmethod
    def read(cls, query: MultiDict[str, str]) -> "InvoiceSearch":
        """From a query string; what no page of ours writes is left out."""
        show = CUSTOMERS if query.getlist("visa")[-1:] == [CUSTOMERS] else INVOICES  # the button pressed comes last
        sort = query.get("sort", "")
        first = query.get("fran", "")
        return cls(
            show=show,
            customer_number=query.get("kundnr", "").strip(),
            invoice_number=query.get("fakturanr", "").strip(),
            facts=tuple(name for name in FACTS if name in query.getlist("filter")),
            terms=TermRows.read(query),
            as_of=query.get("per", "").strip(),
            as_it_looked=query.get("perslag") == "sag-ut",
            sort=sort if sort in SORTS[show] else FIRST_SORT[show],
            descending=sort in SORTS[show] and query.get("ordning") == "fallande",
            tokens=tuple(token for token in query.getlist("sida") if token)[-MAX_TOKENS:],
            first=int(first) if first.isascii() and first.isdigit() and len(first) < 9 else 1,
        )

    def criteria(self, client_ids: Sequence[str]) -> InvoiceCriteria:
        """What is searched for. Raises InvalidInput, its fields names in the address."""
        with Violations() as v:
            day = None
            if self.as_of:
                with v.field("per"):
                    day = parse_date(self.as_of, today())
            terms = SearchTerms()
            with v.field(""):
                terms = self.terms.message(today())
            for name, term, number in (
                ("customer_number", "kundnummer", self.customer_number),
                ("invoice_number", "fakturanummer", self.invoice_number),
            ):
                v.require(term, not (number and getattr(terms, name)), "STANDS_ABOVE")
                if number:
                    setattr(terms, name, number)
        return InvoiceCriteria(
            client_ids=client_ids,
            facts=[FACTS[name][1] for name in self.facts],
            terms=terms,
            as_of=AsOf(day=from_date(day), as_it_looked=self.as_it_looked) if day else None,
        )

    def request(self, client_ids: Sequence[str]) -> SearchInvoicesRequest:
        """The question for a page of invoices. Raises as ``criteria``."""
        asked = self.criteria(client_ids)
        return SearchInvoicesRequest(
            client_ids=asked.client_ids,
            facts=asked.facts,
            terms=asked.terms,
            as_of=asked.as_of if asked.HasField("as_of") else None,
            sort=INVOICE_SORTS[self.sort],
            descending=self.descending,
            page_size=PAGE_SIZE,
            page_token=self._token,
        )

    def customers_request(self, client_ids: Sequence[str]) -> SearchCustomersRequest:
        """The question for a page of customers. Raises as ``criteria``."""
        return SearchCustomersRequest(
            criteria=self.criteria(client_ids),
            sort=CUSTOMER_SORTS[self.sort],
            descending=self.descending,
            page_size=PAGE_SIZE,
            page_token=self._token,
        )

    def whole(self, client_ids: Sequence[str]) -> StreamInvoicesRequest:
        """The question for all invoices of the search, in its order. Raises as ``criteria``."""
        sort = INVOICE_SORTS[self.sort]
        return StreamInvoicesRequest(criteria=self.criteria(client_ids), sort=sort, descending=self.descending)

    def all_customers(self, client_ids: Sequence[str]) -> StreamCustomersRequest:
        """The question for all customers of the search, in its order. Raises as ``criteria``."""
        sort = CUSTOMER_SORTS[self.sort]
        return StreamCustomersRequest(criteria=self.criteria(client_ids), sort=sort, descending=self.descending)

    @property
    def _token(self) -> str:
        return self.tokens[-1] if self.tokens else ""

    @property
    def shows_customers(self) -> bool:
        return self.show == CUSTOMERS

    def day(self) -> date | None:
        """The day of Visa per datum; None without one, or for one that cannot be read."""
        try:
            return parse_date(self.as_of, today()) if self.as_of else None
        except InvalidInput:
            return None

    def query(self) -> Query:
        """All of it as parameters of an address; what is as usual is not said."""
        found: Query = {
            **self.criteria_query(),
            "sort": self.sort if self.sort != FIRST_SORT[self.show] or self.descending else "",
            "ordning": "fallande" if self.descending else "",
            "sida": list(self.tokens),
            "fran": str(self.first) if self.tokens else "",
        }
        return {name: value for name, value in found.items() if value}

    def criteria_query(self) -> Query:
        """The criteria alone, and which list."""
        found: Query = {
            "visa": self.show if self.shows_customers else "",
            "kundnr": self.customer_number,
            "fakturanr": self.invoice_number,
            "filter": list(self.facts),
            **self.terms.query(),
            "per": self.as_of,
            "perslag": "sag-ut" if self.as_of and self.as_it_looked else "",
        }
        return {name: value for name, value in found.items() if value}

    def form_fields(self) -> list[tuple[str, list[str]]]:
        """What a form that changes only the day of Visa per datum carries besides it."""
        kept = {name: value for name, value in self.query().items() if name not in {"per", "perslag", "sida", "fran"}}
        return [(name, value if isinstance(value, list) else [value]) for name, value in kept.items()]

    def sorted_by(self, name: str) -> Query:
        """The order of the same search by a heading, from the first page; a second press turns it round."""
        turned = not self.descending if name == self.sort else name in LARGEST_FIRST
        return {
            **({"sort": name} if name != FIRST_SORT[self.show] or turned else {}),
            **({"ordning": "fallande"} if turned else {}),
        }

    def next(self, token: str) -> Query:
        """The page after this one."""
        tokens = (*self.tokens, token)[-MAX_TOKENS:]
        return replace(self, tokens=tokens, first=self.first + PAGE_SIZE).query()

    def previous(self) -> Query:
        """The page before this one; where the way back is no longer known, the first."""
        if len(self.tokens) < 2:
            return self.from_start().query()
        return replace(self, tokens=self.tokens[:-1], first=max(self.first - PAGE_SIZE, 1)).query()

    def from_start(self) -> "InvoiceSearch":
        return replace(self, tokens=(), first=1)

    def showing(self, show: str) -> "InvoiceSearch":
        """The same search as the other list, in that one's order."""
        if show == self.show:
            return self
        return replace(self.from_start(), show=show, sort=FIRST_SORT[show], descending=False)

    def without_terms(self) -> "InvoiceSearch":
        """The same search without Avancerad sökning."""
        return replace(self.from_start(), terms=TermRows())

    def today(self) -> "InvoiceSearch":
        """The same search as of now."""
        return replace(self.from_start(), as_of="", as_it_looked=False)

    def in_words(self) -> str:
        """The criteria as the heading of the result repeats them."""
        names = [FACTS[name][0] for name in self.facts]
        facts = " eller ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        parts = [facts.capitalize()] if facts else []
        if self.customer_number:
            parts.append(f"KundNr {self.customer_number}")
        if self.invoice_number:
            parts.append(f"FakturaNr {self.invoice_number}")
        return ", ".join([*parts, *self.terms.in_words()]) or "Alla"

    def place_of(self, violation: FieldViolation) -> str:
        """The name in the address of the field that the ledger found fault with."""
        path = violation.field
        if path in FIELDS:  # found by ourselves
            return path
        path = path.removeprefix("criteria.").removeprefix("terms.")
        own = {"customer_number": "kundnr", "invoice_number": "fakturanr"}.get(path)
        if own and (self.customer_number if own == "kundnr" else self.invoice_number):
            return own
        if path.startswith("as_of"):
            return "per"
        return parameter_of(path) or own or "fakturanr"
