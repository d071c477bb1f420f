"""`make lock`: pins requirements/*.txt from pyproject.toml, with hashes and without the name of any registry.

`dev.txt` holds every extra; one file per image holds what that service alone needs, and `build.txt` what the images'
first stage needs, at the very same versions.
"""

import subprocess
import sys
from pathlib import Path

from deploy.local.topology import GATEWAY, SERVICES

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")
OPTIONS = ("--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet")


def compile_pins(target: str, extras: list[str], *constraints: str) -> None:
    """Write one file of pins for the project with these extras."""
    command = [
        *(str(UV), "pip", "compile", "pyproject.toml", *OPTIONS, "--output-file", f"requirements/{target}.txt"),
        *(part for extra in extras for part in ("--extra", extra)),
        *(part for constraint in constraints for part in ("--constraint", constraint)),
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    print(f"requirements/{target}.txt")


if __name__ == "__main__":
    compile_pins("dev", ["all", "local", "dev"])
    for part in (*SERVICES, GATEWAY, "build"):
        compile_pins(part, [part], "requirements/dev.txt")
