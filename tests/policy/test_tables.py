"""Below the code stands row-level security: on every table with a client, in every service's migrated database.

The rows that are tried out are written past constraints and triggers: what is asked here is who may see and change a
row, not whether it makes sense.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from chassis import platform_tables
from chassis.tokens import SERVICES
from tests.stack import Databases, ServiceDatabase

ALEMBIC = {"alembic_version": "which migrations have been run"}
OURS, THEIRS = uuid4(), uuid4()

TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       pg_get_userbyid(c.relowner) AS owner,
       EXISTS (SELECT FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'client_id' AND a.attnum > 0) AS of_clients,
       ARRAY(SELECT polname::text FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
       EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only') AS append_only
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
"""
COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL)
  FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
   AND a.attgenerated = '' AND a.attnotnull AND (a.attidentity <> '' OR NOT a.atthasdef)
"""


@dataclass(frozen=True)
class Table:
    """What PostgreSQL knows of a table."""

    name: str
    enabled: bool
    forced: bool
    owner: str
    of_clients: bool
    policies: list[str]
    append_only: bool


@dataclass(frozen=True)
class Schema:
    """A service's migrated database."""

    service: str
    database: ServiceDatabase
    superuser_url: str
    tables: list[Table]

    @property
    def app(self) -> str:
        return f"{self.service}_app"

    @property
    def exempt(self) -> dict[str, str]:
        own: dict[str, str] = importlib.import_module(f"services.{self.service}.storage.tables").RLS_EXEMPT
        return {**own, **platform_tables.RLS_EXEMPT, **ALEMBIC}

    def bound(self) -> list[Table]:
        """The tables that row-level security must bind."""
        return [table for table in self.tables if table.of_clients and table.name not in self.exempt]

    def may(self, table: str, *rights: str) -> list[str]:
        """Which of these rights the serving role has on a table, or on one of its columns."""
        with psycopg.connect(plain(self.superuser_url)) as connection:
            return [
                right
                for right in rights
                if connection.execute(
                    "SELECT has_table_privilege(%(role)s, %(table)s, %(right)s) OR"
                    " (%(right)s IN ('UPDATE', 'SELECT', 'INSERT')"
                    "  AND has_any_column_privilege(%(role)s, %(table)s, %(columns)s))",
                    {
                        "role": self.app,
                        "table": table,
                        "right": right,
                        "columns": right if right in {"UPDATE", "INSERT"} else "SELECT",
                    },
                ).fetchone()
                == (True,)
            ]


def plain(url: str) -> str:
    """SQLAlchemy's address as psycopg takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


@pytest.fixture(scope="module", params=SERVICES)
def schema(request: pytest.FixtureRequest, database: Callable[..., ServiceDatabase], databases: Databases) -> Schema:
    """One service's tables."""
    one = database(request.param)
    superuser = databases.postgres
    url = superuser.url("postgres", superuser.password, one.name)
    with psycopg.connect(plain(url)) as connection:
        tables = [Table(*row) for row in connection.execute(TABLES)]
    return Schema(request.param, one, url, tables)


def test_every_table_is_bound_or_says_why_not(schema: Schema) -> None:
    unexplained = [table.name for table in schema.tables if not table.of_clients and table.name not in schema.exempt]
    assert unexplained == []
    assert schema.bound() or schema.service == "reports"


def test_every_exemption_has_a_reason_and_a_table(schema: Schema) -> None:
    assert schema.exempt.keys() <= {table.name for table in schema.tables}
    assert [table for table, reason in schema.exempt.items() if len(reason.split()) < 4] == []


def test_a_table_that_is_bound_is_not_exempt_as_well(schema: Schema) -> None:
    assert [table.name for table in schema.tables if table.forced and table.name in schema.exempt] == []


def test_row_level_security_is_enabled_and_forced(schema: Schema) -> None:
    assert [table.name for table in schema.bound() if not (table.enabled and table.forced)] == []


def test_rows_are_shown_by_the_policy_of_clients(schema: Schema) -> None:
    assert [table.name for table in schema.bound() if "clients" not in table.policies] == []


def test_the_serving_role_owns_nothing_and_stands_under_the_policies(schema: Schema) -> None:
    assert [table.name for table in schema.tables if table.owner == schema.app] == []
    with psycopg.connect(plain(schema.superuser_url)) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s", (schema.app,)
        ).fetchone()
        assert role == (False, False, False, False)
        memberships = connection.execute(
            "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = %s",
            (schema.app,),
        ).fetchone()
        assert memberships == (0,)


