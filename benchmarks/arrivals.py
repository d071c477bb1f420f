"""Browsers that come whether the house is quick or not: so many a second, in a process of their own.

Time counts from when a request was to be sent, so that a house that is late cannot hide it by making callers wait.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

GIVE_UP_S = 30.0


@dataclass(frozen=True)
class Answer:
    """What one request came to; status 0 is a connection that failed."""

    status: int
    seconds: float


@dataclass(frozen=True)
class Pages:
    """What is asked for, in turn, by whom."""

    port: int
    cookie: str
    paths: Sequence[str]


class Browsers:
    """A process of browsers."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def come(self, pages: Pages, per_s: float, seconds: float) -> "Future[list[Answer]]":
        """So many a second, however long they wait."""
        return self._pool.submit(_run, pages, per_s, 0, seconds)

    def stay(self, pages: Pages, callers: int, seconds: float) -> "Future[list[Answer]]":
        """So many, each asking again when it has its answer."""
        return self._pool.submit(_run, pages, 0.0, callers, seconds)


@contextmanager
def browsers() -> Iterator[Browsers]:
    """Until the end of the block."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield Browsers(pool)


def _run(pages: Pages, per_s: float, callers: int, seconds: float) -> list[Answer]:
    return asyncio.run(_open(pages, per_s, seconds) if per_s else _closed(pages, callers, seconds))


async def _open(pages: Pages, per_s: float, seconds: float) -> list[Answer]:
    began = time.perf_counter()
    asked = []
    for place in range(round(per_s * seconds)):
        due = began + place / per_s
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        asked.append(asyncio.create_task(_ask(pages, place, due)))
    return await asyncio.gather(*asked)


async def _closed(pages: Pages, callers: int, seconds: float) -> list[Answer]:
    until = time.perf_counter() + seconds
    answers: list[Answer] = []

    async def caller(place: int) -> None:
        while (now := time.perf_counter()) < until:
            answers.append(await _ask(pages, place, now))
            place += callers

    await asyncio.gather(*(caller(place) for place in range(callers)))
    return answers


async def _ask(pages: Pages, place: int, due: float) -> Answer:
    path = pages.paths[place % len(pages.paths)]
    try:
        async with asyncio.timeout(GIVE_UP_S):
            status = await _get(pages, path)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, IndexError):
        status = 0
    return Answer(status, time.perf_counter() - due)


async def _get(pages: Pages, path: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", pages.port)
    try:
        request = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: session={pages.cookie}\r\nConnection: close\r\n\r\n"
        )
        writer.write(request.encode())
        status = int((await reader.readline()).split()[1])
        while await reader.read(256 * 1024):
            pass
        return status
    finally:
        writer.close()
