"""HTTP for operations: ``/metrics``, ``/healthz`` (it lives), ``/readyz`` (what it needs is truly reached)."""

import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis import logs

log = logs.get(__name__)
Check = Callable[[], object]


class HealthServer:
    """Serves the three pages. ``checks`` reach what the process needs and raise when they cannot."""

    def __init__(self, listen: str, checks: Mapping[str, Check]) -> None:
        host, _, port = listen.rpartition(":")
        self._checks = checks
        self._accepting = threading.Event()
        self._server = ThreadingHTTPServer((host, int(port)), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def accept(self) -> None:
        """Say ready from now on, if the checks agree."""
        self._accepting.set()

    def refuse(self) -> None:
        """Say not ready: the process is about to stop."""
        self._accepting.clear()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def failing(self) -> list[str]:
        """Names of the checks that fail now."""
        if not self._accepting.is_set():
            return ["starting or stopping"]
        names = []
        for name, check in self._checks.items():
            try:
                check()
            except Exception as error:
                log.warning("not ready", check=name, exc_info=error)
                names.append(name)
        return names

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        health = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._reply(200, generate_latest(), CONTENT_TYPE_LATEST)
                elif self.path == "/healthz":
                    self._reply(200, b"ok\n")
                elif self.path == "/readyz":
                    failing = health.failing()
                    self._reply(503 if failing else 200, ("\n".join(failing) or "ok").encode() + b"\n")
                else:
                    self._reply(404, b"not found\n")

            def _reply(self, status: int, body: bytes, content_type: str = "text/plain; charset=utf-8") -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

        return Handler
