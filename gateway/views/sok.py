"""The search box of the top row: a page by its name, else an invoice, a case or a customer by its number."""

from collections.abc import Callable

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import navigation, texts
from gateway.rendering import page
from gateway.session import needs
from kernel.errors import DomainError, Kind
from rf.collection.v1.cases_pb2 import SearchCasesRequest
from rf.ledger.v1.invoices_pb2 import SearchInvoicesRequest

sok = Blueprint("sok", __name__)

MAX_LENGTH = 40
MIN_PAGE_NAME = 3  # fewer letters do not choose a page


@sok.get("/sok")
@needs()
def search() -> ResponseReturnValue:
    wanted = " ".join(request.args.get("q", "").split())
    if not wanted:
        return _nothing(wanted, fault="Skriv ett FakturaNr, KundNr eller Ärendenr, eller namnet på en sida.")
    if len(wanted) > MAX_LENGTH or not wanted.isprintable():
        fault = f"Sökordet går inte att använda. Skriv högst {MAX_LENGTH} vanliga tecken."
        return _nothing(wanted[:MAX_LENGTH] if wanted.isprintable() else "", 422, fault)
    if found := _page(wanted):
        return redirect(found, 303)
    silent: list[str] = []
    for ask, permission in ((_invoice, "ledger.read"), (_case, "collection.read"), (_customer, "ledger.read")):
        if not g.session.clients_with(permission):
            continue
        if found := _asked(ask, wanted, silent):
            return redirect(found, 303)
    return _nothing(wanted, silent=silent)


def _asked(ask: Callable[[str], str], wanted: str, silent: list[str]) -> str:
    """The address that a question leads to; notes a neighbour that does not answer, once."""
    try:
        return ask(wanted)
    except DomainError as error:
        if error.kind is Kind.UNAVAILABLE:
            title = texts.reason(error).title
            if title not in silent:
                silent.append(title)
        elif error.kind not in {Kind.INVALID, Kind.NOT_FOUND, Kind.DENIED}:
            raise
        return ""  # a word that cannot be a number of that kind finds nothing


def _page(wanted: str) -> str:
    """The page of that name, or the only one whose name begins so."""
    links = navigation.usable_links(g.session)
    name = wanted.casefold()
    chosen = [link for link in links if link.name.casefold() == name]
    if not chosen and name in {"hjälp", "kortkommandon"}:
        return url_for("hjalp.chapters", _anchor="kortkommandon" if name == "kortkommandon" else None)
    if not chosen and len(name) >= MIN_PAGE_NAME:
        chosen = [link for link in links if link.name.casefold().startswith(name)]
    if not chosen:
        chosen = [tab.links[0] for tab in navigation.TABS if tab.name.casefold() == name and tab.links[0] in links]
    return url_for(chosen[0].endpoint) if len(chosen) == 1 else ""


def _invoice(number: str) -> str:
    """The invoice of that number; the list where several clients have one."""
    client_ids = g.session.scope("ledger.read")
    found = g.ledger.invoices.SearchInvoices(
        SearchInvoicesRequest(client_ids=client_ids, invoice_number=number, page_size=2)
    ).invoices
    if len(found) > 1:
        return url_for("reskontra.search", fakturanr=number)
    return url_for("reskontra.invoice", invoice_id=found[0].invoice_id) if found else ""


def _case(number: str) -> str:
    client_ids = g.session.scope("collection.read")
    found = g.collection.cases.SearchCases(SearchCasesRequest(client_ids=client_ids, number=number, page_size=1)).cases
    return url_for("inkasso.case", case_id=found[0].case_id) if found else ""


def _customer(number: str) -> str:
    """The invoices of the customer of that number."""
    client_ids = g.session.scope("ledger.read")
    found = g.ledger.invoices.SearchInvoices(
        SearchInvoicesRequest(client_ids=client_ids, customer_number=number, page_size=1)
    ).invoices
    return url_for("reskontra.search", kundnr=number) if found else ""


def _nothing(wanted: str, status: int = 200, fault: str = "", silent: list[str] | None = None) -> ResponseReturnValue:
    return page(
        "sok/sok.html",
        503 if silent else status,
        wanted=wanted,
        fault=fault,
        silent=silent or [],
        places=navigation.usable_links(g.session),
    )
