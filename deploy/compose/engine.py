"""docker-compose with the override, and what it says of its containers."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.topology import GATEWAY, SERVICES

ROOT = Path(__file__).resolve().parents[2]
STANDIN = ROOT / "deploy" / "compose" / "standin"
PROJECT = "klientwebben-smoke"
COMPOSE = ("docker-compose", "--project-name", PROJECT, "--file", "docker-compose.yml")
OVERRIDE = ("--file", str(STANDIN / "docker-compose.yml"))
COPIES = {"ledger": 3, GATEWAY: 2}
IMAGES = (*SERVICES, GATEWAY)
PROCESSES = (*IMAGES, *(f"{service}-work" for service in SERVICES))


class SmokeFailed(Exception):
    """Something is not as it should be; the message says what."""


def containers(service: str) -> list[str]:
    """Ids of a service's running containers."""
    labels = (f"label=com.docker.compose.project={PROJECT}", f"label=com.docker.compose.service={service}")
    return output(["docker", "ps", "--quiet", "--filter", labels[0], "--filter", labels[1]]).split()


def states() -> dict[str, str]:
    """Of each container by name: healthy, unhealthy, starting, none (has no check), done (ended well), failed."""
    ids = output(
        ["docker", "ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}"]
    ).split()
    found = {}
    for one in json.loads(output(["docker", "inspect", *ids])):
        state = one["State"]
        health = state.get("Health", {}).get("Status", "none")
        ended = "done" if state["ExitCode"] == 0 else "failed"
        found[one["Name"].lstrip("/")] = health if state["Running"] else ended
    return found


def compose(*arguments: str) -> None:
    """docker-compose with the override."""
    run([*COMPOSE, *OVERRIDE, *arguments])


def run(command: Sequence[str]) -> None:
    """Run a program, what it says to the log. Raises SmokeFailed with its last lines."""
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SmokeFailed(f"{' '.join(command)}\n{(done.stdout + done.stderr)[-3000:]}")


def output(command: Sequence[str]) -> str:
    """What a program prints. Raises CalledProcessError."""
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def quiet(command: Sequence[str]) -> bool:
    """Whether a program ends well."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
