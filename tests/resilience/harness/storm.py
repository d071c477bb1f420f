"""Work and faults together: the driver works while processes die, and afterwards everything must agree."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from chassis.crashpoints import EXIT_CODE
from deploy.local.house import House
from tests.resilience.harness import calm
from tests.resilience.harness.driver import Driver, Outcome
from tests.resilience.harness.world import World

POLL_S = 0.05
READY_S = 240  # for everything to be ready, on a machine that others use
RENDERER = b"services.reports.rendering.worker"
STOPPED = {0, -signal.SIGTERM}  # the latter if it was asked before it had begun


class Storm:
    """One world in a house with its driver, and the faults to try on it."""

    def __init__(self, house: House, world: World, driver: Driver) -> None:
        self.house = house
        self.world = world
        self.driver = driver
        self.kills = 0
        self.fallen = 0  # how often a process ended by itself and was started again, as the runner does
        self.longest_calm_s = 0.0

    @contextmanager
    def working(self) -> Iterator[None]:
        """The driver works within the block, and what was unknown is resolved at its end."""
        with self.driver:
            yield
        self.driver.resolve()

    # -- processes ------------------------------------------------------------------------------------------------

    def kill(self, name: str, dead_s: float = 0.5) -> None:
        """End a process as a crash would, leave it dead for a while, and bring it back."""
        self.house.kill(name)
        self.kills += 1
        time.sleep(dead_s)
        self.house.restart(name)

    def strike(self, names: Sequence[str], dead_s: float = 0.0) -> None:
        """End some at once and bring them back without waiting; they, and others, may be starting still."""
        for name in names:
            self.house.kill(name)
        self.kills += len(names)
        time.sleep(dead_s)
        for name in names:
            self.house.restart(name, wait=False)

    def stop(self, name: str) -> None:
        """Stop a process in order, under load, and bring it back; a finding if it has to be killed."""
        process = self.house.running[name]
        if not process.stop() or process.exit_code() not in STOPPED:
            self.driver.findings.append(f"{name} did not stop in order: {process.exit_code()}\n{process.last_lines()}")
        self.house.restart(name, wait=False)

    def pause(self, name: str, seconds: float) -> None:
        """Hold a process still; it wakes up with old locks, leases and deadlines."""
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            os.kill(self.house.running[name].pid, signal.SIGSTOP)
            time.sleep(seconds)
            os.kill(self.house.running[name].pid, signal.SIGCONT)

    def kill_renderers(self) -> int:
        """End the processes that make PDFs, and nothing else; how many there were."""
        killed = 0
        for pid in [pid for name in self.house.running for pid in _renderers(self.house.running[name].pid)]:
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(pid, signal.SIGKILL)
                killed += 1
        self.kills += killed
        return killed

    def revive(self) -> None:
        """Start again what has ended by itself, as the runner does."""
        for name in self.house.ended():
            self.fallen += 1
            self.house.restart(name, wait=False)

    def wait_ready(self, limit_s: float = READY_S) -> None:
        """Wait until everything that runs is ready; a finding if it is not in time."""
        deadline = time.monotonic() + limit_s
        waiting = list(self.house.running)
        while waiting := [name for name in waiting if not self.house.running[name].program.ready()]:
            if time.monotonic() > deadline:
                self.driver.findings += [
                    f"{one} is not ready\n{self.house.running[one].last_lines()}" for one in waiting
                ]
                return
            self.revive()
            time.sleep(POLL_S)

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

    # -- what they stand on ---------------------------------------------------------------------------------------

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """A process is dead within the block."""
        self.house.kill(name)
        self.kills += 1
        try:
            yield
        finally:
            self.house.restart(name)

    def lose_backends(self) -> None:
        """Every session of the services with the database ends in the middle of its transaction."""
        with self.house.settings.postgres.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE '%_app'")

    def lose_the_stream(self) -> None:
        """Kill the broker and take away all that it had stored."""
        with self.without("nats"):
            shutil.rmtree(self._stored)

    def roll_back_the_stream(self, more: int) -> None:
        """Put an older copy of the broker's store back, after ``more`` steps: what it had acknowledged is gone."""
        copy = self._stored.with_name("copy")
        with self.without("nats"):
            shutil.copytree(self._stored, copy)
        self.driver.wait_for(more, limit_s=60)
        with self.without("nats"):
            shutil.rmtree(self._stored)
            copy.rename(self._stored)

    @property
    def _stored(self) -> Path:
        return self.house.data / "nats" / "store"

    # -- and then -------------------------------------------------------------------------------------------------

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


def _renderers(parent: int) -> list[int]:
    """The rendering processes that a process of ours has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            about = (folder / "stat").read_text().rpartition(")")[2].split()
            is_ours = int(about[1]) == parent and RENDERER in (folder / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue  # it has ended meanwhile
        if is_ours:
            found.append(int(folder.name))
    return found
