"""Payments by file: what they would do, and into a journal of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Tx
from chassis.ids import uuid7
from chassis.permissions import Permission
from kernel.errors import Violations
from services.ledger.domain.journals import MAX_ITEMS, Journal, JournalFull
from services.ledger.domain.kinds import JournalKind
from services.ledger.domain.payments import Ledger, Matched, Payment, numbers_to_look_up
from services.ledger.domain.payments import match as compare
from services.ledger.storage import journals
from services.ledger.storage import payments as storage
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.journals import Item
from services.ledger.usecases.journals import lock_own


@dataclass(frozen=True, slots=True)
class Registered:
    """Where payments wait; no journal when every one of them was a duplicate."""

    journal: Journal | None
    added: int
    duplicates: int


def match(tx: Tx, client_id: UUID, given: Sequence[Payment]) -> list[Matched]:
    """What each payment would do to the ledger now. Stores nothing."""
    tx.caller.require(Permission.LEDGER_READ, client_id)
    ledger = Ledger.of(storage.targets(tx, client_id, numbers_to_look_up(given)))
    known = storage.known_references(tx, client_id, [one.bank_reference for one in given])
    return [compare(payment, ledger, known) for payment in given]


def register(tx: Tx, client_id: UUID, source: str, given: Sequence[Payment], journal_id: UUID | None) -> Registered:
    """Add payments to a transaction journal: one of their own, or the open one that earlier pieces of the file made.

    Payments that the ledger has already, booked or waiting, are left out. Raises InvalidInput for a reference that
    comes twice, NotFound, JournalAlreadyApproved, JournalFull, TermsMissing.
    """
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    terms_storage.get(tx, client_id)
    _must_differ(given)
    known = storage.known_references(tx, client_id, [one.bank_reference for one in given])
    new = [payment for payment in given if payment.bank_reference not in known]
    if not new:
        journal = None if journal_id is None else lock_own(tx, client_id, journal_id, JournalKind.TRANSACTIONS)
        return Registered(journal, 0, len(given))
    if journal_id is None:
        journal = journals.begin(tx, client_id, JournalKind.TRANSACTIONS, source)
    else:
        journal = lock_own(tx, client_id, journal_id, JournalKind.TRANSACTIONS)
    last = journals.last_position(tx, journal)
    journals.add_items(tx, journal, [_item(last + place, one) for place, one in enumerate(new, start=1)])
    changed = journals.touch(tx, journal)
    if changed.item_count > MAX_ITEMS:
        raise JournalFull(max=MAX_ITEMS)
    tx.audit("payments.register", "journal", journal.id, client_id, payments=len(new))
    return Registered(changed, len(new), len(given) - len(new))


def _must_differ(given: Sequence[Payment]) -> None:
    seen: set[str] = set()
    with Violations() as v:
        for place, payment in enumerate(given):
            v.require(f"payments[{place}].bank_reference", payment.bank_reference not in seen, "TWICE")
            seen.add(payment.bank_reference)


def _item(position: int, payment: Payment) -> Item:
    return Item(
        id=uuid7(),
        position=position,
        payload=storage.to_json(payment),
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        bank_reference=payment.bank_reference,
    )
