"""Processes are stopped, held still, or start before what they need: nothing is lost, nothing doubled."""

import time

from sqlalchemy import create_engine, text

from tests.resilience.harness.browser import Browser
from tests.resilience.harness.storm import Storm

INFRASTRUCTURE = ("nats", "postgres", "s3")
PAGES = ("/", "/reskontra/", "/reskontra/registrera-faktura", "/inkasso/sok", "/kommunikation/skicka-fil")


def test_stopped_in_order_in_the_middle_of_work(storm: Storm):
    with storm.working():
        for name in ("ledger-serve", "files-serve", "ledger-work", "reports-work", "gateway-serve"):
            storm.driver.wait_for(2)
            storm.stop(name)
        storm.wait_ready()
    assert storm.agrees() == []


def test_held_still_for_a_second_in_the_middle_of_work(storm: Storm):
    with storm.working():
        for name in ("ledger-serve", "ledger-work", "collection-work", "files-serve", "nats", "s3"):
            storm.driver.wait_for(2)
            storm.pause(name, 1)
        storm.driver.wait_for(2)
    assert storm.agrees() == []


def test_a_rendering_process_dies_and_its_document_is_made_by_another(storm: Storm):
    with storm.working():
        deadline = time.monotonic() + 60
        while not storm.kill_renderers():
            assert time.monotonic() < deadline, "nothing is rendered"
            time.sleep(0.1)
    assert storm.agrees() == []


def test_every_session_of_the_database_ends_in_the_middle_of_work(storm: Storm):
    with storm.working():
        for _ in range(3):
            storm.driver.wait_for(5)
            storm.lose_backends()
        storm.driver.wait_for(5)
    assert storm.agrees() == []


def test_an_older_copy_of_the_brokers_store_is_put_back(storm: Storm):
    with storm.working():
        storm.driver.wait_for(5)
        storm.roll_back_the_stream(more=10)
        storm.driver.wait_for(5)
    assert storm.agrees() == []


def test_started_before_what_they_need(storm: Storm):
    house = storm.house
    ours = ("ledger-serve", "ledger-work", "files-serve", "collection-work", "auth-serve")
    with storm.working():
        storm.driver.wait_for(3)
        for name in (*INFRASTRUCTURE, *ours):
            house.kill(name)
        for name in ours:
            house.restart(name, wait=False)
        time.sleep(4)
        assert [house.running[name].exit_code() for name in ours] == [None] * len(ours), "they wait"
        assert not any(house.running[name].program.ready() for name in ours), "and do not say that they are ready"
        for name in INFRASTRUCTURE:
            house.restart(name, wait=False)
        storm.wait_ready()
        storm.driver.wait_for(5)
    assert storm.agrees() == []


def test_without_a_broker_the_outbox_grows_and_people_work_on(storm: Storm):
    browser = Browser(storm.world)
    with storm.working():
        with storm.without("nats"):
            storm.driver.wait_for(40, limit_s=60)
            assert unpublished(storm) > 0
            for page in (
                "/",
                "/reskontra/",
                "/reskontra/registrera-faktura",
                "/inkasso/sok",
                "/kommunikation/skicka-fil",
            ):
                assert browser.get(page)[0] == 200, page
        storm.driver.wait_for(3)
    assert storm.agrees() == []
    assert unpublished(storm) == 0


def unpublished(storm: Storm) -> int:
    """Events of the ledger that the broker does not have."""
    engine = create_engine(storm.house.settings.database_url("ledger", "verify"))
    try:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM outbox WHERE published_at IS NULL")).scalar_one())
    finally:
        engine.dispose()
