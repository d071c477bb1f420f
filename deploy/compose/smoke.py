"""`make compose-smoke`: the unchanged docker-compose.yml, from images built here, driven from sign-in to collection.

No image registry is needed: a base image is made by debootstrap, and stand-ins take the place of PostgreSQL's, NATS',
Garage's and Prometheus' images (deploy/compose/standin). Ledger runs in three copies and the gateway in two; one of the
ledger's is stopped while invoices are registered. At the end everything is taken down and the images stay.

Needs root, and Debian's docker.io, docker-compose, debootstrap and chromium; promtool (prometheus) for one check more.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.compose import browse as browsing
from deploy.compose.engine import (
    COMPOSE,
    COPIES,
    IMAGES,
    OVERRIDE,
    PROJECT,
    ROOT,
    STANDIN,
    SmokeFailed,
    compose,
    containers,
    output,
    quiet,
    run,
    say,
    states,
)
from deploy.compose.inspection import look_at_the_containers, look_at_the_metrics
from deploy.compose.prepare import prepare
from deploy.local.topology import GATEWAY, SERVICES

BASE = "klientwebben-standin/python"
INFRASTRUCTURE = "klientwebben-standin/infrastructure"
WORK = ROOT / "var" / "compose-smoke"
RUNBOOK = ROOT / "docs" / "runbook" / "compose.md"
FIRST_WEB_PORT, PROMETHEUS_PORT = 18080, 19090
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
CA_SETTINGS = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def main() -> None:
    """Everything, in order. Raises SmokeFailed or CalledProcessError; the containers are taken down in any case."""
    for program in ("docker", "docker-compose", "debootstrap", "chromium"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: apt-get install docker.io docker-compose debootstrap chromium")
    os.nice(10)
    WORK.mkdir(parents=True, exist_ok=True)
    with engine():
        build()
        secrets = WORK / "secrets"
        shutil.rmtree(secrets, ignore_errors=True)
        prepare(secrets)
        environment = {
            "SECRETS": str(secrets),
            "BASE_URL": f"http://localhost:{FIRST_WEB_PORT}",
            "WEB": f"127.0.0.1:{FIRST_WEB_PORT}-{FIRST_WEB_PORT + 3}",
            "PROMETHEUS": f"127.0.0.1:{PROMETHEUS_PORT}",
        }
        os.environ.update(environment)
        try:
            begun = time.monotonic()
            up()
            say(f"up in {time.monotonic() - begun:.0f} s")
            made = open_for_business(secrets)
            browse(made)
            look_at_the_web(made)
            look_at_the_containers(secrets)
            look_at_the_metrics(PROMETHEUS_PORT)
            verify()
            compose("stop", "--timeout", "30")
            up()
            look_at_the_web(made)
            say("stopped, started again, and everything is there")
            write_sizes()
        except BaseException:
            compose("ps")
            (WORK / "logs.txt").write_text(output([*COMPOSE, *OVERRIDE, "logs", "--no-color", "--tail", "300"]))
            say(f"logs in {WORK / 'logs.txt'}")
            raise
        finally:
            compose("down", "--volumes", "--timeout", "20")
    say("all is well")


# -- engine and images -----------------------------------------------------------------------------------------------


@contextmanager
def engine() -> Iterator[None]:
    """A Docker engine: the one that runs, or one of our own until the end."""
    if quiet(["docker", "info"]):
        yield
        return
    with (WORK / "dockerd.log").open("ab") as log:
        daemon = subprocess.Popen(["dockerd"], stdout=log, stderr=log)
        try:
            for _ in range(60):
                if quiet(["docker", "info"]):
                    break
                time.sleep(1)
            else:
                raise SmokeFailed(f"dockerd does not start, see {WORK / 'dockerd.log'}")
            yield
        finally:
            daemon.terminate()
            daemon.wait(60)


def build() -> None:
    """The base, the stand-ins and our six images."""
    if not quiet(["docker", "image", "inspect", BASE]):
        build_base()
    say("building the stand-ins")
    arguments = ("--build-arg", f"BASE={BASE}", "--network", "host", "--quiet", "--tag", INFRASTRUCTURE)
    run(["docker", "build", *arguments, "--file", str(STANDIN / "Dockerfile"), "."])
    say("building our images")
    os.environ["VERSION"] = "smoke"
    with (WORK / "build.log").open("wb") as log:
        done = subprocess.run([*COMPOSE, *OVERRIDE, "build"], cwd=ROOT, check=False, stdout=log, stderr=log)
    if done.returncode != 0:
        raise SmokeFailed(f"an image could not be built, see {WORK / 'build.log'}")


def build_base() -> None:
    """Debian with Python, as python:3.13-slim has it; with this machine's certificates, so that pip works inside."""
    say("making the base image")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        run(
            [
                "debootstrap",
                "--variant=minbase",
                "--include=ca-certificates,python3,python3-venv",
                "bookworm",
                str(tree),
            ]
        )
        shutil.copy(CA_BUNDLE, tree / CA_BUNDLE.lstrip("/"))
        for waste in ("var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(tree / waste, ignore_errors=True)
        settings = " ".join(f"{name}={CA_BUNDLE}" for name in (*CA_SETTINGS, "npm_config_cafile"))
        tar = subprocess.Popen(["tar", "--directory", str(tree), "--create", "."], stdout=subprocess.PIPE)
        subprocess.run(["docker", "import", "--change", f"ENV {settings}", "-", BASE], stdin=tar.stdout, check=True)
        if tar.wait() != 0:
            raise SmokeFailed("tar")


# -- the run ---------------------------------------------------------------------------------------------------------


def up() -> None:
    """Start everything but Grafana, for which there is no stand-in, and wait for its health."""
    scale = [part for name, copies in COPIES.items() for part in ("--scale", f"{name}={copies}")]
    compose("up", "--detach", "--no-build", "--scale", "grafana=0", *scale)
    deadline = time.monotonic() + 120
    while unhealthy := [name for name, state in states().items() if state not in {"healthy", "none", "done"}]:
        if time.monotonic() > deadline:
            raise SmokeFailed(f"not healthy: {', '.join(unhealthy)}")
        time.sleep(1)


def open_for_business(secrets: Path) -> dict[str, str]:
    """Run drive.py inside the network; what the browser works with."""
    token = re.search(
        r"^\S*[ |]*([\w-]{43})\s*$", output([*COMPOSE, *OVERRIDE, "logs", "--no-color", "auth-migrate"]), re.MULTILINE
    )
    if token is None:
        raise SmokeFailed("auth-migrate printed no first-run token")
    command = [
        *("docker", "run", "--rm", "--interactive", "--network", f"{PROJECT}_rpc", "--read-only", "--tmpfs", "/tmp"),  # noqa: S108
        *("--volume", f"{STANDIN / 'drive.py'}:/run/drive.py:ro"),
        *("--volume", f"{secrets / 'credentials' / 'gateway.secret'}:/run/credential:ro"),
        *("--entrypoint", "python", "klientwebben/files:smoke", "/run/drive.py"),
    ]
    done = subprocess.run(
        command, cwd=ROOT, input=f"{token.group(1)}\n", stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        raise SmokeFailed(f"the house could not be opened for business: {done.stdout}")
    say("administrator, client, terms, clerk, officer and customer are there")
    made: dict[str, str] = json.loads(done.stdout)
    return made


def browse(made: dict[str, str]) -> None:
    """A clerk's way in the browser, with a copy of the ledger stopped on it, and then at both gateways."""
    complaints: list[str] = []
    stopping: list[subprocess.Popen[bytes]] = []

    def stop_a_copy() -> None:
        victim = containers("ledger")[0]
        stopping.append(subprocess.Popen(["docker", "stop", victim], stdout=subprocess.DEVNULL))

    with browsing.browser(gateways()[0], complaints) as page:
        browsing.go_the_way(page, made, stop_a_copy, say)
    if stopping[0].wait(60) != 0:
        raise SmokeFailed("the copy of the ledger did not stop")
    if complaints:
        raise SmokeFailed(f"the browser says: {complaints}")


def look_at_the_web(made: dict[str, str]) -> None:
    """What was done is there, at each gateway."""
    with browsing.browser(gateways()[0], []) as page:
        browsing.look_again(page, made, gateways())
    say(f"the same session finds all of it at {COPIES[GATEWAY]} gateways")


def gateways() -> list[str]:
    """The address of each copy."""
    ports = [output(["docker", "port", one, "8080"]).strip().rpartition(":")[2] for one in containers(GATEWAY)]
    return [f"http://localhost:{port}" for port in sorted(ports)]


def verify() -> None:
    """Each service's own recomputation, as an operator runs it."""
    for service in SERVICES:
        if (ROOT / "services" / service / "verify.py").exists():
            compose("run", "--rm", "--no-deps", f"{service}-migrate", "verify")
    say("verify finds nothing wrong")


def write_sizes() -> None:
    """The sizes of the images, into the runbook."""
    rows = []
    for image in IMAGES:
        size = int(output(["docker", "image", "inspect", "--format", "{{.Size}}", f"klientwebben/{image}:smoke"]))
        base = int(output(["docker", "image", "inspect", "--format", "{{.Size}}", BASE]))
        rows.append(f"| {image} | {(size - base) / 1e6:.0f} |")
    table = "\n".join(["| image | MB on top of its base |", "|---|---:|", *rows])
    text = RUNBOOK.read_text()
    marked = re.compile(r"(<!-- sizes -->\n).*?(\n<!-- /sizes -->)", re.DOTALL)
    RUNBOOK.write_text(marked.sub(lambda match: match.group(1) + table + match.group(2), text))
    say(table)


if __name__ == "__main__":
    try:
        main()
    except SmokeFailed as fault:
        sys.exit(f"compose-smoke: {fault}")
