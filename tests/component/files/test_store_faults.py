"""An object store that fails, forgets or trickles is told from one that works, and never waited for without end."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest

from chassis import calls
from chassis.calls import Call
from chassis.rpc_errors import Unavailable
from services.files.storage.objects import ObjectStore

CONTENT = b"x" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Faulty(BaseHTTPRequestHandler):
    """Speaks just enough S3 to be wrong in the way that its server's ``fault`` says."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer({"fails": 503, "truncates": 200}.get(self.fault, 404), cut=10)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({"is full": 507, "breaks": 500, "is busy": 503}.get(self.fault, 200))

    def do_GET(self) -> None:
        if self.fault != "trickles":
            self._answer(500)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        for byte in CONTENT:
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                self.close_connection = True
                return
            time.sleep(0.01)

    def _answer(self, code: int, cut: int = 0) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(cut if code == 200 else 0))
        self.send_header("ETag", '"0"')
        self.send_header("Last-Modified", "Tue, 24 Nov 2026 08:00:00 GMT")
        self.send_header("x-amz-meta-sha256", SHA256)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    @property
    def fault(self) -> str:
        return str(getattr(self.server, "fault"))  # noqa: B009 - set by the test


@contextmanager
def a_store_that(fault: str) -> Iterator[ObjectStore]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Faulty)
    setattr(server, "fault", fault)  # noqa: B010 - see above
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    store = ObjectStore(f"http://127.0.0.1:{server.server_port}", "bucket", "access", "secret")
    yield store
    store.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("fault", ["forgets", "truncates", "fails", "is full", "breaks", "is busy"])
def test_what_is_not_there_as_it_was_written_is_not_stored(fault: str):
    with a_store_that(fault) as store, pytest.raises(Unavailable):
        store.put_if_absent("documents/1", BytesIO(CONTENT), len(CONTENT), SHA256, "application/pdf")


def test_a_store_that_fails_is_unavailable_and_not_empty():
    with a_store_that("fails") as store:
        for call in (lambda: store.head("a"), lambda: list(store.get("a")), lambda: list(store.list("")), store.health):
            with pytest.raises(Unavailable):
                call()


def test_a_body_that_trickles_is_given_up_at_the_deadline():
    with a_store_that("trickles") as store, calls.during(Call("fetch", deadline=time.monotonic() + 0.3)):
        began = time.monotonic()
        with pytest.raises(Unavailable):
            list(store.get("documents/1"))
        assert time.monotonic() - began < 3


def test_a_port_where_nobody_answers_is_unavailable_at_once():
    store = ObjectStore("http://127.0.0.1:1", "bucket", "access", "secret")
    with pytest.raises(Unavailable):
        store.health()
    store.close()
