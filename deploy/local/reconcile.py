"""What must hold between the services: each check compares two databases that know the same fact.

A service's own `verify` sees only its own rows; what one of them told and another took in is compared here, with the
roles that see past row-level security. Facts on their way make a difference for a moment, so whoever asks a house at
work looks again before believing (`standing`).
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from deploy.local import older
from deploy.local.topology import SERVICES, Settings

CONSUMERS: Mapping[str, tuple[str, ...]] = {
    "ledger": ("collection", "reports"),
    "collection": ("ledger", "reports"),
    "files": ("ledger",),
}
"""Who listens to whom: producer → consumers."""

MOST_SHOWN = 20
LOOK_AGAIN_S = 1.0

Databases = Mapping[str, Connection]


@contextmanager
def verifying(settings: Settings) -> Iterator[Databases]:
    """A connection to each service's database with its role of verify; each statement sees what is committed then."""
    with ExitStack() as opened:
        connections = {}
        for service in SERVICES:
            engine = create_engine(settings.database_url(service, "verify"), poolclass=NullPool)
            opened.callback(engine.dispose)
            connections[service] = opened.enter_context(engine.connect())
        yield connections


def check(databases: Databases) -> list[str]:
    """One line per finding, with ids only; empty when the services agree and nothing is under way."""
    found = list(older.check(databases, CONSUMERS))
    for service in SERVICES:
        found += _own_events(databases[service], service)
    for producer, consumers in CONSUMERS.items():
        for consumer in consumers:
            found += _delivered(databases[producer], databases[consumer], producer, consumer)
    found += _cases(databases["ledger"], databases["collection"])
    found += _case_payments(databases["ledger"], databases["collection"])
    found += _documents(databases["ledger"], databases["reports"], databases["files"])
    found += _facts(databases["ledger"], databases["reports"])
    found += _uploads(databases["ledger"], databases["files"])
    return found


def standing(look: Callable[[], list[str]], patience_s: float) -> list[str]:
    """What every look finds for so long: facts on their way arrive meanwhile, and real faults stay."""
    found = look()
    deadline = time.monotonic() + patience_s
    while found and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_S)
        again = set(look())
        found = [finding for finding in found if finding in again]
    return found


# -- events ------------------------------------------------------------------------------------------------------

_OWN = {
    "an event that is not published": "SELECT event_id::text FROM outbox WHERE published_at IS NULL",
    "an aggregate whose events have a gap": """
        SELECT aggregate_id::text FROM outbox GROUP BY aggregate_id HAVING max(seq) <> count(*) OR min(seq) <> 1""",
    "a dead letter that waits for a decision": """
        SELECT source || ' ' || coalesce(type, '') || ' ' || coalesce(aggregate_id::text, '') || ' ' || error
          FROM dead_letter WHERE resolved_at IS NULL""",
    "an event that waits to be handled": """
        SELECT source || ' ' || type || ' ' || aggregate_id || ' ' || seq FROM inbox_pending""",
    "a dead job": "SELECT kind || ' ' || key || ' ' || coalesce(last_error, '') FROM job WHERE status = 'dead'",
}


def _own_events(connection: Connection, service: str) -> Iterator[str]:
    for what, sql in _OWN.items():
        for row in connection.execute(text(f"{sql} LIMIT {MOST_SHOWN}")).scalars():
            yield f"{service}: {what}: {row}"


def _delivered(producer: Connection, consumer: Connection, source: str, name: str) -> Iterator[str]:
    """Outbox of the producer ⊆ inbox of the consumer, once that has come as far; how far it has is `older`'s matter."""
    told = set(producer.execute(text("SELECT event_id FROM outbox")).scalars())
    handled = "SELECT event_id FROM inbox WHERE consumer = :name"
    missing = sorted(told - set(consumer.execute(text(handled), {"name": name}).scalars()))
    if missing and not _behind(producer, consumer, source, name):
        yield from (f"{name} does not know {source}'s event {event_id}" for event_id in missing[:MOST_SHOWN])


