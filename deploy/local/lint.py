"""`make lint`: every check side by side; prints only what a check has to say and names those that failed."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
BUF = ROOT / "gateway" / "node_modules" / ".bin" / "buf"
RELEASE = ROOT / "proto" / "release.binpb"
TYPED = ("kernel", "chassis", "services", "gateway", "deploy", "tests", "benchmarks", "docs")


def checks() -> dict[str, list[str]]:
    """The commands by the name of what they check, the slowest first."""
    typed = [folder for folder in TYPED if any((ROOT / folder).rglob("*.py"))]
    found = {
        "types": [str(BIN / "mypy"), "--no-error-summary", *typed],
        "imports": [str(BIN / "lint-imports")],
        "templates": [str(BIN / "djlint"), "gateway/templates", "services", "--lint", "--quiet"],
        "protos": [str(BUF), "lint"],
        "rules": [str(BIN / "ruff"), "check", "--quiet", "."],
        "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    }
    if RELEASE.exists():
        found["breaking changes"] = [str(BUF), "breaking", "--against", str(RELEASE)]
    return found


def main() -> int:
    """The exit code: 0 when nothing was found."""
    began = time.monotonic()
    running = {
        name: subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for name, command in checks().items()
    }
    failed = []
    for name, process in running.items():
        said, _ = process.communicate()
        if process.returncode != 0:
            failed.append(name)
            print(f"-- {name}\n{said.strip()}\n")
    took = f"{time.monotonic() - began:.0f} s"
    print(f"lint: {', '.join(failed)} failed ({took})" if failed else f"lint: {', '.join(running)} are clean ({took})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
