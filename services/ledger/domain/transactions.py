"""What a person registers about an invoice by hand: a direct payment, or a credit (manual §4.3.1, §4.7)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from kernel.errors import InvalidInput, Violations
from services.ledger.domain.bookings import Composition
from services.ledger.domain.drafts import OLDEST_DAYS
from services.ledger.domain.kinds import InvoiceKind, TransactionKind
from services.ledger.domain.payments import Ledger, Matched, Payment, Target, pay

MAX_NOTE: Final = 500
CHANNEL: Final = "DIRECT"

_CREDITABLE: Final = frozenset({InvoiceKind.INVOICE, InvoiceKind.INTEREST})


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that waits; ``amount_minor`` is more than zero."""

    id: UUID  # of the item of the journal
    kind: TransactionKind
    invoice_number: str
    day: date
    currency: str
    amount_minor: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The invoice that a transaction is about. ``credited_minor`` is what has been credited of it before."""

    target: Target
    customer_number: str
    final_invoiced: bool
    credited_minor: int
    made_of: Composition


@dataclass(frozen=True, slots=True)
class Effect:
    """What a transaction would do: pay as ``paid`` says, or credit; nothing when it has faults."""

    transaction: Transaction
    subject: Subject | None
    remaining_before: int = 0
    credited_before: int = 0
    paid: Matched | None = None  # of a direct payment
    faults: InvalidInput | None = None


def effect(
    one: Transaction, subject: Subject | None, ledger: Ledger, today: date, closed: Collection[date] = ()
) -> Effect:
    """What the transaction would do now; lowers what remains in ``ledger`` accordingly.

    ``closed`` are the days that lie in closed periods. Faults by field: ``UNKNOWN`` (invoice), ``CREDIT_INVOICE``,
    ``FINAL_INVOICED``, ``NOT_CREDITABLE``, ``IN_COLLECTION``, ``CURRENCY_MISMATCH``, ``OVER_CREDITED``, ``FUTURE``,
    ``PERIOD_CLOSED``, ``TOO_EARLY``.
    """
    remaining = ledger.remaining.get(subject.target.id, subject.target.open_minor) if subject else 0
    try:
        with Violations() as v:
            _check_day(v, one.day, today, closed)
            if v.require("invoice_number", subject is not None, "UNKNOWN") and subject is not None:
                _check_invoice(v, one, subject, remaining)
    except InvalidInput as error:
        return Effect(one, subject, remaining, faults=error)
    assert subject is not None  # noqa: S101 - what is unknown is a fault
    target = subject.target
    if one.kind is TransactionKind.DIRECT_PAYMENT:
        return Effect(one, subject, remaining, paid=pay(_payment(one), target, ledger))
    before = subject.credited_minor + ledger.credited.get(target.id, 0)
    ledger.remaining[target.id] = remaining - one.amount_minor
    ledger.credited[target.id] = ledger.credited.get(target.id, 0) + one.amount_minor
    return Effect(one, subject, remaining, before)


def _check_day(v: Violations, day: date, today: date, closed: Collection[date]) -> None:
    v.require("date", day <= today, "FUTURE")
    v.require("date", day >= today - timedelta(OLDEST_DAYS), "TOO_EARLY")
    v.require("date", day not in closed, "PERIOD_CLOSED")


def _check_invoice(v: Violations, one: Transaction, subject: Subject, remaining: int) -> None:
    target = subject.target
    kind = subject.made_of.kind
    if not v.require("invoice_number", kind is not InvoiceKind.CREDIT, "CREDIT_INVOICE"):
        return
    v.require("invoice_number", not subject.final_invoiced, "FINAL_INVOICED")
    same_currency = v.require("amount.currency_code", one.currency == target.currency, "CURRENCY_MISMATCH")
    if one.kind is TransactionKind.DIRECT_PAYMENT:
        return  # what is too much is the customer's; in collection the case says how the money is used
    v.require("invoice_number", kind in _CREDITABLE, "NOT_CREDITABLE")
    if v.require("invoice_number", not target.in_collection, "IN_COLLECTION") and same_currency:
        v.require("amount", one.amount_minor <= remaining, "OVER_CREDITED")


def _payment(one: Transaction) -> Payment:
    """A direct payment as the ledger keeps payments; what is unique at a bank is here the item that it was."""
    return Payment(
        bank_reference=f"{CHANNEL} {one.id}",
        currency=one.currency,
        amount_minor=one.amount_minor,
        bank_date=one.day,
        channel=CHANNEL,
    )