def test_the_serving_role_cannot_change_what_is_append_only(schema: Schema) -> None:
    kept = {table.name for table in schema.tables if table.append_only}
    assert kept >= set(platform_tables.APPEND_ONLY)
    assert {name: rights for name in kept if (rights := schema.may(name, "UPDATE", "DELETE", "TRUNCATE"))} == {}


def test_the_serving_role_can_empty_no_table_and_change_none_of_them(schema: Schema) -> None:
    found = {
        t.name: rights for t in schema.tables if (rights := schema.may(t.name, "TRUNCATE", "TRIGGER", "REFERENCES"))
    }
    assert found == {}


VALUES: dict[str, Callable[[], Any]] = {
    "uuid": uuid4,
    "text": lambda: uuid4().hex,
    "character varying": lambda: uuid4().hex,
    "bigint": lambda: uuid4().int % 2**40,
    "integer": lambda: uuid4().int % 2**30,
    "smallint": lambda: uuid4().int % 2**14,
    "numeric": lambda: 1,
    "boolean": lambda: False,
    "bytea": lambda: uuid4().bytes,
    "date": lambda: "2026-06-15",
    "timestamp with time zone": lambda: "2026-06-15T12:00:00Z",
    "jsonb": lambda: "{}",
    "character": lambda: "x",
    "uuid[]": list,
    "text[]": list,
    "bigint[]": list,
    "integer[]": list,
}


def insert(connection: psycopg.Connection[Any], table: Table, client_id: UUID) -> None:
    """A row of that client, with something of the right type in every other column that needs a value."""
    columns = {str(name): str(kind) for name, kind in connection.execute(COLUMNS, (table.name,)).fetchall()}
    row = {name: VALUES[kind]() for name, kind in columns.items()} | {"client_id": client_id}
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
            sql.Identifier(table.name),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() for _ in row),
        ),
        list(row.values()),
    )


@pytest.fixture(scope="module")
def two_clients(schema: Schema) -> Schema:
    """One row of each of two clients in every table that is bound."""
    with psycopg.connect(plain(schema.superuser_url)) as connection:
        connection.execute("SET session_replication_role = replica")  # no triggers, no foreign keys
        for table, constraint in connection.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        ).fetchall():
            connection.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(constraint))
            )
        for table in schema.bound():
            for client_id in (OURS, THEIRS):
                insert(connection, table, client_id)
    return schema


def shown(schema: Schema, clients: str | None) -> dict[str, set[UUID]]:
    """The clients whose rows the serving role sees in each table that it may read."""
    readable = [table.name for table in schema.bound() if schema.may(table.name, "SELECT")]
    with psycopg.connect(plain(schema.database.app_url)) as connection:
        if clients is not None:
            connection.execute("SELECT set_config('app.clients', %s, true)", (clients,))
        return {
            name: {
                row[0] for row in connection.execute(sql.SQL("SELECT client_id FROM {}").format(sql.Identifier(name)))
            }
            for name in readable
        }


def test_without_a_client_set_no_row_is_shown(two_clients: Schema) -> None:
    assert {name: rows for name, rows in shown(two_clients, None).items() if rows} == {}
    assert {name: rows for name, rows in shown(two_clients, "").items() if rows} == {}


def test_only_rows_of_the_clients_that_are_set_are_shown(two_clients: Schema) -> None:
    ours = shown(two_clients, str(OURS))
    assert {name: rows for name, rows in ours.items() if rows != {OURS}} == {}
    both = shown(two_clients, f"{OURS},{THEIRS}")
    assert {name: rows for name, rows in both.items() if rows != {OURS, THEIRS}} == {}


def test_no_row_can_be_written_for_another_client(two_clients: Schema) -> None:
    for table in two_clients.bound():
        if not two_clients.may(table.name, "INSERT"):
            continue
        with psycopg.connect(plain(two_clients.database.app_url)) as connection:
            connection.execute("SELECT set_config('app.clients', %s, true)", (str(OURS),))
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                insert(connection, table, THEIRS)
            connection.rollback()


def test_a_setting_does_not_outlast_its_transaction(two_clients: Schema) -> None:
    """Connections are pooled: what one call set must not be there for the next."""
    readable = next((table.name for table in two_clients.bound() if two_clients.may(table.name, "SELECT")), None)
    if readable is None:
        assert two_clients.bound() == []
        return
    count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(readable))
    with psycopg.connect(plain(two_clients.database.app_url)) as connection:
        connection.execute("SELECT set_config('app.clients', %s, true)", (str(OURS),))
        assert connection.execute(count).fetchone() == (1,)
        connection.commit()
        assert connection.execute(count).fetchone() == (0,)
