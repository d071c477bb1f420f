"""Registrera faktura: the form, the review Godkänn fakturan, and the way into the journal (manual §4.4)."""

from dataclasses import dataclass, field
from typing import Any, Final

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from chassis.business_day import today
from gateway import drafts, smarttab, terms
from gateway.forms.customer import IN_JOURNAL, CustomerForm
from gateway.forms.invoice import InvoiceForm
from gateway.forms.invoice_fields import KINDS, LABELS, MAX_ROWS, RATES, SERVICES
from gateway.rendering import page
from gateway.session import needs
from gateway.views.reskontra import articles, form_drafts, journals, last_invoice
from gateway.views.reskontra.blueprint import client_numbered, reskontra
from gateway.views.reskontra.form_drafts import Opened
from gateway.views.reskontra.words import KIND, LETTER
from kernel.errors import DomainError, FieldViolation, Kind
from kernel.money import EXPONENTS
from rf.auth.v1.sessions_pb2 import ClientAccess
from rf.ledger.v1.customers_pb2 import Customer, LookUpCustomersRequest
from rf.ledger.v1.journals_pb2 import (
    JOURNAL_KIND_INVOICES,
    ChangeInvoiceRequest,
    PreviewInvoiceRequest,
    RegisterInvoicesRequest,
)

REGISTER: Final = "ledger.register"
DRAFTS: Final = "faktura"
DEFAULT_TERMS_DAYS: Final = 30
MAX_HITS: Final = 8
MAX_FILLED: Final = 20
"""Article numbers that one form has the register asked for."""


@dataclass
class CustomerChoice:
    """The customer part of the form: who is chosen, or who may be meant, or a new one being written."""

    customer: Customer | None = None
    hits: list[Customer] = field(default_factory=list)
    more: bool = False
    new: CustomerForm | None = None


@reskontra.get("/registrera-faktura")
@needs(REGISTER)
def register_invoice() -> ResponseReturnValue:
    """The form: as it was left where there is a draft, else empty, or with the waiting invoice that is changed."""
    opened = form_drafts.opened(DRAFTS)
    client = opened.client
    if request.args.get("post"):
        form = _waiting(client)
    else:
        agreed = terms.of(client.client_id)
        form = InvoiceForm.new(client.number, today(), agreed.payment_terms_days if agreed else DEFAULT_TERMS_DAYS)
    choice = None
    if opened.draft is not None:
        form = InvoiceForm.read(opened.draft.fields, form.journal_id, form.item_id)
        choice = _choice(form, client, opened.draft.fields)
    return _form_page(form, client, choice=choice, opened=opened)


@reskontra.post("/registrera-faktura")
@needs(REGISTER)
def do_register_invoice() -> ResponseReturnValue:
    """Spara faktura: to the review if nothing is wrong. The other buttons only change the form."""
    form = InvoiceForm.read(request.form)
    client = client_numbered(form.value("klient"), REGISTER)
    act, _, which = request.form.get("gor", "").partition(":")
    if act == "rensa":
        form_drafts.drop(DRAFTS, client)
        return redirect(url_for("reskontra.register_invoice", utstallare=client.number), 303)
    form_drafts.keep(DRAFTS, client)
    match act:
        case "ny-rad" | "ny-textrad":
            form.add_row(is_text=act == "ny-textrad")
        case "ta-bort-rad":
            form.remove_row(which)
        case "kund":
            form.values["kundnr"] = which
            return _form_page(form, client, choice=choice_of(form, client))
        case "ny-kund":
            return _form_page(form, client, choice=CustomerChoice(new=CustomerForm.new(prefix=IN_JOURNAL)))
        case "sok-kund":
            return _form_page(form, client, choice=choice_of(form, client))
        case "senaste":
            return _with_last_invoice(form, client)
        case "andra":
            pass
        case _:
            return _review(form, client)
    return _form_page(form, client)


