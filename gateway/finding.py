"""What the search box finds as one types: pages, invoices, customers, articles and cases, each with its address.

Each kind is asked with the permission that it takes, and among the clients that the chooser leaves. A word that cannot
be a number of a kind finds nothing of it; a neighbour that does not answer is named once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from flask import g, url_for

from gateway import navigation, texts
from gateway.presentation import money
from gateway.views.reskontra.blueprint import client_number
from kernel.errors import DomainError, Kind
from rf.collection.v1.cases_pb2 import SearchCasesRequest
from rf.ledger.v1.articles_pb2 import SearchArticlesRequest
from rf.ledger.v1.customers_pb2 import ListCustomersRequest
from rf.ledger.v1.invoices_pb2 import InvoiceLine, SearchInvoicesRequest, SearchTerms

READ: Final = "ledger.read"
OF_A_KIND: Final = 5
"""Hits of each kind that are shown."""
MIN_NAME: Final = 2
MIN_PAGE_NAME: Final = 3
OCR_DIGITS: Final = range(2, 26)


@dataclass(frozen=True)
class Hit:
    """Something that was found."""

    title: str
    detail: str
    url: str


@dataclass
class Found:
    """Hits by the word for their kind, in the order of the list, and who did not answer."""

    groups: list[tuple[str, list[Hit]]] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(hits) for _, hits in self.groups)


def find(wanted: str) -> Found:
    """Everything that begins so, or is of that name."""
    found = Found()
    for word, permissions, look in _KINDS:
        if permissions and not any(g.session.clients_with(one) for one in permissions):
            continue
        try:
            hits = list(look(wanted))
        except DomainError as error:
            if error.kind is Kind.UNAVAILABLE:
                title = texts.reason(error).title
                found.silent += [title] if title not in found.silent else []
            elif error.kind not in {Kind.INVALID, Kind.NOT_FOUND, Kind.DENIED}:
                raise
            continue
        if hits:
            found.groups.append((word, hits))
    return found


def _invoices(wanted: str) -> Iterator[Hit]:
    """By the beginning of FakturaNr, and by the whole OCR number."""
    clients = g.session.scope(READ)
    digits = wanted.replace(" ", "")
    seen: set[str] = set()
    if digits.isascii() and digits.isdigit() and len(digits) in OCR_DIGITS:
        for line in _searched(clients, SearchTerms(ocr_number=digits)):
            seen.add(line.invoice_id)
            yield _invoice(line, f"OCR {digits}, ")
    if " " not in wanted:
        lines = _searched(clients, SearchTerms(invoice_number=f"{wanted}*"))
        exact_first = sorted(lines, key=lambda line: line.number != wanted)
        yield from (_invoice(line) for line in exact_first if line.invoice_id not in seen)


def _searched(clients: list[str], terms: SearchTerms) -> Sequence[InvoiceLine]:
    asked = SearchInvoicesRequest(client_ids=clients, terms=terms, page_size=OF_A_KIND)
    lines: Sequence[InvoiceLine] = g.ledger.invoices.SearchInvoices(asked).invoices
    return lines


def _invoice(line: InvoiceLine, before: str = "") -> Hit:
    left = money(line.remaining.minor_units, line.remaining.currency_code)
    name = line.customer_name or "Skyddad identitet"
    detail = f"{before}{name}, {left} kvar{_of_client(line.client_id)}"
    return Hit(f"Faktura {line.number}", detail, url_for("reskontra.invoice", invoice_id=line.invoice_id))


def _customers(wanted: str) -> Iterator[Hit]:
    """By the beginning of KundNr, or by words of the name."""
    clients = g.session.scope(READ)
    asked = [ListCustomersRequest(customer_number=f"{wanted}*")] if " " not in wanted else []
    if len(wanted) >= MIN_NAME and not wanted.isdigit():
        asked.append(ListCustomersRequest(name=wanted))
    seen: set[str] = set()
    for request in asked:
        request.client_ids.extend(clients)
        request.page_size = OF_A_KIND
        for one in g.ledger.customers.ListCustomers(request).customers:
            customer = one.customer
            if customer.customer_id in seen or len(seen) == OF_A_KIND:
                continue
            seen.add(customer.customer_id)
            name = "Skyddad identitet" if customer.protected_identity else customer.name
            town = f", {customer.town}" if customer.town and not customer.protected_identity else ""
            detail = f"KundNr {customer.number}{town}{_of_client(customer.client_id)}"
            yield Hit(name, detail, url_for("reskontra.customer", customer_id=customer.customer_id))


def _articles(wanted: str) -> Iterator[Hit]:
    """By the beginning of Artikelnummer, or of words of Beskrivning."""
    permission = READ if g.session.clients_with(READ) else "ledger.register"
    asked = SearchArticlesRequest(client_ids=g.session.scope(permission), query=wanted, page_size=OF_A_KIND)
    for one in g.ledger.articles.SearchArticles(asked).articles:
        number = client_number(one.client_id)
        if g.session.numbered(number, "ledger.register"):
            url = url_for("reskontra.article", number=number, article_id=one.article_id)
        else:
            url = url_for("reskontra.articles", artikelnummer=one.number)
        yield Hit(one.description, f"Artikel {one.number}{_of_client(one.client_id)}", url)


def _cases(wanted: str) -> Iterator[Hit]:
    """By the whole Ärendenr, or the beginning of the debtor's name."""
    clients = g.session.scope("collection.read")
    number, name = (wanted, "") if wanted.isdigit() else ("", wanted)
    asked = SearchCasesRequest(client_ids=clients, number=number, debtor_name=name, page_size=OF_A_KIND)
    for one in g.collection.cases.SearchCases(asked).cases:
        debtor = one.debtor_name or "Skyddad identitet"
        url = url_for("inkasso.case", case_id=one.case_id)
        yield Hit(f"Ärende {one.number}", f"{debtor}{_of_client(one.client_id)}", url)


def _pages(wanted: str) -> Iterator[Hit]:
    name = wanted.casefold()
    if len(name) < MIN_PAGE_NAME:
        return
    for tab in navigation.TABS:
        for link in navigation.usable_of(tab, g.session):
            if link.name.casefold().startswith(name):
                yield Hit(link.name, f"Sida under {tab.name}", url_for(link.endpoint))


def _of_client(client_id: str) -> str:
    """Whose it is, where it may be several clients'."""
    return f", {g.session.client_name(client_id)}" if len(g.session.chosen) > 1 else ""


_KINDS: Final[Sequence[tuple[str, Sequence[str], Callable[[str], Iterator[Hit]]]]] = (
    ("Fakturor", (READ,), _invoices),
    ("Kunder", (READ,), _customers),
    ("Ärenden", ("collection.read",), _cases),
    ("Artiklar", (READ, "ledger.register"), _articles),
    ("Sidor", (), _pages),
)
