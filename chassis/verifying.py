"""How ``python -m services.<name> verify`` runs: each table is read whole, then the service's own checks are asked.

A bit that flipped on the disk breaks the checksum of its page. PostgreSQL then refuses to read it, so the table is
named here before a check meets it in the middle of something else.
"""

import sys
from collections.abc import Callable, Iterator

from psycopg import errors as pg
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from chassis import settings

Check = Callable[[Connection], list[str]]
"""One line per finding, with ids only; empty when everything agrees."""

_TABLES = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1")
_WHOLE = text(
    "SELECT set_config('enable_indexscan', 'off', false), set_config('enable_indexonlyscan', 'off', false),"
    " set_config('enable_bitmapscan', 'off', false)"
)
_AS_BEFORE = text("RESET ALL")


def run(service: str, check: Check) -> int:
    """Check the database of RF_VERIFY_DATABASE_URL, whose role sees all clients; the exit code, 1 for findings."""
    engine = create_engine(settings.value("RF_VERIFY_DATABASE_URL") or "")
    with engine.connect() as connection:
        findings = list(damaged(connection)) or check(connection)
    engine.dispose()
    sys.stdout.writelines(f"{service}: {finding}\n" for finding in findings or ["everything agrees"])
    return 1 if findings else 0


def damaged(connection: Connection) -> Iterator[str]:
    """The tables that the disk does not give back as they were written, each with its first such page."""
    connection.execute(_WHOLE)
    for table in connection.execute(_TABLES).scalars().all():
        try:
            connection.execute(text(f'SELECT count(*) FROM "{table}"'))
        except DBAPIError as error:
            if not isinstance(error.orig, pg.DataCorrupted):
                raise
            yield f"table {table} is damaged on the disk: {error.orig.diag.message_primary}"
            connection.rollback()
            connection.execute(_WHOLE)
    connection.execute(_AS_BEFORE)
    connection.rollback()
