"""One database of five is put back as it was some time ago (F25): that is found, healed or named."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from deploy.local import reconcile
from deploy.local.topology import SERVICES
from tests.resilience.harness.copies import copy_of, put_back, start
from tests.resilience.harness.storm import Storm

ROUNDS = 8


def found(storm: Storm) -> list[str]:
    with reconcile.verifying(storm.house.settings) as databases:
        return reconcile.check(databases)


def outbox(storm: Storm, producer: str) -> int:
    """How many events a service has told."""
    with reconcile.verifying(storm.house.settings) as databases:
        return int(databases[producer].execute(text("SELECT count(*) FROM outbox")).scalar_one())


@dataclass(frozen=True)
class Copies:
    """Every service's database at two moments, and a client that was made in between."""

    before: Mapping[str, Path]
    now: Mapping[str, Path]
    client_id: str


@pytest.fixture(scope="module")
def copies(storm: Storm, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """Work goes on for a while; then everything comes to rest, and nothing happens any more."""
    before = {service: copy_of(storm.house, service, tmp_path_factory.mktemp("before")) for service in SERVICES}
    lost = storm.world._client(9)
    told = {producer: outbox(storm, producer) for producer in reconcile.CONSUMERS}
    with storm.working():
        storm.driver.wait_for(40, limit_s=60)
        for _ in range(ROUNDS):  # until there is something of each producer to lose
            if all(outbox(storm, producer) > before_it for producer, before_it in told.items()):
                break
            storm.driver.wait_for(15, limit_s=60)
    assert storm.agrees(limit_s=100, with_jobs=True) == []
    now = {service: copy_of(storm.house, service, tmp_path_factory.mktemp("now")) for service in SERVICES}
    return Copies(before, now, lost)


def test_what_a_consumer_has_lost_it_asks_of_its_producers(storm: Storm, copies: Copies):
    put_back(storm.house, "reports", copies.before["reports"], begin=False)
    assert any(line.startswith("reports has not handled all of ledger's") for line in found(storm))
    start(storm.house, "reports")
    assert storm.agrees(limit_s=100, with_jobs=True) == [], "its read model and its documents are there again"


@pytest.mark.parametrize(
    ("service", "witness"), [("ledger", "collection"), ("collection", "ledger"), ("files", "ledger")]
)
def test_what_a_producer_has_lost_is_named(storm: Storm, copies: Copies, service: str, witness: str):
    put_back(storm.house, service, copies.before[service], begin=False)
    lines = found(storm)
    assert f"{service}'s database is older than what {witness} knows of it: restore all to one moment" in lines
    assert any(line.startswith(f"{witness} has handled more of {service}'s ") for line in lines), "which aggregates"
    assert any(f"{service} " in line and "any more, told between" in line for line in lines), "from when to when"
    put_back(storm.house, service, copies.now[service])
    assert storm.agrees() == [], "the same moment again"


def test_a_client_that_auth_has_lost_is_named(storm: Storm, copies: Copies):
    put_back(storm.house, "auth", copies.before["auth"], begin=False)
    assert f"auth does not know the client {copies.client_id} that ledger has terms of" in found(storm)
    put_back(storm.house, "auth", copies.now["auth"])
    assert storm.agrees() == []
