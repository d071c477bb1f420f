"""The write-ahead log between base backups: names of segments, sums of those that are finished, gaps.

A name is three times eight hexadecimal digits: timeline, and the place in two parts, of which the lower counts to 255.
The newest segment is received piece by piece and called `….partial` until it is full.
"""

import hashlib
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from deploy.backup.folder import Chain

SUMS = "sha256"
PARTIAL = ".partial"
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_IN_ONE = 256


def place(segment: str) -> int:
    """A segment's running number."""
    return int(segment[8:16], 16) * _IN_ONE + int(segment[16:24], 16)


def finished(folder: Path) -> list[Path]:
    """The full segments, in order."""
    return sorted(path for path in folder.iterdir() if _SEGMENT.fullmatch(path.name))


def note_sums(chain: Chain) -> int:
    """Note the sums of segments that have been finished since the last time; how many those were."""
    known = _sums(chain.wal)
    fresh = [path for path in finished(chain.wal) if path.name not in known]
    if fresh:
        with (chain.wal / SUMS).open("a") as file:
            file.writelines(f"{_sum(path)}  {path.name}\n" for path in fresh)
    return len(fresh)


def damaged(chain: Chain) -> list[str]:
    """Segments that are not what they were when they were finished."""
    known = _sums(chain.wal)
    return [path.name for path in finished(chain.wal) if path.name in known and _sum(path) != known[path.name]]


def needed(chain: Chain, first_segment: str) -> dict[str, Path]:
    """The segments to replay from one on, by the name that the server asks for; a partial one under its later name."""
    found = {path.name.removesuffix(PARTIAL): path for path in chain.wal.glob(f"*{PARTIAL}")}
    found |= {path.name: path for path in finished(chain.wal)}
    return {name: path for name, path in sorted(found.items()) if place(name) >= place(first_segment)}


def gap(names: Iterable[str]) -> str | None:
    """The segment after which the next one is missing."""
    ordered = sorted(names, key=place)
    for one, following in pairwise(ordered):
        if place(following) > place(one) + 1:
            return one
    return None


def _sums(folder: Path) -> dict[str, str]:
    file = folder / SUMS
    lines = file.read_text().splitlines() if file.exists() else []
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines) if _SEGMENT.fullmatch(name)}


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
