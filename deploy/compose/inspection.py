"""What an operator would look for in the running containers and their images."""

import json
import re
import shutil
import subprocess
import tarfile
import time
import urllib.request
from pathlib import Path

from deploy.compose.engine import COPIES, IMAGES, PROCESSES, ROOT, SmokeFailed, containers, output, run, say
from deploy.local.topology import SERVICES

SECRET_NAME = re.compile(r"(^|/)(passwords\.json|token-private\.json|[\w-]+\.secret|\.env|\.git|\.netrc|id_\w+)$")
SECRETS_OF_THIS_MACHINE = (ROOT / "deploy" / "compose" / "secrets", ROOT / "var" / "secrets")
SHORTEST_SECRET = 16


def look_at_the_containers(secrets: Path) -> None:
    """Non-root, read-only, healthy, signals passed on; and nothing secret in an image or an environment."""
    values = {path.read_text().strip() for path in secrets.rglob("*") if path.is_file()}
    values |= set(json.loads((secrets / "passwords.json").read_text()).values())
    # also what lay beside the code when the images were built
    beside = (path for folder in SECRETS_OF_THIS_MACHINE for path in folder.rglob("*") if path.is_file())
    values |= {text for path in beside if len(text := path.read_text().strip()) > SHORTEST_SECRET}
    for service in PROCESSES:
        for container in containers(service):
            described = json.loads(output(["docker", "inspect", container]))[0]
            user = output(["docker", "exec", container, "id", "-u"]).strip()
            if user != "10001" or not described["HostConfig"]["ReadonlyRootfs"]:
                raise SmokeFailed(f"{service} runs as {user}, read-only: {described['HostConfig']['ReadonlyRootfs']}")
            leaked = [value for value in values if value in json.dumps(described["Config"])]
            if leaked:
                raise SmokeFailed(f"{service}: {len(leaked)} secrets in its environment")
    for image in IMAGES:
        whole = output(["docker", "history", "--no-trunc", f"klientwebben/{image}:smoke"])
        if any(value in whole for value in values):
            raise SmokeFailed(f"{image}: a secret in the image")
        look_inside(image, values)
        others = [other for other in SERVICES if other != image]
        kept = output(
            [
                "docker",
                "run",
                "--rm",
                "--entrypoint",
                "sh",
                f"klientwebben/{image}:smoke",
                "-c",
                "ls /app /app/services 2>/dev/null || true",
            ]
        )
        if found := [other for other in others if re.search(rf"^{other}$", kept, re.MULTILINE)]:
            raise SmokeFailed(f"{image} holds code of {', '.join(found)}")
    say("containers: non-root, read-only, no secret in image or environment, each with its own code only")


def look_inside(image: str, values: set[str]) -> None:
    """Nothing in an image's file system is called as a secret is, and nothing says one."""
    sought = [value.encode() for value in values]
    container = output(["docker", "create", f"klientwebben/{image}:smoke"]).strip()
    try:
        exported = subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE)
        with tarfile.open(fileobj=exported.stdout, mode="r|") as tree:
            for one in tree:
                if SECRET_NAME.search(one.name):
                    raise SmokeFailed(f"{image} holds {one.name}")
                content = file.read() if one.isreg() and (file := tree.extractfile(one)) else b""
                if any(value in content for value in sought):
                    raise SmokeFailed(f"{image}: a secret in {one.name}")
        exported.wait()
    finally:
        run(["docker", "rm", container])


def look_at_the_metrics(port: int) -> None:
    """Prometheus reaches every copy, and promtool has nothing to say about what it is shown."""
    wanted = sum(COPIES.get(process, 1) for process in PROCESSES) - 1  # one was stopped
    deadline = time.monotonic() + 90
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/targets?state=active", timeout=10) as answer:
            targets = [
                one for one in json.load(answer)["data"]["activeTargets"] if one["labels"]["job"] == "klientwebben"
            ]
        alive = [one for one in targets if one["health"] == "up"]
        if len(alive) == wanted:
            break
        if time.monotonic() > deadline:
            raise SmokeFailed(
                f"Prometheus reaches {len(alive)} of {wanted} copies: {[t['scrapeUrl'] for t in targets]}"
            )
        time.sleep(3)
    if shutil.which("promtool"):
        fetch = (
            "from urllib.request import urlopen as u; print(u('http://127.0.0.1:9000/metrics').read().decode(), end='')"
        )
        for service in PROCESSES:
            shown = output(["docker", "exec", containers(service)[0], "python", "-c", fetch])
            done = subprocess.run(
                ["promtool", "check", "metrics"], input=shown, text=True, capture_output=True, check=False
            )
            ours = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("rf_")]
            if ours or done.returncode not in {0, 3}:
                raise SmokeFailed(f"{service}: {ours or done.stderr}")
    say(f"Prometheus reaches all {wanted} copies")
