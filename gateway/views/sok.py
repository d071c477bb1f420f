"""The search box of the top row: a page by its name, a thing by its whole number, else what begins so (``finding``)."""

from collections.abc import Callable

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import finding, navigation, texts
from gateway.finding import Found
from gateway.rendering import page
from gateway.session import needs
from kernel.errors import DomainError, Kind
from rf.collection.v1.cases_pb2 import SearchCasesRequest
from rf.ledger.v1.customers_pb2 import ListCustomersRequest
from rf.ledger.v1.invoices_pb2 import SearchInvoicesRequest

sok = Blueprint("sok", __name__)

MAX_LENGTH = 40


@sok.get("/sok")
@needs()
def search() -> ResponseReturnValue:
    wanted = _wanted()
    if not wanted:
        return _result(wanted, fault="Skriv ett nummer, ett namn eller en sidas namn.")
    if len(wanted) > MAX_LENGTH or not wanted.isprintable():
        fault = f"Sökordet går inte att använda. Skriv högst {MAX_LENGTH} vanliga tecken."
        return _result(wanted[:MAX_LENGTH] if wanted.isprintable() else "", 422, fault)
    if address := _page(wanted):
        return redirect(address, 303)
    silent: list[str] = []
    for ask, permission in ((_invoice, "ledger.read"), (_case, "collection.read"), (_customer, "ledger.read")):
        if not g.session.clients_with(permission):
            continue
        if address := _asked(ask, wanted, silent):
            return redirect(address, 303)
    found = finding.find(wanted)
    if found.count == 1 and not found.silent:
        return redirect(found.groups[0][1][0].url, 303)
    return _result(wanted, found=found)


@sok.get("/sok/traffar")
@needs()
def hits() -> ResponseReturnValue:
    """What stands below the box while one types."""
    wanted = _wanted()
    usable = bool(wanted) and len(wanted) <= MAX_LENGTH and wanted.isprintable()
    return page("sok/_traffar.html", wanted=wanted, found=finding.find(wanted) if usable else Found())


def _wanted() -> str:
    return " ".join(request.args.get("q", "").split())


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
    if not chosen and len(name) >= finding.MIN_PAGE_NAME:
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
    """The customer of that number; the invoices of all of them where several clients have one."""
    asked = ListCustomersRequest(client_ids=g.session.scope("ledger.read"), customer_number=number, page_size=2)
    found = g.ledger.customers.ListCustomers(asked).customers
    if len(found) > 1:
        return url_for("reskontra.search", kundnr=number)
    return url_for("reskontra.customer", customer_id=found[0].customer.customer_id) if found else ""


def _result(wanted: str, status: int = 200, fault: str = "", found: Found | None = None) -> ResponseReturnValue:
    """The page of the search: what was found, or where else one can look."""
    found = found or Found()
    return page(
        "sok/sok.html",
        503 if found.silent else status,
        wanted=wanted,
        fault=fault,
        found=found,
        places=navigation.usable_links(g.session),
    )
