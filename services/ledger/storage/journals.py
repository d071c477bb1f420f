"""Journals and their items: SQL. Payloads are the drafts as JSON, see storage/payloads.py."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from chassis.ids import uuid7
from services.ledger.domain.journals import Journal
from services.ledger.domain.kinds import JournalKind
from services.ledger.storage import counters
from services.ledger.storage.recordsets import records, recordset
from services.ledger.storage.tables import COUNTER_JOURNAL


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a journal. ``payload`` is JSON text on the way in and its value on the way out."""

    id: UUID
    position: int
    payload: Any
    currency: str
    amount_minor: int
    customer_id: UUID | None = None
    bank_reference: str | None = None


_JOURNAL = "j.client_id, j.id, j.kind, j.number, j.owner, j.source, j.version, j.approved_at IS NOT NULL AS approved"
_SUMS = """
LEFT JOIN LATERAL (
    SELECT sum(s.items)::integer AS item_count, jsonb_object_agg(s.currency, s.amount) AS sums
      FROM (SELECT currency, count(*) AS items, sum(amount_minor) AS amount FROM journal_item i
             WHERE i.client_id = j.client_id AND i.journal_id = j.id GROUP BY currency) AS s
) AS t ON true
"""
_GET = text(f"""
SELECT {_JOURNAL}, t.item_count, t.sums FROM journal j {_SUMS} WHERE j.client_id = :client_id AND j.id = :id
""")
_LOCK = text(f"SELECT {_JOURNAL} FROM journal j WHERE j.client_id = :client_id AND j.id = :id FOR UPDATE")
_OPEN = text(f"""
SELECT {_JOURNAL} FROM journal j
 WHERE j.client_id = :client_id AND j.owner = :owner AND j.kind = :kind AND j.approved_at IS NULL AND j.source = ''
   FOR UPDATE
""")
_INSERT = text("""
INSERT INTO journal (client_id, id, kind, number, owner, source)
VALUES (:client_id, :id, :kind, :number, :owner, :source)
""")
_ITEM_COLUMNS = {
    "id": "uuid",
    "position": "integer",
    "payload": "jsonb",
    "customer_id": "uuid",
    "bank_reference": "text",
    "currency": "text",
    "amount_minor": "bigint",
}
_LAST_POSITION = text("""
SELECT coalesce(max(position), 0) FROM journal_item WHERE client_id = :client_id AND journal_id = :journal_id
""")
_ADD_ITEMS = text(f"""
INSERT INTO journal_item (client_id, journal_id, {", ".join(_ITEM_COLUMNS)})
SELECT :client_id, :journal_id, {", ".join(f"r.{name}" for name in _ITEM_COLUMNS)} FROM {recordset(_ITEM_COLUMNS)}
""")
_CHANGE_ITEM = text("""
UPDATE journal_item
   SET payload = CAST(:payload AS jsonb), customer_id = :customer_id, bank_reference = :bank_reference,
       currency = :currency, amount_minor = :amount_minor
 WHERE client_id = :client_id AND journal_id = :journal_id AND id = :id
RETURNING id
""")
_REMOVE_ITEM = text("""
DELETE FROM journal_item WHERE client_id = :client_id AND journal_id = :journal_id AND id = :id RETURNING id
""")
_TOUCH = text(f"""
WITH j AS (
    UPDATE journal SET version = version + 1 WHERE client_id = :client_id AND id = :id
    RETURNING client_id, id, kind, number, owner, source, version, approved_at
)
SELECT {_JOURNAL}, t.item_count, t.sums FROM j {_SUMS}
""")
_ITEMS = text("""
SELECT id, position, payload, customer_id, bank_reference, currency, amount_minor FROM journal_item
 WHERE client_id = :client_id AND journal_id = :journal_id AND position > :after
 ORDER BY position LIMIT :limit
""")
_WAITING = text("""
SELECT payload->'draft'->>'invoice_number' FROM journal_item
 WHERE client_id = :client_id AND journal_id = :journal_id
   AND payload->'draft'->>'invoice_number' = ANY(CAST(:numbers AS text[]))
   AND (CAST(:but AS uuid) IS NULL OR id <> CAST(:but AS uuid))
""")
_APPROVE = text("""
UPDATE journal SET approved_at = now(), approved_by = :by, version = version + 1
 WHERE client_id = :client_id AND id = :id
""")
_OPEN_OF = text(f"""
SELECT {_JOURNAL}, t.item_count, t.sums
  FROM unnest(CAST(:clients AS uuid[])) AS c (client_id)
 CROSS JOIN LATERAL (
    SELECT * FROM journal o
     WHERE o.client_id = c.client_id AND o.owner = :owner AND o.approved_at IS NULL
       AND (:kind = '' OR o.kind = :kind) AND (CAST(:before AS uuid) IS NULL OR o.id < CAST(:before AS uuid))
     ORDER BY o.id DESC LIMIT :limit
 ) AS j
 {_SUMS}
 ORDER BY j.id DESC LIMIT :limit
""")


def get(tx: Tx, client_id: UUID, journal_id: UUID) -> Journal | None:
    """A journal with its count and sums."""
    row = tx.execute(_GET, {"client_id": client_id, "id": journal_id}).one_or_none()
    return None if row is None else _journal(row)