@reskontra.post("/registrera-faktura/utkast")
@needs(REGISTER)
def keep_invoice_draft() -> ResponseReturnValue:
    """What the page sends by itself when a field is left, and while one types."""
    form = InvoiceForm.read(request.form)  # what could not be opened again is not kept
    client = client_numbered(form.value("klient"), REGISTER)
    return Response(status=204 if form_drafts.keep(DRAFTS, client) else 503)


@reskontra.post("/registrera-faktura/spara")
@needs(REGISTER)
def save_invoice() -> ResponseReturnValue:
    """Spara on the review: into the journal, in the place of the invoice that is changed if one is."""
    form = InvoiceForm.read(request.form)
    client = client_numbered(form.value("klient"), REGISTER)
    draft = form.draft(client.client_id, today())
    if form.faults:
        return _form_page(form, client, 422)
    request_id = request.form.get("request_id", "")
    try:
        if form.journal_id:
            g.ledger.journals.ChangeInvoice(
                ChangeInvoiceRequest(
                    request_id=request_id,
                    client_id=client.client_id,
                    journal_id=form.journal_id,
                    item_id=form.item_id,
                    invoice=draft,
                )
            )
        else:
            g.ledger.journals.RegisterInvoices(
                RegisterInvoicesRequest(request_id=request_id, client_id=client.client_id, invoices=[draft])
            )
    except DomainError as error:
        return _refused(form, client, error)
    form_drafts.drop(DRAFTS, client)
    done = "andrad" if form.journal_id else "sparad"
    return redirect(url_for("reskontra.register_invoice", utstallare=client.number, klart=done), 303)


@reskontra.post("/registrera-faktura/smarttab")
@needs(REGISTER)
def save_smarttab() -> ResponseReturnValue:
    """What the strip above the form sends when something is chosen in it."""
    sent = request.form
    smarttab.save(smarttab.chosen("smarttab" in sent, "enter" in sent, sent.getlist("stopp")))
    return Response(status=204)


@reskontra.get("/fakturajournal")
@needs(REGISTER)
def invoice_journal() -> ResponseReturnValue:
    """The journal at the side, anew for the client that was chosen in the form."""
    client = client_numbered(request.args.get("klient", ""), REGISTER)
    return page("reskontra/_fakturajournal.html", **journals.at_the_side(client, JOURNAL_KIND_INVOICES))


def choice_of(form: InvoiceForm, client: ClientAccess) -> CustomerChoice:
    """Who is meant by what stands in KundNr: a number, a name or an ID number."""
    text = form.value("kundnr").strip()
    if not text:
        return CustomerChoice()
    try:
        answer = g.ledger.customers.LookUpCustomers(
            LookUpCustomersRequest(client_id=client.client_id, query=text, page_size=MAX_HITS)
        )
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        return CustomerChoice()  # the ledger says the same of the draft, at its field
    found = list(answer.customers)
    exact = next((one for one in found if one.number == text), found[0] if len(found) == 1 else None)
    return CustomerChoice(exact, [] if exact else found, bool(answer.next_page_token))


def form_context(form: InvoiceForm, client: ClientAccess, choice: CustomerChoice) -> dict[str, Any]:
    """What the form's templates show, all of it or its customer part."""
    agreed = terms.of(client.client_id)
    usable = g.session.clients_with(REGISTER) or [client]
    return {
        "form": form,
        "choice": choice,
        "client": client,
        "clients_to_choose": [(one.number, f"{one.number} {one.name}") for one in usable],
        "services": [(name, text) for name, (text, _) in SERVICES.items()],
        "kinds": [(name, text) for name, (text, _) in KINDS.items()],
        "currencies": list(EXPONENTS),
        "rates": [(rate, f"{rate} %") for rate in RATES],
        "rounds": agreed.rounds_to_krona if agreed else True,
        "fee": agreed.invoice_fee_minor if agreed else 0,
        "labels": LABELS,
        "max_rows": MAX_ROWS,
    }


