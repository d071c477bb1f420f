"""Any process dies in the middle of work: nothing is lost, nothing doubled, and what is asked meanwhile is answered.

The order is meant: workers first, since the lease of a job that died with its worker runs out a minute later, and the
last test waits for all of them.
"""

import re
from pathlib import Path

import pytest

from tests.resilience.crashes import PLAN
from tests.resilience.harness.storm import Storm

ROOT = Path(__file__).resolve().parents[2]
POINT = re.compile(r"""= register\(\s*"([a-z._]+)",""")


def points() -> set[str]:
    """Every crash point in the code."""
    sources = [*(ROOT / "chassis").glob("*.py"), *(ROOT / "services").rglob("*.py")]
    return {name for source in sources for name in POINT.findall(source.read_text())}


def test_every_crash_point_has_a_process_that_dies_at_it():
    reached = {point.partition(":")[0] for planned in PLAN.values() for point in planned}
    assert reached == points()


def test_killed_and_then_dying_at_each_crash_point(storm: Storm):
    with storm.working():
        assert storm.crash(PLAN) == [], "not reached"
    assert storm.agrees() == []


@pytest.mark.parametrize(
    "victims",
    [["collection-serve", "reports-serve", "auth-serve", "gateway-serve", "auth-work"], ["nats", "postgres", "s3"]],
    ids=["the other processes", "what they stand on"],
)
def test_killed_one_after_the_other_in_the_middle_of_work(storm: Storm, victims: list[str]):
    with storm.working():
        for name in victims:
            storm.driver.wait_for(3)
            storm.kill(name)
        storm.driver.wait_for(5)
    assert storm.agrees() == []


def test_a_broker_that_has_lost_everything_is_filled_again_from_the_outboxes(storm: Storm):
    with storm.working():
        storm.driver.wait_for(5)
        storm.lose_the_stream()
        storm.driver.wait_for(5)
    assert storm.agrees() == []


def test_at_last_every_job_is_done_and_every_service_agrees(storm: Storm):
    assert storm.agrees(limit_s=75, with_jobs=True) == []
    assert storm.house.verify() == []
