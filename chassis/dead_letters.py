"""Events that a consumer could not handle: kept with their error, blocking only their aggregate, until staff decides.

A retry gives the event a fresh number of tries; a skip passes it by for good. Both let the aggregate go on.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection, text

from chassis import inbox, outbox
from chassis.envelope import Envelope
from chassis.ids import uuid7
from kernel.errors import DomainError, Kind, NotFound


class DeadLetterUnreadable(DomainError):
    """A message without readable headers belongs to no aggregate and cannot be tried again; skip it."""

    reason = "DEAD_LETTER_UNREADABLE"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that was given up. ``event`` is None if its headers could not be read."""

    id: UUID
    consumer: str
    source: str
    event: Envelope | None
    payload: bytes
    error: str
    attempts: int
    died_at: datetime
    resolution: str | None  # "retried" or "skipped"
    resolved_by: str | None


_BURY = text(f"""
WITH gone AS (
  DELETE FROM inbox_pending WHERE consumer = :consumer AND aggregate_id = :aggregate_id AND seq = :seq RETURNING *
), blocked AS (
  UPDATE inbox_cursor SET blocked = true WHERE consumer = :consumer AND aggregate_id = :aggregate_id
)
INSERT INTO dead_letter (id, consumer, source, {outbox.COLUMNS}, error, attempts)
SELECT :id, consumer, source, {outbox.COLUMNS}, coalesce(last_error, ''), attempts FROM gone
""")
_BURY_UNREADABLE = text("""
INSERT INTO dead_letter (id, consumer, source, payload, error, attempts)
VALUES (:id, :consumer, :source, :payload, :error, 1) ON CONFLICT DO NOTHING
""")
_FIELDS = f"id, consumer, source, {outbox.COLUMNS}, error, attempts, died_at, resolution, resolved_by"
_PAGE = text(f"SELECT {_FIELDS} FROM dead_letter WHERE resolved_at IS NULL AND id > :after ORDER BY id LIMIT :limit")
_LOCK = text(f"SELECT {_FIELDS} FROM dead_letter WHERE id = :id FOR UPDATE")
_RESOLVE = text(f"""
UPDATE dead_letter SET resolution = :resolution, resolved_at = now(), resolved_by = :by WHERE id = :id
RETURNING {_FIELDS}
""")
_UNBLOCK = text("UPDATE inbox_cursor SET blocked = false WHERE consumer = :consumer AND aggregate_id = :aggregate_id")
_GO_ON = text("""
UPDATE inbox_pending SET retry_at = now() WHERE consumer = :consumer AND aggregate_id = :aggregate_id AND seq = :seq
""")


def bury(connection: Connection, consumer: str, event: Envelope) -> None:
    """Give up a parked event and block its aggregate. The caller holds the aggregate's lock."""
    connection.execute(
        _BURY, {"id": uuid7(), "consumer": consumer, "aggregate_id": event.aggregate_id, "seq": event.seq}
    )


def bury_unreadable(connection: Connection, consumer: str, source: str, place: int, payload: bytes, error: str) -> None:
    """Keep a message whose headers make no event; ``place`` is its number in the stream, so a repeat is kept once."""
    letter_id = uuid5(NAMESPACE_OID, f"{consumer}/{source}/{place}/{payload.hex()}")
    connection.execute(
        _BURY_UNREADABLE,
        {"id": letter_id, "consumer": consumer, "source": source, "payload": payload, "error": error},
    )


def unresolved(connection: Connection, after: UUID | None, limit: int) -> list[DeadLetter]:
    """The letters nobody has decided about, in the order of their ids, from after one of them."""
    rows = connection.execute(_PAGE, {"after": after or UUID(int=0), "limit": limit})
    return [_letter(row) for row in rows]


def count_unresolved(connection: Connection, consumer: str) -> int:
    """How many letters of a consumer wait for a decision."""
    query = text("SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL AND consumer = :consumer")
    return int(connection.execute(query, {"consumer": consumer}).scalar_one())


def retry(connection: Connection, letter_id: UUID, by: str) -> DeadLetter:
    """Let the event be tried again, soon. A letter that is decided about stays as it is.

    Raises NotFound, DeadLetterUnreadable.
    """
    letter = _lock(connection, letter_id)
    if letter.resolution is not None:
        return letter
    if letter.event is None:
        raise DeadLetterUnreadable
    inbox.lock_cursor(connection, letter.consumer, letter.event)
    inbox.park(connection, letter.consumer, letter.event)
    inbox.retry_in(connection, letter.consumer, letter.event, 0)
    _unblock(connection, letter.consumer, letter.event)
    return _resolve(connection, letter, "retried", by)


def skip(connection: Connection, letter_id: UUID, by: str) -> DeadLetter:
    """Pass the event by for good. A letter that is decided about stays as it is. Raises NotFound."""
    letter = _lock(connection, letter_id)
    if letter.resolution is not None:
        return letter
    if letter.event is not None:
        inbox.lock_cursor(connection, letter.consumer, letter.event)
        inbox.record(connection, letter.consumer, letter.event.event_id)
        inbox.advance(connection, letter.consumer, letter.event)
        _unblock(connection, letter.consumer, letter.event)
        connection.execute(
            _GO_ON,
            {
                "consumer": letter.consumer,
                "aggregate_id": letter.event.aggregate_id,
                "seq": letter.event.seq + 1,
            },
        )
    return _resolve(connection, letter, "skipped", by)


def _lock(connection: Connection, letter_id: UUID) -> DeadLetter:
    row = connection.execute(_LOCK, {"id": letter_id}).one_or_none()
    if row is None:
        raise NotFound("dead_letter")
    return _letter(row)


def _unblock(connection: Connection, consumer: str, event: Envelope) -> None:
    connection.execute(_UNBLOCK, {"consumer": consumer, "aggregate_id": event.aggregate_id})


def _resolve(connection: Connection, letter: DeadLetter, resolution: str, by: str) -> DeadLetter:
    return _letter(connection.execute(_RESOLVE, {"id": letter.id, "resolution": resolution, "by": by}).one())


def _letter(row: outbox.AnyRow) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        consumer=row.consumer,
        source=row.source,
        event=outbox.envelope(row, row.source) if row.event_id else None,
        payload=bytes(row.payload),
        error=row.error,
        attempts=row.attempts,
        died_at=row.died_at,
        resolution=row.resolution,
        resolved_by=row.resolved_by,
    )
