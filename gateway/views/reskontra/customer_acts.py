"""What one does in Kunduppgifter: Spara ändringar, Spara Notering, Ändra markerade (manual §4.2)."""

from typing import Any, Final
from uuid import UUID

from flask import abort, g, redirect, request
from flask.typing import ResponseReturnValue

from chassis.business_day import today
from gateway import texts
from gateway.forms.customer import CustomerForm, written
from gateway.forms.marked import MarkedForm, mark
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.reskontra.blueprint import may, reskontra
from gateway.views.reskontra.customer import Written, dialog, fetch, url
from gateway.views.reskontra.words import STATUS, change_in_words
from kernel.errors import DomainError, FieldViolation, Kind
from rf.ledger.v1.customer_overview_pb2 import GetCustomerOverviewResponse
from rf.ledger.v1.customers_pb2 import AddCustomerNoteRequest, UpdateCustomerRequest
from rf.ledger.v1.invoices_pb2 import (
    ChangedInvoice,
    ChangeInvoicesRequest,
    PreviewInvoiceChangesRequest,
)

REGISTER: Final = "ledger.register"
CONSEQUENCE: Final = "foljd"
"""What htmx replaces while one fills in Ändra markerade."""

UNSEEN: Final = texts.ErrorText("Uppgifterna ändrades efter att följden visades", "Inget har ändrats. Se följden igen.")


@reskontra.post("/kund/<uuid:customer_id>")
@needs(REGISTER)
def change_customer(customer_id: UUID) -> ResponseReturnValue:
    """Spara ändringar (K-02, K-05). A doublet is told once, and saved when that is what is meant."""
    found = _own(customer_id)
    one = found.customer
    form = CustomerForm.read(request.form, stored=one)
    wanted = form.customer(one.client_id, one)
    if found.is_shielded:
        wanted.protected_identity = True
        for name in ("id_number", "care_of", "street", "postcode", "town", "email", "phone"):
            wanted.ClearField(name)
    if form.faults:
        return dialog(found, 422, Written(form=form))
    asked = UpdateCustomerRequest(
        request_id=request.form.get("request_id", ""), customer=wanted, refuse_doublets=not form.accepts_doublet
    )
    try:
        g.ledger.customers.UpdateCustomer(asked)
    except DomainError as error:
        if error.reason == "CUSTOMER_CHANGED_MEANWHILE":
            return _compare(customer_id, form, error)
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        form.refuse(error.violations)
        return dialog(found, 422, Written(form=form))
    return redirect(url(found, klart="sparad"), 303)


@reskontra.post("/kund/<uuid:customer_id>/notering")
@needs(REGISTER)
def add_customer_note(customer_id: UUID) -> ResponseReturnValue:
    """Spara Notering (K-09)."""
    found = _own(customer_id)
    text = request.form.get("notering", "")
    try:
        g.ledger.customers.AddCustomerNote(
            AddCustomerNoteRequest(
                request_id=request.form.get("request_id", ""),
                client_id=found.customer.client_id,
                customer_id=found.customer.customer_id,
                text=text,
            )
        )
    except DomainError as error:
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        fault = texts.fault(error.violations[0], "Noteringen", "Skriv vad de andra behöver veta.")
        return dialog(found, 422, Written(note=text, note_fault=fault))
    return redirect(url(found, klart="notering", notsida=None), 303)


@reskontra.post("/kund/<uuid:customer_id>/fakturor/foljd")
@needs(REGISTER)
def preview_invoice_changes(customer_id: UUID) -> ResponseReturnValue:
    """What Ändra markerade would do: in its place while one fills in, else in the dialog (K-13)."""
    found = _own(customer_id)
    form = MarkedForm.read(request.form)
    if wants_fragment(CONSEQUENCE):
        consequence = None if form.is_blank else _consequence(found, form)
        context = {"marked": form, "consequence": consequence, "change_url": url(found, "reskontra.change_marked")}
        return page("reskontra/_kund_foljd.html", 422 if form.faults else 200, alone=True, **context)
    return _shown(found, form, 200)


@reskontra.post("/kund/<uuid:customer_id>/fakturor")
@needs(REGISTER)
def change_marked(customer_id: UUID) -> ResponseReturnValue:
    """Ändra markerade: all or none, and only what the consequence was shown of (K-13)."""
    found = _own(customer_id)
    form = MarkedForm.read(request.form)
    changes = form.changes(found.customer.client_id, today())
    if form.faults:
        return _shown(found, form, 422)
    if not form.etag or form.seen != mark(changes):
        return _shown(found, form, 422, UNSEEN if form.etag else None)
    try:
        g.ledger.invoices.ChangeInvoices(
            ChangeInvoicesRequest(request_id=request.form.get("request_id", ""), changes=changes, etag=form.etag)
        )
    except DomainError as error:
        if error.reason == "INVOICES_CHANGED_MEANWHILE":
            return _shown(fetch(customer_id), form, 409, texts.reason(error))
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        form.refuse(error.violations, _numbers(found))
        return dialog(found, 422, Written(marked=form))
    return redirect(url(found, klart=f"andrade-{len(form.ticked)}"), 303)


def _own(customer_id: UUID) -> GetCustomerOverviewResponse:
    """The customer, for somebody who may change it."""
    found = fetch(customer_id)
    if not may(REGISTER, found.customer.client_id):
        abort(403)
    return found


def _compare(customer_id: UUID, form: CustomerForm, error: DomainError) -> ResponseReturnValue:
    """Somebody else saved first: what was written stands, beside what is saved now, and may be saved over it."""
    found = fetch(customer_id)
    form.version = found.customer.version
    form.saved = written(found.customer)
    return dialog(found, 409, Written(refused=texts.reason(error), form=form))


def _shown(
    found: GetCustomerOverviewResponse, form: MarkedForm, status: int, refused: texts.ErrorText | None = None
) -> ResponseReturnValue:
    """The dialog with the consequence of what is written, or what is wrong with it."""
    consequence = None if form.faults else _consequence(found, form)
    status = 422 if form.faults and status == 200 else status
    return dialog(found, status, Written(refused=refused, marked=form, consequence=consequence))


def _consequence(found: GetCustomerOverviewResponse, form: MarkedForm) -> dict[str, Any] | None:
    changes = form.changes(found.customer.client_id, today())
    if not form.faults and not (changes.HasField("due_date") or changes.HasField("stop")):
        form.refuse([FieldViolation("due_date", "NOTHING_TO_CHANGE")], {})
    if form.faults:
        return None
    try:
        answer = g.ledger.invoices.PreviewInvoiceChanges(PreviewInvoiceChangesRequest(changes=changes))
    except DomainError as error:
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        form.refuse(error.violations, _numbers(found))
        return None
    return {
        "invoices": [_in_words(one) for one in answer.invoices],
        "count": len(answer.invoices),
        "changing": sum(one.HasField("change") for one in answer.invoices),
        "etag": answer.etag,
        "seen": mark(changes),
    }


def _in_words(one: ChangedInvoice) -> dict[str, str]:
    said = change_in_words(one.change) if one.HasField("change") else "Ändras inte."
    if one.status_before != one.invoice.status:
        said += f" Status {STATUS.get(one.invoice.status, '')}, var {STATUS.get(one.status_before, '')}."
    return {"number": one.invoice.number, "text": said}


def _numbers(found: GetCustomerOverviewResponse) -> dict[str, str]:
    return {one.line.invoice_id: one.line.number for one in found.invoices}
