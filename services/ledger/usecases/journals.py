"""Journals (buntar): what somebody has registered, and the moment when it becomes real."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.business_day import today
from chassis.database import Tx
from chassis.permissions import Permission
from kernel.errors import InvalidInput, NotFound
from services.ledger.domain.journals import Journal, JournalHasFaults
from services.ledger.domain.kinds import JournalKind
from services.ledger.domain.receipts import Receipt
from services.ledger.storage import journals as storage
from services.ledger.storage import receipts as receipts_storage
from services.ledger.storage import reversals
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.journals import Item
from services.ledger.usecases import invoicing, transactions
from services.ledger.usecases.approval import Approve
from services.ledger.usecases.receipting import append_receipt

_APPROVE: Mapping[JournalKind, Approve] = {
    JournalKind.INVOICES: invoicing.approve,
    JournalKind.TRANSACTIONS: transactions.approve,
}


def approve(tx: Tx, client_id: UUID, journal_id: UUID, version: int) -> Receipt:
    """Make a whole journal real, or nothing of it. ``version`` is the one that was seen, 0 for whatever it is now.

    Raises JournalAlreadyApproved, JournalChanged, JournalEmpty, FourEyes, or JournalHasFaults with every faulty item.
    """
    tx.caller.require(Permission.LEDGER_APPROVE, client_id)
    terms = terms_storage.get(tx, client_id)
    locked = _visible(tx, storage.lock(tx, client_id, journal_id), four_eyes=terms.four_eyes)
    items = storage.items(tx, locked)
    journal = replace(locked, item_count=len(items))
    journal.must_be_approvable(tx.caller.subject, version, four_eyes=terms.four_eyes)
    day = today()
    try:
        approval = _APPROVE[journal.kind](tx, journal, terms, items, day)
    except InvalidInput as error:
        raise JournalHasFaults(error.violations) from None
    storage.mark_approved(tx, journal)
    receipt = append_receipt(tx, journal, items, approval.item_ids, approval.sums)
    approval.tell(receipt)
    tx.audit("journal.approve", "journal", journal.id, client_id, items=len(items), receipt=receipt.number)
    return receipt


def get(tx: Tx, client_id: UUID, journal_id: UUID, after: int, limit: int) -> tuple[Journal, list[Item]]:
    """A journal with items by place, from the one after ``after`` on. Raises NotFound for somebody else's."""
    if not tx.caller.may(Permission.LEDGER_APPROVE, client_id):
        tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    found = storage.get(tx, client_id, journal_id)
    four_eyes = found is not None and found.owner != tx.caller.subject and terms_storage.get(tx, client_id).four_eyes
    journal = _visible(tx, found, four_eyes=four_eyes)
    return journal, storage.items(tx, journal, after, limit)


def list_open(
    tx: Tx, clients: Sequence[UUID], kind: JournalKind | None, before: UUID | None, limit: int
) -> list[Journal]:
    """The caller's own open journals, newest first."""
    allowed = tx.caller.clients_with(Permission.LEDGER_REGISTER, clients) or terms_storage.all_clients(tx)
    return storage.open_of_caller(tx, allowed, kind, before, limit)


def get_receipt(tx: Tx, client_id: UUID, journal_id: UUID) -> tuple[Receipt, Row[Any] | None]:
    """The receipt of an approved journal, and the journals that it undoes or is undone by. Raises NotFound."""
    if not tx.caller.may(Permission.LEDGER_APPROVE, client_id):
        tx.caller.require(Permission.LEDGER_READ, client_id)
    receipt = receipts_storage.of_journal(tx, client_id, journal_id)
    if receipt is None:
        raise NotFound("receipt")
    return receipt, links(tx, client_id, journal_id)


def links(tx: Tx, client_id: UUID, journal_id: UUID) -> Row[Any] | None:
    """Which journal it undoes, and which one has undone it."""
    return reversals.links(tx, client_id, journal_id)


def lock_own(tx: Tx, client_id: UUID, journal_id: UUID, kind: JournalKind) -> Journal:
    """Lock a journal of the caller's own to change it. Raises NotFound, JournalAlreadyApproved."""
    journal = storage.lock(tx, client_id, journal_id)
    if journal is None or journal.owner != tx.caller.subject or journal.kind is not kind:
        raise NotFound("journal")
    journal.must_be_open()
    return journal


def remove_item(tx: Tx, client_id: UUID, journal_id: UUID, item_id: UUID) -> Journal:
    """Take one item out of a journal of any kind. Raises NotFound, JournalAlreadyApproved."""
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    journal = storage.lock(tx, client_id, journal_id)
    if journal is None or journal.owner != tx.caller.subject:
        raise NotFound("journal")
    journal.must_be_open()
    if not storage.remove_item(tx, journal, item_id):
        raise NotFound("item")
    return storage.touch(tx, journal)


def _visible(tx: Tx, journal: Journal | None, *, four_eyes: bool) -> Journal:
    """A journal belongs to whoever registers in it; under four eyes whoever approves may open it by its id."""
    if journal is None:
        raise NotFound("journal")
    if journal.owner == tx.caller.subject:
        return journal
    if four_eyes and tx.caller.may(Permission.LEDGER_APPROVE, journal.client_id):
        return journal
    raise NotFound("journal")
