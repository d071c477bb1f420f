"""Återkalla bunt until the nightly run, and the mirrored journal that reverses one after it (DESIGN 7, ADR 4)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import time
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.business_day import now, today
from chassis.database import Tx
from chassis.outbox import Event
from chassis.permissions import Permission
from chassis.wire import from_date, money
from kernel.errors import FieldViolation, NotFound
from rf.ledger.v1 import events_pb2
from services.ledger.domain.journals import Journal
from services.ledger.domain.receipts import Receipt
from services.ledger.domain.reversals import (
    BuiltUpon,
    JournalNotApproved,
    JournalUndoesAnother,
    JournalUndoneAlready,
    Reversal,
    must_be_in_time,
)
from services.ledger.storage import invoices, journals, receipts
from services.ledger.storage import reversals as storage
from services.ledger.storage.invoices import Note
from services.ledger.storage.reversals import Mirror
from services.ledger.usecases.receipting import append_receipt
from services.ledger.usecases.telling import JOURNAL_KINDS

CHUNK = 500
"""Invoices and payments in one event."""
MOST_NAMED = 50
"""Items that a refusal names."""

_BUILT = {  # kinds of vouchers
    "PAYMENT": "PAID",
    "CREDIT": "CREDITED",
    "INVOICE": "FINAL_INVOICED",
    "CASE_SETTLEMENT": "IN_COLLECTION",
}
_NOTES = {"PAYMENT": "PAYMENT_REVERSED", "CREDIT": "CREDIT_REVERSED", "FINAL": "FINAL_REVERSED"}
_DONE = {Reversal.REVOCATION: "REVOKED", Reversal.REVERSAL: "REVERSED"}
_MESSAGES: "dict[Reversal, type[events_pb2.JournalRevoked] | type[events_pb2.JournalReversed]]" = {
    Reversal.REVOCATION: events_pb2.JournalRevoked,
    Reversal.REVERSAL: events_pb2.JournalReversed,
}


def undo(tx: Tx, client_id: UUID, journal_id: UUID, how: Reversal, nightly_run: time) -> Receipt:
    """Undo an approved journal as a whole, by a mirrored journal booked today; returns that one's receipt.

    Raises JournalNotApproved, JournalUndoneAlready, JournalUndoesAnother, TooLateToRevoke, TooEarlyToReverse, or
    BuiltUpon with every item that something has been built on.
    """
    tx.caller.require(Permission.LEDGER_APPROVE, client_id)
    journal = journals.lock(tx, client_id, journal_id)
    if journal is None:
        raise NotFound("journal")
    _must_be_undoable(tx, journal, how, nightly_run)
    storage.see_revoked(tx)
    made = receipts.of_journal(tx, client_id, journal_id)
    if made is None:
        raise NotFound("receipt")
    touched = storage.lock_invoices(tx, client_id, journal_id)
    payments = storage.lock_payments(tx, client_id, journal_id)
    faults = list(_built_upon(tx, journal, made.item_ids, touched, payments))
    if faults:
        raise BuiltUpon(tuple(faults[:MOST_NAMED]))
    mirror = storage.begin(tx, journal, how, today())
    names = storage.mirror_vouchers(tx, mirror)
    given_back = storage.give_back(tx, mirror)
    closed = storage.close_invoices(tx, mirror)
    storage.reverse_payments(tx, mirror)
    invoices.note(tx, client_id, [*_given_back_notes(mirror, given_back, names), *_closed_notes(mirror, closed)])
    receipt = _receipt(tx, journal, mirror, made)
    _tell(tx, journal, mirror, receipt, [*_taken(given_back)])
    tx.audit(f"journal.{how.lower()}", "journal", journal_id, client_id, by=str(mirror.id), receipt=receipt.number)
    return receipt


def _must_be_undoable(tx: Tx, journal: Journal, how: Reversal, nightly_run: time) -> None:
    found = storage.approved(tx, journal.client_id, journal.id)
    if found.approved_at is None:
        raise JournalNotApproved
    if found.reversal is not None:
        raise JournalUndoesAnother
    if found.undone_number is not None:
        raise JournalUndoneAlready(number=found.undone_number)
    must_be_in_time(how, found.approved_at, nightly_run, now())


def _built_upon(
    tx: Tx, journal: Journal, item_ids: Sequence[UUID], touched: Sequence[Row[Any]], payments: Sequence[Row[Any]]
) -> Iterator[FieldViolation]:
    """Every item of the journal that cannot be undone, with the reason; what it took from others by their numbers."""
    places = {item_id: place for place, item_id in enumerate(item_ids)}
    others = storage.booked_by_others(
        tx,
        journal.client_id,
        journal.id,
        [row.id for row in touched if row.made],
        [row.id for row in payments],
    )
    reasons: dict[UUID, str] = {}
    for row in others:
        about = row.invoice_id if row.invoice_id in places else row.payment_id
        reasons.setdefault(about, _BUILT.get(row.kind, "USED"))
    for row in touched:
        if row.in_collection:
            reasons[row.id] = "IN_COLLECTION"
        elif row.final_invoiced:
            reasons[row.id] = "FINAL_INVOICED"
    for row in payments:
        if row.for_case:
            reasons[row.id] = "IN_COLLECTION"
        elif row.overpayment_used:
            reasons[row.id] = "USED"
    numbers = {row.id: row.number for row in touched}
    for one, reason in sorted(reasons.items(), key=lambda found: (places.get(found[0], len(places)), found[0])):
        field = f"items[{places[one]}]" if one in places else "invoices"
        yield FieldViolation(field, reason, {"number": numbers[one]} if one in numbers else {})


def _given_back_notes(mirror: Mirror, given_back: Iterable[Row[Any]], names: dict[UUID, str]) -> Iterator[Note]:
    for row in given_back:
        kind, name = _NOTES[row.kind], names[row.voucher_id]
        amount = (
            -row.amount_minor if row.kind == "PAYMENT" else row.amount_minor
        )  # as noted when it was taken, mirrored
        yield Note(row.invoice_id, kind, mirror.day, amount, name)
        if row.credit_invoice_id is not None:
            yield Note(row.credit_invoice_id, kind, mirror.day, -amount, name)


def _closed_notes(mirror: Mirror, closed: Iterable[Row[Any]]) -> Iterator[Note]:
    for row in closed:
        yield Note(row.id, _DONE[mirror.how], mirror.day, -row.total_minor, row.voucher, f"{mirror.number}")


def _receipt(tx: Tx, journal: Journal, mirror: Mirror, made: Receipt) -> Receipt:
    mirrored = journals.get(tx, journal.client_id, mirror.id)
    if mirrored is None:
        raise NotFound("journal")
    sums = {currency: -minor for currency, minor in made.sums.items()}
    return append_receipt(tx, mirrored, journals.items(tx, mirrored), made.item_ids, sums)


def _taken(given_back: Iterable[Row[Any]]) -> Iterator[events_pb2.TakenPart]:
    for row in given_back:
        yield events_pb2.TakenPart(invoice_id=str(row.invoice_id), amount=money(-row.amount_minor, row.currency))
        if row.credit_invoice_id is not None:
            yield events_pb2.TakenPart(
                invoice_id=str(row.credit_invoice_id), amount=money(row.amount_minor, row.currency)
            )


def _tell(tx: Tx, journal: Journal, mirror: Mirror, receipt: Receipt, takes: Sequence[events_pb2.TakenPart]) -> None:
    """Tell it after the journal's approval, so many ids at a time."""
    starts = range(0, max(len(receipt.item_ids), len(takes)), CHUNK)
    for place, start in enumerate(starts, start=1):
        chunk = receipt.item_ids[start : start + CHUNK]
        message = _MESSAGES[mirror.how](
            journal_id=str(journal.id),
            kind=JOURNAL_KINDS[journal.kind],
            chunk=place,
            chunk_count=len(starts),
            by_journal_id=str(mirror.id),
            booking_date=from_date(mirror.day),
            receipt_hash=receipt.hash.hex(),
            item_ids=[str(one) for one in chunk],
            takes=takes[start : start + CHUNK],
        )
        tx.publish(Event(journal.client_id, "journal", journal.id, message))
