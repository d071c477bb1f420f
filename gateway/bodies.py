"""Bodies that a page did not read are read to their end all the same, and thrown away.

A server that answers 413 and closes while the browser still sends makes it show a broken connection instead of the
page that says what was wrong (Firefox does, and proxies). More than ``MAX_DISCARDED_BYTES`` is not worth the time.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_DISCARDED_BYTES: Final = 256 * 1024 * 1024
_PIECE_BYTES: Final = 256 * 1024


class WholeBody:
    """A WSGI application that answers only when the request has been read."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answer = self._application(environ, start_response)
        left = MAX_DISCARDED_BYTES if environ["REQUEST_METHOD"] == "POST" else 0
        while left > 0 and (piece := environ["wsgi.input"].read(_PIECE_BYTES)):
            left -= len(piece)
        return answer
