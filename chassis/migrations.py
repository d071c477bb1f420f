"""Migrations: Alembic, run by ``python -m services.<name> migrate`` with the role that owns the tables.

A service's ``migrations/env.py`` is one line that calls ``run_environment``. Every migration waits at most
LOCK_TIMEOUT for a lock, so that it never queues the whole service behind itself; it is simply run again.
"""

import re
from pathlib import Path

from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import create_engine, pool, text

LOCK_TIMEOUT = "3s"
STATEMENT_TIMEOUT = "10min"
_MIGRATING = 7_204_101  # advisory lock: two copies that migrate at once take turns


def upgrade(service: str, owner_url: str, folder: Path) -> None:
    """Bring the service's database to the newest version."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = owner_url
    config.attributes["service"] = service
    command.upgrade(config, "head")


def run_environment() -> None:
    """What a migrations/env.py does."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATING})
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


def app_role() -> str:
    """The role of the running service, which owns nothing: ``ledger_app``."""
    return f"{context.config.attributes['service']}_app"


def verify_role() -> str:
    """The role of ``verify`` and backfills, which row-level security does not bind: ``ledger_verify``."""
    return f"{context.config.attributes['service']}_verify"


def grant(table: str, rights: str) -> None:
    """Let the running service use a table; ``verify`` may read it."""
    op.execute(f"GRANT {rights} ON {table} TO {app_role()}")
    op.execute(f"GRANT SELECT ON {table} TO {verify_role()}")


def tenant_table(table: str, rights: str) -> None:
    """Make a table with a ``client_id`` show only rows of the clients that the transaction is for, and grant it.

    The form of the policies matters: a sub-select is evaluated once a query, ``= ANY(string_to_array(…))`` or a bare
    ``current_setting`` once a row, which alone doubled the time of a count.
    """
    if not re.fullmatch(r"[a-z_]+", table):
        raise ValueError(table)
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY clients ON {table} USING (client_id IN "
        "(SELECT unnest(string_to_array(nullif(current_setting('app.clients', true), ''), ',')::uuid[])))"
    )
    op.execute(f"CREATE POLICY everywhere ON {table} USING ((SELECT current_setting('app.everywhere', true) = 'on'))")
    grant(table, rights)


def append_only(table: str) -> None:
    """Refuse every change and removal of the table's rows, by whomever (needs platform_refuse_change)."""
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION platform_refuse_change()"
    )
