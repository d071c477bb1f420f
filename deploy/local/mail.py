"""A mail sink: takes every letter and lays it in a folder as one `.eml` file. Nothing leaves the machine.

A page on a port of its own shows the letters, the latest first.

python -m deploy.local.mail --port 7025 --page 7026 --folder var/mail
"""

import argparse
import asyncio
import os
import re
import signal
import socket
import sys
import time
import uuid
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.process import Program

HOST = "127.0.0.1"
MAX_LETTER_BYTES = 10 * 1024 * 1024
MOST_SHOWN = 50


class Sink:
    """Stores what the SMTP server receives. Logs nothing of it: letters hold codes and links."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        """Write one letter; its name sorts by time of arrival."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}.eml"
        beside = self.folder / f".{name}"
        beside.touch(mode=0o600)
        beside.write_bytes(raw)
        beside.replace(self.folder / name)
        return "250 Message accepted for delivery"


async def serve(port: int, page: int, folder: Path) -> None:
    """Take letters until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    sink = Sink(folder)
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="localhost", data_size_limit=MAX_LETTER_BYTES, enable_SMTPUTF8=True), HOST, port
    )
    shown = ThreadingHTTPServer((HOST, page), partial(Page, folder))
    Thread(target=shown.serve_forever, daemon=True).start()
    async with server:
        await ended.wait()
    shown.shutdown()


class Page(BaseHTTPRequestHandler):
    """The letters as a page. Only for this machine, and only for a name of it: others' pages must not read it."""

    def __init__(self, folder: Path, *arguments: Any) -> None:
        self.folder = folder
        super().__init__(*arguments)

    def do_GET(self) -> None:
        if self.headers.get("Host", "").partition(":")[0] not in {"localhost", HOST}:
            self.send_error(403)
            return
        body = letters_page(self.folder).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def letters_page(folder: Path) -> str:
    """The latest letters as HTML, their links as links."""
    found = sorted(folder.glob("*.eml"), reverse=True)[:MOST_SHOWN]
    shown = [_letter(message_from_bytes(path.read_bytes(), policy=default)) for path in found]
    body = "<hr>".join(shown) or "<p>Inga brev ännu.</p>"
    return f'<!DOCTYPE html><html lang="sv"><meta charset="utf-8"><title>Brev</title><h1>Brev</h1>{body}</html>'


def _letter(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    text = escape(part.get_content() if part is not None else "")
    linked = re.sub(r"(https?://[^\s<]+)", r'<a href="\1">\1</a>', text)
    head = "<br>".join(f"{name}: {escape(str(letter[name]))}" for name in ("Date", "To", "Subject"))
    return f"<p>{head}</p><pre>{linked}</pre>"


def program(folder: Path, port: int, page: int) -> Program:
    """The sink as a program to run."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Program(
        name="mail",
        command=[
            *(sys.executable, "-m", "deploy.local.mail"),
            *("--port", str(port), "--page", str(page), "--folder", str(folder)),
        ],
        env={"PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore::DeprecationWarning")},
        ready=lambda: _greets(port),
    )


def _greets(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection, connection.makefile("rwb") as wire:
            greeting = wire.readline()
            wire.write(b"QUIT\r\n")
            wire.flush()
            return greeting.startswith(b"220")
    except OSError:
        return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="a mail sink on the loopback address")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--page", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.page, arguments.folder))
