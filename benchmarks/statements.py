"""The floor of a question is its own SQL: what a servicer sends to the database for it, sent by psycopg alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import event

from benchmarks.stand import MAY, Stand
from chassis import calls
from chassis.calls import Call
from chassis.database import _BEGIN, Database, Tx, driver_style
from chassis.permissions import bitmap
from chassis.tokens import Caller, CallerKind

Statement = tuple[str, Mapping[str, Any]]


@dataclass
class Floor:
    """A servicer in this process, whose statements are noted; and a connection of its role, which sends them."""

    database: Database
    connection: psycopg.Connection[Any]
    _sent: list[Statement] = field(default_factory=list)

    @classmethod
    def of(cls, stand: Stand, service: str) -> "Floor":
        """Of a service of the house."""
        url = stand.house.settings.database_url(service, "app")
        floor = cls(Database(service, url, pool_size=1), psycopg.connect(url.replace("+psycopg", "")))
        with floor.database.engine.connect():
            pass  # what a new connection asks first

        @event.listens_for(floor.database.engine, "before_cursor_execute")
        def _note(_c: Any, _cursor: Any, statement: str, parameters: Mapping[str, Any], _x: Any, _many: bool) -> None:
            floor._sent.append((statement, dict(parameters)))

        return floor

    def statements(self, clients: Sequence[UUID], ask: Callable[[], object]) -> list[Statement]:
        """What is sent for a question of a user of these clients, what begins its transaction first."""
        straight, sent = Tx.rows, self._sent

        def rows(tx: Tx, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
            sent.append((driver_style(statement), dict(parameters)))
            return straight(tx, statement, parameters)

        caller = Caller(str(uuid4()), "Mätning", CallerKind.CLIENT_USER, dict.fromkeys(clients, bitmap(MAY)))
        sent.clear()
        with calls.during(Call("benchmark", caller)), patch.object(Tx, "rows", rows):
            ask()
        begin = {"clients": ",".join(map(str, clients)), "everywhere": "off", "timeout": "60000"}
        return [(_BEGIN, begin), *sent]

    def run(self, statements: Sequence[Statement]) -> None:
        """Send them in one transaction, and read what comes."""
        for statement, parameters in statements:
            cursor = self.connection.execute(statement, parameters)
            if cursor.description:  # a trace of who looked has nothing to read
                cursor.fetchall()
        self.connection.commit()

    def close(self) -> None:
        self.database.engine.dispose()
        self.connection.close()
