"""What the collection service tells of the cases that own an invoice's debt."""

from typing import Any
from uuid import UUID

from chassis.business_day import STOCKHOLM
from chassis.consumer import Handlers, Received
from chassis.database import Tx
from chassis.ids import uuid7
from chassis.outbox import Event
from chassis.wire import from_date, money
from kernel.errors import NotFound
from rf.collection.v1.events_pb2 import CasePaymentSettled, CaseRegistered
from rf.ledger.v1.events_pb2 import InvoiceSettlementBooked
from services.ledger.domain import payment_bookings
from services.ledger.domain.payment_bookings import Settlement
from services.ledger.storage import invoices, payments, periods, vouchers
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.invoices import Note
from services.ledger.storage.payments import CasePayment
from services.ledger.storage.tables import SERIES_SETTLEMENTS
from services.ledger.storage.vouchers import Entry, Voucher

VOUCHER_KIND = "CASE_SETTLEMENT"


def case_registered(tx: Tx, received: Received[Any]) -> None:
    """The case that owns the debt has a number."""
    told: CaseRegistered = received.message
    client_id = _client(received)
    fresh = payments.set_case(tx, client_id, [UUID(one) for one in told.invoice_ids], UUID(told.case_id), told.number)
    if fresh:
        notes = [Note(invoice_id, "CASE_REGISTERED", note=told.number) for invoice_id in fresh]
        invoices.note(tx, client_id, notes, at=received.occurred_at)


def case_payment_settled(tx: Tx, received: Received[Any]) -> None:
    """The case has used the money: its capital share pays the invoice, the rest is interest, costs, overpayment."""
    told: CasePaymentSettled = received.message
    client_id = _client(received)
    got = payments.lock_case_payment(tx, client_id, UUID(told.case_payment_id))
    if got is None:
        raise NotFound("case_payment")
    if got.settled:
        return
    settled = _settlement(told, got)
    day = periods.open_day(tx, client_id, received.occurred_at.astimezone(STOCKHOLM).date())
    voucher_id = uuid7()
    lines = payment_bookings.of_settlement(settled, terms_storage.mapping(tx, client_id))
    entries = [Entry(line.posting, line.invoice_id, line.customer_id, got.payment_id) for line in lines]
    [name] = vouchers.write(tx, client_id, SERIES_SETTLEMENTS, day, [Voucher(voucher_id, VOUCHER_KIND, entries)])
    if settled.capital_minor:
        row = {
            "id": uuid7(),
            "invoice_id": got.invoice_id,
            "amount_minor": settled.capital_minor,
            "amount_sek_minor": settled.capital_minor,
            "payment_id": got.payment_id,
            "case_payment_id": got.id,
            "voucher_id": voucher_id,
        }
        payments.allocate(tx, client_id, day, [row])
    if settled.overpaid_minor:
        row = {
            "id": uuid7(),
            "payment_id": got.payment_id,
            "customer_id": got.customer_id,
            "invoice_id": got.invoice_id,
            "amount_minor": settled.overpaid_minor,
            "currency": "SEK",
        }
        payments.overpay(tx, client_id, [row])
    payments.settle(
        tx,
        client_id,
        got.id,
        at=received.occurred_at,
        capital=settled.capital_minor,
        interest=settled.interest_minor,
        costs=settled.costs_minor,
        surplus=settled.overpaid_minor,
        voucher_id=voucher_id,
    )
    note = Note(got.invoice_id, "CASE_SETTLEMENT", day, settled.capital_minor, name)
    invoices.note(tx, client_id, [note], at=received.occurred_at)
    booked = InvoiceSettlementBooked(
        case_payment_id=str(got.id),
        invoice_id=str(got.invoice_id),
        capital=money(settled.capital_minor),
        remaining=money(got.open_minor - settled.capital_minor),
        day=from_date(day),
    )
    tx.publish(Event(client_id, "invoice", got.invoice_id, booked))


def _settlement(told: CasePaymentSettled, got: CasePayment) -> Settlement:
    """A credit may have lowered the invoice since the case was told: what it cannot take is an overpayment."""
    capital = min(told.capital.minor_units, got.open_minor)
    return Settlement(
        invoice_id=got.invoice_id,
        customer_id=got.customer_id,
        capital_minor=capital,
        interest_minor=told.interest.minor_units,
        costs_minor=told.costs.minor_units,
        surplus_minor=told.surplus.minor_units,
        excess_minor=told.capital.minor_units - capital,
    )


def _client(received: Received[Any]) -> UUID:
    if received.client_id is None:
        raise NotFound("client")
    return received.client_id


HANDLERS: Handlers = {CaseRegistered: case_registered, CasePaymentSettled: case_payment_settled}
