"""A service's own PostgreSQL: transactions that know whose rows may be seen, and writes that have one effect.

Every transaction first tells the database which clients it is for (row-level security), and how long it may take.
``once`` is the only door for an RPC that writes: same request_id, same answer.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, TypeVar
from uuid import UUID

from google.protobuf.message import Message
from psycopg import errors as pg
from sqlalchemy import Connection, CursorResult, Engine, create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql import Executable

from chassis import calls, logs, outbox, tokens
from chassis.bulkhead import Overloaded
from chassis.crashpoints import crashpoint, register
from chassis.outbox import Event
from chassis.rpc_errors import Unavailable
from chassis.rpc_server import translate_errors
from chassis.tokens import Caller
from chassis.wire import refuse, to_uuid
from kernel.errors import DomainError, InvalidInput, Kind

POOL_TIMEOUT_S = 2.0
LOCK_TIMEOUT_MS = 3_000
JOB_TIMEOUT_MS = 30_000
ATTEMPTS = 4

BEFORE_COMMIT = register("database.before_commit", "a write is done but not committed")
AFTER_COMMIT = register("database.after_commit", "a write is committed and its caller does not know")

log = logs.get(__name__)
R = TypeVar("R", bound=Message)


class RequestIdReused(DomainError):
    """A request_id came again with another content. It is never answered with the first one's answer."""

    reason = "REQUEST_ID_REUSED"
    kind = Kind.CONFLICT


class Busy(DomainError):
    """Somebody else holds what this needs. Nothing was done; the same call may succeed in a moment."""

    reason = "BUSY"
    kind = Kind.UNAVAILABLE


class HasRequestId(Protocol):
    """A message of an RPC that writes."""

    request_id: str

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes: ...  # noqa: N802 - protobuf's name


