"""What of a payment file goes to the ledger, and how: each row is a payment there, or is left aside with a reason.

The ledger knows a payment by a reference that is unique for the client; the bank's is unique for the receiving account.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Final
from unicodedata import normalize

from kernel.money import EXPONENTS, MAX_AMOUNT_MINOR
from services.files.domain.payments import Account, Format, PaymentFile, PaymentRow, ReferenceKind, RowKind

REVERSAL: Final = "REVERSAL"
DEDUCTION: Final = "DEDUCTION"
BATCH: Final = "BATCH"
ZERO_AMOUNT: Final = "ZERO_AMOUNT"
AMOUNT: Final = "AMOUNT"
CURRENCY: Final = "CURRENCY"
DATE: Final = "DATE"

MAX_REFERENCE: Final = 140
MAX_NAME: Final = 140
MAX_ACCOUNT: Final = 60
MAX_MESSAGE: Final = 1_000
MAX_REFERENCES: Final = 100
FIRST_YEAR: Final = 1900
MAX_DAYS_AHEAD: Final = 5  # a file may come on the evening before its bank day, and over a long weekend

CHANNELS: Final = {Format.BGMAX: "BGMAX", Format.CAMT_053: "CAMT053", Format.CAMT_054: "CAMT054"}


@dataclass(frozen=True, slots=True)
class NamedReference:
    """What a payer named; ``part_minor`` is more than zero where the payer said how much is meant for it."""

    value: str
    is_ocr: bool
    part_minor: int | None


@dataclass(frozen=True, slots=True)
class LedgerPayment:
    """A row as the ledger is told it; with a ``note`` it is left aside, and the ledger is not told."""

    row_no: int
    bank_reference: str
    amount_minor: int
    currency: str
    booking_date: date
    payer_name: str
    payer_account: str
    references: tuple[NamedReference, ...]
    message: str
    note: str


def of_file(file: PaymentFile, today: date) -> Iterator[LedgerPayment]:
    """The rows of a file in its order; ``today`` is the business day. No two payments have the same reference."""
    seen: set[str] = set()
    for deposit in file.deposits:
        for payment in deposit.payments:
            row = _of_row(deposit.account, payment, today)
            if not row.note:
                if row.bank_reference in seen:  # numbers of accounts are unique within their kind only
                    row = replace(row, bank_reference=_digest(deposit.account, payment.bank_reference))
                seen.add(row.bank_reference)
            yield row


def _of_row(account: Account, row: PaymentRow, today: date) -> LedgerPayment:
    return LedgerPayment(
        row_no=row.row_no,
        bank_reference=reference_at(account, row.bank_reference),
        amount_minor=row.amount_minor,
        currency=row.currency,
        booking_date=row.booking_date,
        payer_name=_line(row.payer_name, MAX_NAME),
        payer_account=_line(row.payer_account.number if row.payer_account else "", MAX_ACCOUNT),
        references=tuple(_references(row)),
        message=_line(row.message, MAX_MESSAGE),
        note=note_of(row, today),
    )


def reference_at(account: Account, bank_reference: str) -> str:
    """``<account>:<reference>``; a digest where that does not fit."""
    whole = _line(f"{account.number}:{bank_reference}", MAX_REFERENCE + 1)
    return whole if len(whole) <= MAX_REFERENCE else _digest(account, bank_reference)


def _digest(account: Account, bank_reference: str) -> str:
    whole = f"{account.kind}:{account.number}:{bank_reference}"
    return f"{_line(account.number, MAX_ACCOUNT)}:{sha256(whole.encode()).hexdigest()}"


def note_of(row: PaymentRow, today: date) -> str:
    """Why a person must look at the row instead of the ledger, empty when it is an ordinary payment."""
    if row.kind is RowKind.REVERSAL:
        return REVERSAL
    if row.kind is RowKind.DEDUCTION or row.amount_minor < 0:
        return DEDUCTION
    if row.transaction_count > 1:
        return BATCH
    if row.amount_minor == 0:
        return ZERO_AMOUNT
    if row.amount_minor > MAX_AMOUNT_MINOR:
        return AMOUNT
    if row.booking_date.year < FIRST_YEAR or (row.booking_date - today).days > MAX_DAYS_AHEAD:
        return DATE
    return "" if row.currency in EXPONENTS else CURRENCY


def _references(row: PaymentRow) -> Iterator[NamedReference]:
    for reference in row.references[:MAX_REFERENCES]:
        value = _line(reference.value, MAX_REFERENCE)
        if not value:
            continue
        part = reference.amount_minor
        # a credit note lowers what the payer owes: its part is no money that came in
        counts = reference.kind is not ReferenceKind.CREDIT_NOTE and part is not None and 0 < part <= MAX_AMOUNT_MINOR
        yield NamedReference(value, reference.kind is ReferenceKind.OCR, part if counts else None)


def _line(text: str, most: int) -> str:
    """The text on one line without control characters, cut to its length."""
    composed = normalize("NFC", text[: 4 * most])
    return " ".join("".join(c if c.isprintable() else " " for c in composed).split())[:most].rstrip()
