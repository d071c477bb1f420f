"""Who may work at once: so many pages, the next ones wait for a moment, and the rest are told at once to come again.

A house that takes in more than it can do answers everybody late, which is to answer nobody: browsers give up and come
again, and what was worked out is thrown away. So the pages that are taken in are as quick as on any other day.

Bodies are read before a page gets its place, and have places of their own: who sends slowly keeps only those. A body
that no page wants is read to its end too, since a server that answers 413 and closes while the browser still sends
makes it show a broken connection instead of the page that says what was wrong (Firefox does, and proxies).
"""

from collections.abc import Iterable
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Final

from chassis.bulkhead import Bulkhead, Overloaded

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AT_WORK: Final = 12
WAITING: Final = 12
PATIENCE_S: Final = 2.0
SHORT_BODIES: Final = 24
LONG_BODIES: Final = 3
STREAMS: Final = 8  # answers in pieces, whose page is made: neighbours.SLOW_PLACES of exports and of documents
REFUSING: Final = 8
THREADS: Final = AT_WORK + WAITING + SHORT_BODIES + LONG_BODIES + STREAMS + REFUSING

SHORT_BYTES: Final = 1024 * 1024
MAX_DISCARDED_BYTES: Final = 256 * 1024 * 1024
_PIECE_BYTES: Final = 256 * 1024

HEADERS: Final = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Retry-After", "5"),
]


class Admission:
    """A WSGI application that takes in what another can do. ``max_body_bytes`` is what that one takes of a body."""

    def __init__(
        self, application: "WSGIApplication", max_body_bytes: int, *, at_work: int = AT_WORK, waiting: int = WAITING,
        patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        self._application = application
        self._max_body_bytes = max_body_bytes
        self._work = Bulkhead("pages", at_work, patience_s, waiting)
        self._short = Bulkhead("bodies", SHORT_BODIES)
        self._long = Bulkhead("files", LONG_BODIES)
        self._busy = (Path(__file__).parent / "templates/fel/upptaget.html").read_bytes()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            body = self._body(environ)
        except Overloaded:
            return self._refusal(start_response)
        if body is None:
            return self._page(environ, start_response)
        with body:
            return self._page({**environ, "wsgi.input": body}, start_response)

    def _page(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            with self._work:
                return self._application(environ, start_response)
        except Overloaded:
            return self._refusal(start_response)

    def _body(self, environ: "WSGIEnvironment") -> IO[bytes] | None:
        """The whole body, None if there is none. Raises Overloaded."""
        length = str(environ.get("CONTENT_LENGTH") or "")
        if length in {"", "0"} and "HTTP_TRANSFER_ENCODING" not in environ:
            return None
        short = length.isdecimal() and int(length) <= SHORT_BYTES
        with self._short if short else self._long:
            body = SpooledTemporaryFile(SHORT_BYTES)  # noqa: SIM115 - closed when the page has been made
            source, left = environ["wsgi.input"], MAX_DISCARDED_BYTES
            while left > 0 and (piece := source.read(_PIECE_BYTES)):
                left -= len(piece)
                if body.tell() <= self._max_body_bytes:
                    body.write(piece)
            body.seek(0)
            return body

    def _refusal(self, start_response: "StartResponse") -> Iterable[bytes]:
        start_response("503 Service Unavailable", [*HEADERS, ("Content-Length", str(len(self._busy)))])
        return [self._busy]
