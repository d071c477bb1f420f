"""`make bench`: ours beside its floor, in the same run; the ratios are what counts.

Settings: ONLY (names of the table below, with commas), SCALE (1; 0.1 for a quick look), JSON (a file for the figures).
"""

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from benchmarks import approval, dialog, events, export, letters, overload, recovery, search
from benchmarks.figures import HEAD, Figure
from benchmarks.stand import Stand, stand

MEASURED: Mapping[str, Callable[[Stand, float], list[Figure]]] = {
    "approval": approval.one_invoice,
    "journal": approval.journals,
    "dialog": dialog.dialog,
    "events": events.events,
    "letters": letters.letters,
    "export": export.export,
    "search": search.search,
    "overload": overload.overload,
    "recovery": recovery.recovery,
}
VERSIONS = ("grpcio", "SQLAlchemy", "psycopg", "protobuf", "nats-py", "flask", "granian", "weasyprint")


def main() -> int:
    only = [name for name in os.environ.get("ONLY", "").split(",") if name] or list(MEASURED)
    if unknown := [name for name in only if name not in MEASURED]:
        print(f"There is no {unknown[0]}; choose of {', '.join(MEASURED)}")
        return 2
    scale = float(os.environ.get("SCALE") or 1)
    began = time.monotonic()
    found: list[Figure] = []
    print(
        f"{os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    )
    print(HEAD, flush=True)
    with stand() as the_stand:
        for name in only:
            for figure in MEASURED[name](the_stand, scale):
                print(figure.line(), flush=True)
                found.append(figure)
    print(f"{time.monotonic() - began:.0f} s")
    if path := os.environ.get("JSON"):
        Path(path).write_text(json.dumps([figure.as_json() for figure in found], indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
