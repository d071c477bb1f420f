"""Which events come in and what each does. What an event should never hold makes it a dead letter."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from chassis.consumer import Handlers, Received
from chassis.database import Tx
from chassis.ids import uuid7
from chassis.wire import refuse, to_date, to_money, to_uuid
from kernel.money import SEK
from rf.ledger.v1 import events_pb2, terms_pb2
from rf.type.v1 import date_pb2, money_pb2
from services.collection.domain.half_years import first_day
from services.collection.domain.statuses import CaseKind
from services.collection.storage.cases import NewCase
from services.collection.usecases import payments, rates, registering

_KINDS: Final = {
    terms_pb2.COLLECTION_KIND_OWN: CaseKind.OWN,
    terms_pb2.COLLECTION_KIND_AGENT: CaseKind.AGENT,
}


def invoice_sent_to_collection(tx: Tx, received: Received[events_pb2.InvoiceSentToCollection]) -> None:
    """An overdue invoice becomes a case."""
    message = received.message
    if message.collection_kind not in _KINDS:
        raise refuse("collection_kind", "UNKNOWN")
    case = NewCase(
        client_id=_client(received),
        case_id=uuid7(),
        claim_id=uuid7(),
        kind=_KINDS[message.collection_kind],
        registered_on=_day(message.day, "day"),
        invoice_id=to_uuid(message.invoice_id, "invoice_id"),
        invoice_number=message.invoice_number,
        invoice_date=_day(message.invoice_date, "invoice_date"),
        due_date=_day(message.due_date, "due_date"),
        capital_minor=_positive(message.capital, "capital"),
    )
    registering.register(tx, case, received.occurred_at)


def invoice_case_payment_received(tx: Tx, received: Received[events_pb2.InvoiceCasePaymentReceived]) -> None:
    """A payment that names an invoice in collection is settled on its case."""
    message = received.message
    payments.receive(
        tx,
        _client(received),
        to_uuid(message.case_payment_id, "case_payment_id"),
        to_uuid(message.invoice_id, "invoice_id"),
        _positive(message.amount, "amount"),
        _day(message.bank_date, "bank_date"),
        received.occurred_at,
    )


def reference_rate_entered(tx: Tx, received: Received[events_pb2.ReferenceRateEntered]) -> None:
    """A half-year has its reference rate: interest goes on, and payments that waited are settled."""
    message = received.message
    rates.enter(tx, first_day(message.half_year), message.basis_points, received.event_id)


FROM_LEDGER: Final[Handlers] = {
    events_pb2.InvoiceSentToCollection: invoice_sent_to_collection,
    events_pb2.InvoiceCasePaymentReceived: invoice_case_payment_received,
    events_pb2.ReferenceRateEntered: reference_rate_entered,
}


def _client(received: Received[Any]) -> UUID:
    if received.client_id is None:
        raise refuse("client_id", "REQUIRED")
    return received.client_id


def _day(message: date_pb2.Date, field: str) -> date:
    day = to_date(message, field)
    if day is None:
        raise refuse(field, "REQUIRED")
    return day


def _positive(message: money_pb2.Money, field: str) -> int:
    """Öre of a claim or a payment: cases are kept in kronor."""
    amount = to_money(message, field)
    if amount.currency != SEK:
        raise refuse(field, "CURRENCY")
    if amount.minor <= 0:
        raise refuse(field, "NOT_POSITIVE")
    return amount.minor
