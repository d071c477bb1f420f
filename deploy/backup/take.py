"""Takes a backup: databases, then bucket, then the word that it is whole."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.backup import cluster, objects, wal
from deploy.backup.cluster import Server
from deploy.backup.folder import NAME, PART, BackupFault, Base, Chain, Folder, remove, rename
from deploy.backup.objects import Bucket

Say = Callable[[str], None]


@dataclass(frozen=True)
class Running:
    """A running house, as far as it is backed up."""

    server: Server
    bucket: Bucket
    secrets: Path


def take(house: Running, folder: Folder, keep: int, say: Say) -> Base:
    """Take a base backup with all objects, and remove what is older than the ``keep`` newest. Raises BackupFault."""
    folder.claim(house.server.system)
    with folder.alone("base"):
        folder.sweep()
        chain = current_chain(house.server, folder)
        name = datetime.now(UTC).strftime(NAME)
        part = chain.path / "base" / f"{name}{PART}"
        part.mkdir(mode=0o700)
        say("copying the databases")
        first_segment, ended = house.server.copy_to(part / "cluster")
        shutil.copytree(house.secrets, part / "secrets")
        # after the base backup's end, so that no row of it lacks its object
        copied = copy_objects(house, folder, say)
        base = Base(part, ended, first_segment)
        if fault := cluster.damage(base, house.server.tools):
            raise BackupFault(f"the copy is not what was copied: {fault}")
        base.write()
        rename(part, chain.path / "base" / name)
        for gone in prune(folder, keep):
            say(f"removed the base backup of {gone.ended:%Y-%m-%d %H:%M:%S} UTC")
    say(f"whole: {chain.path / 'base' / name}, {copied} objects")
    return Base.read(chain.path / "base" / name)


def current_chain(server: Server, folder: Folder) -> Chain:
    """The chain that the server's history goes on in; a new one after a restore."""
    history = server.history
    chains = folder.chains()
    return chains[-1] if chains and chains[-1].history == history else folder.new_chain(history)


def copy_objects(house: Running, folder: Folder, say: Say) -> int:
    """Copy the objects that are not in the backup yet; how many it has then. Raises BackupFault."""
    with folder.alone("objects"):
        known = objects.index(folder)
        for key in objects.copy_from(house.bucket, folder, known):
            say(f"DAMAGED in the object store, not copied: {key}")
    return len(known)


def prune(folder: Folder, keep: int) -> list[Base]:
    """Remove all base backups but the newest ``keep``, and the log that none of those needs; what was removed.

    Objects stay: the archive never loses one either.
    """
    chains = folder.chains()
    gone = [base for chain in chains for base in chain.bases()][:-keep]
    for base in gone:
        remove(base.path)
    for chain in chains:
        left = chain.bases()
        if not left and chain is not chains[-1]:
            remove(chain.path)
        for segment in wal.finished(chain.wal) if left else ():
            if wal.place(segment.name) < wal.place(left[0].first_segment):
                segment.unlink()
    return gone
