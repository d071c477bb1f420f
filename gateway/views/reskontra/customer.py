"""The dialog Kunduppgifter: one customer with its balance, notes and invoices (manual §4.2)."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.forms.customer import CustomerForm
from gateway.forms.customer_register import RegisterSearch
from gateway.forms.marked import MarkedForm
from gateway.forms.search import InvoiceSearch
from gateway.forms.stop import KINDS as STOP_KINDS
from gateway.presentation import id_number
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.reskontra import customer_register
from gateway.views.reskontra.blueprint import may, reskontra
from gateway.views.reskontra.search import beneath
from gateway.views.reskontra.words import LETTER, STATUS, STEP, STOP, by
from kernel.errors import DomainError, Kind
from rf.ledger.v1 import customers_pb2, invoices_pb2
from rf.ledger.v1.customer_overview_pb2 import (
    CustomerBalance,
    CustomerInvoice,
    GetCustomerOverviewRequest,
    GetCustomerOverviewResponse,
)
from rf.ledger.v1.customers_pb2 import ListCustomerAddressesRequest, ListCustomerNotesRequest

OWN: Final = ("alla", "postsida", "historik", "notsida", "kundrad")
"""Parts of the address that are the dialog's; the others are of the page beneath."""
PARTS: Final = (  # of Kundsaldo: field of the message, step of the saldolinje, and the manual's words
    ("not_due", "s1", "Ej förfallna"),
    ("only_overdue", "s2", "Förfallet, ej påmint"),
    ("reminded", "s3", "Förfallet, påminnelse"),
    ("collection", "s4", "Förfallet, inkasso"),
)


@dataclass
class Written:
    """What somebody wrote in the dialog and the ledger refused, to be shown again; or the consequence of it."""

    refused: texts.ErrorText | None = None
    form: CustomerForm | None = None
    note: str = ""
    note_fault: str = ""
    marked: MarkedForm | None = None
    consequence: dict[str, Any] | None = None


@reskontra.get("/kund/<uuid:customer_id>")
@needs("ledger.read")
def customer(customer_id: UUID) -> ResponseReturnValue:
    return dialog(fetch(customer_id))


def fetch(customer_id: UUID) -> GetCustomerOverviewResponse:
    """The page of invoices that the address asks for. Raises NotFound: also for a customer of another client."""
    asked = GetCustomerOverviewRequest(
        customer_id=str(customer_id), all_invoices="alla" in request.args, page_token=request.args.get("postsida", "")
    )
    try:
        found: GetCustomerOverviewResponse = g.ledger.customer_overview.GetCustomerOverview(asked)
    except DomainError as error:
        if error.kind is not Kind.INVALID or not asked.page_token:
            raise
        asked.page_token = ""  # a page that is no more
        found = g.ledger.customer_overview.GetCustomerOverview(asked)
    return found


def dialog(found: GetCustomerOverviewResponse, status: int = 200, written: Written | None = None) -> Response:
    """The dialog alone for htmx, over the page that the address names otherwise."""
    written = written or Written()
    one = found.customer
    marked = written.marked or MarkedForm()
    notes, older_notes = _notes(found)
    context = {
        "k": found,
        "c": one,
        "client": g.session.client_name(one.client_id),
        "may_edit": may("ledger.register", one.client_id),
        "form": written.form or CustomerForm.of(one, id_shown="idnr" in request.args.getlist("visad")),
        "eye_url": "" if found.is_shielded else _eye(found),
        "is_company": one.kind == customers_pb2.PARTY_KIND_COMPANY,
        **customer_register.choices(),
        "balances": [_balance(balance) for balance in found.balances],
        "rows": [_row(found, row, marked) for row in found.invoices],
        "addresses": _addresses(found) if "historik" in request.args else None,
        "notes": notes,
        "written": written,
        "marked": marked,
        "consequence": written.consequence,
        "change_url": url(found, "reskontra.change_marked"),
        "stop_kinds": [(name, STOP[number]) for name, number in STOP_KINDS.items()],
        "done": request.args.get("klart", "") if request.method == "GET" else "",
        "see": _addresses_of(found, older_notes),
    }
    if wants_fragment("dialog-host"):
        return page("reskontra/_kunduppgifter.html", status, **context)
    if _over_register():
        g.stands_under = "reskontra.customer_register"
        return page(
            "reskontra/kunduppgifter.html",
            status,
            **customer_register.beneath(),
            **context,
            under="reskontra/kundregister.html",
        )
    return page(
        "reskontra/kunduppgifter.html",
        status,
        **beneath(InvoiceSearch.read(request.args)),
        **context,
        under="reskontra/sok.html",
    )


