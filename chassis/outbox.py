"""The record of what a service has told: one row per event, written in the transaction of the fact itself.

Rows are kept; the relay publishes them, `ReplayEvents` repeats them, and a consumer that compares heads finds what the
broker lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import Connection, Row, text

from chassis.envelope import Envelope, service_of, subject_of
from chassis.ids import uuid7

PAYLOAD_LIMIT_BYTES = 900_000  # the broker takes 1 MiB with headers; what it can never take would wait for ever

AnyRow = Row[Any]


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about one aggregate, told to whoever listens.

    ``message`` is named after its aggregate (``InvoiceSentToCollection`` of an ``invoice``) and carries ids, amounts,
    days and kinds, no personal data: it is kept for years. ``client_id`` is None for facts of the house as a whole.
    """

    client_id: UUID | None
    aggregate_type: str
    aggregate_id: UUID
    message: Message
    occurred_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    traceparent: str | None = None  # W3C trace of the call that caused it


_APPEND = text("""
INSERT INTO outbox (event_id, client_id, aggregate_type, aggregate_id, seq, type, payload, occurred_at, traceparent)
SELECT e.event_id, e.client_id, e.aggregate_type, e.aggregate_id,
       coalesce((SELECT max(o.seq) FROM outbox o WHERE o.aggregate_id = e.aggregate_id), 0)
         + row_number() OVER (PARTITION BY e.aggregate_id ORDER BY e.place),
       e.type, e.payload, e.occurred_at, e.traceparent
  FROM unnest(CAST(:event_ids AS uuid[]), CAST(:client_ids AS uuid[]), CAST(:aggregate_types AS text[]),
              CAST(:aggregate_ids AS uuid[]), CAST(:types AS text[]), CAST(:payloads AS bytea[]),
              CAST(:times AS timestamptz[]), CAST(:traces AS text[]))
       WITH ORDINALITY
       AS e (event_id, client_id, aggregate_type, aggregate_id, type, payload, occurred_at, traceparent, place)
 ORDER BY e.place
""")


def append(connection: Connection, service: str, events: Sequence[Event]) -> None:
    """Write events in one statement, in their order; each gets the next running number of its aggregate.

    The caller holds the lock of every aggregate concerned (it has just changed its row), so numbers follow the order
    of commits. Without it two transactions meet on the unique (aggregate_id, seq) and one of them fails.

    Raises ValueError if a message is not this service's, is not named after its aggregate, or is too large.
    """
    if not events:
        return
    types = [event.message.DESCRIPTOR.full_name for event in events]
    for event, message_type in zip(events, types, strict=True):
        if service_of(message_type) != service:
            raise ValueError(f"{service} cannot tell {message_type}")
        subject_of(message_type, event.aggregate_type)
        if event.occurred_at.tzinfo is None:
            raise ValueError(f"{message_type} has a time without a zone")
        if event.message.ByteSize() > PAYLOAD_LIMIT_BYTES:
            raise ValueError(f"{message_type} is too large for the bus: tell it in chunks")
    connection.execute(
        _APPEND,
        {
            "event_ids": [uuid7() for _ in events],
            "client_ids": [event.client_id for event in events],
            "aggregate_types": [event.aggregate_type for event in events],
            "aggregate_ids": [event.aggregate_id for event in events],
            "types": types,
            "payloads": [event.message.SerializeToString(deterministic=True) for event in events],
            "times": [event.occurred_at for event in events],
            "traces": [event.traceparent for event in events],
        },
    )


COLUMNS = "event_id, client_id, aggregate_type, aggregate_id, seq, type, payload, occurred_at, traceparent"
"""What `envelope` reads, for a SELECT."""


def envelope(row: AnyRow, service: str) -> Envelope:
    """The event of a row that has COLUMNS."""
    return Envelope(
        event_id=row.event_id,
        source=service,
        client_id=row.client_id,
        aggregate_type=row.aggregate_type,
        aggregate_id=row.aggregate_id,
        seq=row.seq,
        type=row.type,
        payload=bytes(row.payload),
        occurred_at=row.occurred_at,
        traceparent=row.traceparent,
    )


def replay(connection: Connection, service: str, aggregate_id: UUID, from_seq: int, limit: int) -> Iterator[Envelope]:
    """The events of one aggregate from a running number on, in order, at most ``limit``."""
    rows = connection.execute(
        text(f"SELECT {COLUMNS} FROM outbox WHERE aggregate_id = :id AND seq >= :seq ORDER BY seq LIMIT :limit"),
        {"id": aggregate_id, "seq": from_seq, "limit": limit},
    )
    for row in rows:
        yield envelope(row, service)


@dataclass(frozen=True, slots=True)
class Heads:
    """How far aggregates have come, and the position after which the next question goes on."""

    heads: dict[UUID, int]
    token: str
    more: bool


_HEADS = text("""
WITH horizon AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin)
SELECT o.transaction_id, o.id, o.aggregate_id, o.seq
  FROM outbox o, horizon
 WHERE (o.transaction_id, o.id) > (:transaction_id, :id) AND o.transaction_id < horizon.xmin
 ORDER BY o.transaction_id, o.id
 LIMIT :limit
""")


def heads(connection: Connection, after: str, limit: int) -> Heads:
    """The heads of aggregates with events since ``after`` (a token of an earlier answer, empty from the beginning).

    Only transactions below the oldest one still running are looked at: behind a token nothing can appear any more,
    so no event is ever skipped. A token from before a restored backup begins again from the start.

    Raises ValueError for a token of another form.
    """
    transaction_id, row_id = (int(part) for part in after.split(":")) if after else (0, 0)
    horizon = connection.execute(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")).scalar_one()
    if transaction_id >= horizon:
        transaction_id, row_id = 0, 0
    rows = connection.execute(_HEADS, {"transaction_id": transaction_id, "id": row_id, "limit": limit}).all()
    found: dict[UUID, int] = {}
    for row in rows:
        found[row.aggregate_id] = max(row.seq, found.get(row.aggregate_id, 0))
    token = f"{rows[-1].transaction_id}:{rows[-1].id}" if rows else f"{transaction_id}:{row_id}"
    return Heads(found, token, more=len(rows) == limit)
