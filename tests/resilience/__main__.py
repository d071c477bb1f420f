"""The long tier: ``make faults SEED=7 MINUTES=30``. Random faults on a house of its own, then the mutations.

Every round some minutes' worth of faults fall on a house at work; then everything must come to rest and agree. One
integer gives the mix of work and the faults. The exit code is 1 at the first disagreement, and the folder of the house
is kept.
"""

import os
import shutil
import signal
import sys
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

ROUND_S = 45  # of faults, before everything has to agree
INFRASTRUCTURE = ("nats", "postgres", "s3")
COPIES = 2
PAUSED_S = (0.5, 8.0)


def _kill(storm: Storm, chance: Random) -> str:
    name = chance.choice([*(seat.name for seat in seats(COPIES)), *INFRASTRUCTURE])
    storm.kill(name, dead_s=chance.uniform(0, 1.5))
    return f"kill {name}"


def _kill_many(storm: Storm, chance: Random) -> str:
    names = chance.sample([seat.name for seat in seats(COPIES)], 4)
    for name in names:
        storm.house.kill(name)
        storm.kills += 1
    for name in names:
        storm.house.restart(name, wait=False)
    for name in names:
        storm.house.running[name].wait_ready()
    return "kill four"


def _crash(storm: Storm, chance: Random) -> str:
    name = chance.choice(list(PLAN))
    point = chance.choice(PLAN[name])
    missed = storm.crash({name: [point]}, limit_s=10)
    return f"crash {point.partition(':')[0]}" if not missed else "crash not reached"


def _pause(storm: Storm, chance: Random) -> str:
    """A process that wakes up with an old lock, lease or deadline."""
    name = chance.choice([*(seat.name for seat in seats(COPIES)), "nats", "s3"])
    pid = storm.house.running[name].pid
    os.kill(pid, signal.SIGSTOP)
    time.sleep(chance.uniform(*PAUSED_S))
    os.kill(pid, signal.SIGCONT)
    return f"pause {name.partition('-')[0]}"


def _lose_backends(storm: Storm, _: Random) -> str:
    """Every session of the database ends in the middle of its transaction."""
    with storm.house.settings.postgres.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE '%_app'")
    return "end sessions"


def _lose_stream(storm: Storm, _: Random) -> str:
    storm.lose_the_stream()
    return "lose the stream"


FAULTS: Mapping[Callable[[Storm, Random], str], int] = {
    _kill: 12,
    _kill_many: 2,
    _crash: 4,
    _pause: 2,
    _lose_backends: 2,
    _lose_stream: 1,
}
"""What may happen, with its weight."""


def storms(seed: int, minutes: float, say: Callable[[str], None]) -> bool:
    """Rounds of faults for so long; whether everything agreed after each of them."""
    chance = Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="klientwebben-faults-"))
    folder.chmod(0o711)
    house = House(settings(folder, free_ports(COPIES), workers=COPIES, demo=True), folder)
    agreed = True
    try:
        house.start_all()
        world = World(house, chance)
        storm = Storm(house, world, Driver(world, seed))
        happened: Counter[str] = Counter()
        end = time.monotonic() + minutes * 60
        while agreed and time.monotonic() < end:
            agreed = _round(storm, chance, happened, say)
        say(f"faults: {dict(sorted(happened.items()))}")
        say(f"work: {dict(sorted(storm.driver.summary().items()))}")
        say(
            f"seed {seed}: {storm.kills} kills, {storm.done} steps, at rest within {storm.longest_calm_s:.1f} s,"
            f" slowest answer {storm.driver.slowest_s:.1f} s: {'all agrees' if agreed else f'NOT agreed, see {folder}'}"
        )
    finally:
        house.stop()
        if agreed:
            shutil.rmtree(folder, ignore_errors=True)
    return agreed


def _round(storm: Storm, chance: Random, happened: Counter[str], say: Callable[[str], None]) -> bool:
    with storm.working():
        end = time.monotonic() + ROUND_S
        while time.monotonic() < end:
            storm.driver.wait_for(3, limit_s=40)
            [fault] = chance.choices(list(FAULTS), list(FAULTS.values()))
            happened[fault(storm, chance)] += 1
    found = storm.agrees(limit_s=150, with_jobs=True)
    for finding in found[:30]:
        say(f"  {finding}")
    say(f"{storm.kills} kills, {storm.done} steps: {'agrees' if not found else 'DOES NOT AGREE'}")
    return not found


def main() -> int:
    """Settings: SEED, MINUTES, and ONLY=storms or ONLY=mutations."""
    from tests.resilience import mutations

    seed, minutes = int(os.environ.get("SEED") or 1), float(os.environ.get("MINUTES") or 10)
    only = os.environ.get("ONLY", "")
    good = True
    if only in {"", "storms"}:
        good = storms(seed, minutes, say)
    if only in {"", "mutations"}:
        good = mutations.all_go_red(seed, say) and good
    return 0 if good else 1


def say(text: str) -> None:
    """One line on the screen."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
