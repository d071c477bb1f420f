"""Data that went bad by themselves: one flipped bit on the disk, one database that is older than the others."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local import reconcile
from deploy.local.topology import Seat
from tests.resilience.harness.storm import Storm

PAGE_BYTES = 8192


@contextmanager
def flipped(file: Path, place: int, bit: int = 3) -> Iterator[None]:
    """One bit of a file is the other way round within the block."""
    _flip(file, place, bit)
    try:
        yield
    finally:
        _flip(file, place, bit)


def _flip(file: Path, place: int, bit: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(place)
        byte = opened.read(1)[0]
        opened.seek(place)
        opened.write(bytes([byte ^ (1 << bit)]))


@pytest.mark.parametrize(("service", "table"), [("ledger", "posting"), ("ledger", "invoice"), ("collection", "claim")])
def test_one_flipped_bit_in_a_row_is_found_and_named(storm: Storm, service: str, table: str):
    house = storm.house
    with storm.working():
        storm.driver.wait_for(30, limit_s=90)
    assert storm.agrees() == []
    with house.settings.postgres.connect(service) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT pg_relation_filepath(%s)", [table]).fetchone()
        assert row is not None
    file = house.settings.postgres.cluster / str(row[0])
    seats = [name for name in house.running if name.endswith(("-serve", "-work"))]
    for name in (*seats, "postgres"):
        house.running[name].stop()
    with flipped(file, PAGE_BYTES - 20):  # within the first row of the first page
        house.restart("postgres")
        found = verify(storm, service)
        house.running["postgres"].stop()
    for name in ("postgres", *seats):
        house.restart(name, wait=False)
    storm.wait_ready()
    assert any("damaged" in line and table in line for line in found), found
    assert storm.agrees() == []


def verify(storm: Storm, service: str) -> list[str]:
    """What the command says."""
    done = subprocess.run(
        Seat(service, "verify").command,
        env={**os.environ, **storm.house.settings.service(service)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("service", ["ledger", "collection", "files"])
def test_a_database_restored_older_than_the_others_is_found_by_comparing(storm: Storm, service: str):
    house = storm.house
    seats = [name for name in house.running if name.endswith(("-serve", "-work"))]
    with storm.working():
        storm.driver.wait_for(40, limit_s=90)
    assert storm.agrees() == []
    stopped(storm, seats)
    with house.settings.postgres.connect() as connection:
        connection.execute(f"CREATE DATABASE old TEMPLATE {service}")
    started(storm, seats)
    with storm.working():
        storm.driver.wait_for(60, limit_s=120)
    assert storm.agrees() == []
    stopped(storm, seats)
    with house.settings.postgres.connect() as connection:
        connection.execute(f"ALTER DATABASE {service} RENAME TO kept")
        connection.execute(f"ALTER DATABASE old RENAME TO {service}")
    with reconcile.verifying(house.settings) as databases:
        found = reconcile.check(databases)
    with house.settings.postgres.connect() as connection:
        connection.execute(f"DROP DATABASE {service} WITH (FORCE)")
        connection.execute(f"ALTER DATABASE kept RENAME TO {service}")
    started(storm, seats)
    assert any(service in one for one in found), found
    assert storm.agrees() == []


def stopped(storm: Storm, seats: list[str]) -> None:
    for name in seats:
        storm.house.running[name].ask_to_stop()
    for name in seats:
        storm.house.running[name].stop()


def started(storm: Storm, seats: list[str]) -> None:
    for name in seats:
        storm.house.restart(name, wait=False)
    storm.wait_ready()
