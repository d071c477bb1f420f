"""Receipts and the head of each client's chain: SQL."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from chassis.database import Tx
from services.ledger.domain.kinds import JournalKind
from services.ledger.domain.receipts import Receipt

_COLUMNS = """client_id, number, journal_id, journal_kind, journal_number, approved_at, approved_by, item_count, sums,
       item_ids, content_hash, previous_hash, hash"""
_LOCK_HEAD = text("""
INSERT INTO receipt_head (client_id, number, hash) VALUES (:client_id, 0, '')
ON CONFLICT (client_id) DO UPDATE SET number = receipt_head.number
RETURNING number, hash, now() AS at
""")
_APPEND = text(f"""
WITH moved AS (UPDATE receipt_head SET number = :number, hash = :hash WHERE client_id = :client_id)
INSERT INTO receipt ({_COLUMNS})
VALUES (:client_id, :number, :journal_id, :journal_kind, :journal_number, :approved_at, :approved_by, :item_count,
        CAST(:sums AS jsonb), CAST(:item_ids AS uuid[]), :content_hash, :previous_hash, :hash)
""")
_OF_JOURNAL = text(f"SELECT {_COLUMNS} FROM receipt WHERE client_id = :client_id AND journal_id = :journal_id")
_ALL = text(f"SELECT {_COLUMNS} FROM receipt ORDER BY client_id, number")


def lock_head(tx: Tx, client_id: UUID) -> Row[Any]:
    """Lock the end of the client's chain: ``number``, ``hash``, and ``at``, the transaction's time.

    The last lock that an approval takes: so the chain cannot fork, and nobody waits for it long.
    """
    return tx.execute(_LOCK_HEAD, {"client_id": client_id}).one()


def append(tx: Tx, receipt: Receipt) -> None:
    """Append a receipt to a chain whose head is locked."""
    tx.execute(
        _APPEND,
        {
            "client_id": receipt.client_id,
            "number": receipt.number,
            "journal_id": receipt.journal_id,
            "journal_kind": receipt.journal_kind.value,
            "journal_number": receipt.journal_number,
            "approved_at": receipt.approved_at,
            "approved_by": receipt.approved_by,
            "item_count": receipt.item_count,
            "sums": json.dumps(dict(receipt.sums)),
            "item_ids": list(receipt.item_ids),
            "content_hash": receipt.content_hash,
            "previous_hash": receipt.previous_hash,
            "hash": receipt.hash,
        },
    )


def of_journal(tx: Tx, client_id: UUID, journal_id: UUID) -> Receipt | None:
    """The receipt of an approved journal."""
    row = tx.execute(_OF_JOURNAL, {"client_id": client_id, "journal_id": journal_id}).one_or_none()
    return None if row is None else _receipt(row)


def every(connection: Connection) -> Iterator[Receipt]:
    """All receipts of all clients, each chain in order; for `verify`."""
    for row in connection.execute(_ALL):
        yield _receipt(row)


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        client_id=row.client_id,
        number=row.number,
        journal_id=row.journal_id,
        journal_kind=JournalKind(row.journal_kind),
        journal_number=row.journal_number,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        item_count=row.item_count,
        sums=row.sums,
        item_ids=tuple(row.item_ids),
        content_hash=bytes(row.content_hash),
        previous_hash=bytes(row.previous_hash),
        hash=bytes(row.hash),
    )
