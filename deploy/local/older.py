"""Which service's database is older than the others': somebody restored one of five to another moment.

What a consumer has handled is kept by it, event by event. So a producer that has lost its last hours is found by what
the others took in from it meanwhile, also after it has gone on and told new events under the lost ones' numbers. What a
restored consumer has lost it asks of its producers by itself (`ReplayEvents`). What a restored producer had told is
gone from its books: it is named here, and a person decides (docs/runbook/backup.md).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

MOST_SHOWN = 20

Databases = Mapping[str, Connection]
Consumers = Mapping[str, tuple[str, ...]]
"""Who listens to whom: producer → consumers."""

_HEADS = text("SELECT aggregate_id, max(seq) FROM outbox GROUP BY aggregate_id")
_CURSORS = text("SELECT aggregate_id, last_seq FROM inbox_cursor WHERE consumer = :consumer AND source = :source")
_HANDLED = text("SELECT event_id FROM inbox WHERE consumer = :consumer")
_TOLD = text("SELECT event_id FROM outbox")
_KNOWN_CLIENTS = text("SELECT client_id FROM client")
_CLIENTS_WITH_TERMS = text("SELECT client_id FROM client_terms")


def check(databases: Databases, consumers: Consumers) -> Iterator[str]:
    """Which service has lost what others know of it, then each aggregate; and what a consumer has to catch up with."""
    for producer, listeners in consumers.items():
        for consumer in listeners:
            # in this order: what is told and handled meanwhile must not look like a loss
            cursors = _numbers(databases[consumer], _CURSORS, consumer=consumer, source=producer)
            heads = _numbers(databases[producer], _HEADS)
            lost = sorted(one for one, last in cursors.items() if last > heads.get(one, 0))
            if lost:
                yield f"{producer}'s database is older than what {consumer} knows of it: restore all to one moment"
            yield from (f"{consumer} has handled more of {producer}'s {one} than there is" for one in lost[:MOST_SHOWN])
            behind = sorted(one for one, head in heads.items() if cursors.get(one, 0) < head)
            yield from (f"{consumer} has not handled all of {producer}'s {one}" for one in behind[:MOST_SHOWN])
    yield from _forgotten(databases, consumers)
    yield from _clients(databases)


def _forgotten(databases: Databases, consumers: Consumers) -> Iterator[str]:
    """Events that somebody has handled and nobody holds: numbers may have been given again, ids never are."""
    for consumer in sorted({one for listeners in consumers.values() for one in listeners}):
        producers = [one for one, listeners in consumers.items() if consumer in listeners]
        handled = set(databases[consumer].execute(_HANDLED, {"consumer": consumer}).scalars())
        gone = handled.difference(*(databases[producer].execute(_TOLD).scalars() for producer in producers))
        if gone:
            first, last = _at(min(gone)), _at(max(gone))
            yield (
                f"{consumer} has handled events that {' or '.join(producers)} does not hold any more, told between"
                f" {first:%Y-%m-%d %H:%M:%S} and {last:%Y-%m-%d %H:%M:%S} UTC"
            )
            yield from (f"{consumer} has handled the lost event {one}" for one in sorted(gone)[:MOST_SHOWN])


def _clients(databases: Databases) -> Iterator[str]:
    """Nobody listens to auth, but nobody has a client that it does not know."""
    known = set(databases["auth"].execute(_KNOWN_CLIENTS).scalars())
    unknown = set(databases["ledger"].execute(_CLIENTS_WITH_TERMS).scalars()) - known
    if unknown:
        yield "auth's database is older than what ledger knows of it: restore all to one moment"
    yield from (f"auth does not know the client {one} that ledger has terms of" for one in sorted(unknown)[:MOST_SHOWN])


def _numbers(connection: Connection, statement: Any, **parameters: object) -> dict[UUID, int]:
    return {row[0]: row[1] for row in connection.execute(statement, parameters)}


def _at(event_id: UUID) -> datetime:
    """When an event was told: the first 48 bits of a UUIDv7 are milliseconds."""
    return datetime.fromtimestamp((event_id.int >> 80) / 1000, UTC)