@dataclass
class Tx:
    """One transaction. What it tells (events) and remembers (audit) is written with it, at its end."""

    connection: Connection
    caller: Caller
    service: str
    events: list[Event] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        return self.connection.execute(statement, parameters)

    def rows(self, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a statement as plain tuples.

        For lists, straight by psycopg: SQLAlchemy looks up every column of every answer, which takes as long as to read
        twenty rows. Errors are the same as those of ``execute``.
        """
        driver: Any = self.connection.connection.driver_connection
        try:
            found: list[tuple[Any, ...]] = driver.execute(driver_style(statement), parameters).fetchall()
        except pg.Error as error:
            died = driver.closed
            if died:
                self.connection.invalidate()
            raise DBAPIError.instance(
                statement, None, error, pg.Error, connection_invalidated=died, dialect=self.connection.dialect
            ) from error
        return found

    def publish(self, event: Event) -> None:
        """Tell an event. The caller holds the lock of its aggregate (it has just changed its row)."""
        self.events.append(event)

    def audit(
        self, action: str, object_type: str, object_id: object, client_id: UUID | None, **details: str | int
    ) -> None:
        """Leave a trace of who did what to what. ``details`` are ids, counts and constants; never personal data."""
        self.entries.append(
            {
                "subject": self.caller.subject,
                "action": action,
                "client_id": client_id,
                "object_type": object_type,
                "object_id": str(object_id),
                "details": json.dumps(details),
            }
        )

    def flush(self) -> bool:
        """Write what was told and remembered; Database does this at the end. Says whether something was told."""
        told = bool(self.events)
        outbox.append(self.connection, self.service, self.events)
        if self.entries:
            self.connection.execute(_AUDIT, self.entries)
        self.events, self.entries = [], []
        return told


@lru_cache(maxsize=1024)
def driver_style(statement: str) -> str:
    """A statement with its parameters as psycopg writes them, ``%(name)s`` for ``:name``."""
    return str(text(statement).compile(dialect=_DIALECT))


_DIALECT = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]


class Database:
    """The service's database, with a pool of connections of the role that owns no tables."""

    def __init__(self, service: str, url: str, pool_size: int) -> None:
        self.service = service
        self.engine = open_engine(url, pool_size)
        self.published = threading.Event()  # set after a commit that told something; wakes a relay in this process

    def ping(self) -> None:
        """Raise unless the database answers."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction of the current caller that writes nothing but its audit trail."""
        with self._transaction(calls.caller(), _scope(calls.caller())) as (tx, _):
            yield tx

    @contextmanager
    def system(self, clients: Sequence[UUID]) -> Iterator[Tx]:
        """A transaction of the service itself for these clients: event handlers and jobs."""
        with self._transaction(tokens.system(self.service), _Scope(_joined(clients))) as (tx, _):
            yield tx

    @contextmanager
    def everywhere(self) -> Iterator[Tx]:
        """A transaction of the service itself that sees all clients. Only for public facts and look-ups by secret."""
        with self._transaction(tokens.system(self.service), _Scope("", "on")) as (tx, _):
            yield tx

    @contextmanager
    def unscoped(self) -> Iterator[Tx]:
        """A transaction on platform tables only: no client is set, so tables of clients show no rows."""
        with self._transaction(tokens.system(self.service), _Scope("")) as (tx, _):
            yield tx

    def once(
        self,
        request: HasRequestId,
        response_type: type[R],
        work: Callable[[Tx], R],
        fingerprint: bytes | None = None,
    ) -> R:
        """Do a write of the current caller once: the same request_id again gets the first answer.

        ``fingerprint`` is the content's hash where the message does not hold all of it (streams). Deadlocks and
        serialization failures run ``work`` again. Raises RequestIdReused for the same id with another content.
        """
        caller = calls.caller()
        call = calls.current()
        assert call is not None  # noqa: S101 - caller() has raised otherwise
        request_id = to_uuid(request.request_id, "request_id")
        mark = fingerprint or hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
        key = {"subject": caller.subject, "request_id": request_id}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._transaction(caller, _scope(caller), key) as (tx, stored):
                    if stored is not None:
                        return _stored_answer(stored, call.name, mark, response_type)
                    response = work(tx)
                    told = tx.flush()
                    answer = {"method": call.name, "fingerprint": mark, "response": response.SerializeToString()}
                    tx.execute(_REMEMBER, key | answer)
                    crashpoint(BEFORE_COMMIT)
                crashpoint(AFTER_COMMIT)
            except DBAPIError as error:
                if attempt == ATTEMPTS or not _worth_repeating(error):
                    raise
            except DomainError:
                # a second call with this id may have waited for the first one's locks, and found its work done
                if attempt == ATTEMPTS or not self._is_answered(caller, key):
                    raise
            else:
                if told:
                    self.published.set()
                return response
        raise AssertionError("unreachable")

    def _is_answered(self, caller: Caller, key: Mapping[str, Any]) -> bool:
        with self._transaction(caller, _scope(caller), key) as (_, stored):
            return stored is not None

    @contextmanager
    def _transaction(
        self, caller: Caller, scope: "_Scope", key: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[Tx, Any]]:
        connection, stored = self._begin(scope, key)
        try:
            tx = Tx(connection, caller, self.service)
            yield tx, stored
            told = tx.flush()
            connection.commit()
            if told:
                self.published.set()
        except BaseException:
            if not connection.invalidated:
                connection.rollback()
            raise
        finally:
            connection.close()

    def _begin(self, scope: "_Scope", key: Mapping[str, Any] | None) -> tuple[Connection, Any]:
        """Open a transaction; a connection that died in the pool is replaced without anybody noticing.

        Straight by psycopg: each call begins so, and SQLAlchemy would double what it takes.
        """
        parameters = {"clients": scope.clients, "everywhere": scope.everywhere, "timeout": _timeout_ms(), **(key or {})}
        for attempt in (1, 2):
            connection = self.engine.connect()
            connection.begin()
            psycopg_connection: Any = connection.connection.driver_connection
            try:
                row = psycopg_connection.execute(_BEGIN if key is None else _BEGIN_ONCE, parameters).fetchone()
            except pg.Error as error:
                died = psycopg_connection.closed
                if died:
                    connection.invalidate()
                connection.close()
                if attempt == 2 or not died:
                    raise OperationalError("BEGIN", {}, error) from error
            else:
                return connection, row[1] if key is not None else None
        raise AssertionError("unreachable")


@dataclass(frozen=True)
class _Scope:
    clients: str  # UUIDs with commas
    everywhere: str = "off"


# One small column: each one more costs a transaction as much as its setting, and nobody reads the clients again.
_BEGIN = f"""
SELECT length(set_config('app.clients', %(clients)s, true) || set_config('app.everywhere', %(everywhere)s, true)
              || set_config('statement_timeout', %(timeout)s, true)
              || set_config('lock_timeout', '{LOCK_TIMEOUT_MS}', true))
"""
_BEGIN_ONCE = (
    _BEGIN
    + """,
       (SELECT jsonb_build_array(method, encode(fingerprint, 'hex'), encode(response, 'hex')) FROM request
         WHERE subject = %(subject)s AND request_id = %(request_id)s) AS stored
"""
)
_REMEMBER = text("""
INSERT INTO request (subject, request_id, method, fingerprint, response)
VALUES (:subject, :request_id, :method, :fingerprint, :response)
""")
_AUDIT = text("""
INSERT INTO audit_entry (subject, action, client_id, object_type, object_id, details)
VALUES (:subject, :action, :client_id, :object_type, :object_id, CAST(:details AS jsonb))
""")


def open_engine(url: str, pool_size: int) -> Engine:
    """An engine whose pool refuses, rather than queues, what it cannot serve within two seconds.

    No JIT: it takes 140 ms to compile a list of several clients that runs in 2.
    """
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2,
        pool_timeout=POOL_TIMEOUT_S,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 3,
            "application_name": "klientwebben",
            "options": "-c timezone=UTC -c jit=off",
        },
    )


