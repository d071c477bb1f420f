"""Has a file read by a process of its own (``services.files.reader``) and takes what it says.

The readers bound what they keep, but the XML library is C code that is fed by strangers: a process with limits can die
alone. It costs a third of a second, once a file.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final

from chassis.business_day import today
from services.files.reader.__main__ import OUT_OF_MEMORY

ROOT: Final = Path(__file__).parents[3]
PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
TOO_COMPLEX: Final = "FILE_TOO_COMPLEX"


class ReaderFailed(Exception):
    """The process ended in a way that is not the file's fault as far as one knows: worth another try."""


@dataclass(frozen=True)
class Limits:
    """What reading one file may use."""

    cpu_s: int = 120
    memory_bytes: int = 2 * 1024**3
    timeout_s: float = 300.0


@dataclass(frozen=True)
class Outcome:
    """What a file is. With ``faults`` it is refused and has no rows; each is row, position, reason, details."""

    format: str
    version: str
    message_id: str = ""
    payments: int = 0
    ignored: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    faults: list[list[Any]] = field(default_factory=list)


@contextmanager
def read(path: Path, limits: Limits) -> Iterator[tuple[Outcome, Iterator[list[Any]]]]:
    """What the file is, and its rows: the fields of ``LedgerPayment`` in their order, as JSON knows them.

    A file that uses more than its limits has one fault, FILE_TOO_COMPLEX. Raises ReaderFailed.
    """
    with TemporaryFile("w+", encoding="utf-8") as output:
        code = _run(path, limits, output)
        if code in {OUT_OF_MEMORY, -signal.SIGXCPU}:
            yield Outcome("UNKNOWN", "", faults=[[0, "", TOO_COMPLEX, {}]]), iter(())
            return
        if code != 0:
            raise ReaderFailed(f"exit code {code}")
        output.seek(0)
        outcome = Outcome(**json.loads(output.readline()))
        yield outcome, map(json.loads, output)


def _run(path: Path, limits: Limits, output: IO[str]) -> int:
    given = [str(path), str(limits.cpu_s), str(limits.memory_bytes), today().isoformat()]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "services.files.reader", *given],
            stdin=subprocess.DEVNULL,
            stdout=output,
            env={**environment, "PYTHONIOENCODING": "utf-8"},
            cwd=ROOT,
            timeout=limits.timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ReaderFailed("timeout") from None
    return done.returncode
