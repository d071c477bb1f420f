"""Lays out in a folder what one service needs of the repository, and nothing else. Runs in the build stage.

python3 deploy/docker/pick.py ledger /app
"""

import compileall
import shutil
import sys
from pathlib import Path

GATEWAY = "gateway"
NOT_AT_RUN_TIME = shutil.ignore_patterns(
    "__pycache__", "*.pyi", "README.md", "node_modules", "assets", "package*.json", ".npmrc", ".stamp"
)
FONTS = Path("gateway/node_modules/@fontsource-variable")  # where the reports service looks for them


def pick(service: str, target: Path) -> None:
    """Copy the service, what all share and what only this one needs. Raises FileNotFoundError for an unknown name."""
    own = Path(GATEWAY) if service == GATEWAY else Path("services") / service
    for folder in (Path("kernel"), Path("chassis"), Path("build/gen"), own):
        shutil.copytree(folder, target / folder, ignore=NOT_AT_RUN_TIME)
    if service == "reports":
        for family in FONTS.iterdir():
            shutil.copytree(family / "files", target / FONTS / family.name / "files")
    start = target / "start"
    start.write_text(f'#!/bin/sh\nexec python -m {own.as_posix().replace("/", ".")} "$@"\n')
    start.chmod(0o755)
    compileall.compile_dir(target, quiet=1)  # the file system is read-only later on


if __name__ == "__main__":
    pick(sys.argv[1], Path(sys.argv[2]))
