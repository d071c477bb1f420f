"""Recovery: everything is killed at full load and started again, beside PostgreSQL and NATS alone; and verify's time.

Ready is when every process says so, caught up when nothing is left to publish or to handle. Afterwards all books must
agree with the model of what was done.
"""

import time
from collections.abc import Sequence
from random import Random
from uuid import NAMESPACE_URL, uuid5

from benchmarks import million, people
from benchmarks.figures import Figure, Goal
from benchmarks.stand import Stand
from deploy.local.topology import seats
from tests.resilience.harness import calm
from tests.resilience.harness.driver import Driver
from tests.resilience.harness.storm import Storm
from tests.resilience.harness.world import World

SEED = 5
STEPS = 150
FOUNDATIONS = ("postgres", "nats", "s3", "mail")
FLOOR = ("postgres", "nats")
CAUGHT_UP_S = 120
TIMES, MORE_S = 2, 3
CLIENTS = [uuid5(NAMESPACE_URL, f"klientwebben/benchmark/verify/{place}") for place in range(2)]
NUMBER = 2951
INVOICES = 500_000
SCANS = 4


def recovery(stand: Stand, scale: float) -> list[Figure]:
    """Kill everything under load, once, and restart the two below it, once."""
    house = stand.house
    house.migrate()
    stand.need(*seats())
    for client_id in CLIENTS:
        stand.client(client_id, "Avstämning AB")
    people.register(stand, CLIENTS, NUMBER)
    world = World(house, Random(SEED))
    driver = Driver(world, SEED, threads=8)
    with driver:
        driver.wait_for(max(round(STEPS * scale), 30), limit_s=180)
        began = time.perf_counter()
        for name in list(house.running):
            house.kill(name)
    _start(stand, FOUNDATIONS)
    _start(stand, [name for name in house.running if name not in FOUNDATIONS])
    ready = time.perf_counter() - began
    _, waiting = calm.settle(house.settings, CAUGHT_UP_S, with_jobs=False)
    caught_up = time.perf_counter() - began
    driver.resolve()
    wrong = [*waiting, *Storm(house, world, driver).agrees()]
    print(f"after the kill of all: {wrong or 'nothing lost or doubled'}", flush=True)
    stand.stop(*seats())
    for name in FLOOR:
        house.running[name].stop()
    began = time.perf_counter()
    _start(stand, FLOOR)
    floor = time.perf_counter() - began
    note = f"ready after {ready:.1f} s, goal {TIMES} times the floor + {MORE_S} s"
    return [
        Figure("all killed: ready and caught up", "s", caught_up, floor, Goal.AT_MOST, TIMES * floor + MORE_S, note),
        _verify(stand, scale),
    ]  # fmt: skip


def _start(stand: Stand, names: Sequence[str]) -> None:
    """Start what has ended, side by side."""
    for name in names:
        stand.house.restart(name, wait=False)
    for name in names:
        stand.house.running[name].wait_ready()


def _verify(stand: Stand, scale: float) -> Figure:
    """The ledger's verify over a million postings, beside one aggregate over all of them."""
    with stand.connect("ledger") as connection:
        million.fill(connection, CLIENTS, round(INVOICES * scale))
        there = connection.execute("SELECT count(*) FROM posting").fetchone()
        assert there is not None
        connection.execute("SET enable_indexscan = off")
        connection.execute("SET max_parallel_workers_per_gather = 0")
        began = time.perf_counter()
        connection.execute("SELECT client_id, account, sum(amount_minor) FROM posting GROUP BY client_id, account")
        scan = time.perf_counter() - began
    began = time.perf_counter()
    stand.house.verify(["ledger"])
    taken = time.perf_counter() - began
    return Figure("verify of the ledger", "s", taken, scan, Goal.RATIO_AT_MOST, SCANS, f"{there[0]:,} postings")
