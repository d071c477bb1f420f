"""Callers in a process of their own, so that what they cost is not taken from whoever is measured."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

Call = Callable[[], object]
Prepare = Callable[[], Sequence[Call]]  # can be pickled; makes one call per caller


@dataclass(frozen=True)
class Done:
    """What the callers got done."""

    count: int
    seconds: float

    @property
    def per_s(self) -> float:
        return self.count / self.seconds


class Load:
    """Tells the callers' process to go."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def go(self, seconds: float) -> Done:
        """Let every caller call again and again for so long. Raises RuntimeError with what went wrong for one."""
        self._pipe.send(seconds)
        answer = self._pipe.recv()
        if isinstance(answer, str):
            raise RuntimeError(answer)  # noqa: TRY004 - not of the wrong type: the callers' fault in words
        found: Done = answer
        return found


@contextmanager
def load(prepare: Prepare) -> Iterator[Load]:
    """A process with callers, ready to go, until the end of the block."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, prepare), daemon=True)
    process.start()
    there.close()
    try:
        yield Load(here)
    finally:
        here.close()
        process.join(5)
        if process.is_alive():
            process.terminate()


def _serve(pipe: Connection, prepare: Prepare) -> None:
    calls = prepare()
    while True:
        try:
            seconds = pipe.recv()
        except EOFError:
            return
        pipe.send(_go(calls, seconds))


def _go(calls: Sequence[Call], seconds: float) -> Done | str:
    counts = [0] * len(calls)
    faults: list[str] = []
    began = time.perf_counter()
    until = began + seconds

    def repeat(place: int) -> None:
        try:
            while time.perf_counter() < until and not faults:
                calls[place]()
                counts[place] += 1
        except Exception as error:  # noqa: BLE001 - told to the process that measures
            faults.append(repr(error))

    threads = [threading.Thread(target=repeat, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults[0] if faults else Done(sum(counts), time.perf_counter() - began)