def _scope(caller: Caller) -> _Scope:
    return _Scope(_joined(caller.clients), "on" if caller.sees_all_clients else "off")


def _joined(clients: Mapping[UUID, int] | Sequence[UUID]) -> str:
    return ",".join(str(client_id) for client_id in clients)


def _timeout_ms() -> str:
    call = calls.current()
    return str(JOB_TIMEOUT_MS if call is None else max(int(call.seconds_left() * 1000), 1))


def _stored_answer(stored: Sequence[str], method: str, mark: bytes, response_type: type[R]) -> R:
    stored_method, stored_mark, response = stored
    if stored_method != method or stored_mark != mark.hex():
        raise RequestIdReused
    return response_type.FromString(bytes.fromhex(response))


def _worth_repeating(error: DBAPIError) -> bool:
    cause = error.orig
    if isinstance(cause, (pg.SerializationFailure, pg.DeadlockDetected)):
        return True
    # two calls with one id at the same time: the second one finds the first one's answer
    return isinstance(cause, pg.UniqueViolation) and cause.diag.constraint_name == "request_pkey"


def _translate(error: Exception) -> DomainError | None:
    """The database's errors in our vocabulary."""
    if isinstance(error, PoolTimeout):
        return Overloaded()
    if isinstance(error, DataError):
        return InvalidInput(refuse("", "OUT_OF_RANGE").violations)  # the net below each field's own check
    if isinstance(error, DBAPIError):
        if isinstance(error.orig, pg.LockNotAvailable):
            return Busy()
        if isinstance(error.orig, pg.QueryCanceled):
            return Unavailable(what="time")
        if isinstance(error, OperationalError) or error.connection_invalidated:
            return Unavailable(what="database")
    return None


translate_errors(_translate)


def violated(error: IntegrityError) -> str:
    """The name of the constraint that refused, for a use case that turns it into a reason."""
    diagnosis = getattr(error.orig, "diag", None)
    return (diagnosis.constraint_name if diagnosis is not None else None) or ""
