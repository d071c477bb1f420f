"""Payments for cases: received from the ledger, settled on the case, told back."""

from datetime import date, datetime
from uuid import UUID

from chassis.database import Tx
from chassis.outbox import Event
from chassis.wire import from_date, money
from kernel.errors import DomainError, Kind
from kernel.interest import ReferenceRateMissing
from rf.collection.v1 import events_pb2
from services.collection.domain.debts import Cost, Debt
from services.collection.domain.settlement import Settlement, all_surplus, settle
from services.collection.domain.statuses import CaseStatus, move
from services.collection.storage import cases, costs, payments, rates
from services.collection.storage.cases import AnyRow, StoredClaim


class NoCaseOfInvoice(DomainError):
    """A payment names an invoice that never came to collection."""

    reason = "NO_CASE_OF_INVOICE"
    kind = Kind.CONFLICT


def receive(
    tx: Tx, client_id: UUID, payment_id: UUID, invoice_id: UUID, amount_minor: int, bank_date: date, at: datetime
) -> None:
    """Keep a payment and settle it, or let it wait for a reference rate. A known payment changes nothing.

    Raises NoCaseOfInvoice.
    """
    found = cases.of_invoice(tx, client_id, invoice_id)
    if found is None:
        raise NoCaseOfInvoice
    case_id, claim_id = found
    if payments.insert(tx, client_id, payment_id, case_id, claim_id, amount_minor, bank_date, at):
        settle_payment(tx, client_id, payment_id, at)


def settle_payment(tx: Tx, client_id: UUID, payment_id: UUID, at: datetime) -> bool:
    """Settle a payment on its case; False if it goes on waiting for a reference rate, or was settled before."""
    known_rates = rates.reference_rates_for_settling(tx)
    case_id = payments.get(tx, client_id, payment_id).case_id
    case = cases.lock(tx, client_id, case_id)
    assert case is not None  # noqa: S101 - a payment's case is a foreign key
    payment = payments.get(tx, client_id, payment_id)
    if payment.settled_at is not None:
        return False
    (stored,) = (
        claim for claim in cases.claims(tx, [(client_id, case_id)])[case_id] if claim.claim_id == payment.claim_id
    )
    try:
        if CaseStatus(case.status).active:
            settlement = settle(
                _debt(tx, client_id, case, stored), payment.amount_minor, payment.bank_date, known_rates
            )
        else:
            settlement = all_surplus(payment.amount_minor)
    except ReferenceRateMissing:
        return False
    _book(tx, client_id, stored, payment, settlement, at)
    if settlement.closed_on is not None:
        _close(tx, client_id, case, settlement.closed_on, at)
    return True


def _debt(tx: Tx, client_id: UUID, case: AnyRow, stored: StoredClaim) -> Debt:
    return Debt(
        claim=stored.claim,
        costs=tuple(Cost(row.day, row.amount_minor) for row in costs.of_case(tx, client_id, case.id) if not row.waived),
        costs_paid_minor=case.costs_minor - case.costs_remaining_minor,
        interest_paid_minor=case.interest_paid_minor,
        last_bank_date=payments.last_bank_date(tx, client_id, case.id),
    )


def _book(tx: Tx, client_id: UUID, stored: StoredClaim, payment: AnyRow, settlement: Settlement, at: datetime) -> None:
    payments.settle(tx, client_id, payment.id, settlement, at)
    cases.take(
        tx,
        client_id,
        payment.case_id,
        stored.claim_id,
        costs=settlement.costs,
        interest=settlement.interest,
        capital=settlement.capital,
    )
    message = events_pb2.CasePaymentSettled(
        case_id=str(payment.case_id),
        case_payment_id=str(payment.id),
        invoice_id=str(stored.invoice_id),
        costs=money(settlement.costs),
        interest=money(settlement.interest),
        capital=money(settlement.capital),
        surplus=money(settlement.surplus),
        bank_date=from_date(payment.bank_date),
    )
    tx.publish(Event(client_id, "case", payment.case_id, message))


def _close(tx: Tx, client_id: UUID, case: AnyRow, paid_on: date, at: datetime) -> None:
    """End a case that is paid. A payment may carry an earlier day than the case: it then ends on its first day."""
    status = move(CaseStatus(case.status), CaseStatus.PAID)
    closed_on = max(paid_on, case.registered_on)
    cases.waive_costs_after(tx, client_id, case.id, paid_on)
    cases.close(tx, client_id, case.id, status, closed_on, at)
    message = events_pb2.CaseClosed(case_id=str(case.id), outcome=status.name, day=from_date(closed_on))
    tx.publish(Event(client_id, "case", case.id, message))
