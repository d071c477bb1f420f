"""Issues the seeded mix of work from some threads, and knows of each step what came of it.

A step whose answer did not come is unknown. It is sent again with the same id, at once and then by `resolve`, until it
is known: that is how every caller of the house is meant to behave.
"""

import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from typing import Any

from kernel.errors import DomainError, Kind
from tests.resilience.harness import operations  # noqa: F401 - fills the registry
from tests.resilience.harness.steps import Step, next_step
from tests.resilience.harness.world import TIMEOUT_S, World

PAUSE_S = 0.02  # between two steps of a thread: the machine is shared
TRIES_AT_ONCE = 2
LATE_S = 2 * TIMEOUT_S + 4.0  # token and up to two calls of a step, and a busy machine
UNKNOWN = {Kind.UNAVAILABLE, Kind.EXHAUSTED}


class Outcome(Enum):
    """What is known of a step."""

    OK = auto()
    REFUSED = auto()
    UNKNOWN = auto()


@dataclass
class Attempt:
    """A step and what came of it so far."""

    step: Step
    outcome: Outcome = Outcome.UNKNOWN
    reason: str = ""
    tries: int = 0


class Driver:
    """Threads that work until they are told to stop. ``findings`` are things that must never happen."""

    def __init__(self, world: World, seed: int, threads: int = 3) -> None:
        self._world = world
        self._seed = seed
        self._count = threads
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._runs = 0
        self.attempts: list[Attempt] = []
        self.findings: list[str] = []
        self.refusals: set[Kind] = set()  # what kinds of no were heard
        self.slowest_s = 0.0

    def start(self) -> None:
        """Begin to work."""
        self._stopping.clear()
        self._runs += 1
        self._threads = [
            threading.Thread(target=self._work, args=(Random(f"{self._seed}/{self._runs}/{number}"),), daemon=True)
            for number in range(self._count)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the steps in hand; a finding if one never ends."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(4 * LATE_S)
            if thread.is_alive():
                frame = sys._current_frames().get(thread.ident or 0)
                self.findings.append("a step never ends: " + "".join(traceback.format_stack(frame)[-6:]))

    def __enter__(self) -> "Driver":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_for(self, more: int, limit_s: float = 20, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until so many steps more have succeeded; a finding if they do not in time."""
        goal = self.count(Outcome.OK) + more
        deadline = time.monotonic() + limit_s
        while self.count(Outcome.OK) < goal:
            if time.monotonic() > deadline:
                self.findings.append(f"no {more} steps have succeeded within {limit_s:.0f} s")
                return
            meanwhile()
            time.sleep(0.05)

    def resolve(self, limit_s: float = 60) -> None:
        """Send every unknown step again until it is known; a finding if one stays unknown."""
        deadline = time.monotonic() + limit_s
        while unknown := [one for one in self.attempts if one.outcome is Outcome.UNKNOWN]:
            if time.monotonic() > deadline:
                self.findings += [f"{one.step.name} stays unknown: {one.reason}" for one in unknown]
                return
            for attempt in unknown:
                self._send(attempt)
                if attempt.outcome is Outcome.UNKNOWN:
                    time.sleep(0.2)

    def count(self, outcome: Outcome) -> int:
        """How many steps ended so."""
        return sum(one.outcome is outcome for one in list(self.attempts))

    def summary(self) -> Counter[str]:
        """Count of steps by name and outcome."""
        return Counter(f"{one.step.name} {one.outcome.name.lower()}" for one in self.attempts)

    # -- one thread ----------------------------------------------------------------------------------------------

    def _work(self, chance: Random) -> None:
        while not self._stopping.is_set():
            try:
                step = next_step(self._world, chance)
                if step is not None:
                    self._do(step, chance)
            except Exception as error:  # noqa: BLE001 - a defect of the harness must be seen, not end a thread in silence
                self.findings.append(f"the harness failed: {type(error).__name__}: {error}")
            self._stopping.wait(PAUSE_S)

    def _do(self, step: Step, chance: Random) -> None:
        attempt = Attempt(step)
        answer: Any = None
        while attempt.outcome is Outcome.UNKNOWN and attempt.tries < (1 if step.reads else TRIES_AT_ONCE):
            answer = self._send(attempt)
        if step.reads and attempt.outcome is Outcome.UNKNOWN:
            return
        self.attempts.append(attempt)
        if attempt.outcome is Outcome.OK and step.same_answer and not step.reads and chance.random() < 0.1:
            self._repeat(step, answer)

    def _send(self, attempt: Attempt) -> Any:
        """Send once; settles the attempt if the answer says what happened."""
        step = attempt.step
        attempt.tries += 1
        started = time.monotonic()
        try:
            answer = step.send()
        except DomainError as error:
            attempt.reason = f"{error.reason} {error.details}"
            self.refusals.add(error.kind)
            if error.kind not in UNKNOWN:
                attempt.outcome = Outcome.REFUSED
                if error.reason not in step.refusals:
                    self.findings.append(f"{step.name} was refused: {error.reason} {error.details} {error.violations}")
                with self._world.lock:
                    step.refused(error.reason)
            return None
        else:
            attempt.outcome = Outcome.OK
            try:
                with self._world.lock:
                    step.learn(answer)
            except AssertionError as wrong:
                self.findings.append(f"{step.name}: {wrong}")
            return answer
        finally:
            took = time.monotonic() - started
            self.slowest_s = max(self.slowest_s, took)
            if took > LATE_S:
                self.findings.append(f"{step.name} took {took:.1f} s, its deadline is {TIMEOUT_S:.0f} s")

    def _repeat(self, step: Step, first: Any) -> None:
        """Send what has succeeded once more: the answer is the first one's."""
        try:
            second = step.send()
        except DomainError as error:
            if error.kind not in UNKNOWN:
                self.findings.append(f"{step.name} sent again was refused: {error.reason}")
            return
        if second != first:
            self.findings.append(f"{step.name} sent again was answered otherwise")
