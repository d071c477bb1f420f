"""What a consumer knows of the events it gets: how far each aggregate has come, what waits, what failed.

The cursor's row is the lock of an aggregate: whoever handles one of its events holds it until the commit, so events of
an aggregate are handled one after the other, also by several processes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from chassis import outbox
from chassis.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far an aggregate has come at this consumer."""

    last_seq: int
    blocked: bool


# The update changes nothing; it takes the lock of a row that is there, as the insert does of one that is not.
_LOCK = text("""
INSERT INTO inbox_cursor AS c (consumer, aggregate_id, source) VALUES (:consumer, :aggregate_id, :source)
ON CONFLICT (consumer, aggregate_id) DO UPDATE SET source = c.source
RETURNING last_seq, blocked
""")
_RECORD = text("INSERT INTO inbox (consumer, event_id) VALUES (:consumer, :event_id) ON CONFLICT DO NOTHING")
# Progress starts the clock of a gap anew.
_ADVANCE = text("""
WITH gone AS (
  DELETE FROM inbox_pending WHERE consumer = :consumer AND aggregate_id = :aggregate_id AND seq <= :seq
)
UPDATE inbox_cursor
   SET last_seq = :seq, head_seq = greatest(head_seq, :seq), behind_since = CASE WHEN head_seq > :seq THEN now() END
 WHERE consumer = :consumer AND aggregate_id = :aggregate_id
RETURNING head_seq
""")
_PARK = text(f"""
WITH seen AS (
  UPDATE inbox_cursor SET head_seq = greatest(head_seq, :seq), behind_since = coalesce(behind_since, now())
   WHERE consumer = :consumer AND aggregate_id = :aggregate_id
)
INSERT INTO inbox_pending (consumer, source, {outbox.COLUMNS})
VALUES (:consumer, :source, :event_id, :client_id, :aggregate_type, :aggregate_id, :seq, :type, :payload,
        :occurred_at, :traceparent)
ON CONFLICT DO NOTHING
""")
_FAILED = text("""
UPDATE inbox_pending
   SET attempts = attempts + 1, failures = failures + :counts, last_error = :error
 WHERE consumer = :consumer AND aggregate_id = :aggregate_id AND seq = :seq
RETURNING attempts, failures
""")
_RETRY = text("""
UPDATE inbox_pending SET retry_at = clock_timestamp() + make_interval(secs => :delay_s)
 WHERE consumer = :consumer AND aggregate_id = :aggregate_id AND seq = :seq
""")
_NEXT = text(f"""
SELECT p.source, {", ".join(f"p.{name.strip()}" for name in outbox.COLUMNS.split(","))}
  FROM inbox_cursor c JOIN inbox_pending p USING (consumer, aggregate_id)
 WHERE c.consumer = :consumer AND c.aggregate_id = :aggregate_id AND NOT c.blocked
   AND p.seq = c.last_seq + 1 AND (p.retry_at IS NULL OR p.retry_at <= clock_timestamp())
""")
_DUE = text("""
SELECT aggregate_id FROM inbox_pending
 WHERE consumer = :consumer AND retry_at <= clock_timestamp() ORDER BY retry_at LIMIT :limit
""")
_BEHIND = text("""
SELECT c.source, c.aggregate_id
  FROM inbox_cursor c
 WHERE c.consumer = :consumer AND NOT c.blocked AND c.behind_since < clock_timestamp() - make_interval(secs => :after_s)
   AND NOT EXISTS (SELECT FROM inbox_pending p WHERE p.consumer = c.consumer AND p.aggregate_id = c.aggregate_id
                      AND p.seq = c.last_seq + 1 AND p.retry_at IS NOT NULL)
 ORDER BY c.behind_since LIMIT :limit
""")
_ASKED = text("""
UPDATE inbox_cursor SET behind_since = now()
 WHERE consumer = :consumer AND aggregate_id = :aggregate_id AND behind_since IS NOT NULL
RETURNING last_seq
""")
_NOTE_HEADS = text("""
INSERT INTO inbox_cursor AS c (consumer, aggregate_id, source, head_seq, behind_since)
SELECT :consumer, h.aggregate_id, :source, h.seq, now()
  FROM unnest(CAST(:aggregate_ids AS uuid[]), CAST(:seqs AS bigint[])) AS h (aggregate_id, seq)
 ORDER BY h.aggregate_id
ON CONFLICT (consumer, aggregate_id) DO UPDATE
   SET head_seq = greatest(c.head_seq, excluded.head_seq), behind_since = coalesce(c.behind_since, now())
 WHERE c.last_seq < excluded.head_seq
""")
_MOVE = text("""
INSERT INTO inbox_position AS p (consumer, source, token) VALUES (:consumer, :source, :token)
ON CONFLICT (consumer, source) DO UPDATE SET token = excluded.token, compared_at = now() WHERE p.token = :before
""")