def _behind(producer: Connection, consumer: Connection, source: str, name: str) -> bool:
    handled = "SELECT aggregate_id, last_seq FROM inbox_cursor WHERE consumer = :name AND source = :source"
    cursors = dict(_pairs(consumer, handled, name=name, source=source))
    heads = _pairs(producer, "SELECT aggregate_id, max(seq) FROM outbox GROUP BY aggregate_id")
    return any(cursors.get(one, 0) < head for one, head in heads)


def _pairs(connection: Connection, sql: str, **parameters: object) -> Iterator[tuple[Any, Any]]:
    for row in connection.execute(text(sql), parameters):
        yield row[0], row[1]


# -- facts that two services know ----------------------------------------------------------------------------------


def _differences(what: str, here: Connection, here_sql: str, there: Connection, there_sql: str) -> Iterator[str]:
    """Rows (key, value…) that one side has and the other has not, or has otherwise."""
    ours = {row[0]: tuple(row[1:]) for row in here.execute(text(here_sql))}
    theirs = {row[0]: tuple(row[1:]) for row in there.execute(text(there_sql))}
    wrong = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
    yield from (f"{what}: {key}" for key in sorted(wrong, key=str)[:MOST_SHOWN])


def _cases(ledger: Connection, collection: Connection) -> Iterator[str]:
    """Every invoice that was sent to collection is the claim of one case, and knows its number."""
    yield from _differences(
        "invoice in collection and its case differ",
        ledger,
        """SELECT id::text, client_id, case_id, case_number FROM invoice
            WHERE sent_to_collection_on IS NOT NULL OR case_id IS NOT NULL""",
        collection,
        """SELECT k.invoice_id::text, k.client_id, c.id, c.number::text
             FROM claim k JOIN collection_case c ON c.client_id = k.client_id AND c.id = k.case_id""",
    )


def _case_payments(ledger: Connection, collection: Connection) -> Iterator[str]:
    """What the ledger received for cases is what the cases settled, share by share."""
    shares = "capital_minor, interest_minor, costs_minor"
    yield from _differences(
        "payment for a case and its settlement differ",
        ledger,
        f"SELECT id::text, client_id, amount_minor, bank_date, {shares}, surplus_minor FROM case_payment",
        collection,
        f"SELECT id::text, client_id, amount_minor, bank_date, {shares}, surplus_minor FROM case_payment",
    )


def _documents(ledger: Connection, reports: Connection, files: Connection) -> Iterator[str]:
    """What reports made is what files archived and what the ledger shows."""
    document = """SELECT subject_id::text, client_id, id, encode(sha256, 'hex') FROM document
                   WHERE kind = 'INVOICE_COPY'"""
    yield from _differences(
        "produced document and the one in the archive differ",
        reports,
        "SELECT subject_id::text, client_id, document_id, encode(sha256, 'hex') FROM produced_document",
        files,
        document,
    )
    yield from _differences(
        "invoice and its archived copy differ",
        ledger,
        """SELECT id::text, client_id, document_id, encode(document_sha256, 'hex') FROM invoice
            WHERE document_id IS NOT NULL""",
        files,
        f"{document} AND archived_at IS NOT NULL",
    )


def _facts(ledger: Connection, reports: Connection) -> Iterator[str]:
    """The read model of the statistics is what the ledger has."""
    yield from _differences(
        "invoice and its fact for the statistics differ",
        ledger,
        """SELECT id::text, client_id, invoice_date, due_date, currency, total_minor FROM invoice
            WHERE revoked_at IS NULL""",
        reports,
        """SELECT invoice_id::text, client_id, invoice_date, coalesce(changed_due_date, due_date), currency, total_minor
             FROM invoice_fact WHERE NOT revoked AND total_minor IS NOT NULL""",
    )


def _uploads(ledger: Connection, files: Connection) -> Iterator[str]:
    """The journals that a file's payments were put in are there."""
    journals = set(_pairs(ledger, "SELECT client_id, id FROM journal"))
    named = "SELECT client_id, unnest(journal_ids) FROM upload WHERE status = 'accepted'"
    for client_id, journal_id in _pairs(files, named):
        if (client_id, journal_id) not in journals:
            yield f"the ledger does not have journal {journal_id} of an accepted file"
