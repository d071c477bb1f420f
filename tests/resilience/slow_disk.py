"""The disk is full, below one server at a time: whoever writes is told so, nothing is lost, and room heals it.

Each server's data lie on a small disk of their own (tmpfs, which takes root), filled up in the middle of work.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from deploy.local.house import House
from deploy.local.topology import free_ports, settings
from kernel.errors import Kind
from tests.resilience.conftest import SEED
from tests.resilience.harness.driver import Driver
from tests.resilience.harness.storm import Storm
from tests.resilience.harness.world import World

DISK_MB = 700
FULL_S = 25
BLOCK = bytes(1 << 20)


@pytest.fixture(params=["postgres", "nats", "s3"])
def disk(request, tmp_path_factory) -> Iterator[tuple[Storm, Path]]:
    """A house at work, and the small disk that one of its servers has."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root")
    data = tmp_path_factory.mktemp("small", numbered=True)
    for folder in (data, *data.parents):
        if folder.stat().st_mode & 0o001 == 0 and folder.is_relative_to("/tmp"):
            folder.chmod(0o711)  # PostgreSQL's own user passes
    small = data / request.param
    small.mkdir(mode=0o711)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=711", "small", str(small)], check=True)
    house = House(settings(data, free_ports(), demo=True), data)
    try:
        house.start_all()
        world = World(house, Random(SEED))
        yield Storm(house, world, Driver(world, SEED)), small
    finally:
        house.stop()
        subprocess.run(["umount", "-l", str(small)], check=True)


@contextmanager
def full(small: Path) -> Iterator[None]:
    """Not a byte is left within the block."""
    ballast = small / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(BLOCK[:size])
            except OSError:
                continue
    try:
        yield
    finally:
        ballast.unlink()


def test_a_full_disk_is_told_loses_nothing_and_is_healed_by_room(disk: tuple[Storm, Path]):
    storm, small = disk
    with storm.working():
        storm.driver.wait_for(30, limit_s=60)
        with full(small):
            end = time.monotonic() + FULL_S
            while time.monotonic() < end:
                storm.revive()  # as the runner does with what has ended
                time.sleep(0.5)
        storm.wait_ready()
        storm.driver.wait_for(30, limit_s=60)
    assert storm.agrees(limit_s=90) == []
    assert storm.driver.refusals <= {Kind.UNAVAILABLE, Kind.CONFLICT}, (
        "a full disk is never the caller's fault, nor a broken house"
    )
