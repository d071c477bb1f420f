"""Fakturainformation: one approved invoice whole, and the way from it to collection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.business_day import today
from chassis.database import Tx
from chassis.outbox import Event
from chassis.permissions import Permission
from chassis.wire import from_date, money
from kernel.errors import NotFound
from rf.ledger.v1.events_pb2 import InvoiceSentToCollection
from services.ledger.domain.customers import Customer
from services.ledger.domain.statuses import must_be_fit_for_collection
from services.ledger.domain.terms import Terms
from services.ledger.storage import customers, invoice_lines, invoices
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.invoice_lines import Line
from services.ledger.usecases.customers import as_seen
from services.ledger.usecases.telling import COLLECTION_KINDS


@dataclass(frozen=True, slots=True)
class Whole:
    """An invoice with everything that belongs to it."""

    row: Row[Any]
    line: Line
    rows: Sequence[Row[Any]]
    history: Sequence[Row[Any]]
    customer: Customer
    issuer: Terms


def get(tx: Tx, client_id: UUID | None, invoice_id: UUID) -> Whole:
    """One invoice whole. Raises NotFound."""
    wanted = [client_id] if client_id else []
    clients = tx.caller.clients_with(Permission.LEDGER_READ, wanted) or terms_storage.all_clients(tx)
    row = invoice_lines.whole(tx, clients, invoice_id)
    if row is None:
        raise NotFound("invoice")
    tx.audit("invoice.read", "invoice", invoice_id, row.client_id)
    return Whole(
        row=row,
        line=invoice_lines.line(row),
        rows=invoice_lines.rows(tx, row.client_id, row.id),
        history=invoice_lines.history(tx, row.client_id, row.id),
        customer=as_seen(tx, customers.by_ids(tx, row.client_id, [row.customer_id])[row.customer_id]),
        issuer=terms_storage.get(tx, row.client_id),
    )


def hand_over(tx: Tx, client_id: UUID, invoice_id: UUID) -> Line:
    """Hand an overdue invoice over to collection. Raises CannotHandOver, NotFound."""
    tx.caller.require(Permission.COLLECTION_REGISTER, client_id)
    line = invoice_lines.lock(tx, client_id, invoice_id)
    if line is None:
        raise NotFound("invoice")
    day = today()
    must_be_fit_for_collection(line.facts, day)
    invoices.send_to_collection(tx, client_id, invoice_id, day)
    note = invoices.Note(invoice_id, "SENT_TO_COLLECTION", day, line.facts.open_minor)
    invoices.note(tx, client_id, [note])
    told = InvoiceSentToCollection(
        invoice_id=str(invoice_id),
        invoice_number=line.number,
        customer_id=str(line.customer_id),
        invoice_date=from_date(line.invoice_date),
        due_date=from_date(line.facts.due_date),
        original=money(line.total_minor, line.facts.currency),
        capital=money(line.facts.open_minor, line.facts.currency),
        collection_kind=COLLECTION_KINDS[terms_storage.get(tx, client_id).collection_kind],
        day=from_date(day),
    )
    tx.publish(Event(client_id, "invoice", invoice_id, told))
    tx.audit("invoice.hand_over", "invoice", invoice_id, client_id)
    return line._replace(facts=line.facts._replace(in_collection=True))
