"""What a benchmark finds: ours and its floor, measured in turns in the same run, and the goal that they are held to.

Figures of one machine mean little on another; what is compared is the ratio, or by how much ours is over its floor.
"""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

ROUNDS = 5


class Goal(Enum):
    """How a figure is held to its goal."""

    RATIO_AT_LEAST = "≥"  # ours / floor
    RATIO_AT_MOST = "≤"
    OVER_AT_MOST = "+"  # ours - floor, in the figure's unit
    AT_MOST = "abs"  # ours itself
    NONE = ""  # shown beside the others


@dataclass(frozen=True)
class Figure:
    """One line of the result."""

    name: str
    unit: str
    ours: float
    floor: float
    goal: Goal
    limit: float = 0.0
    note: str = ""
    load: float = field(default_factory=lambda: os.getloadavg()[0])  # of the machine, just after measuring

    @property
    def ratio(self) -> float:
        """Ours to its floor."""
        return self.ours / self.floor if self.floor else math.nan

    @property
    def measured(self) -> float:
        """What the goal is about."""
        if self.goal is Goal.OVER_AT_MOST:
            return self.ours - self.floor
        return self.ours if self.goal is Goal.AT_MOST else self.ratio

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is Goal.NONE:
            return None
        return self.measured >= self.limit if self.goal is Goal.RATIO_AT_LEAST else self.measured <= self.limit

    def line(self) -> str:
        """As it is printed."""
        floor = f"{self.floor:10.2f}" if self.floor else " " * 10
        ratio = f"{self.ratio:7.3f}" if self.floor else " " * 7
        met = {None: "", True: "met", False: "MISSED"}[self.met]
        note = f"  ({self.note})" if self.note else ""
        return (
            f"{self.name:<58} {self.ours:10.2f} {floor} {self.unit:<6} {ratio}  {self._goal():<16} {met:<6}"
            f" load {self.load:4.1f}{note}"
        )

    def _goal(self) -> str:
        if self.goal is Goal.OVER_AT_MOST:
            return f"{self.measured:+.1f}, goal ≤ +{self.limit:g}"
        if self.goal is Goal.AT_MOST:
            return f"goal ≤ {self.limit:g}"
        return f"goal {self.goal.value} {self.limit:g}" if self.goal is not Goal.NONE else ""

    def as_json(self) -> dict[str, object]:
        """For comparing runs."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": round(self.ours, 4),
            "floor": round(self.floor, 4),
            "ratio": None if math.isnan(self.ratio) else round(self.ratio, 4),
            "goal": f"{self.goal.name} {self.limit:g}",
            "met": self.met,
            "load": round(self.load, 1),
        }


HEAD = f"{'':<58} {'ours':>10} {'floor':>10} {'':<6} {'ratio':>7}"


def in_turns(*measures: Callable[[], float], rounds: int = ROUNDS) -> list[float]:
    """The median of each over the rounds, each round measuring all of them once; a round before that does not count."""
    found: list[list[float]] = [[] for _ in measures]
    for place in range(rounds + 1):
        for values, measure in zip(found, measures, strict=True):
            value = measure()
            if place:
                values.append(value)
    return [median(values) for values in found]


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]
