"""What lasts: processes held still for a minute, a broker away for minutes, a lock that another session holds."""

import os
import time

import pytest

from tests.resilience.harness.browser import Browser
from tests.resilience.harness.storm import Storm
from tests.resilience.test_processes import PAGES, unpublished

LONG_S = float(os.environ.get("AWAY_S") or 600)


@pytest.mark.parametrize("seconds", [10, 60])
@pytest.mark.parametrize("name", ["ledger-serve", "ledger-work", "collection-work", "reports-work", "nats", "s3"])
def test_held_still_for_long(storm: Storm, name: str, seconds: float):
    """Its leases have run out, its deadlines are over, others have done its work."""
    with storm.working():
        storm.driver.wait_for(5, limit_s=60)
        storm.pause(name, seconds)
        storm.driver.wait_for(10, limit_s=60)
    assert storm.agrees(limit_s=120) == []


def test_a_lock_that_is_held_for_half_a_minute(storm: Storm):
    """Somebody's session holds the counters of every client: writes are told that it is busy, reads go on."""
    with storm.working():
        storm.driver.wait_for(5)
        browser = Browser(storm.world)
        with storm.house.settings.postgres.connect("ledger") as other, other.transaction():
            other.execute("LOCK TABLE counter IN ACCESS EXCLUSIVE MODE")
            end = time.monotonic() + 30
            while time.monotonic() < end:
                assert browser.get("/reskontra/")[0] == 200
                time.sleep(2)
        storm.driver.wait_for(10)
    assert storm.agrees(limit_s=60) == []


def test_a_broker_that_is_away_for_ten_minutes(storm: Storm):
    browser = Browser(storm.world)
    with storm.working():
        with storm.without("nats"):
            end = time.monotonic() + LONG_S
            while time.monotonic() < end:
                storm.driver.wait_for(10, limit_s=60)
                assert {page: browser.get(page)[0] for page in PAGES} == dict.fromkeys(PAGES, 200)
                time.sleep(5)
            grown = unpublished(storm)
        storm.driver.wait_for(3)
    assert grown > 100
    assert storm.agrees(limit_s=180) == []
    assert unpublished(storm) == 0


def test_an_object_store_that_is_away_for_long_makes_no_job_dead(storm: Storm):
    """Longer than the tries of a job would last if each counted."""
    with storm.working():
        with storm.without("s3"):
            storm.driver.wait_for(60, limit_s=200)
            time.sleep(150)
        storm.driver.wait_for(3)
    assert storm.agrees(limit_s=180, with_jobs=True) == []
