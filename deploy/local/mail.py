"""A mail sink: takes every letter and lays it in a folder as one `.eml` file. Nothing leaves the machine.

python -m deploy.local.mail --port 7025 --folder var/mail
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import time
import uuid
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.process import Program

HOST = "127.0.0.1"
MAX_LETTER_BYTES = 10 * 1024 * 1024


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


async def serve(port: int, folder: Path) -> None:
    """Take letters until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    sink = Sink(folder)
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="localhost", data_size_limit=MAX_LETTER_BYTES, enable_SMTPUTF8=True), HOST, port
    )
    async with server:
        await ended.wait()


def program(folder: Path, port: int) -> Program:
    """The sink as a program to run."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Program(
        name="mail",
        command=[sys.executable, "-m", "deploy.local.mail", "--port", str(port), "--folder", str(folder)],
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
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.folder))
