"""A machine whose wall clock is wrong (libfaketime, Debian's package faketime); its monotonic clock goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chassis.calls import Unauthenticated
from kernel.errors import DomainError
from rf.ledger.v1 import terms_pb2
from tests.resilience.harness.storm import Storm

CLOCKS = ("+1h", "-1h", "@2028-02-29 22:59:50", "@2026-03-29 00:59:50", "@2026-12-31 22:59:50")
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@pytest.fixture(autouse=True)
def faketime() -> None:
    if not LIBRARIES:
        pytest.skip("libfaketime is missing: apt-get install faketime")


@contextmanager
def wrong_clock(storm: Storm, name: str, clock: str) -> Iterator[None]:
    """A process runs by this clock within the block: ``+1h``, ``-1h``, or ``@2028-02-29 23:59:50``."""
    env = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    storm.house.kill(name)
    storm.house.restart(name, env=env)
    try:
        yield
    finally:
        storm.house.kill(name)
        storm.house.restart(name, env=dict.fromkeys(env, ""))


@pytest.mark.parametrize(
    "clock", ["+1h", "-1h", "@2028-02-29 22:59:50", "@2026-03-29 00:59:50", "@2026-12-31 22:59:50"]
)
def test_a_service_whose_clock_is_wrong_lets_nobody_in_and_goes_on_when_it_is_right(storm: Storm, clock: str):
    ask = terms_pb2.GetTermsRequest(client_id=storm.world.clients[0])
    with wrong_clock(storm, "ledger-serve", clock), pytest.raises(DomainError) as refused:
        storm.world.terms.GetTerms(ask)
    assert isinstance(refused.value, Unauthenticated)
    assert storm.world.terms.GetTerms(ask).terms.client_id == storm.world.clients[0]
    with storm.working():
        storm.driver.wait_for(10, limit_s=60)
    assert storm.agrees(limit_s=90) == []


@pytest.mark.parametrize("clock", ["+1h", "-1h"])
@pytest.mark.parametrize("name", ["ledger-work", "collection-work", "reports-work", "files-work", "nats", "s3"])
def test_what_asks_nobodys_clock_works_on(storm: Storm, name: str, clock: str):
    """Durations are monotonic, and jobs and leases go by the database's clock."""
    if datetime.now(UTC).hour in {21, 22, 23}:
        pytest.skip("an hour from midnight in Stockholm the day itself is another, which the model does not follow")
    with storm.working():
        with wrong_clock(storm, name, clock):
            storm.driver.wait_for(20, limit_s=60)
        storm.driver.wait_for(10, limit_s=60)
    assert storm.agrees(limit_s=120) == []
