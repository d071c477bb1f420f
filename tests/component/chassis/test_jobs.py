"""A job is queued with its cause, done once, and outlives whoever was doing it."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.jobs import Job, LeaseLost, Worker, enqueue
from chassis.rpc_errors import Unavailable
from tests.component.chassis.processes import Part, work
from tests.component.chassis.world import eventually
from tests.stack import Broker, ServiceDatabase


@pytest.fixture
def database(hearing_database: ServiceDatabase) -> Iterator[Database]:
    database = Database("hearing", hearing_database.app_url, 8)
    yield database
    database.engine.dispose()


def queue(database: Database, *keys: str, kind: str = "note", seconds: float = 0) -> None:
    with database.unscoped() as tx:
        for key in keys:
            assert enqueue(tx, kind, key, {"seconds": seconds})


def values(database: Database, query: str) -> list[Any]:
    with database.unscoped() as tx:
        return list(tx.execute(text(query)).scalars())


def status(database: Database) -> list[Any]:
    return values(database, "SELECT status FROM job ORDER BY key")


def test_a_job_is_queued_once_per_key_and_only_if_its_cause_is_committed(database: Database) -> None:
    queue(database, "one")
    with database.unscoped() as tx:
        assert not enqueue(tx, "note", "one", {})
    with contextlib.suppress(ZeroDivisionError), database.unscoped() as tx:
        enqueue(tx, "note", "two", {})
        tx.execute(text(str(1 // 0)))
    assert values(database, "SELECT key FROM job") == ["one"]


def test_workers_share_jobs_and_do_each_once(database: Database) -> None:
    keys = [f"k{number:02}" for number in range(30)]
    queue(database, *keys)
    workers = [Worker(database, {"note": work}, poll_s=0.02) for _ in range(2)]
    for worker in workers:
        worker.start()
    eventually(lambda: status(database) == ["done"] * 30)
    for worker in workers:
        worker.stop()
    assert sorted(values(database, "SELECT note FROM heard")) == keys


def test_the_job_of_a_dead_worker_is_taken_over(
    database: Database, broker: Broker, hearing_database: ServiceDatabase
) -> None:
    queue(database, "one")
    places = {"DATABASE": hearing_database.app_url, "BROKER": broker.url}
    with (
        Part("worker", **places, RF_CRASH="jobs.after_claim") as one,
        Part("worker", **places, RF_CRASH="jobs.before_complete") as other,
    ):
        one.dies_by_itself()
        other.dies_by_itself()
    worker = Worker(database, {"note": work}, poll_s=0.05)
    worker.start()
    eventually(lambda: status(database) == ["done"])
    worker.stop()
    assert values(database, "SELECT note FROM heard") == ["one"]
    assert values(database, "SELECT attempts FROM job") == [3]


def test_a_worker_that_was_too_slow_does_not_count(database: Database) -> None:
    queue(database, "one")

    def slow(database: Database, job: Job) -> None:
        with database.unscoped() as tx:
            tx.execute(text("UPDATE job SET leased_by = gen_random_uuid(), attempts = attempts + 1"))
        with pytest.raises(LeaseLost):
            work(database, job)

    worker = Worker(database, {"note": slow}, poll_s=0.02)
    worker.start()
    eventually(lambda: values(database, "SELECT attempts FROM job") == [2])
    worker.stop()
    assert values(database, "SELECT note FROM heard") == []
    assert status(database) == ["ready"]


def test_a_long_job_keeps_its_lease(database: Database) -> None:
    queue(database, "long", seconds=0.9)
    workers = [Worker(database, {"note": work}, poll_s=0.02, lease_s=0.3) for _ in range(2)]
    for worker in workers:
        worker.start()
    eventually(lambda: status(database) == ["done"])
    for worker in workers:
        worker.stop()
    assert values(database, "SELECT attempts FROM job") == [1]


def test_what_fails_again_and_again_stays_dead_and_visible(database: Database) -> None:
    queue(database, "one")

    def fail(database: Database, job: Job) -> None:
        raise ValueError("a text that may hold a name")

    def forget(database: Database, job: Job) -> None:
        pass

    queue(database, "two", kind="forgotten")
    worker = Worker(database, {"note": fail, "forgotten": forget}, poll_s=0.02, max_attempts=3, first_retry_s=0.02)
    worker.start()
    eventually(lambda: status(database) == ["dead", "dead"])
    worker.stop()
    assert values(database, "SELECT attempts FROM job") == [3, 3]
    errors = values(database, "SELECT last_error FROM job ORDER BY key")
    assert errors[0].startswith("ValueError in fail")
    assert errors[1].startswith("JobNotCompleted")


def test_a_neighbour_that_is_away_uses_up_no_tries(database: Database) -> None:
    queue(database, "one")
    tries = []

    def call(database: Database, job: Job) -> None:
        tries.append(job.attempt)
        if len(tries) < 8:
            raise Unavailable(neighbour="files")
        with database.unscoped() as tx:
            job.complete(tx)

    worker = Worker(database, {"note": call}, poll_s=0.02, max_attempts=3, first_retry_s=0.01)
    worker.start()
    eventually(lambda: status(database) == ["done"])
    worker.stop()
    assert tries == [1] * 8


def test_a_stop_lets_the_job_in_hand_finish(database: Database) -> None:
    queue(database, "one", seconds=0.3)
    worker = Worker(database, {"note": work}, poll_s=0.02)
    worker.start()
    eventually(lambda: values(database, "SELECT attempts FROM job") == [1])
    worker.stop()
    assert status(database) == ["done"]
