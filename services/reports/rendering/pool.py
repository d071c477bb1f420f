"""The rendering processes of a service: started fresh, ended after some hundred documents, killed when they hang.

WeasyPrint's memory grows, its input is what strangers wrote, and a process with a gRPC channel must not fork: so each
worker is a program of its own (see worker.py), and whatever happens in it costs one try of one document.
"""

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, LifoQueue

from chassis import logs
from kernel.errors import DomainError, Kind
from services.reports.rendering.assets import Assets
from services.reports.rendering.frames import DONE, HEAD, MAX_BYTES, frame, pack_assets

ROOT = Path(__file__).parents[3]
START_TIMEOUT_S = 30.0
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "FONTCONFIG_FILE", "FONTCONFIG_PATH")

log = logs.get(__name__)


class RenderingBusy(DomainError):
    """All rendering processes were busy for as long as the caller could wait."""

    reason = "RENDERING_BUSY"
    kind = Kind.EXHAUSTED


class RenderingFailed(DomainError):
    """The document cannot be made: ``cause`` is the kind of error, or that its processes died or hung."""

    reason = "RENDERING_FAILED"
    kind = Kind.UNAVAILABLE


class WorkerLost(Exception):
    """The process died or was killed since it took too long; the message says which."""


@dataclass(frozen=True)
class Limits:
    """What a rendering process may use. Seconds, bytes, documents."""

    timeout_s: float = 30.0
    memory_bytes: int = 2 * 1024**3
    documents: int = 300


class Pool:
    """Makes PDFs from HTML in ``size`` processes, which start when they are first needed."""

    def __init__(self, assets: Callable[[], Assets], size: int, limits: Limits | None = None) -> None:
        self._assets = assets
        self._limits = limits or Limits()
        self._seats: LifoQueue[_Worker | None] = LifoQueue()  # a seat without a worker gets one when it is taken
        self._closed = threading.Event()
        for _ in range(size):
            self._seats.put(None)
        self.size = size

    def render(self, html: str, timeout_s: float | None = None) -> bytes:
        """The PDF of the HTML. A process that is lost under it is replaced, and the document tried once more.

        Raises RenderingBusy, RenderingFailed.
        """
        deadline = time.monotonic() + min(timeout_s or self._limits.timeout_s, self._limits.timeout_s)
        try:
            worker = self._seats.get(timeout=max(deadline - time.monotonic(), 0.001))
        except Empty:
            raise RenderingBusy from None
        try:
            worker, answer = self._answer(worker, html.encode(), deadline)
            if worker.documents >= self._limits.documents or self._closed.is_set():
                worker.end()
                worker = None
        except RenderingFailed:
            worker = None
            raise
        finally:
            self._seats.put(worker)
        if not answer.startswith(DONE):
            raise RenderingFailed(cause=answer[1:].decode())
        return answer[1:]

    def _answer(self, worker: "_Worker | None", html: bytes, deadline: float) -> tuple["_Worker", bytes]:
        """The answer and the worker that gave it; one that is lost is ended and replaced, once."""
        for attempt in (1, 2):
            try:
                worker = worker or _Worker(self._assets(), self._limits)
                return worker, worker.ask(html, deadline)
            except WorkerLost as lost:
                if worker is not None:
                    worker.end()
                    worker = None
                log.warning("rendering process lost", cause=str(lost), attempt=attempt)
                if attempt == 2 or time.monotonic() >= deadline:
                    raise RenderingFailed(cause=str(lost)) from None
        raise AssertionError("unreachable")

    def close(self) -> None:
        """End the processes that rest; those at work end after their document."""
        self._closed.set()
        for _ in range(self.size):
            try:
                worker = self._seats.get_nowait()
            except Empty:
                return
            if worker is not None:
                worker.end()


class _Worker:
    def __init__(self, assets: Assets, limits: Limits) -> None:
        self.documents = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "services.reports.rendering.worker", str(limits.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            bufsize=0,
        )
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        try:
            self._exchange(pack_assets(assets), time.monotonic() + START_TIMEOUT_S)
        except WorkerLost:
            self.end()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, html: bytes, deadline: float) -> bytes:
        """The worker's answer. Raises WorkerLost."""
        self.documents += 1
        return self._exchange(html, deadline)

    def end(self) -> None:
        """Kill it; it has nothing to save."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _exchange(self, message: bytes, deadline: float) -> bytes:
        try:
            unsent = memoryview(frame(message))
            while unsent:
                self._wait(self._to, select.POLLOUT, deadline)
                unsent = unsent[os.write(self._to, unsent) :]
            (length,) = HEAD.unpack(self._read(HEAD.size, deadline))
            if length > MAX_BYTES:
                raise WorkerLost("too large")
            return self._read(length, deadline)
        except (BrokenPipeError, ConnectionError):
            raise WorkerLost("died") from None

    def _read(self, count: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < count:
            self._wait(self._from, select.POLLIN, deadline)
            piece = os.read(self._from, min(count - len(received), 1 << 20))
            if not piece:
                raise WorkerLost("died")
            received += piece
        return bytes(received)

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        if not poll.poll(max((deadline - time.monotonic()) * 1000, 0)):
            raise WorkerLost("took too long")
