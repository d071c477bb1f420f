"""A house is destroyed and restored to a moment of its past: the books are those of that moment, and it goes on."""

import copy
import shutil
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from deploy.backup.cluster import Server
from deploy.backup.folder import BackupFault, Folder
from deploy.backup.follow import Follower
from deploy.backup.objects import Bucket
from deploy.backup.restore import restore
from deploy.backup.take import Running, take
from deploy.local.house import House
from deploy.local.postgres import HOST, SUPERUSER, tools
from deploy.local.topology import BUCKET, GATEWAY, free_ports, seats, settings
from tests.resilience.conftest import SEED
from tests.resilience.harness.driver import Driver
from tests.resilience.harness.storm import Storm
from tests.resilience.harness.world import World


@pytest.fixture
def house(state_folder: Path) -> Iterator[House]:
    """A house of the test's own, which it may destroy."""
    data = state_folder / "destroyed"
    made = House(settings(data, free_ports(), demo=True), data)
    data.chmod(0o711)
    made.start_infrastructure()
    made.migrate()
    made.start_seats(seat for seat in seats() if seat.service != GATEWAY)
    yield made
    made.stop()


def start_again(house: House) -> None:
    """What `make run` does on a restored folder, without the migrations that are none."""
    house.settings = settings(house.data, house.settings.ports, demo=True)
    house.logs.mkdir()
    house.start_infrastructure()
    house.start_seats(seat for seat in seats() if seat.service != GATEWAY)


def running(house: House) -> Running:
    postgres = house.settings.postgres
    server = Server(HOST, postgres.port, SUPERUSER, postgres.password, tools())
    return Running(server, Bucket(house.settings.store.client(), BUCKET), house.settings.keys.folder)


def now(house: House) -> datetime:
    at = running(house).server.ask("SELECT clock_timestamp()")[0]
    assert isinstance(at, datetime)
    return at


def test_a_destroyed_house_is_as_it_was_at_a_moment_and_goes_on(house: House, state_folder: Path):
    folder = Folder(state_folder / "backup")
    said: list[str] = []
    world = World(house, Random(SEED))
    storm = Storm(house, world, Driver(world, SEED))
    with storm.working():
        storm.driver.wait_for(15)
        follower = Follower(running(house), folder, keep=2, say=said.append, every_s=0.5)
        thread = threading.Thread(target=follower.run)
        thread.start()
        storm.driver.wait_for(15)
    while not (folder.root / "followed.json").exists():
        thread.join(0.1)
    moment = now(house)  # consumers and jobs are still at work
    known = copy.deepcopy((world.model, world.customers, world.uploads))
    with storm.working():
        storm.driver.wait_for(15)
    with pytest.raises(BackupFault, match=r"already runs|taken"):
        restore(folder, house.data, house.settings.ports, moment, over=True, say=said.append)
    for name in list(house.running):
        house.kill(name)
    follower.stopping.set()
    thread.join()
    shutil.rmtree(house.data)
    shutil.rmtree(house.settings.postgres.home, ignore_errors=True)

    with pytest.raises(BackupFault, match="no base backup from before"):
        restore(folder, house.data, house.settings.ports, moment - timedelta(days=1), over=False, say=said.append)
    restore(folder, house.data, house.settings.ports, moment, over=False, say=said.append)

    start_again(house)
    world.model, world.customers, world.uploads = known
    assert storm.agrees() == [], "not the books of that moment"
    with storm.working():
        storm.driver.wait_for(20)
    assert storm.agrees(limit_s=60, with_jobs=True) == [], "it does not go on"

    take(running(house), folder, 1, said.append)
    assert [len(chain.bases()) for chain in folder.chains()] == [1], "its new history is a chain of its own"
    with pytest.raises(BackupFault, match="no base backup from before"):
        folder.base_for(moment)
