"""Which events come in, and what each does. Whatever it is told, a fact ends up the same in any order of its events."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from chassis import jobs
from chassis.business_day import STOCKHOLM, today
from chassis.consumer import Handlers, Received
from chassis.database import Tx
from chassis.wire import refuse, to_date, to_uuid
from rf.collection.v1 import cases_pb2
from rf.collection.v1 import events_pb2 as collection
from rf.ledger.v1 import events_pb2 as ledger
from rf.ledger.v1 import invoices_pb2, journals_pb2
from rf.type.v1 import date_pb2
from services.reports.storage import case_facts, invoice_facts
from services.reports.storage.case_facts import CaseFact
from services.reports.storage.invoice_facts import InvoiceFact
from services.reports.usecases.invoice_copies import JOB


def sources(render_days: int) -> Mapping[str, Handlers]:
    """The handlers by the service that tells; ``render_days`` is how old an invoice may be to be copied at once."""
    return {
        "ledger": {
            ledger.JournalApproved: JournalApproved(render_days),
            ledger.JournalRevoked: journal_revoked,
            ledger.JournalReversed: journal_reversed,
            ledger.InvoiceSettlementBooked: settlement_booked,
            ledger.InvoicePaymentPlaced: payment_placed,
            ledger.InvoiceChanged: invoice_changed,
            ledger.InvoiceSentToCollection: sent_to_collection,
        },
        "collection": {
            collection.CaseRegistered: case_registered,
            collection.CaseDebtorNoted: debtor_noted,
            collection.CasePaymentSettled: case_payment_settled,
            collection.CaseClosed: case_closed,
        },
    }


# -- of the ledger -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JournalApproved:
    """Note its invoices, what it takes of others, and queue a copy of each young invoice that Resultat Finans prints.

    A job is queued once per invoice, however often it is told.
    """

    render_days: int

    def __call__(self, tx: Tx, received: Received[ledger.JournalApproved]) -> None:
        message, client_id = received.message, _client(received)
        registered_on = received.occurred_at.astimezone(STOCKHOLM).date()
        facts = [_fact(client_id, invoice, registered_on) for invoice in message.invoices]
        invoice_facts.note(tx, facts)
        invoice_facts.take(tx, client_id, _taken_by(message))
        oldest = today() - timedelta(days=self.render_days)
        printed = invoices_pb2.ServiceKind.Name(invoices_pb2.SERVICE_KIND_INVOICING)
        for fact in facts:
            if fact.service == printed and fact.invoice_date >= oldest:
                key, payload = str(fact.invoice_id), {"invoice_id": str(fact.invoice_id)}
                jobs.enqueue(tx, JOB, key, payload, client_id=client_id)


def journal_revoked(tx: Tx, received: Received[ledger.JournalRevoked]) -> None:
    """Its invoices leave the statistics. A copy that was made stays in the archive; nobody finds its invoice."""
    _undone(tx, received, invoice_facts.revoke)


def journal_reversed(tx: Tx, received: Received[ledger.JournalReversed]) -> None:
    """Its invoices stay, with nothing open."""
    _undone(tx, received, invoice_facts.reverse)


def settlement_booked(tx: Tx, received: Received[ledger.InvoiceSettlementBooked]) -> None:
    message = received.message
    invoice_facts.take(tx, _client(received), {UUID(message.invoice_id): message.capital.minor_units})


def payment_placed(tx: Tx, received: Received[ledger.InvoicePaymentPlaced]) -> None:
    message = received.message
    invoice_facts.take(tx, _client(received), {UUID(message.invoice_id): message.amount.minor_units})


def invoice_changed(tx: Tx, received: Received[ledger.InvoiceChanged]) -> None:
    message = received.message
    day = _day(message.due_date, "due_date")
    invoice_facts.change_due_date(tx, _client(received), UUID(message.invoice_id), day)


def sent_to_collection(tx: Tx, received: Received[ledger.InvoiceSentToCollection]) -> None:
    message = received.message
    day = _day(message.day, "day")
    invoice_facts.send_to_collection(tx, _client(received), UUID(message.invoice_id), day)


def _undone(tx: Tx, received: Received[Any], undo: Any) -> None:
    message, client_id = received.message, _client(received)
    if message.kind == journals_pb2.JOURNAL_KIND_INVOICES:
        undo(tx, client_id, [UUID(one) for one in message.item_ids])
    invoice_facts.take(tx, client_id, _sums((part.invoice_id, part.amount.minor_units) for part in message.takes))


def _taken_by(message: ledger.JournalApproved) -> Mapping[UUID, int]:
    """What a journal takes off what is open of invoices: by payments and credits, and by its own invoices."""
    paid = ((part.invoice_id, part.amount.minor_units) for payment in message.payments for part in payment.parts)
    credited = ((credit.invoice_id, credit.amount.minor_units) for credit in message.credits)
    taken = ((part.invoice_id, part.amount.minor_units) for invoice in message.invoices for part in invoice.takes)
    used = (
        (invoice.invoice_id, invoice.total.minor_units - invoice.open.minor_units)
        for invoice in message.invoices
        if invoice.HasField("open")
    )
    return _sums(pair for pairs in (paid, credited, taken, used) for pair in pairs)


def _sums(pairs: Iterable[tuple[str, int]]) -> Mapping[UUID, int]:
    sums: Counter[UUID] = Counter()
    for invoice_id, minor in pairs:
        sums[UUID(invoice_id)] += minor
    return {invoice_id: minor for invoice_id, minor in sums.items() if minor}


def _fact(client_id: UUID, invoice: ledger.ApprovedInvoice, registered_on: date) -> InvoiceFact:
    return InvoiceFact(
        client_id=client_id,
        invoice_id=UUID(invoice.invoice_id),
        customer_id=UUID(invoice.customer_id) if invoice.customer_id else None,
        kind=invoices_pb2.InvoiceKind.Name(invoice.kind),
        service=invoices_pb2.ServiceKind.Name(invoice.service),
        invoice_date=_day(invoice.invoice_date, "invoice_date"),
        due_date=_day(invoice.due_date, "due_date"),
        registered_on=registered_on,
        currency=invoice.total.currency_code,
        total_minor=invoice.total.minor_units,
    )


# -- of collection -----------------------------------------------------------------------------------------------------


def case_registered(tx: Tx, received: Received[collection.CaseRegistered]) -> None:
    message = received.message
    registered_on = _day(message.registered_on, "registered_on")
    fact = CaseFact(
        client_id=_client(received),
        case_id=to_uuid(message.case_id, "case_id"),
        number=message.number,
        kind=cases_pb2.CaseKind.Name(message.kind),
        invoice_id=UUID(message.invoice_ids[0]) if message.invoice_ids else None,
        registered_on=registered_on,
        due_date=to_date(message.due_date, "due_date") or registered_on,  # cases told before the day was
        currency=message.capital.currency_code,
        capital_minor=message.capital.minor_units,
    )
    case_facts.note(tx, fact)


def debtor_noted(tx: Tx, received: Received[collection.CaseDebtorNoted]) -> None:
    message = received.message
    born = message.birth_year or None
    case_facts.note_debtor(tx, _client(received), UUID(message.case_id), message.debtor_kind, born)


def case_payment_settled(tx: Tx, received: Received[collection.CasePaymentSettled]) -> None:
    message = received.message
    case_facts.pay(tx, _client(received), UUID(message.case_id), message.capital.minor_units)


def case_closed(tx: Tx, received: Received[collection.CaseClosed]) -> None:
    message = received.message
    case_facts.close(tx, _client(received), UUID(message.case_id), _day(message.day, "day"))


def _client(received: Received[Any]) -> UUID:
    if received.client_id is None:
        raise refuse("client_id", "REQUIRED")
    return received.client_id


def _day(message: date_pb2.Date, field: str) -> date:
    day = to_date(message, field)
    if day is None:
        raise refuse(field, "REQUIRED")
    return day