def _form_page(
    form: InvoiceForm,
    client: ClientAccess,
    status: int = 200,
    choice: CustomerChoice | None = None,
    opened: Opened | None = None,
    **more: Any,
) -> Response:
    found = choice or _choice(form, client, request.form)
    if found.customer is not None:
        form.values["kundnr"] = found.customer.number
    draft = opened.draft if opened else None
    return page(
        "reskontra/registrera_faktura.html",
        status,
        **{**journals.at_the_side(client, JOURNAL_KIND_INVOICES), **form_context(form, client, found)},
        draft=draft,
        form_id=drafts.form_id(draft),
        smarttab=smarttab.mine(),
        other_drafts=opened.others if opened else [],
        focus=opened is not None and draft is None,
        **more,
    )


def _with_last_invoice(form: InvoiceForm, client: ClientAccess) -> Response:
    """Fyll i från senaste fakturan: the form with what the customer's last invoice says, the caret at its quantity."""
    choice = _choice(form, client, request.form)
    last = last_invoice.of(client, choice.customer) if choice.customer else None
    at = form.take_over(last) if last else "kundnr"
    return _form_page(form, client, choice=choice, focus_at=at, nothing_before=last is None)


def _choice(form: InvoiceForm, client: ClientAccess, fields: "MultiDict[str, str]") -> CustomerChoice:
    """Who is meant by KundNr, with the new customer whose fields stand open in a form that comes back."""
    found = choice_of(form, client)
    if "ny-namn" in fields:
        found.new = CustomerForm.read(fields, IN_JOURNAL)
    return found


def page_with_choice(form: InvoiceForm, client: ClientAccess, choice: CustomerChoice, status: int) -> Response:
    """The whole page with another customer part, for a browser without scripts."""
    return _form_page(form, client, status, choice)


def _review(form: InvoiceForm, client: ClientAccess) -> Response:
    choice = _choice(form, client, request.form)
    if choice.customer is not None:
        form.values["kundnr"] = choice.customer.number
    elif choice.hits:
        form.faults.add("kundnr", LABELS["kundnr"], FieldViolation("", "MANY_CUSTOMERS"))
    _fill_by_articles(form, client)
    draft = form.draft(client.client_id, today())
    try:
        preview = g.ledger.journals.PreviewInvoice(PreviewInvoiceRequest(draft=draft)).preview
    except DomainError as error:
        return _refused(form, client, error, choice)
    if form.faults:
        return _form_page(form, client, 422, choice)
    return page(
        "reskontra/godkann_faktura.html",
        form=form,
        preview=preview,
        kind=KIND.get(preview.draft.kind, ""),
        letter=LETTER.get(preview.draft.kind, ""),
        **journals.at_the_side(client, JOURNAL_KIND_INVOICES),
    )


def _fill_by_articles(form: InvoiceForm, client: ClientAccess) -> None:
    """Rows with only an article number get the rest of the register, where the script has not done it."""
    wanted = {row.cells.get("artikel", "").strip() for row in form.rows if not row.cells.get("benamning", "").strip()}
    for number in sorted(wanted - {""})[:MAX_FILLED]:
        exact = [one for one in articles.looked_up(client, number) if one.number.casefold() == number.casefold()]
        if exact:
            form.fill(number, exact[0])


def _refused(
    form: InvoiceForm, client: ClientAccess, error: DomainError, choice: CustomerChoice | None = None
) -> Response:
    if error.kind is not Kind.INVALID or not error.violations:
        raise error
    form.refuse(error.violations)
    return _form_page(form, client, 422, choice)


def _waiting(client: ClientAccess) -> InvoiceForm:
    """The form of an invoice that waits in the journal, to be changed."""
    item = journals.asked_item(client, "invoice")
    form = InvoiceForm.of_draft(item.invoice.draft, client.number)
    form.journal_id, form.item_id = request.args.get("bunt", ""), item.item_id
    return form