def url(found: GetCustomerOverviewResponse, endpoint: str = "reskontra.customer", **changes: Any) -> str:
    """The dialog or an act of it, as it is opened now but for what changes (None takes away)."""
    own = {name: request.args[name] for name in OWN if name in request.args}
    return url_for(endpoint, customer_id=found.customer.customer_id, **{**own, **_beneath_query(), **changes})


def _over_register() -> bool:
    return request.args.get("over") == customer_register.OVER


def _beneath_query() -> dict[str, Any]:
    if _over_register():
        asked = RegisterSearch.read(request.args)
        return {"over": customer_register.OVER, **asked.query(asked.token)}
    return InvoiceSearch.read(request.args).query()


def _addresses_of(found: GetCustomerOverviewResponse, older_notes: str) -> dict[str, str]:
    """Where the links and forms of the dialog lead."""
    under = {name: value for name, value in _beneath_query().items() if name != "over"}
    over = "reskontra.customer_register" if _over_register() else "reskontra.search"
    row = found.customer.customer_id
    if not _over_register():
        row += f"-{request.args.get('kundrad', '') or 'SEK'}"
    more = found.next_page_token
    return {
        "close": url_for(over, **under),
        "row": row,
        "change": url(found, "reskontra.change_customer"),
        "note": url(found, "reskontra.add_customer_note"),
        "consequence": url(found, "reskontra.preview_invoice_changes"),
        "history": url(found, historik=None if "historik" in request.args else 1),
        "all": url(found, alla=None if "alla" in request.args else 1, postsida=None),
        "next": url(found, postsida=more) if more else "",
        "first": url(found, postsida=None) if request.args.get("postsida") else "",
        "older_notes": url(found, notsida=older_notes) if older_notes else "",
        "latest_notes": url(found, notsida=None) if request.args.get("notsida") else "",
    }


def _eye(found: GetCustomerOverviewResponse) -> str:
    """The dialog with the ID number in full; opening it again leaves a trace. Nothing where nothing is hidden."""
    hidden = id_number(found.customer.id_number)
    if "•" not in hidden or "idnr" in request.args.getlist("visad"):
        return ""
    return url(found, visad="idnr")


def _balance(one: CustomerBalance) -> dict[str, Any]:
    """A currency of Kundsaldo (K-07, K-08)."""
    parts = [
        {"step": step, "minor": getattr(one, name).amount.minor_units, "count": getattr(one, name).count, "text": text}
        for name, step, text in PARTS
    ]
    interest = {"step": "s5", "minor": one.interest.minor_units, "count": None, "text": "Upplupen ränta"}
    return {"of": one, "currency": one.total.currency_code, "parts": [*parts, interest]}


def _row(found: GetCustomerOverviewResponse, one: CustomerInvoice, marked: MarkedForm) -> dict[str, Any]:
    """An invoice of the list (K-12)."""
    line = one.line
    under = {"over": customer_register.OVER} if _over_register() else _beneath_query()
    is_claim = line.kind != invoices_pb2.INVOICE_KIND_CREDIT
    return {
        "of": one,
        "letter": LETTER.get(line.kind, ""),
        "status": STATUS.get(line.status, ""),
        "step": STEP.get(line.status, 0),
        "url": url_for("reskontra.invoice", invoice_id=line.invoice_id, kund=found.customer.customer_id, **under),
        "copy_url": url_for("reskontra.invoice_copy", invoice_id=line.invoice_id) if one.has_copy else "",
        "may_tick": is_claim and line.remaining.minor_units > 0,
        "ticked": line.invoice_id in marked.ticked,
    }


def _addresses(found: GetCustomerOverviewResponse) -> list[dict[str, Any]]:
    """Visa adresshistorik (K-04)."""
    one = found.customer
    asked = ListCustomerAddressesRequest(client_id=one.client_id, customer_id=one.customer_id, page_size=200)
    answer = g.ledger.customers.ListCustomerAddresses(asked)
    return [{"of": address, "by": by(address.changed_by)} for address in answer.addresses]


def _notes(found: GetCustomerOverviewResponse) -> tuple[list[Any] | None, str]:
    """Notes, latest first, and where older ones begin; None for whoever may not see any (K-10)."""
    if g.session.is_staff:
        return None, ""
    latest = list(found.notes), found.next_notes_page_token
    token = request.args.get("notsida", "")
    if not token:
        return latest
    one = found.customer
    asked = ListCustomerNotesRequest(client_id=one.client_id, customer_id=one.customer_id, page_token=token)
    try:
        answer = g.ledger.customers.ListCustomerNotes(asked)
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        return latest
    return list(answer.notes), answer.next_page_token
