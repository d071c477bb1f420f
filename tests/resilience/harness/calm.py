"""Eventually: the faults have stopped, everything catches up, and then all books and the model must agree."""

import time
from collections.abc import Callable

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from deploy.local import reconcile
from deploy.local.reconcile import CONSUMERS, Databases
from deploy.local.topology import Settings
from services.auth import verify as auth
from services.collection import verify as collection
from services.files import verify as files
from services.files.storage.objects import ObjectStore
from services.ledger import verify as ledger
from services.reports import verify as reports
from tests.resilience.harness import compare
from tests.resilience.harness.world import World

POLL_S = 0.2
MEANWHILE_S = 15  # while jobs go on, events go on
SETTLE = "settle_document"  # runs minutes later on purpose

VERIFY: dict[str, Callable[[Connection], list[str]]] = {
    "auth": auth.check,
    "ledger": ledger.check,
    "collection": collection.check,
    "reports": reports.check,
}

_UNPUBLISHED = text("SELECT count(*) FROM outbox WHERE published_at IS NULL")
_PENDING = text("SELECT count(*) FROM inbox_pending")
_TOLD = text("SELECT count(*) FROM outbox")
_HANDLED = text("""
SELECT coalesce(sum(last_seq), 0)::bigint FROM inbox_cursor WHERE consumer = :consumer AND source = :source
""")
_JOBS = text("SELECT count(*) FROM job WHERE status = 'ready' AND kind <> :settle")


def under_way(databases: Databases, *, with_jobs: bool) -> list[str]:
    """What has not come to rest: outboxes, consumers, and jobs if so asked."""
    waiting = []
    for service, connection in databases.items():
        for what, statement in (("events to publish", _UNPUBLISHED), ("events to handle", _PENDING)):
            if count := connection.execute(statement).scalar_one():
                waiting.append(f"{service} has {count} {what}")
        if with_jobs and (count := connection.execute(_JOBS, {"settle": SETTLE}).scalar_one()):
            waiting.append(f"{service} has {count} jobs")
    for producer, consumers in CONSUMERS.items():
        told = databases[producer].execute(_TOLD).scalar_one()
        for consumer in consumers:
            handled = databases[consumer].execute(_HANDLED, {"consumer": consumer, "source": producer}).scalar_one()
            if handled < told:
                waiting.append(f"{consumer} has handled {handled} of {told} events of {producer}")
    return waiting


def settle(house: Settings, limit_s: float, *, with_jobs: bool) -> tuple[float, list[str]]:
    """Wait until everything has come to rest; how long it took, and what has not come to rest in time."""
    started = time.monotonic()
    while True:
        try:
            with reconcile.verifying(house) as databases:
                waiting = under_way(databases, with_jobs=with_jobs)
        except OperationalError:
            waiting = ["PostgreSQL does not answer"]
        took = time.monotonic() - started
        if not waiting or took > limit_s:
            return took, waiting
        time.sleep(POLL_S)


def findings(world: World, *, with_jobs: bool) -> list[str]:
    """Everything that is wrong in a house at rest: each service's own books, between them, and against the model."""
    house = world.house.settings
    with reconcile.verifying(house) as databases:
        found = [f"{service}: {finding}" for service, check in VERIFY.items() for finding in check(databases[service])]
        found += [f"files: {finding}" for finding in files.check(databases["files"], _objects(house), sample=0)]
        found += compare.differences(world, databases)
        if with_jobs:
            found += reconcile.check(databases)
            found += compare.jobs_undone(world, databases)
        else:
            found += reconcile.standing(lambda: _but_copies(reconcile.check(databases)), MEANWHILE_S)
    return found


def _but_copies(found: list[str]) -> list[str]:
    """While jobs go on, a copy may lie in the archive and its maker not know it yet."""
    return [finding for finding in found if "in the archive" not in finding]


def _objects(house: Settings) -> ObjectStore:
    env = house.service("files")
    return ObjectStore(env["RF_S3_ENDPOINT"], env["RF_S3_BUCKET"], env["RF_S3_ACCESS_KEY"], env["RF_S3_SECRET_KEY"])