def lock(tx: Tx, client_id: UUID, journal_id: UUID) -> Journal | None:
    """Lock a journal; nobody changes its items without that."""
    row = tx.execute(_LOCK, {"client_id": client_id, "id": journal_id}).one_or_none()
    return None if row is None else _journal(row)


def lock_open(tx: Tx, client_id: UUID, kind: JournalKind) -> Journal:
    """Lock the caller's open journal of a kind, or begin one."""
    key = {"client_id": client_id, "owner": tx.caller.subject, "kind": kind.value}
    row = tx.execute(_OPEN, key).one_or_none()
    if row is None:
        number = counters.take(tx, client_id, COUNTER_JOURNAL)  # who comes second waits here, and looks again
        row = tx.execute(_OPEN, key).one_or_none()
        if row is None:
            return begin(tx, client_id, kind, number=number)
        counters.set_next(tx, client_id, COUNTER_JOURNAL, number)
    return _journal(row)


def begin(tx: Tx, client_id: UUID, kind: JournalKind, source: str = "", number: int | None = None) -> Journal:
    """Begin a journal of the caller's; with a source (a file's name) it stands for itself."""
    if number is None:
        number = counters.take(tx, client_id, COUNTER_JOURNAL)
    journal = Journal(uuid7(), client_id, kind, number, tx.caller.subject, source, version=0, approved=False)
    values = {"client_id": client_id, "id": journal.id, "kind": kind.value, "number": number}
    tx.execute(_INSERT, {**values, "owner": journal.owner, "source": source})
    return journal


def last_position(tx: Tx, journal: Journal) -> int:
    """The place of the last item of a locked journal, 0 when it has none."""
    key = {"client_id": journal.client_id, "journal_id": journal.id}
    return int(tx.execute(_LAST_POSITION, key).scalar_one())


def add_items(tx: Tx, journal: Journal, items: Sequence[Item]) -> None:
    """Add items to a locked journal."""
    rows = [_values(item) for item in items]
    key = {"client_id": journal.client_id, "journal_id": journal.id}
    tx.execute(_ADD_ITEMS, {**key, **records(_ITEM_COLUMNS, rows)})


def change_item(tx: Tx, journal: Journal, item: Item) -> bool:
    """Replace an item of a locked journal, at its place; says whether there was one."""
    key = {"client_id": journal.client_id, "journal_id": journal.id}
    return tx.execute(_CHANGE_ITEM, {**key, **_values(item)}).one_or_none() is not None


def remove_item(tx: Tx, journal: Journal, item_id: UUID) -> bool:
    """Remove an item of a locked journal; says whether there was one."""
    key = {"client_id": journal.client_id, "journal_id": journal.id, "id": item_id}
    return tx.execute(_REMOVE_ITEM, key).one_or_none() is not None


def touch(tx: Tx, journal: Journal) -> Journal:
    """Note that a locked journal has changed; returns it as it is now."""
    return _journal(tx.execute(_TOUCH, {"client_id": journal.client_id, "id": journal.id}).one())


def items(tx: Tx, journal: Journal, after: int = 0, limit: int | None = None) -> list[Item]:
    """Items by place; all of them without a limit."""
    key = {"client_id": journal.client_id, "journal_id": journal.id, "after": after, "limit": limit}
    return [
        Item(r.id, r.position, r.payload, r.currency, r.amount_minor, r.customer_id, r.bank_reference)
        for r in tx.execute(_ITEMS, key)
    ]


def waiting_numbers(tx: Tx, journal: Journal, numbers: Sequence[str], but: UUID | None) -> set[str]:
    """Those of the invoice numbers that items of the journal have, one item left out."""
    key = {"client_id": journal.client_id, "journal_id": journal.id}
    return set(tx.execute(_WAITING, {**key, "numbers": list(numbers), "but": but}).scalars())


def item_content(item: Any) -> list[Any]:
    """What a receipt signs of an item (an Item, or a row with its columns): the item as it is stored."""
    return [str(item.id), item.position, item.payload, item.currency, item.amount_minor]


def mark_approved(tx: Tx, journal: Journal) -> None:
    """A locked journal is approved, by the caller."""
    tx.execute(_APPROVE, {"client_id": journal.client_id, "id": journal.id, "by": tx.caller.subject})


def open_of_caller(
    tx: Tx, clients: Sequence[UUID], kind: JournalKind | None, before: UUID | None, limit: int
) -> list[Journal]:
    """The caller's open journals, newest first."""
    values = {"clients": list(clients), "owner": tx.caller.subject, "kind": kind.value if kind else ""}
    return [_journal(row) for row in tx.execute(_OPEN_OF, {**values, "before": before, "limit": limit})]


def _values(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "position": item.position,
        "payload": item.payload,
        "customer_id": item.customer_id,
        "bank_reference": item.bank_reference,
        "currency": item.currency,
        "amount_minor": item.amount_minor,
    }


def _journal(row: Row[Any]) -> Journal:
    journal = Journal(
        row.id, row.client_id, JournalKind(row.kind), row.number, row.owner, row.source, row.version, row.approved
    )
    counted = getattr(row, "item_count", None)  # a row that was only locked has not been counted
    return replace(journal, item_count=counted, sums=row.sums) if counted else journal
