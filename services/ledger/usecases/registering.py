"""Registrera faktura: invoices into the caller's journal."""

from collections.abc import Sequence
from uuid import UUID

from chassis.business_day import today
from chassis.database import Tx
from chassis.ids import uuid7
from chassis.permissions import Permission
from kernel.errors import NotFound, Violations
from services.ledger.domain.drafts import Draft, basis
from services.ledger.domain.journals import MAX_ITEMS, Journal, JournalFull
from services.ledger.domain.kinds import JournalKind
from services.ledger.domain.terms import Terms
from services.ledger.storage import journals, payloads
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.journals import Item
from services.ledger.usecases.drafting import Ready, ready
from services.ledger.usecases.journals import lock_own


def preview(tx: Tx, client_id: UUID, draft: Draft, path: str) -> Ready:
    """Work out a draft without storing it. Raises InvalidInput with every fault."""
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    return ready(tx, client_id, terms_storage.get(tx, client_id), [(path, draft)])[0]


def register(tx: Tx, client_id: UUID, drafts: Sequence[tuple[str, Draft]]) -> tuple[Journal, list[UUID]]:
    """Add invoices, each given with the path of its field, to the caller's open journal of the client: all or none.

    Returns the journal and the new items' ids. Raises InvalidInput, JournalFull, TermsMissing.
    """
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    terms = terms_storage.get(tx, client_id)
    found = ready(tx, client_id, terms, drafts)
    journal = journals.lock_open(tx, client_id, JournalKind.INVOICES)
    _must_be_new(tx, journal, drafts)
    last = journals.last_position(tx, journal)
    items = [_item(uuid7(), last + place, one, terms) for place, one in enumerate(found, start=1)]
    journals.add_items(tx, journal, items)
    changed = journals.touch(tx, journal)
    if changed.item_count > MAX_ITEMS:
        raise JournalFull(max=MAX_ITEMS)
    return changed, [item.id for item in items]


def change(tx: Tx, client_id: UUID, journal_id: UUID, item_id: UUID, draft: Draft, path: str) -> Journal:
    """Replace an invoice that waits in a journal, at its place.

    Raises InvalidInput, NotFound, JournalAlreadyApproved.
    """
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    journal = lock_own(tx, client_id, journal_id, JournalKind.INVOICES)
    terms = terms_storage.get(tx, client_id)
    [one] = ready(tx, client_id, terms, [(path, draft)])
    _must_be_new(tx, journal, [(path, draft)], but=item_id)
    if not journals.change_item(tx, journal, _item(item_id, 0, one, terms)):
        raise NotFound("item")
    return journals.touch(tx, journal)


def _must_be_new(tx: Tx, journal: Journal, drafts: Sequence[tuple[str, Draft]], but: UUID | None = None) -> None:
    """A number that waits in the journal already cannot become two invoices."""
    given = [draft.invoice_number for _, draft in drafts if draft.invoice_number]
    if not given:
        return
    waiting = journals.waiting_numbers(tx, journal, given, but)
    with Violations() as v:
        for path, draft in drafts:
            v.require(f"{path}.invoice_number", draft.invoice_number not in waiting, "TWICE")


def _item(item_id: UUID, position: int, one: Ready, terms: Terms) -> Item:
    return Item(
        id=item_id,
        position=position,
        payload=payloads.to_json(one.worked, basis(terms, today())),
        currency=one.worked.draft.currency,
        amount_minor=one.worked.total_minor,
        customer_id=one.customer.id,
    )
