"""An event with all that travels beside its payload, and its two outer forms: NATS headers and protobuf.

Headers follow the CloudEvents binding for NATS in binary mode (``ce-…``); what CloudEvents has no word for is
``rf-…``. The payload is the proto message itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from rf.events.v1 import events_pb2


class MalformedEvent(ValueError):
    """A message on the bus whose headers do not make an event."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event of one aggregate, as its producer's outbox holds it."""

    event_id: UUID
    source: str  # the producing service
    client_id: UUID | None  # None if it concerns no client
    aggregate_type: str
    aggregate_id: UUID
    seq: int  # within the aggregate, from 1
    type: str  # full name of the proto message
    payload: bytes
    occurred_at: datetime
    traceparent: str | None = None

    @property
    def subject(self) -> str:
        """The NATS subject: ``rf.ledger.v1.invoice.sent_to_collection``."""
        return subject_of(self.type, self.aggregate_type)


def subject_of(message_type: str, aggregate_type: str) -> str:
    """The subject of a message: package, aggregate, and what is left of the message's name without the aggregate.

    >>> subject_of("rf.ledger.v1.InvoiceSentToCollection", "invoice")
    'rf.ledger.v1.invoice.sent_to_collection'

    Raises ValueError if the message's name does not begin with its aggregate.
    """
    package, _, name = message_type.rpartition(".")
    prefix = "".join(word.capitalize() for word in aggregate_type.split("_"))
    fact = name.removeprefix(prefix)
    if not package or not fact or fact == name or not fact[0].isupper():
        raise ValueError(f"{message_type} is no event of the aggregate {aggregate_type}: name it {prefix}<PastTense>")
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in fact).lstrip("_")
    return f"{package}.{aggregate_type}.{snake}"


def service_of(message_type: str) -> str:
    """The service of a message: ``ledger`` for ``rf.ledger.v1.…``. Raises ValueError for other forms."""
    parts = message_type.split(".")
    if len(parts) != 4 or parts[0] != "rf":
        raise ValueError(f"{message_type} is not named rf.<service>.<version>.<Message>")
    return parts[1]


def to_headers(event: Envelope) -> dict[str, str]:
    """The headers of an event on the bus."""
    headers = {
        "Nats-Msg-Id": str(event.event_id),
        "ce-specversion": "1.0",
        "ce-id": str(event.event_id),
        "ce-source": f"/rf/{event.source}",
        "ce-type": event.type,
        "ce-time": event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "rf-aggregate": f"{event.aggregate_type}/{event.aggregate_id}",
        "rf-seq": str(event.seq),
    }
    if event.client_id is not None:
        headers["rf-client"] = str(event.client_id)
    if event.traceparent:
        headers["traceparent"] = event.traceparent
    return headers


def from_headers(headers: Mapping[str, str] | None, payload: bytes, source: str) -> Envelope:
    """The event of a message on the bus, found in the stream of ``source``. Raises MalformedEvent."""
    if not headers:
        raise MalformedEvent("no headers")
    try:
        aggregate_type, _, aggregate_id = headers["rf-aggregate"].partition("/")
        client = headers.get("rf-client")
        event = Envelope(
            event_id=UUID(headers["ce-id"]),
            source=headers["ce-source"].rpartition("/")[2],
            client_id=UUID(client) if client else None,
            aggregate_type=aggregate_type,
            aggregate_id=UUID(aggregate_id),
            seq=int(headers["rf-seq"]),
            type=headers["ce-type"],
            payload=payload,
            occurred_at=datetime.fromisoformat(headers["ce-time"]),
            traceparent=headers.get("traceparent"),
        )
    except KeyError as error:
        raise MalformedEvent(f"no header {error}") from None
    except ValueError:
        raise MalformedEvent("a header has the wrong form") from None
    if event.seq < 1 or event.occurred_at.tzinfo is None or event.source != source:
        raise MalformedEvent("a header says what cannot be")
    return event


def to_proto(event: Envelope) -> events_pb2.Event:
    """The event as protobuf, for a replay or a list."""
    proto = events_pb2.Event(
        event_id=str(event.event_id),
        source=event.source,
        client_id=str(event.client_id) if event.client_id else "",
        aggregate_type=event.aggregate_type,
        aggregate_id=str(event.aggregate_id),
        seq=event.seq,
        type=event.type,
        payload=event.payload,
        traceparent=event.traceparent or "",
    )
    proto.occurred_at.FromDatetime(event.occurred_at)
    return proto


def from_proto(proto: events_pb2.Event) -> Envelope:
    """The event of a replay. Raises MalformedEvent."""
    try:
        return Envelope(
            event_id=UUID(proto.event_id),
            source=proto.source,
            client_id=UUID(proto.client_id) if proto.client_id else None,
            aggregate_type=proto.aggregate_type,
            aggregate_id=UUID(proto.aggregate_id),
            seq=proto.seq,
            type=proto.type,
            payload=proto.payload,
            occurred_at=proto.occurred_at.ToDatetime(tzinfo=UTC),
            traceparent=proto.traceparent or None,
        )
    except ValueError:
        raise MalformedEvent("a replayed event has the wrong form") from None
