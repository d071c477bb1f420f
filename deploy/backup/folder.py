"""The folder that a house is backed up into: what lies where, and what counts as whole.

    house.json                     whose backup it is (the cluster's system identifier), and the folder's own id
    chains/<begun>/                a stretch of time without a gap in the write-ahead log
        base/<begun>/              a base backup: cluster/, secrets/ and, written last, base.json
        wal/                       the log after it, and sums of its finished segments in wal/sha256
    objects/, objects.jsonl        the bucket, and one line for each of its objects

What is half done has a name that ends in `.part`, or no line in its index: it is never taken for whole. A restored
cluster has a history of its own, and with it a new chain, so that two histories never mix.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

FORMAT = 1
NAME = "%Y%m%dT%H%M%S%fZ"
PART = ".part"


class BackupFault(Exception):
    """Backup or restore cannot go on; the message says why and what to do."""


@dataclass(frozen=True)
class Base:
    """A base backup that is whole. All times up to ``ended`` are before it: it cannot restore to them."""

    path: Path
    ended: datetime
    first_segment: str  # of the log that it needs

    @property
    def cluster(self) -> Path:
        """The cluster's files as the server wrote them, with PostgreSQL's own manifest."""
        return self.path / "cluster"

    @property
    def secrets(self) -> Path:
        """Passwords, keys and credentials of the house at that time."""
        return self.path / "secrets"

    @classmethod
    def read(cls, path: Path) -> "Base":
        """The base backup in a folder."""
        told = json.loads((path / "base.json").read_text())
        return cls(path, datetime.fromisoformat(told["ended"]), told["first_segment"])

    def write(self) -> None:
        """The last thing that is written into its folder."""
        told = {"ended": self.ended.isoformat(), "first_segment": self.first_segment}
        write(self.path / "base.json", json.dumps(told, indent=2))


@dataclass(frozen=True)
class Chain:
    """Base backups, and the log from the first of them on."""

    path: Path
    history: str

    @property
    def wal(self) -> Path:
        """The log, as `pg_receivewal` keeps it."""
        return self.path / "wal"

    def bases(self) -> list[Base]:
        """Those that are whole, the oldest first."""
        found = sorted(path for path in (self.path / "base").iterdir() if path.suffix != PART)
        return [Base.read(path) for path in found]


class Folder:
    """The whole of it. Only its owner gets in, since it holds secrets and people's data."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.objects = root / "objects"
        self.index = root / "objects.jsonl"

    def claim(self, system: str) -> None:
        """Use the folder for a house, making it if need be. Raises BackupFault if it is another house's."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        house = self.root / "house.json"
        if not house.exists():
            if any(self.root.iterdir()):
                raise BackupFault(f"{self.root} holds something else: choose an empty folder")
            for name in ("chains", "objects"):
                (self.root / name).mkdir(mode=0o700)
            write(house, json.dumps({"format": FORMAT, "system": system, "id": token_hex(4)}))
        if self._told()["system"] != system:
            raise BackupFault(f"{self.root} is the backup of another house: choose another folder")

    @property
    def slot(self) -> str:
        """The name by which a server keeps its log for this folder until it has been received."""
        return f"klientwebben_{self._told()['id']}"

    def must_be_one(self) -> None:
        """Raises BackupFault unless a backup lies here that this code can read."""
        if not (self.root / "house.json").exists():
            raise BackupFault(f"There is no backup in {self.root}")
        if self._told()["format"] != FORMAT:
            raise BackupFault(f"{self.root} was written by another version: restore it with that one")

    def _told(self) -> dict[str, object]:
        told: dict[str, object] = json.loads((self.root / "house.json").read_text())
        return told

    @contextmanager
    def alone(self, what: str, *, wait: bool = True) -> Iterator[None]:
        """One at a time for each of base, objects and follow. Raises BackupFault if told not to wait."""
        with (self.root / f".{what}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise BackupFault(f"Somebody else does this in {self.root} already ({what})") from None
            yield

    def chains(self) -> list[Chain]:
        """The oldest first."""
        paths = sorted(path for path in (self.root / "chains").iterdir() if path.suffix != PART)
        return [Chain(path, json.loads((path / "chain.json").read_text())["history"]) for path in paths]

    def new_chain(self, history: str) -> Chain:
        """Begin a stretch of time that the log has no gap in."""
        path = self.root / "chains" / datetime.now(UTC).strftime(NAME)
        part = path.with_name(path.name + PART)
        for name in ("base", "wal"):
            (part / name).mkdir(mode=0o700, parents=True)
        write(part / "chain.json", json.dumps({"history": history}))
        rename(part, path)
        return Chain(path, history)

    def base_for(self, to: datetime | None) -> tuple[Chain, Base]:
        """The newest base backup from before a time, in the newest chain that has one. Raises BackupFault."""
        for chain in reversed(self.chains()):
            for base in reversed(chain.bases()):
                if to is None or base.ended <= to:
                    return chain, base
        if to is None:
            raise BackupFault(f"{self.root} holds no base backup that is whole")
        raise BackupFault(f"{self.root} holds no base backup from before {to.isoformat(sep=' ')}")

    def sweep(self) -> None:
        """Remove what an interrupted backup left. The caller holds the lock of base backups."""
        for part in (self.root / "chains").glob(f"*/base/*{PART}"):
            shutil.rmtree(part)


def remove(path: Path) -> None:
    """Remove a folder that is whole, so that it is never taken for whole with half of it gone."""
    part = path.with_name(path.name + PART)
    path.rename(part)
    shutil.rmtree(part)


def write(path: Path, text: str) -> None:
    """Write a small file so that it is there whole or not at all, also after a power cut."""
    beside = path.with_name(f".{path.name}{PART}")
    with beside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    rename(beside, path)


def rename(old: Path, new: Path) -> None:
    """Give something whole its name."""
    old.rename(new)
    sync(new.parent)


def sync(folder: Path) -> None:
    """Have a folder's names on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
