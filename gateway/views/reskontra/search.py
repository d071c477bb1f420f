"""Reskontra: the search for invoices and customers, and its result (manual §4.1)."""

from typing import Any
from urllib.parse import urlencode

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.forms.search import FACTS, FIELDS, InvoiceSearch
from gateway.forms.search_terms import BY_NAME, TERMS
from gateway.presentation import number
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.reskontra import customer_list, invoice_list
from gateway.views.reskontra.blueprint import reskontra
from kernel.errors import DomainError, Kind
from kernel.formats import format_date
from rf.ledger.v1.invoices_pb2 import InvoiceSums, SumInvoicesRequest

RESULT, TERM_ROWS = "resultat", "villkor"
"""What htmx replaces: the list, and the rows of Avancerad sökning."""


@reskontra.get("/")
@needs("ledger.read")
def search() -> ResponseReturnValue:
    asked = InvoiceSearch.read(request.args)
    if wants_fragment(TERM_ROWS):
        return page("reskontra/_villkor.html", **_form(asked), faults={}, focus=_new_row(asked))
    try:
        found = listed(asked)
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        if any(violation.field.startswith("page_") for violation in error.violations):
            return redirect(url_for("reskontra.search", **asked.from_start().query()), 303)
        return page("reskontra/sok.html", 422, **_form(asked), faults=_faults(asked, error), found=None)
    if wants_fragment(RESULT):
        response = page("reskontra/_sokresultat.html", **_form(asked), faults={}, found=found, alone=True)
        response.headers["HX-Push-Url"] = url_for("reskontra.search", **asked.query())
        return response
    return page("reskontra/sok.html", **_form(asked), faults={}, found=found)


@reskontra.get("/summor")
@needs("ledger.read")
def sums() -> ResponseReturnValue:
    """The sums of a search, which the list asks for when it is shown; what goes wrong is said in their place."""
    asked = InvoiceSearch.read(request.args)
    try:
        summed = _summed(asked)
    except DomainError as error:
        return page("reskontra/_summor.html", asked=asked, sums=[], refused=texts.reason(error), links=_links(asked))
    return page("reskontra/_summor.html", asked=asked, sums=summed)


def beneath(asked: InvoiceSearch) -> dict[str, Any]:
    """What the page needs when it lies under a dialog; without its list if the search in the address is no good."""
    try:
        found = listed(asked)
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        found = None
    return {**_form(asked), "faults": {}, "found": found}


def listed(asked: InvoiceSearch) -> dict[str, Any]:
    """The result of a search, as its template shows it. Raises as the ledger does."""
    client_ids = g.session.scope("ledger.read")
    columns, find = (
        (customer_list.COLUMNS, customer_list.found)
        if asked.shows_customers
        else (invoice_list.COLUMNS, invoice_list.found)
    )
    rows, next_token, count = find(asked, client_ids)
    return {
        "rows": rows,
        "columns": _columns(asked, columns),
        "total_text": number(count) if count >= 0 else "fler än 10 000",
        "total_count": count,
        "sums": _summed(asked) if rows and "summor" in request.args else [],
        "last": asked.first + len(rows) - 1 if rows else 0,
        "next_url": _list_url(asked.next(next_token)) if next_token else "",
        "previous_url": _list_url(asked.previous()) if asked.tokens else "",
        "links": _links(asked),
    }


def _summed(asked: InvoiceSearch) -> list[InvoiceSums]:
    client_ids = g.session.scope("ledger.read")
    answer = g.ledger.invoices.SumInvoices(SumInvoicesRequest(criteria=asked.criteria(client_ids)))
    return list(answer.sums)


def _links(asked: InvoiceSearch) -> dict[str, str]:
    """Where the result leads, beside its rows and pages."""
    criteria = asked.criteria_query()
    of_list = {key: value for key, value in asked.query().items() if key not in {"sida", "fran"}}
    export = "reskontra.customers" if asked.shows_customers else "reskontra.invoices"
    return {
        "all": url_for("reskontra.search", visa=asked.show if asked.shows_customers else None),
        "sums": url_for("reskontra.sums", **criteria),
        "with_sums": url_for("reskontra.search", **asked.query(), summor="1"),
        "excel": url_for(f"{export}_xlsx", **of_list),
        "csv": url_for(f"{export}_csv", **of_list),
    }


def _form(asked: InvoiceSearch) -> dict[str, Any]:
    day = asked.day()
    as_of = {
        "lead": "Visar hur det såg ut" if asked.as_it_looked else "Visar vad som var bokfört till och med",
        "text": format_date(day) if day else "",
        "today_url": url_for("reskontra.search", **asked.today().query()),
    }
    return {
        "asked": asked,
        "facts": [(name, label) for name, (label, _) in FACTS.items()],
        "term_rows": [(BY_NAME[name], _choices(asked, name)) for name in asked.terms.rows],
        "more_terms": len(asked.terms.rows) < len(TERMS),
        "advanced_url": url_for("reskontra.search", **asked.query(), gor="lagg-till"),
        "plain_url": url_for("reskontra.search", **asked.without_terms().query()),
        "saved_url": url_for("reskontra.saved_searches", **asked.query()),
        "as_of": as_of if day else None,
    }


def _choices(asked: InvoiceSearch, name: str) -> list[tuple[str, str]]:
    """The terms that a row may be of: its own and those that no other row has."""
    return [(term.name, term.label) for term in TERMS if term.name == name or term.name not in asked.terms.rows]


def _new_row(asked: InvoiceSearch) -> str:
    """Where the person goes on after rows were changed: the added one, or the last that is left."""
    act = request.args.get("gor", "")
    return asked.terms.rows[-1] if asked.terms.rows and act.startswith(("lagg-till", "ta-bort")) else ""


def _columns(asked: InvoiceSearch, columns: tuple[tuple[str, str, bool], ...]) -> list[dict[str, Any]]:
    """The headings: each is a link that sorts by it, from the first page."""
    base = _list_url(asked.criteria_query())  # one address for all: building it costs more than its heading
    found = []
    for label, name, figures in columns:
        order = urlencode(asked.sorted_by(name))
        url = f"{base}{'&' if '?' in base else '?'}{order}" if order else base
        column: dict[str, Any] = {"label": label, "num": figures, "url": url}
        if name == asked.sort:
            column["sorted"] = "descending" if asked.descending else "ascending"
        found.append(column)
    return found


def _list_url(query: dict[str, Any]) -> str:
    return url_for("reskontra.search", **query)


def _faults(asked: InvoiceSearch, error: DomainError) -> dict[str, str]:
    found: dict[str, str] = {}
    for violation in error.violations:
        name = asked.place_of(violation)
        label = FIELDS[name]
        found.setdefault(name, texts.fault(violation, label.text, label.example))
    return found
