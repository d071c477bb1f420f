"""The rows that an approval has left in the ledger, to be written again under new keys by something simpler.

They are read from the ledger's own tables, so that a floor always writes what ours writes, whatever that will be.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

OF_JOURNAL: Mapping[str, str] = {
    "journal": "id = %(journal)s",
    "journal_item": "journal_id = %(journal)s",
    "invoice": "journal_id = %(journal)s",
    "invoice_row": "invoice_id IN (SELECT id FROM invoice WHERE journal_id = %(journal)s)",
    "voucher": "journal_id = %(journal)s",
    "posting": "voucher_id IN (SELECT id FROM voucher WHERE journal_id = %(journal)s)",
    "invoice_history": "invoice_id IN (SELECT id FROM invoice WHERE journal_id = %(journal)s)",
    "receipt": "journal_id = %(journal)s",
    "outbox": "aggregate_id = %(journal)s",
    "audit_entry": "object_id = %(journal)s::text",
    "request": "subject = (SELECT owner FROM journal WHERE id = %(journal)s)",
}
"""Where the rows of a journal stand, in an order that foreign keys allow."""

BY_APPROVAL = ("invoice", "invoice_row", "voucher", "posting", "invoice_history", "receipt", "outbox", "audit_entry")
"""Those that the approval itself adds to."""

_LEFT_OUT = {  # what PostgreSQL gives itself
    "outbox": {"id", "transaction_id", "published_at", "stream_seq"},
    "audit_entry": {"id"},
}
_NUMBERS = {"number", "number_key", "ocr_number"}
_SERIES = count(os.getpid() * 10**9)  # a floor has several processes

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of one table. ``kinds`` are its columns with their PostgreSQL types."""

    name: str
    kinds: Mapping[str, str]
    rows: Sequence[Row]

    @cache  # noqa: B019 - a handful of tables for the length of a run
    def insert(self, style: str) -> str:
        """The statement that writes one row; ``style`` is how a parameter is written, ``%({})s`` or ``:{}``."""
        values = ", ".join(f"CAST({style.format(name)} AS {kind})" for name, kind in self.kinds.items())
        return f"INSERT INTO {self.name} ({', '.join(self.kinds)}) VALUES ({values})"


def of_journal(conninfo: str, journal_id: str) -> dict[str, Table]:
    """All rows that belong to an approved journal, by table. JSON stays text."""
    with psycopg.connect(conninfo, row_factory=dict_row) as connection:
        set_json_loads(lambda raw: raw.decode() if isinstance(raw, bytes) else raw, connection)
        return {name: _read(connection, name, where, {"journal": journal_id}) for name, where in OF_JOURNAL.items()}


def _read(connection: psycopg.Connection[dict[str, Any]], name: str, where: str, values: Row) -> Table:
    columns = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) AS kind FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [name],
    )
    kinds = {row["attname"]: row["kind"] for row in columns if row["attname"] not in _LEFT_OUT.get(name, ())}
    query = f"SELECT {', '.join(kinds)} FROM {name} WHERE {where} ORDER BY ctid"
    return Table(name, kinds, connection.execute(query, values).fetchall())


class Copies:
    """The same rows under new keys: every UUID becomes another, every number a new one; ``ids`` says what becomes what.

    ``ids`` holds the client and its customers, which the copies refer to.
    """

    def __init__(self, tables: Mapping[str, Table], ids: Mapping[UUID, UUID]) -> None:
        self._tables = tables
        self._ids = ids

    def fresh(self) -> dict[str, list[dict[str, Any]]]:
        """A copy of all rows, by table."""
        ids = dict(self._ids)
        return {name: [_copied(row, ids, next(_SERIES)) for row in table.rows] for name, table in self._tables.items()}


def _copied(row: Row, ids: dict[UUID, UUID], number: int) -> dict[str, Any]:
    return {name: _value(name, value, ids, number) for name, value in row.items()}


def _value(name: str, value: Any, ids: dict[UUID, UUID], number: int) -> Any:
    if isinstance(value, UUID):
        return ids[value] if value in ids else ids.setdefault(value, uuid4())
    if name == "owner":  # who has one open journal of a kind
        return str(uuid4())
    if name in _NUMBERS and value is not None:
        return number if isinstance(value, int) else str(number)
    return value


def write(connection: psycopg.Connection[Any], tables: Mapping[str, Table], rows: Mapping[str, Sequence[Row]]) -> None:
    """COPY the rows into their tables."""
    with connection.cursor() as cursor:
        for name, some in rows.items():
            with cursor.copy(f"COPY {name} ({', '.join(tables[name].kinds)}) FROM STDIN") as into:
                for row in some:
                    into.write_row(list(row.values()))


def copy_clients(ledger: str, floor: str, clients: Sequence[UUID]) -> None:
    """Give the floor's database what the rows of these clients refer to: customers, counters, heads of receipts."""
    with psycopg.connect(ledger, row_factory=dict_row) as source, psycopg.connect(floor) as target:
        set_json_loads(lambda raw: raw.decode() if isinstance(raw, bytes) else raw, source)
        for name in ("customer", "counter", "receipt_head"):
            table = _read(source, name, "client_id = ANY(%(wanted)s)", {"wanted": list(clients)})
            write(target, {name: table}, {name: table.rows})
