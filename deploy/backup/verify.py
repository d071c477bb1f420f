"""Verifies what a restore would read, before anything is touched; and by itself, as `make backups`."""

from datetime import datetime
from pathlib import Path

from deploy.backup import cluster, objects, wal
from deploy.backup.folder import BackupFault, Base, Chain, Folder
from deploy.backup.objects import Copied
from deploy.backup.take import Say


def verify(chain: Chain, base: Base, to: datetime | None, tools: Path) -> None:
    """Verify a base backup and the log that a restore from it needs. Raises BackupFault naming what is damaged."""
    if fault := cluster.damage(base, tools):
        raise BackupFault(f"The base backup {base.path} is damaged: {fault}")
    if segments := wal.damaged(chain):
        raise BackupFault(f"The log in {chain.wal} is damaged: {', '.join(segments[:5])}")
    own = {path.name for path in wal.finished(base.cluster / "pg_wal")}
    # before a given time a gap makes the recovery fail; without one it would only end there
    if to is None and (last := wal.gap(own | set(wal.needed(chain, base.first_segment)))):
        raise BackupFault(f"The log in {chain.wal} has a gap after {last}: name a time before it with TO")


def verified_objects(folder: Folder) -> list[Copied]:
    """All copies of objects, each as it was. Raises BackupFault naming those that are damaged."""
    copied = list(objects.index(folder).values())
    if keys := objects.damaged(folder, copied):
        raise BackupFault(f"Copies of {len(keys)} objects are damaged, among them {', '.join(keys[:5])}")
    return copied


def show(folder: Folder, tools: Path, say: Say) -> None:
    """Verify everything and say from when to when one can restore. Raises BackupFault."""
    folder.must_be_one()
    for chain in folder.chains():
        say(f"{chain.path.name} ({chain.history})")
        for base in chain.bases():
            verify(chain, base, None, tools)
            say(f"  base backup of {base.ended:%Y-%m-%d %H:%M:%S} UTC: good")
        received = sorted(chain.wal.glob("0*"), key=lambda path: path.stat().st_mtime)
        if received:
            last = datetime.fromtimestamp(received[-1].stat().st_mtime).astimezone()
            say(f"  log until {last:%Y-%m-%d %H:%M:%S %Z}, {len(received)} segments: good")
    say(f"{len(verified_objects(folder))} objects: good")
