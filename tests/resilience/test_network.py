"""The network delays, cuts, swallows or truncates: answers come within their deadline, nothing is lost or doubled."""

import time
from collections.abc import Iterator

import pytest

from tests.resilience.harness.browser import Browser
from tests.resilience.harness.proxy import Proxy, Weather
from tests.resilience.harness.storm import Storm

PAGE_LIMIT_S = 8.0  # 5 s of the gateway's deadline, and a busy machine
WEATHERS = {
    "delay": Weather(delay_s=0.05),
    "black hole": Weather(black_hole=True),
    "refuse": Weather(refuse=True),
    "truncate": Weather(truncate_after=3_000),
}
WAYS = {
    "postgres": ("postgres", "ledger-serve", "RF_DATABASE_URL"),
    "nats": ("nats", "ledger-work", "RF_NATS_URL"),
    "s3": ("s3", "files-serve", "RF_S3_ENDPOINT"),
    "grpc": ("ledger-serve/grpc", "files-serve", "RF_LEDGER_TARGET"),
}
"""What is behind the proxy, which process goes through it, and the setting that sends it there."""


@pytest.fixture(params=WAYS)
def way(request, storm: Storm) -> Iterator[Proxy]:
    target, name, setting = WAYS[request.param]
    port = storm.house.settings.ports[target]
    proxy = Proxy(port)
    before = storm.house.running[name].program.env[setting]
    storm.house.kill(name)
    storm.house.restart(name, env={setting: before.replace(f":{port}", f":{proxy.port}")})
    yield proxy
    storm.house.kill(name)
    storm.house.restart(name, env={setting: before})
    proxy.close()


def test_bad_weather_on_the_way_is_survived(storm: Storm, way: Proxy):
    with storm.working():
        for weather in WEATHERS.values():
            storm.driver.wait_for(3)
            with way.weather(weather):
                way.cut()
                time.sleep(1)
            way.cut()
        storm.driver.wait_for(3)
    assert storm.agrees() == []


def test_a_page_says_within_its_deadline_what_does_not_answer(storm: Storm):
    house = storm.house
    proxy = Proxy(house.settings.ports["ledger-serve/grpc"])
    before = house.running["gateway-serve"].program.env["RF_LEDGER_TARGET"]
    house.kill("gateway-serve")
    house.restart("gateway-serve", env={"RF_LEDGER_TARGET": proxy.address})
    try:
        browser = Browser(storm.world)
        assert browser.get("/reskontra/")[0] == 200
        with proxy.weather(Weather(black_hole=True)):
            started = time.monotonic()
            status, page = browser.get("/reskontra/")
            took = time.monotonic() - started
            assert (status, took < PAGE_LIMIT_S) == (503, True), (status, took)
            assert "svarar inte" in page or "just nu" in page
            assert browser.get("/kommunikation/skicka-fil")[0] == 200, "what needs no ledger goes on"
        assert browser.get("/reskontra/")[0] == 200, "it comes back by itself"
    finally:
        house.kill("gateway-serve")
        house.restart("gateway-serve", env={"RF_LEDGER_TARGET": before})
        proxy.close()
