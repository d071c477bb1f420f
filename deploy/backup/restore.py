"""Restores a house to one moment: beside the old one first, and put in its place when it is whole.

Nothing is written before every checksum has been verified, and nothing that lies in the data folder is removed: with
leave to put something in its place, it is moved aside. JetStream's store is not restored. It only carries: the relays
find an empty stream and publish from the outboxes again, and the consumers know what they have handled.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from deploy.backup import cluster, objects, wal
from deploy.backup.folder import BackupFault, Base, Chain, Folder
from deploy.backup.objects import Bucket, Copied
from deploy.backup.take import Say
from deploy.backup.verify import verified_objects, verify
from deploy.local.postgres import Postgres, tools
from deploy.local.process import NotReady, Process
from deploy.local.run import CannotStart, alone
from deploy.local.topology import BUCKET, Settings, busy_ports, free_ports, settings

RECOVERY_LIMIT_S = 24 * 3600  # days of log take hours
UNDER_WAY, ASIDE = ".restoring", ".before-restore"


def restore(folder: Folder, data: Path, ports: Mapping[str, int], to: datetime | None, *, over: bool, say: Say) -> None:
    """Restore the house in ``data`` to a time, or as far as there is log. ``ports`` are those it runs on.

    Raises BackupFault if the house runs, the folder holds one and ``over`` is not given, the backup is damaged or does
    not reach so far. Then what was in the folder is as it was.
    """
    folder.must_be_one()
    chain, base = folder.base_for(to)
    with _nobody_home(data, ports, over=over):
        say(f"from the base backup of {base.ended:%Y-%m-%d %H:%M:%S} UTC; verifying checksums")
        verify(chain, base, to, tools())
        copied = verified_objects(folder)
        aside = data.with_name(data.name + UNDER_WAY)
        say("laying out the databases")
        house = _laid_out(chain, base, aside, to)
        say(f"recovering {'up to ' + to.isoformat(sep=' ') if to else 'as far as there is log'}")
        with _recovered(house, aside, to):
            _fill_bucket(folder, house, copied, say)
        _swap(house.postgres, aside, data, say)


@contextmanager
def _nobody_home(data: Path, ports: Mapping[str, int], *, over: bool) -> Iterator[None]:
    """Hold the data folder, if there is one. Raises BackupFault if its house runs or may not be put aside."""
    with ExitStack() as held:
        if data.exists() and any(data.iterdir()):
            try:
                held.enter_context(alone(data, "a restore"))
            except CannotStart as runs:
                raise BackupFault(f"{runs}. Stop it first") from None
            if not over:
                raise BackupFault(f"{data} holds a house: OVER=yes moves it aside and puts the restored one there")
        if busy := ", ".join(f"{port} ({name})" for name, port in busy_ports(ports)):
            raise BackupFault(f"The house's ports are taken: {busy}. Stop what runs there first")
        yield


def _laid_out(chain: Chain, base: Base, aside: Path, to: datetime | None) -> Settings:
    """Secrets and cluster in a folder of their own, ready to recover; the settings of that house, on free ports."""
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    aside.chmod(0o711)  # PostgreSQL's own user passes through it
    shutil.copytree(base.secrets, aside / "secrets")
    house = settings(aside, free_ports())
    postgres = house.postgres
    for left in (postgres.cluster, cluster.replay_beside(postgres.cluster)):
        shutil.rmtree(left, ignore_errors=True)
    replay = cluster.lay_out(base, wal.needed(chain, base.first_segment), postgres.cluster, to)
    user, group = postgres.account.user, postgres.account.group
    if user is not None and group is not None:
        for folder in (postgres.cluster, replay):
            for one in (folder, *folder.rglob("*")):
                os.chown(one, user, group, follow_symlinks=False)
    return house


@contextmanager
def _recovered(house: Settings, aside: Path, to: datetime | None) -> Iterator[None]:
    """The server, recovered, for as long as the block lasts. Raises BackupFault."""
    program = replace(house.postgres.program(), start_limit_s=RECOVERY_LIMIT_S)
    server = Process(program, aside / "recovery.log")
    try:
        server.wait_ready()
        with house.postgres.connect() as connection:
            cluster.finish_recovery(connection)
        shutil.rmtree(cluster.replay_beside(house.postgres.cluster))
        yield
    except NotReady as fault:
        log = str(fault)
        if to is not None and "before configured recovery target was reached" in log:
            raise BackupFault(
                f"The log ends before {to.isoformat(sep=' ')}: without TO all of it is restored\n{log}"
            ) from None
        raise BackupFault(f"The recovery failed; what was there before is as it was\n{log}") from None
    finally:
        server.stop()


def _fill_bucket(folder: Folder, house: Settings, copied: list[Copied], say: Say) -> None:
    """Put back the objects that rows of that moment know. One that was written later has no row, and stays out."""
    server = Process(house.store.program(), house.store.data.with_name("filling.log"))
    try:
        server.wait_ready()
        house.store.ensure_bucket(BUCKET)
        with house.postgres.connect("files") as connection:
            known, promised = objects.known_to_rows(connection)
        wanted = [one for one in copied if one.key in known]
        objects.copy_to(Bucket(house.store.client(), BUCKET), folder, wanted)
    finally:
        server.stop()
    say(f"{len(wanted)} objects put back, {len(copied) - len(wanted)} younger ones left out")
    for key in sorted(promised - {one.key for one in copied}):
        say(f"LOST: {key} was stored after the last copy of the bucket")


def _swap(restored: Postgres, aside: Path, data: Path, say: Say) -> None:
    """Put the restored house in its place, and what is there aside."""
    before = f"{ASIDE}-{datetime.now().astimezone():%Y%m%dT%H%M%S}"
    if data.exists():
        data.rename(data.with_name(data.name + before))
        say(f"what was in {data} lies in {data.name}{before} now: remove it when all is well")
    aside.rename(data)
    if restored.home.is_relative_to(aside):
        return
    # the cluster's user cannot reach the data folder, and so it lies elsewhere, under a name made of the folder's
    place = replace(restored, data=data / "postgres")
    if place.cluster.exists():
        place.cluster.rename(place.cluster.with_name(f"cluster{before}"))
    restored.cluster.rename(place.cluster)
    shutil.rmtree(restored.home)
