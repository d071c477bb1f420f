"""Random faults on a house of its own at work, in rounds: after each everything must come to rest and agree.

A process dies as often as not while others, or it itself, are still starting. One integer gives the mix of work and the
faults. Each world's model grows with its work, so a fresh one takes its place in the same house when it has grown old;
what the services hold of the old one they go on verifying.
"""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from deploy.local.house import House
from deploy.local.topology import free_ports, seats, settings
from tests.resilience.crashes import PLAN
from tests.resilience.harness.driver import Driver
from tests.resilience.harness.storm import Storm
from tests.resilience.harness.world import World

ROUND_S = 90  # of faults, before everything has to agree
REST_S = 240  # for that, on a machine that others use
PROGRESS_S = 120  # within which some work must succeed, whatever falls
INFRASTRUCTURE = ("nats", "postgres", "s3")
PAUSED_S = (0.5, 5.0)
OLD = 1_200  # invoices of a world that is replaced


def _ours(storm: Storm) -> list[str]:
    return [seat.name for seat in seats(storm.house.settings.workers)]


def _kill_one(storm: Storm, chance: Random) -> str:
    storm.strike([chance.choice(_ours(storm))])
    return "kill one of ours"


def _kill_some(storm: Storm, chance: Random) -> str:
    storm.strike(chance.sample(_ours(storm), chance.randint(2, 5)), dead_s=chance.uniform(0, 0.5))
    return "kill some of ours"


def _kill_again(storm: Storm, chance: Random) -> str:
    """A process that dies again before it has begun."""
    name = chance.choice(_ours(storm))
    for _ in range(4):
        storm.strike([name])
        time.sleep(chance.uniform(0, 1.5))
    return "kill while it starts"


def _kill_service(storm: Storm, chance: Random) -> str:
    """Every copy of a service, in both roles."""
    service = chance.choice(sorted({name.partition("-")[0] for name in _ours(storm)}))
    storm.strike([name for name in _ours(storm) if name.startswith(service)], dead_s=chance.uniform(0, 1.5))
    return "kill a whole service"


def _kill_below(storm: Storm, chance: Random) -> str:
    """What the services stand on."""
    names = chance.sample(INFRASTRUCTURE, chance.choice((1, 1, 2)))
    storm.strike(names, dead_s=chance.uniform(0, 1.5))
    return f"kill {' and '.join(sorted(names))}"


def _kill_everything(storm: Storm, chance: Random) -> str:
    """All that runs, sometimes a second time before it has come back."""
    for _ in range(chance.randint(1, 2)):
        storm.strike([*INFRASTRUCTURE, *_ours(storm)])
        time.sleep(chance.uniform(0, 3))
    return "kill everything"


def _kill_renderers(storm: Storm, _: Random) -> str:
    """The processes that make PDFs, and nothing else: as when the machine is out of memory."""
    storm.kill_renderers()
    return "kill renderers"


def _crash(storm: Storm, chance: Random) -> str:
    name = chance.choice(list(PLAN))
    point = chance.choice(PLAN[name])
    missed = storm.crash({name: [point]}, limit_s=15)
    return f"crash {point.partition(':')[0]}" if not missed else "crash not reached"


def _pause(storm: Storm, chance: Random) -> str:
    """A process that wakes up with an old lock, lease or deadline."""
    storm.pause(chance.choice([*_ours(storm), "nats", "s3"]), chance.uniform(*PAUSED_S))
    return "pause"


def _stop(storm: Storm, chance: Random) -> str:
    """An orderly stop under load, as when a new version is rolled out."""
    storm.stop(chance.choice(_ours(storm)))
    return "stop"


def _lose_backends(storm: Storm, _: Random) -> str:
    storm.lose_backends()
    return "end sessions"


def _lose_stream(storm: Storm, _: Random) -> str:
    storm.lose_the_stream()
    return "lose the stream"


def _roll_back_stream(storm: Storm, _: Random) -> str:
    storm.roll_back_the_stream(more=20)
    return "roll the stream back"


FAULTS: Mapping[Callable[[Storm, Random], str], int] = {
    _kill_one: 14,
    _kill_some: 8,
    _kill_again: 6,
    _kill_service: 4,
    _kill_below: 12,
    _kill_everything: 2,
    _kill_renderers: 4,
    _crash: 4,
    _pause: 2,
    _stop: 2,
    _lose_backends: 3,
    _lose_stream: 1,
    _roll_back_stream: 1,
}
"""What may happen, with its weight."""


def storms(seed: int, minutes: float, copies: int, say: Callable[[str], None]) -> bool:
    """Rounds of faults for so long; whether everything agreed after each of them. Its folder is kept if not."""
    chance = Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="klientwebben-faults-"))
    folder.chmod(0o711)
    house = House(settings(folder, free_ports(copies), workers=copies, demo=True), folder)
    agreed = True
    happened: Counter[str] = Counter()
    try:
        house.start_all()
        worlds = [_world(house, chance, seed)]
        end = time.monotonic() + minutes * 60
        while agreed and time.monotonic() < end:
            if len(worlds[-1].world.model.invoices) > OLD:
                worlds.append(_world(house, chance, seed + 1_000 * len(worlds)))
            agreed = _round(worlds, chance, happened, say)
        _tell(seed, worlds, happened, say)
        if not agreed:
            say(f"NOT agreed, see {folder}")
    finally:
        house.stop()
        if agreed:
            shutil.rmtree(house.settings.postgres.home, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
    return agreed


def _world(house: House, chance: Random, seed: int) -> Storm:
    world = World(house, chance)
    return Storm(house, world, Driver(world, seed))


def _round(worlds: list[Storm], chance: Random, happened: Counter[str], say: Callable[[str], None]) -> bool:
    storm = worlds[-1]
    with storm.working():
        end = time.monotonic() + ROUND_S
        while time.monotonic() < end:
            storm.driver.wait_for(1, limit_s=PROGRESS_S, meanwhile=storm.revive)
            [fault] = chance.choices(list(FAULTS), list(FAULTS.values()))
            happened[fault(storm, chance)] += 1
            storm.revive()
        storm.wait_ready()
    found = storm.agrees(limit_s=REST_S, with_jobs=True)
    for finding in found[:30]:
        say(f"  {finding}")
    say(f"{_sum(worlds, 'kills')} kills, {_sum(worlds, 'done')} steps: {'DOES NOT AGREE' if found else 'agrees'}")
    return not found


def _sum(worlds: list[Storm], what: str) -> int:
    return sum(int(getattr(storm, what)) for storm in worlds)


def _tell(seed: int, worlds: list[Storm], happened: Counter[str], say: Callable[[str], None]) -> None:
    work = sum((storm.driver.summary() for storm in worlds), Counter[str]())
    say(f"faults: {dict(sorted(happened.items()))}")
    say(f"work: {dict(sorted(work.items()))}")
    say(
        f"seed {seed}: {_sum(worlds, 'kills')} kills, {_sum(worlds, 'done')} steps, {len(worlds)} worlds,"
        f" {_sum(worlds, 'fallen')} times a process ended by itself,"
        f" at rest within {max(storm.longest_calm_s for storm in worlds):.1f} s,"
        f" slowest answer {max(storm.driver.slowest_s for storm in worlds):.1f} s"
    )


def copies() -> int:
    """How many copies of each process: WORKERS, or two."""
    return int(os.environ.get("WORKERS") or 2)
