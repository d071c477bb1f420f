"""The database is busy, locked, or gone in the middle: whoever asks is told so in time, and nothing is doubled."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError

from chassis import calls
from chassis.bulkhead import Overloaded
from chassis.calls import Call
from chassis.database import LOCK_TIMEOUT_MS, POOL_TIMEOUT_S, Busy, Database, Tx
from chassis.rpc_errors import Unavailable
from chassis.rpc_server import as_domain_error
from chassis.tokens import Caller, CallerKind
from deploy.local.postgres import Postgres
from kernel.errors import DomainError, InvalidInput
from rf.ledger.v1 import terms_pb2
from tests.resilience.harness.proxy import Proxy, Weather
from tests.stack import ServiceDatabase

CALLER = Caller("ylva", "ylva", CallerKind.CLIENT_USER, {uuid4(): 1})
BUSY_MACHINE_S = 5


@pytest.fixture
def hearing(hearing_database: ServiceDatabase) -> Iterator[Database]:
    database = Database("hearing", hearing_database.app_url, pool_size=2)
    yield database
    database.engine.dispose()


def note(database: Database, request_id: UUID, what: str = "a", work: threading.Event | None = None) -> str:
    """A write as an RPC does it."""

    def insert(tx: Tx) -> terms_pb2.SetTermsResponse:
        tx.execute(text("INSERT INTO heard (note) VALUES (:note)"), {"note": what})
        return terms_pb2.SetTermsResponse(terms=terms_pb2.Terms(name=f"{what} {uuid4()}"))

    request = terms_pb2.SetTermsRequest(request_id=str(request_id), terms=terms_pb2.Terms(name=what))
    with calls.during(Call("/test/Note", CALLER, deadline=time.monotonic() + 20)):
        return database.once(request, terms_pb2.SetTermsResponse, insert).terms.name


def noted(database: Database) -> int:
    with database.unscoped() as tx:
        return int(tx.execute(text("SELECT count(*) FROM heard")).scalar_one())


def as_told(database: Database, request_id: UUID) -> DomainError:
    """What whoever asks hears of a write that fails."""
    with pytest.raises(Exception) as failed:
        note(database, request_id)
    return as_domain_error(failed.value)


def test_an_exhausted_pool_refuses_in_time_and_serves_again(hearing: Database) -> None:
    with ExitStack() as held:
        for _ in range(4):  # two of the pool and two over it
            held.enter_context(hearing.unscoped())
        began = time.monotonic()
        assert isinstance(as_told(hearing, uuid4()), Overloaded)
        assert time.monotonic() - began < POOL_TIMEOUT_S + BUSY_MACHINE_S
    note(hearing, uuid4())
    assert noted(hearing) == 1


def test_a_lock_that_another_session_holds_is_not_waited_for_without_end(
    hearing: Database, hearing_database: ServiceDatabase, postgres: Postgres
) -> None:
    request_id = uuid4()
    with postgres.connect(hearing_database.name) as other, other.transaction():
        other.execute("LOCK TABLE heard IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        assert isinstance(as_told(hearing, request_id), Busy)
        assert time.monotonic() - began < LOCK_TIMEOUT_MS / 1000 + BUSY_MACHINE_S
    first = note(hearing, request_id)
    assert note(hearing, request_id) == first
    assert noted(hearing) == 1


def test_a_serialization_failure_is_tried_again_and_nobody_notices(hearing: Database) -> None:
    tries = []

    def work(tx: Tx) -> terms_pb2.SetTermsResponse:
        tries.append(1)
        tx.execute(text("INSERT INTO heard (note) VALUES ('a')"))
        if len(tries) < 3:
            tx.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"))
        return terms_pb2.SetTermsResponse()

    request = terms_pb2.SetTermsRequest(request_id=str(uuid4()))
    with calls.during(Call("/test/Note", CALLER)):
        hearing.once(request, terms_pb2.SetTermsResponse, work)
    assert (len(tries), noted(hearing)) == (3, 1)


@pytest.mark.parametrize("lost", [b"COMMIT", b"INSERT INTO request"], ids=["commit", "before it"])
def test_whoever_does_not_know_whether_it_was_committed_asks_again_with_the_same_id(
    hearing: Database, hearing_database: ServiceDatabase, postgres: Postgres, lost: bytes
) -> None:
    """The connection ends after COMMIT was sent (it happened) or in the middle of the transaction (it did not)."""
    proxy = Proxy(postgres.port)
    by_proxy = Database("hearing", hearing_database.app_url.replace(f":{postgres.port}", f":{proxy.port}"), 2)
    request_id = uuid4()
    try:
        note(by_proxy, uuid4(), "before")
        with proxy.weather(Weather(lose_answer_to=lost)):
            assert isinstance(as_told(by_proxy, request_id), Unavailable)
        assert noted(hearing) == (2 if lost == b"COMMIT" else 1)
        first = note(by_proxy, request_id)
        assert note(hearing, request_id) == first
        assert noted(hearing) == 2
    finally:
        by_proxy.engine.dispose()
        proxy.close()


def test_a_list_that_is_read_past_sqlalchemy_raises_the_same_errors(
    hearing: Database, hearing_database: ServiceDatabase, postgres: Postgres
) -> None:
    for statement in ("SELECT CAST(:v AS smallint)", "SELECT CAST(CAST(:v AS text) AS smallint)"):
        with pytest.raises(DataError) as raised, hearing.unscoped() as tx:
            tx.rows(statement, {"v": 70_000})
        assert isinstance(as_domain_error(raised.value), InvalidInput)
    with pytest.raises(OperationalError) as canceled, hearing.unscoped() as tx:  # noqa: PT012 - the second one is late
        tx.rows("SELECT set_config('statement_timeout', '10', true)", {})
        tx.rows("SELECT pg_sleep(:s)", {"s": 5})
    assert isinstance(as_domain_error(canceled.value), Unavailable)
    with pytest.raises(OperationalError) as died, hearing.unscoped() as tx:  # noqa: PT012 - so is the death
        [(pid,)] = tx.rows("SELECT pg_backend_pid()", {})
        with postgres.connect(hearing_database.name) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        tx.rows("SELECT 1", {})
    assert isinstance(as_domain_error(died.value), Unavailable)
    note(hearing, uuid4())


def test_a_session_that_is_ended_in_the_middle_leaves_nothing(
    hearing: Database, hearing_database: ServiceDatabase, postgres: Postgres
) -> None:
    with pytest.raises(OperationalError), hearing.unscoped() as tx:  # noqa: PT012 - it may be noticed at any statement
        tx.execute(text("INSERT INTO heard (note) VALUES ('half')"))
        pid = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with postgres.connect(hearing_database.name) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        tx.execute(text("INSERT INTO heard (note) VALUES ('other half')"))
    note(hearing, uuid4())
    assert noted(hearing) == 1
