"""The receipt of a journal: signed, and chained to the client's receipt before it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from services.ledger.domain import receipts
from services.ledger.domain.journals import Journal
from services.ledger.domain.receipts import Receipt
from services.ledger.storage import journals
from services.ledger.storage import receipts as storage
from services.ledger.storage.journals import Item


def append_receipt(
    tx: Tx, journal: Journal, items: Sequence[Item], item_ids: Sequence[UUID], sums: Mapping[str, int]
) -> Receipt:
    """Append the receipt to the client's chain; its head is the last row to be locked before the commit."""
    head = storage.lock_head(tx, journal.client_id)
    unsigned = Receipt(
        client_id=journal.client_id,
        number=head.number + 1,
        journal_id=journal.id,
        journal_kind=journal.kind,
        journal_number=journal.number,
        approved_at=head.at,
        approved_by=tx.caller.name,
        item_count=len(items),
        sums=sums,
        item_ids=tuple(item_ids),
        content_hash=receipts.content_hash(journals.item_content(item) for item in items),
        previous_hash=bytes(head.hash),
    )
    receipt = replace(unsigned, hash=receipts.hash_of(unsigned))
    storage.append(tx, receipt)
    return receipt
