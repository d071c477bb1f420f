"""What a payment file says, whatever its format: deposits on an account, each made up of payments.

Amounts are integer minor units (öre) and signed: what the payee received is positive. For every deposit

    deposit.amount_minor + deposit.charges_minor == sum(payment.amount_minor for payment in deposit.payments)

holds, and a file in which it does not hold is refused.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from services.files.domain import faults
from services.files.domain.faults import FaultList

MAX_AMOUNT_MINOR: Final = 10**18 - 1  # eighteen digits: what both formats can say, and what an int64 holds


SWEDISH_TIME: Final = ZoneInfo("Europe/Stockholm")  # of times that a file gives without an offset


class Format(StrEnum):
    BGMAX = "BGMAX"
    CAMT_053 = "CAMT_053"
    CAMT_054 = "CAMT_054"
    UNKNOWN = "UNKNOWN"


class AccountKind(StrEnum):
    BANKGIRO = "BANKGIRO"
    PLUSGIRO = "PLUSGIRO"
    IBAN = "IBAN"
    BBAN = "BBAN"  # a domestic account number, clearing number first
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the file names it: digits without hyphen or leading zeros for giros, no blanks in an IBAN."""

    kind: AccountKind
    number: str


class ReferenceKind(StrEnum):
    OCR = "OCR"  # a checked or structured creditor reference
    INVOICE = "INVOICE"  # a number that the payer gave as the invoice's; it may also be an unchecked OCR number
    CREDIT_NOTE = "CREDIT_NOTE"
    TEXT = "TEXT"  # stated as a reference but no number: look in it with ``free_text.numbers_in_text``


def stated_number_kind(value: str) -> ReferenceKind:
    """INVOICE for what may be a number, TEXT for words: payers write names and case numbers where one belongs."""
    return ReferenceKind.INVOICE if " " not in value and any(map(str.isdigit, value)) else ReferenceKind.TEXT


@dataclass(frozen=True, slots=True)
class Reference:
    """What a payment is for. ``amount_minor`` is this reference's part of it where the payer said so, else None.

    A credit note's part is negative. Parts are the payer's statement and need not add up to the payment.
    """

    kind: ReferenceKind
    value: str
    amount_minor: int | None = None


class RowKind(StrEnum):
    PAYMENT = "PAYMENT"
    DEDUCTION = "DEDUCTION"  # subtracted from the deposit by the payer's bank or BGC; the amount is negative
    REVERSAL = "REVERSAL"  # an earlier booking taken back: a person must look at it, it is never matched by itself


class DeductionCode(StrEnum):
    """How much of a deduction was made (BgMax record 21, position 71)."""

    FULL = "FULL"
    PARTIAL = "PARTIAL"  # the rest remains to be deducted
    FINAL_PARTIAL = "FINAL_PARTIAL"  # the last part


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment; with several references it is one payment for several invoices.

    ``bank_reference`` identifies the payment within the receiving account, is unique in the file, and is the same when
    the bank delivers the payment again. ``payer_org_no`` is 10 or 12 digits. ``channel`` is the format's own word.
    ``transaction_count`` is over 1 for a batch that the bank booked without telling its payments.
    """

    row_no: int
    position: str
    bank_reference: str
    amount_minor: int
    currency: str
    booking_date: date
    payer_name: str = ""
    payer_account: Account | None = None
    payer_org_no: str | None = None
    references: tuple[Reference, ...] = ()
    channel: str = ""
    message: str = ""
    kind: RowKind = RowKind.PAYMENT
    deduction: DeductionCode | None = None
    transaction_count: int = 1


@dataclass(frozen=True, slots=True)
class Deposit:
    """What one account received in one booking. ``charges_minor`` is what the bank kept of it (0 or more)."""

    account: Account
    currency: str
    booking_date: date
    amount_minor: int
    serial: str
    payments: tuple[PaymentRow, ...]
    charges_minor: int = 0


@dataclass(frozen=True, slots=True)
class IgnoredEntry:
    """An entry of a statement that is no incoming payment; ``reason`` is ``DEBIT`` or ``NOT_BOOKED``."""

    position: str
    reason: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A whole file without faults. ``message_id`` is the sender's identity of the delivery."""

    format: Format
    version: str
    created_at: datetime
    message_id: str
    is_test: bool
    deposits: tuple[Deposit, ...]
    ignored: tuple[IgnoredEntry, ...] = ()

    @property
    def payments(self) -> tuple[PaymentRow, ...]:
        return tuple(payment for deposit in self.deposits for payment in deposit.payments)


def with_unique_references(deposits: Iterable[Deposit], found: FaultList) -> tuple[Deposit, ...]:
    """The same deposits with a ``bank_reference`` that no other payment on the account has.

    Banks do repeat a serial for different payments (Bankgirot's own example file does). Those get a digest of the
    payment's content added: unlike a running number it does not change with the order of a later delivery. The same
    serial on the same content is the same payment twice, and a fault.
    """
    deposits = tuple(deposits)
    times = Counter((d.account, p.bank_reference) for d in deposits for p in d.payments)
    if len(times) == sum(times.values()):
        return deposits
    seen: set[tuple[Account, str]] = set()
    unique = []
    for deposit in deposits:
        payments = []
        for payment in deposit.payments:
            reference = payment.bank_reference
            if times[deposit.account, reference] > 1:
                reference = f"{reference}/{_content_digest(payment)}"
                if (deposit.account, reference) in seen:
                    found.add(payment.position, faults.DUPLICATE_REFERENCE, payment.row_no)
                seen.add((deposit.account, reference))
            payments.append(replace(payment, bank_reference=reference))
        unique.append(replace(deposit, payments=tuple(payments)))
    return tuple(unique)


def _content_digest(payment: PaymentRow) -> str:
    content = (
        payment.booking_date.isoformat(),
        payment.amount_minor,
        payment.currency,
        payment.payer_account and payment.payer_account.number,
        [(str(r.kind), r.value, r.amount_minor) for r in payment.references],
    )
    return sha256(repr(content).encode()).hexdigest()[:12]
