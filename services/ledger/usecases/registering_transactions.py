"""Registrera transaktion: direct payments and credits into the caller's journal."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from chassis.permissions import Permission
from kernel.errors import NotFound, Violations
from services.ledger.domain.journals import MAX_ITEMS, Journal, JournalFull
from services.ledger.domain.kinds import JournalKind
from services.ledger.domain.payments import Payment
from services.ledger.domain.transactions import Effect, Transaction
from services.ledger.storage import journals, transactions
from services.ledger.storage import terms as terms_storage
from services.ledger.usecases.journals import lock_own
from services.ledger.usecases.transactions import of_item, shown


def register(tx: Tx, client_id: UUID, given: Sequence[Transaction]) -> Journal:
    """Add transactions to the caller's open transaction journal of the client: all or none.

    What waits there already counts: credits of an invoice may not come to more than what is open together.
    Raises InvalidInput (``transactions[2].amount``), JournalFull, TermsMissing.
    """
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    terms_storage.get(tx, client_id)
    journal = journals.lock_open(tx, client_id, JournalKind.TRANSACTIONS)
    waiting = journals.items(tx, journal)
    if len(waiting) + len(given) > MAX_ITEMS:
        raise JournalFull(max=MAX_ITEMS)
    effects = shown(tx, client_id, [*map(of_item, waiting), *given], journal.id)[len(waiting) :]
    with Violations() as v:
        for place, one in enumerate(effects):
            with v.field(f"transactions[{place}]"):
                _must_be_possible(one)
    last = waiting[-1].position if waiting else 0
    journals.add_items(
        tx, journal, [transactions.to_item(one, last + place) for place, one in enumerate(given, start=1)]
    )
    return journals.touch(tx, journal)


def change(tx: Tx, client_id: UUID, journal_id: UUID, given: Transaction) -> Journal:
    """Replace a transaction that waits in a journal, at its place; ``given.id`` is the item's.

    Raises InvalidInput (``transaction.amount``), NotFound, JournalAlreadyApproved.
    """
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    journal = lock_own(tx, client_id, journal_id, JournalKind.TRANSACTIONS)
    waiting: list[Payment | Transaction] = [of_item(item) for item in journals.items(tx, journal)]
    place = next((n for n, one in enumerate(waiting) if isinstance(one, Transaction) and one.id == given.id), None)
    if place is None:
        raise NotFound("item")
    waiting[place] = given
    with Violations() as v, v.field("transaction"):
        _must_be_possible(shown(tx, client_id, waiting, journal.id)[place])
    journals.change_item(tx, journal, transactions.to_item(given, 0))
    return journals.touch(tx, journal)


def _must_be_possible(one: object) -> None:
    if isinstance(one, Effect) and one.faults:
        raise one.faults