def _key(consumer: str, event: Envelope) -> dict[str, object]:
    return {"consumer": consumer, "aggregate_id": event.aggregate_id, "seq": event.seq}


def known(connection: Connection, consumer: str, event_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the events that have been handled."""
    rows = connection.execute(
        text("SELECT event_id FROM inbox WHERE consumer = :consumer AND event_id = ANY(:ids)"),
        {"consumer": consumer, "ids": list(event_ids)},
    )
    return set(rows.scalars())


def lock_cursor(connection: Connection, consumer: str, event: Envelope) -> Cursor:
    """Lock the event's aggregate until the end of the transaction."""
    parameters = {"consumer": consumer, "aggregate_id": event.aggregate_id, "source": event.source}
    row = connection.execute(_LOCK, parameters).one()
    return Cursor(row.last_seq, row.blocked)


def record(connection: Connection, consumer: str, event_id: UUID) -> bool:
    """Note the event as handled; False if it was already."""
    return connection.execute(_RECORD, {"consumer": consumer, "event_id": event_id}).rowcount == 1


def advance(connection: Connection, consumer: str, event: Envelope) -> bool:
    """Move the cursor to the event; True if later events of the aggregate are known of."""
    return bool(connection.execute(_ADVANCE, _key(consumer, event)).scalar_one() > event.seq)


def park(connection: Connection, consumer: str, event: Envelope) -> None:
    """Keep an event that cannot be handled yet."""
    connection.execute(
        _PARK,
        _key(consumer, event)
        | {
            "source": event.source,
            "event_id": event.event_id,
            "client_id": event.client_id,
            "aggregate_type": event.aggregate_type,
            "type": event.type,
            "payload": event.payload,
            "occurred_at": event.occurred_at,
            "traceparent": event.traceparent,
        },
    )


def count_failure(
    connection: Connection, consumer: str, event: Envelope, error: str, *, poison: bool
) -> tuple[int, int]:
    """Count a failed try of a parked event; returns the tries, and how many of them count as poison."""
    row = connection.execute(_FAILED, _key(consumer, event) | {"error": error, "counts": int(poison)}).one()
    return row.attempts, row.failures


def retry_in(connection: Connection, consumer: str, event: Envelope, delay_s: float) -> None:
    """Let a parked event be tried again in so many seconds."""
    connection.execute(_RETRY, _key(consumer, event) | {"delay_s": delay_s})


def next_pending(connection: Connection, consumer: str, aggregate_id: UUID) -> Envelope | None:
    """The parked event that its aggregate can go on with now."""
    row = connection.execute(_NEXT, {"consumer": consumer, "aggregate_id": aggregate_id}).one_or_none()
    return outbox.envelope(row, row.source) if row else None


def due(connection: Connection, consumer: str, limit: int) -> list[UUID]:
    """Aggregates with a failed event whose time has come."""
    return list(connection.execute(_DUE, {"consumer": consumer, "limit": limit}).scalars())


def behind(connection: Connection, consumer: str, after_s: float, limit: int) -> list[tuple[str, UUID]]:
    """Source and id of aggregates that have made no progress for so long, though later events are known of."""
    rows = connection.execute(_BEHIND, {"consumer": consumer, "after_s": after_s, "limit": limit})
    return [(row.source, row.aggregate_id) for row in rows]


def ask_again_later(connection: Connection, consumer: str, aggregate_id: UUID) -> int | None:
    """Restart the clock of a gap, and say up to where the aggregate is handled; None if the gap has closed."""
    row = connection.execute(_ASKED, {"consumer": consumer, "aggregate_id": aggregate_id}).one_or_none()
    return row.last_seq if row else None


def position(connection: Connection, consumer: str, source: str) -> str:
    """The token up to where the heads of a producer have been compared."""
    return (
        connection.execute(
            text("SELECT token FROM inbox_position WHERE consumer = :consumer AND source = :source"),
            {"consumer": consumer, "source": source},
        ).scalar_one_or_none()
        or ""
    )


def note_heads(
    connection: Connection, consumer: str, source: str, heads: Mapping[UUID, int], *, before: str, token: str
) -> None:
    """Note how far a producer's aggregates have come, and the position; aggregates that lag get a clock.

    Does nothing to the position if another process has moved it on from ``before``.
    """
    connection.execute(
        _NOTE_HEADS,
        {"consumer": consumer, "source": source, "aggregate_ids": list(heads), "seqs": list(heads.values())},
    )
    connection.execute(_MOVE, {"consumer": consumer, "source": source, "token": token, "before": before})
