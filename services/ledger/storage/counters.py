"""Numbers without gaps, from rows that stay locked until the transaction ends."""

from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx

_TAKE = text("""
INSERT INTO counter (client_id, series, next) VALUES (:client_id, :series, :first + :count)
ON CONFLICT (client_id, series) DO UPDATE SET next = counter.next + :count
RETURNING next - :count AS first
""")
_LOCK = text("""
INSERT INTO counter (client_id, series, next) VALUES (:client_id, :series, :first)
ON CONFLICT (client_id, series) DO UPDATE SET next = counter.next
RETURNING next
""")
_SET = text("UPDATE counter SET next = :next WHERE client_id = :client_id AND series = :series")


def take(tx: Tx, client_id: UUID, series: str, count: int = 1, first: int = 1) -> int:
    """Take ``count`` numbers of a series at once; returns the first of them. A new series begins with ``first``."""
    wanted = {"client_id": client_id, "series": series, "count": count, "first": first}
    return int(tx.execute(_TAKE, wanted).scalar_one())


def lock(tx: Tx, client_id: UUID, series: str, first: int = 1) -> int:
    """The next number of a series that some numbers are left out of; goes on with ``set_next``."""
    return int(tx.execute(_LOCK, {"client_id": client_id, "series": series, "first": first}).scalar_one())


def set_next(tx: Tx, client_id: UUID, series: str, following: int) -> None:
    """Say which number of a locked series is the next one."""
    tx.execute(_SET, {"client_id": client_id, "series": series, "next": following})
