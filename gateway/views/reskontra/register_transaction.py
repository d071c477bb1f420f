"""Registrera transaktion: several at once, and those that wait in the person's transaction journals (manual §4.7)."""

from typing import Any, Final

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from chassis.business_day import today
from gateway import drafts as kept
from gateway.forms.transaction import CELLS, KINDS, MAX_ROWS, TransactionForm
from gateway.rendering import page
from gateway.session import needs
from gateway.views.reskontra import form_drafts, journals
from gateway.views.reskontra.blueprint import client_numbered, reskontra
from gateway.views.reskontra.form_drafts import Opened
from kernel.errors import DomainError, Kind
from kernel.money import SEK
from rf.auth.v1.sessions_pb2 import ClientAccess
from rf.ledger.v1.invoices_pb2 import InvoiceLine, SearchInvoicesRequest
from rf.ledger.v1.journals_pb2 import (
    JOURNAL_KIND_TRANSACTIONS,
    ChangeTransactionRequest,
    RegisterTransactionsRequest,
)

REGISTER: Final = "ledger.register"
DRAFTS: Final = "transaktion"
MAX_SHOWN: Final = 10
"""Journals that are shown with their items; the rest by a link."""


@reskontra.get("/registrera-transaktion")
@needs(REGISTER)
def register_transaction() -> ResponseReturnValue:
    """The form: as it was left where there is a draft, else empty, or with the waiting transaction that is changed."""
    opened = form_drafts.opened(DRAFTS)
    client = opened.client
    form = _waiting(client) if request.args.get("post") else TransactionForm.new(client.number, today())
    if opened.draft is not None:
        item = form.journal_id, form.item_id
        form = TransactionForm.read(opened.draft.fields)
        form.journal_id, form.item_id = item
    return _page(form, client, opened=opened)


@reskontra.post("/registrera-transaktion")
@needs(REGISTER)
def do_register_transaction() -> ResponseReturnValue:
    """Spara: all rows into the journal, or in the place of the transaction that is changed. Others change the form."""
    form = TransactionForm.read(request.form)
    client = client_numbered(form.client_number, REGISTER)
    act, _, which = request.form.get("gor", "").partition(":")
    if act == "rensa":
        form_drafts.drop(DRAFTS, client)
        return redirect(url_for("reskontra.register_transaction", utstallare=client.number), 303)
    form_drafts.keep(DRAFTS, client)
    if act == "ny-rad":
        form.add_row(today())
        return _page(form, client)
    if act == "ta-bort-rad":
        form.remove_row(which, today())
        return _page(form, client)
    return _save(form, client)


@reskontra.post("/registrera-transaktion/utkast")
@needs(REGISTER)
def keep_transaction_draft() -> ResponseReturnValue:
    """What the page sends by itself when a field is left, and while one types."""
    form = TransactionForm.read(request.form)  # what could not be opened again is not kept
    client = client_numbered(form.client_number, REGISTER)
    return Response(status=204 if form_drafts.keep(DRAFTS, client) else 503)


@reskontra.get("/registrera-transaktion/faktura")
@needs(REGISTER)
def look_up_invoice() -> ResponseReturnValue:
    """What stands below FakturaNr while one types: the customer and what is open."""
    client = client_numbered(request.args.get("klient", ""), REGISTER)
    form = TransactionForm.read(request.args)
    number = form.rows[0].cells.get("fakturanr", "").strip() if form.rows else ""
    return page("reskontra/_transaktion_traff.html", number=number, found=_line(client, number))


def _save(form: TransactionForm, client: ClientAccess) -> ResponseReturnValue:
    lines: dict[str, InvoiceLine | None] = {}

    def currency_of(number: str) -> str:
        if number not in lines:
            lines[number] = _line(client, number)
        line = lines[number]
        return line.remaining.currency_code if line is not None else SEK

    drafts = form.drafts(today(), currency_of)
    if form.faults:
        return _page(form, client, 422)
    request_id = request.form.get("request_id", "")
    try:
        if form.item_id:
            g.ledger.journals.ChangeTransaction(
                ChangeTransactionRequest(
                    request_id=request_id,
                    client_id=client.client_id,
                    journal_id=form.journal_id,
                    item_id=form.item_id,
                    transaction=drafts[0],
                )
            )
        else:
            g.ledger.journals.RegisterTransactions(
                RegisterTransactionsRequest(request_id=request_id, client_id=client.client_id, transactions=drafts)
            )
    except DomainError as error:
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        form.refuse(error.violations)
        return _page(form, client, 422)
    form_drafts.drop(DRAFTS, client)
    done = "andrad" if form.item_id else str(len(drafts))
    return redirect(url_for("reskontra.register_transaction", utstallare=client.number, klart=done), 303)


def _page(form: TransactionForm, client: ClientAccess, status: int = 200, opened: Opened | None = None) -> Response:
    draft = opened.draft if opened else None
    chosen = {one.client_id: one for one in g.session.clients_with(REGISTER)}
    waiting = [one for one in journals.open_journals(JOURNAL_KIND_TRANSACTIONS) if one.client_id in chosen]
    waiting = [one for one in waiting if one.item_count]
    usable = list(chosen.values()) or [client]
    return page(
        "reskontra/registrera_transaktion.html",
        status,
        form=form,
        client=client,
        labels=CELLS,
        max_rows=MAX_ROWS,
        draft=draft,
        form_id=kept.form_id(draft),
        other_drafts=opened.others if opened else [],
        kinds=[(name, text) for name, (text, _) in KINDS.items()],
        found={row.key: _hit(client, row.cells.get("fakturanr", "").strip()) for row in form.rows},
        clients_to_choose=[(one.number, f"{one.number} {one.name}") for one in usable],
        today=today(),
        journals=[journals.shown(one, chosen[one.client_id]) for one in waiting[:MAX_SHOWN]],
        further=[{"journal": one, "client": chosen[one.client_id]} for one in waiting[MAX_SHOWN:]],
    )


def _hit(client: ClientAccess, number: str) -> dict[str, Any]:
    return {"number": number, "found": _line(client, number)}


def _line(client: ClientAccess, number: str) -> InvoiceLine | None:
    """The client's invoice of that number; None for one that cannot be."""
    if not number or "ledger.read" not in client.permissions:
        return None
    try:
        answer = g.ledger.invoices.SearchInvoices(
            SearchInvoicesRequest(client_ids=[client.client_id], invoice_number=number, page_size=1)
        )
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        return None
    return answer.invoices[0] if answer.invoices else None


def _waiting(client: ClientAccess) -> TransactionForm:
    """The form of a transaction that waits, to be changed."""
    item = journals.asked_item(client, "transaction")
    form = TransactionForm.of_draft(item.transaction.draft, client.number)
    form.journal_id, form.item_id = request.args.get("bunt", ""), item.item_id
    return form
