"""Overload at the edge: who is taken in is worked on, others hear 503 at once, slow senders keep their own places."""

import threading
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import pytest

from gateway import admission
from gateway.admission import Admission

MAX_BODY = 3 * 1024 * 1024
ADDRESS = {"REQUEST_METHOD": "GET", "PATH_INFO": "/"}


class Work:
    """An application whose pages are ready when they are let go; it keeps the bodies that it was sent."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.bodies: list[bytes] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.begun.release()
        assert self.go.wait(10)
        if "wsgi.input" in environ:
            self.bodies.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [b"made"]


class Slow:
    """A body whose sender stops in the middle, until it goes on."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.reading = threading.Event()

    def read(self, size: int) -> bytes:
        self.reading.set()
        assert self.go.wait(10)
        return b""


@pytest.fixture
def work() -> Iterator[Work]:
    made = Work()
    yield made
    made.go.set()


def ask(application: Any, **more: Any) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body of one request."""
    heard: list[Any] = []
    body = b"".join(application({**ADDRESS, **more}, lambda status, headers: heard.extend([status, dict(headers)])))
    return heard[0], heard[1], body


def in_background(application: Any, found: list[Any], **more: Any) -> threading.Thread:
    thread = threading.Thread(target=lambda: found.append(ask(application, **more)[0]))
    thread.start()
    return thread


def test_one_page_too_many_is_refused_at_once_with_when_to_come_again(work: Work) -> None:
    application, found = Admission(work, MAX_BODY, at_work=2, waiting=0), list[Any]()
    threads = [in_background(application, found) for _ in range(2)]
    for _ in threads:
        work.begun.acquire()
    status, headers, body = ask(application)
    assert status.startswith("503 ")
    assert int(headers["Retry-After"]) > 0
    assert "Inget har ändrats" in body.decode()
    work.go.set()
    for thread in threads:
        thread.join()
    assert found == ["200 OK", "200 OK"]
    assert ask(application)[0] == "200 OK"


def test_who_waits_gets_the_next_free_place(work: Work) -> None:
    application, found = Admission(work, MAX_BODY, at_work=1, waiting=1, patience_s=10), list[Any]()
    threads = [in_background(application, found) for _ in range(2)]
    work.begun.acquire()
    work.go.set()
    for thread in threads:
        thread.join()
    assert found == ["200 OK", "200 OK"]


def test_a_body_reaches_the_page_whole(work: Work) -> None:
    work.go.set()
    for size in (1, admission.SHORT_BYTES + 1):
        sent = b"x" * size
        assert ask(Admission(work, MAX_BODY), CONTENT_LENGTH=str(size), **{"wsgi.input": BytesIO(sent)})[0] == "200 OK"
        assert work.bodies.pop() == sent


def test_what_is_too_large_is_read_to_its_end_but_not_kept(work: Work) -> None:
    work.go.set()
    sent = BytesIO(b"x" * (MAX_BODY * 3))
    ask(Admission(work, MAX_BODY), CONTENT_LENGTH=str(MAX_BODY * 3), **{"wsgi.input": sent})
    assert sent.read() == b""
    assert len(work.bodies[0]) <= MAX_BODY + admission._PIECE_BYTES


@pytest.mark.parametrize(
    ("length", "places"), [("100", admission.SHORT_BODIES), ("9000000", admission.LONG_BODIES)], ids=["forms", "files"]
)
def test_slow_senders_take_no_page_from_others(work: Work, length: str, places: int) -> None:
    work.go.set()
    application, found = Admission(work, MAX_BODY, at_work=1, waiting=0), list[Any]()
    slow = [Slow() for _ in range(places)]
    threads = [in_background(application, found, CONTENT_LENGTH=length, **{"wsgi.input": sender}) for sender in slow]
    for sender in slow:
        assert sender.reading.wait(10)
    assert ask(application)[0] == "200 OK"
    refused = ask(application, CONTENT_LENGTH=length, **{"wsgi.input": BytesIO()})[0]
    assert refused.startswith("503 ")
    for sender in slow:
        sender.go.set()
    for thread in threads:
        thread.join()
