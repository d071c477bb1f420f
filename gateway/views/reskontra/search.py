"""Reskontra: the search for invoices and its result (manual §4.1)."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.forms.search import FACTS, SORTS, InvoiceSearch, Query
from gateway.presentation import number
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.reskontra.blueprint import reskontra
from gateway.views.reskontra.words import LETTER, SERVICE, STATUS_IN_SEARCH, STEP
from kernel.errors import DomainError, Kind
from rf.ledger.v1.invoices_pb2 import InvoiceLine, SearchInvoicesResponse

RESULT = "resultat"
ANY = str(UUID(int=0))
"""Stands in the one address that those of all rows are made from: building each costs more than the row itself."""

# heading, name in the address, and whether figures stand in it: the thirteen columns of R-09
COLUMNS = (
    ("Klient", "klient", False),
    ("FakturaNr", "fakturanr", False),
    ("KundNr", "kundnr", False),
    ("Namn", "namn", False),
    ("Fakturadatum", "fakturadatum", False),
    ("Förfallodatum", "forfallodatum", False),
    ("Dagar", "dagar", True),
    ("Valuta", "", False),
    ("Inbetalt", "inbetalt", True),
    ("Kvarstående", "kvarstaende", True),
    ("Typ", "", False),
    ("Tjänst", "", False),
    ("Status", "", False),
)


@dataclass(frozen=True)
class Row:
    """An invoice in the list."""

    line: InvoiceLine
    client: str
    letter: str
    service: str
    status: str
    step: int
    url: str


@reskontra.get("/")
@needs("ledger.read")
def search() -> ResponseReturnValue:
    asked = InvoiceSearch.read(request.args)
    try:
        found = listed(asked)
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        if any(violation.field.startswith("page_") for violation in error.violations):
            return redirect(url_for("reskontra.search", **replace(asked, tokens=(), first=1).query()), 303)
        return page("reskontra/sok.html", 422, **_form(asked), faults=_faults(error), found=None)
    if wants_fragment(RESULT):
        return page("reskontra/_sokresultat.html", asked=asked, found=found)
    return page("reskontra/sok.html", **_form(asked), faults={}, found=found)


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
    """The result of a search, as its template shows it."""
    answer: SearchInvoicesResponse = g.ledger.invoices.SearchInvoices(asked.request(g.session.scope("ledger.read")))
    address = url_for("reskontra.invoice", invoice_id=ANY, **asked.query())
    rows = [_row(line, address) for line in answer.invoices]
    sek = [one for one in answer.remaining_sums if one.currency_code == "SEK"]
    return {
        "rows": rows,
        "columns": [_column(asked, *column) for column in COLUMNS],
        "total_text": _count(answer.total_count),
        "total_count": answer.total_count,
        "sums": [*sek, *(one for one in answer.remaining_sums if one.currency_code != "SEK")],
        "last": asked.first + len(rows) - 1 if rows else 0,
        "next_url": _list_url(asked.next(answer.next_page_token)) if answer.next_page_token else "",
        "previous_url": _list_url(asked.previous()) if asked.tokens else "",
        "all_url": url_for("reskontra.search"),
    }


def _form(asked: InvoiceSearch) -> dict[str, Any]:
    return {"asked": asked, "facts": [(name, label) for name, (label, _) in FACTS.items()]}


def _row(line: InvoiceLine, address: str) -> Row:
    return Row(
        line,
        g.session.client_name(line.client_id),
        LETTER.get(line.kind, ""),
        SERVICE.get(line.service, ""),
        STATUS_IN_SEARCH.get(line.status, ""),
        STEP.get(line.status, 0),
        address.replace(ANY, line.invoice_id, 1),
    )


def _column(asked: InvoiceSearch, label: str, name: str, figures: bool) -> dict[str, Any]:
    column: dict[str, Any] = {"label": label, "num": figures}
    if name in SORTS:
        column["url"] = _list_url(asked.sorted_by(name))
        if name == asked.sort:
            column["sorted"] = "descending" if asked.descending else "ascending"
    return column


def _list_url(query: Query) -> str:
    return url_for("reskontra.search", **query)


def _count(count: int) -> str:
    return number(count) if count >= 0 else "fler än 10 000"


def _faults(error: DomainError) -> dict[str, str]:
    labels = {"customer_number": ("kundnr", "KundNr"), "invoice_number": ("fakturanr", "FakturaNr")}
    found = {}
    for violation in error.violations:
        name, label = labels.get(violation.field, ("fakturanr", "Sökningen"))
        found[name] = texts.fault(violation, label)
    return found
