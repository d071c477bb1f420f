"""What one does in Fakturainformation: Uppdatera, Transaktion, Skicka meddelande, Lämna till inkasso (manual §4.3)."""

from uuid import UUID

from flask import abort, g, redirect, request
from flask.typing import ResponseReturnValue

from chassis.business_day import today
from gateway import texts
from gateway.forms.stop import StopForm
from gateway.forms.transaction import TransactionForm
from gateway.session import needs
from gateway.views import messages
from gateway.views.reskontra.blueprint import may, reskontra
from gateway.views.reskontra.invoice import Written, dialog, done_url, fetch
from kernel.errors import DomainError, Kind
from rf.collection.v1.messages_pb2 import ThreadSubject
from rf.ledger.v1.invoices_pb2 import ChangeInvoicesRequest, HandOverToCollectionRequest, InvoiceChanges
from rf.ledger.v1.journals_pb2 import RegisterTransactionsRequest


@reskontra.post("/faktura/<uuid:invoice_id>/kravstopp")
@needs("ledger.register")
def stop_invoice(invoice_id: UUID) -> ResponseReturnValue:
    """Uppdatera: the demand stop, with its end day and reason (I-06)."""
    found = fetch(invoice_id)
    form = StopForm.read(request.form, found.stop, today())
    changes = InvoiceChanges(
        client_id=found.line.client_id, invoice_ids=[found.line.invoice_id], stop=form.stop(today())
    )
    if form.faults:
        return dialog(found, 422, Written(stop=form))
    try:
        g.ledger.invoices.ChangeInvoices(
            ChangeInvoicesRequest(request_id=request.form.get("request_id", ""), changes=changes)
        )
    except DomainError as error:
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        of_invoice = [one for one in error.violations if "invoice_ids" in one.field]
        if of_invoice:
            title = texts.ErrorText("Fakturan går inte att ändra", texts.fault(of_invoice[0], "Fakturan"))
            return dialog(fetch(invoice_id), 422, Written(refused=title, stop=form))
        form.refuse(error.violations)
        return dialog(found, 422, Written(stop=form))
    return redirect(done_url(found, "uppdaterad"), 303)


@reskontra.post("/faktura/<uuid:invoice_id>/transaktion")
@needs("ledger.register")
def add_transaction(invoice_id: UUID) -> ResponseReturnValue:
    """Spara in the box Transaktion: into the transaction journal, where it waits for Godkänn Bunt (I-07, I-08)."""
    found = fetch(invoice_id)
    if not may("ledger.register", found.line.client_id):
        abort(403)
    form = TransactionForm.read(request.form)
    for row in form.rows:
        row.cells["fakturanr"] = found.line.number
    drafts = form.drafts(today(), lambda _: found.line.remaining.currency_code)
    if form.faults or not drafts:
        return dialog(found, 422, Written(transaction=form))
    try:
        g.ledger.journals.RegisterTransactions(
            RegisterTransactionsRequest(
                request_id=request.form.get("request_id", ""),
                client_id=found.line.client_id,
                transactions=drafts,
            )
        )
    except DomainError as error:
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        form.refuse(error.violations)
        return dialog(found, 422, Written(transaction=form))
    return redirect(done_url(found, "transaktion", closed="transaktion"), 303)


@reskontra.post("/faktura/<uuid:invoice_id>/meddelande")
@needs("ledger.read")
def send_message(invoice_id: UUID) -> ResponseReturnValue:
    """Skicka meddelande: to the officer, in the thread about this invoice (I-09)."""
    found = fetch(invoice_id)
    box = messages.send(found.line.client_id, ThreadSubject(invoice_id=found.line.invoice_id))
    if box.fault:
        return dialog(found, 422, Written(message=box))
    return redirect(done_url(found, "meddelande"), 303)


@reskontra.post("/faktura/<uuid:invoice_id>/inkasso")
@needs("collection.register")
def hand_over(invoice_id: UUID) -> ResponseReturnValue:
    """Lämna till inkasso: the case follows as soon as the collection service has made it."""
    found = fetch(invoice_id)
    try:
        g.ledger.invoices.HandOverToCollection(
            HandOverToCollectionRequest(
                request_id=request.form.get("request_id", ""),
                client_id=found.line.client_id,
                invoice_id=found.line.invoice_id,
            )
        )
    except DomainError as error:
        if error.reason != "CANNOT_HAND_OVER":
            raise
        return dialog(fetch(invoice_id), 409, Written(refused=texts.reason(error)))
    return redirect(done_url(found, "", closed="inkasso"), 303)
