"""Watertight compartments: what is slow may take its own places, never everybody's.

A stream takes a thread of its server for as long as its reader likes, and a neighbour that hangs takes a thread of
whoever asks it. Both get a number of places; who finds none free is told at once, and nothing is queued.
"""

import threading
from collections import deque
from types import TracebackType
from typing import Self

from prometheus_client import Counter

from chassis import calls
from kernel.errors import DomainError, Kind

REFUSED = Counter("rf_refused_for_want_of_a_place_total", "Calls refused since all places were taken.", ["compartment"])


class Overloaded(DomainError):
    """All places are taken: threads, connections or turns. Nothing was done; the same call may succeed in a moment."""

    reason = "OVERLOADED"
    kind = Kind.EXHAUSTED


class Bulkhead:
    """So many places. ``with bulkhead:`` takes one for the block and raises ``refusal`` if there is none.

    ``patience_s`` is how long one waits for a place, never longer than one's caller does, and ``waiting`` how many may.
    Who came first is served first.
    """

    def __init__(
        self,
        name: str,
        places: int,
        patience_s: float = 0.0,
        waiting: int = 0,
        refusal: type[DomainError] = Overloaded,
    ) -> None:
        self._free = places
        self._waiting = waiting
        self._patience_s = patience_s
        self._refusal = refusal
        self._lock = threading.Lock()
        self._queue: deque[threading.Event] = deque()
        self._refused = REFUSED.labels(name)

    def __enter__(self) -> Self:
        turn = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                return self
            may_wait = len(self._queue) < self._waiting
            if may_wait:
                self._queue.append(turn)
        if may_wait and (turn.wait(self._patience()) or not self._left(turn)):
            return self
        self._refused.inc()
        raise self._refusal

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()  # the place goes from hand to hand
            else:
                self._free += 1

    def _patience(self) -> float:
        call = calls.current()
        return self._patience_s if call is None else min(call.seconds_left(), self._patience_s)

    def _left(self, turn: threading.Event) -> bool:
        """Whether one left the queue; False if one's turn had come just then."""
        with self._lock:
            if turn.is_set():
                return False
            self._queue.remove(turn)
            return True
