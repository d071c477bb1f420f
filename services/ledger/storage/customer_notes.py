"""Notes about customers, which only the client's own users may see. SQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from chassis.ids import uuid7

_ADD = text("""
INSERT INTO customer_note (client_id, customer_id, id, text, by, subject)
VALUES (:client_id, :customer_id, :id, :text, :by, :subject) RETURNING id, text, at, by
""")
_LIST = text("""
SELECT id, text, at, by FROM customer_note
 WHERE client_id = :client_id AND customer_id = :customer_id
   AND (CAST(:before AS uuid) IS NULL OR id < CAST(:before AS uuid))
 ORDER BY id DESC LIMIT :limit
""")


def add(tx: Tx, client_id: UUID, customer_id: UUID, written: str) -> Row[Any]:
    """Add a note, and its row."""
    values = {"client_id": client_id, "customer_id": customer_id, "id": uuid7(), "text": written}
    return tx.execute(_ADD, {**values, "by": tx.caller.name, "subject": tx.caller.subject}).one()


def listed(tx: Tx, client_id: UUID, customer_id: UUID, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Notes, latest first."""
    wanted = {"client_id": client_id, "customer_id": customer_id, "before": before, "limit": limit}
    return tx.execute(_LIST, wanted).all()
