"""Work and faults together: the driver works while processes die, and afterwards everything must agree."""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from chassis.crashpoints import EXIT_CODE
from deploy.local.house import House
from tests.resilience.harness import calm
from tests.resilience.harness.driver import Driver, Outcome
from tests.resilience.harness.world import World

POLL_S = 0.05


class Storm:
    """One world in a house with its driver, and the faults to try on it."""

    def __init__(self, house: House, world: World, driver: Driver) -> None:
        self.house = house
        self.world = world
        self.driver = driver
        self.kills = 0
        self.longest_calm_s = 0.0

    @contextmanager
    def working(self) -> Iterator[None]:
        """The driver works within the block, and what was unknown is resolved at its end."""
        with self.driver:
            yield
        self.driver.resolve()

    def kill(self, name: str, dead_s: float = 0.5) -> None:
        """End a process as a crash would, leave it dead for a while, and bring it back."""
        self.house.kill(name)
        self.kills += 1
        time.sleep(dead_s)
        self.house.restart(name)

    def crash(self, plan: Mapping[str, Sequence[str]], limit_s: float = 120) -> list[str]:
        """Kill processes, and let each then die at its points one after the other; the points not reached in time.

        The driver is at work meanwhile. A process that has died at its last point is started without one.
        """
        left = {name: list(points) for name, points in plan.items()}
        for name, points in left.items():
            self.house.kill(name)
            self.kills += 1
            self.house.restart(name, wait=False, env={"RF_CRASH": points[0]})
        deadline = time.monotonic() + limit_s
        while left and time.monotonic() < deadline:
            for name in list(left):
                self._died(name, left)
            time.sleep(POLL_S)
        for name in left:
            self.house.kill(name)
            self.house.restart(name, wait=False, env={"RF_CRASH": ""})
        for name in plan:
            self.house.running[name].wait_ready()
        return [point for points in left.values() for point in points]

    def _died(self, name: str, left: dict[str, list[str]]) -> None:
        code = self.house.running[name].exit_code()
        if code is None:
            return
        point = left[name].pop(0)
        if code != EXIT_CODE:
            self.driver.findings.append(f"{name} ended with {code} instead of at {point}")
        self.kills += 1
        following = left[name][0] if left[name] else ""
        if not following:
            del left[name]
        self.house.restart(name, wait=False, env={"RF_CRASH": following})

    def lose_the_stream(self) -> None:
        """Kill the broker and take away all that it had stored."""
        self.house.kill("nats")
        self.kills += 1
        shutil.rmtree(self.house.data / "nats" / "store")
        self.house.restart("nats")

    def agrees(self, limit_s: float = 45, *, with_jobs: bool = False) -> list[str]:
        """All findings once everything is at rest: none if nothing was lost or doubled."""
        took, waiting = calm.settle(self.house.settings, limit_s, with_jobs=with_jobs)
        self.longest_calm_s = max(self.longest_calm_s, took)
        if waiting:
            return [*self.driver.findings, *(f"not at rest after {limit_s:.0f} s: {one}" for one in waiting)]
        return [*self.driver.findings, *calm.findings(self.world, with_jobs=with_jobs)]

    @property
    def done(self) -> int:
        """Steps that succeeded."""
        return self.driver.count(Outcome.OK)
