"""A house of its own in two copies, with a driver; what is wrong at its end fails the last test of the module."""

import os
from random import Random

import pytest

from deploy.local.house import House
from tests.resilience.harness.driver import Driver
from tests.resilience.harness.storm import Storm
from tests.resilience.harness.world import World

SEED = int(os.environ.get("SEED") or "1")


def pytest_report_header() -> str:
    """Which mix of work it was."""
    return f"resilience: SEED={SEED}"


@pytest.fixture(scope="session")
def storm(stack: House) -> Storm:
    """The session's house with a world of its own, and some work done before the first fault."""
    world = World(stack, Random(SEED))
    driver = Driver(world, SEED)
    made = Storm(stack, world, driver)
    with made.working():
        driver.wait_for(30)
    return made
