"""Watertight compartments: what is slow may take its own places, never everybody's.

A stream takes a thread of its server for as long as its reader likes, and a neighbour that hangs takes a thread of
whoever asks it. Both get a number of places; who finds none free is told at once, and nothing is queued.
"""

import threading
from types import TracebackType
from typing import Self

from prometheus_client import Counter

from kernel.errors import DomainError, Kind

REFUSED = Counter("rf_refused_for_want_of_a_place_total", "Calls refused since all places were taken.", ["compartment"])


class Overloaded(DomainError):
    """All places are taken: threads, connections or turns. Nothing was done; the same call may succeed in a moment."""

    reason = "OVERLOADED"
    kind = Kind.EXHAUSTED


class Bulkhead:
    """So many places. ``with bulkhead:`` takes one for the block and raises Overloaded if there is none.

    ``patience_s`` is how long one waits for a place, and ``waiting`` how many may.
    """

    def __init__(self, name: str, places: int, patience_s: float = 0.0, waiting: int = 0) -> None:
        self._places = threading.Semaphore(places)
        self._queue = threading.Semaphore(waiting)
        self._patience_s = patience_s
        self._refused = REFUSED.labels(name)

    def __enter__(self) -> Self:
        if not (self._places.acquire(blocking=False) or self._waited()):
            self._refused.inc()
            raise Overloaded
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._places.release()

    def _waited(self) -> bool:
        if not self._queue.acquire(blocking=False):
            return False
        try:
            return self._places.acquire(timeout=self._patience_s)
        finally:
            self._queue.release()
