"""Proof that the harness can fail: one protection at a time is switched off, and it must go red each time.

A mutation is a patch of a few lines that Python loads before the service (`sitecustomize` in a folder of its own, only
on the path of the processes it is for), or a statement on the database. The product has no switch for any of this.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from deploy.local.house import House
from deploy.local.topology import free_ports, settings
from tests.resilience.harness.driver import Driver
from tests.resilience.harness.storm import Storm
from tests.resilience.harness.world import World


@dataclass(frozen=True)
class Mutation:
    """One protection that is off. ``processes`` start with the patch, then ``faults`` fall until something is found."""

    what: str
    processes: tuple[str, ...] = ()
    patch: str = ""
    sql: Mapping[str, str] = field(default_factory=dict)  # service → statement as superuser
    lose_stream: bool = False
    crash: Mapping[str, Sequence[str]] = field(default_factory=dict)  # process → crash points, besides the work


MUTATIONS = (
    Mutation(
        "a request id is forgotten",
        ("ledger-serve",),
        """
from chassis import database
from sqlalchemy import text
database._REMEMBER = text("SELECT :subject, :request_id, :method, :fingerprint, :response")
""",
        crash={"ledger-serve": ["database.after_commit:3"]},
    ),
    Mutation(
        "an inbox and its cursors know nothing",
        ("collection-work", "ledger-work"),
        """
from chassis import inbox
inbox.known = lambda *_: set()
inbox.record = lambda *_: True
_lock = inbox.lock_cursor
def lock_cursor(connection, consumer, event):
    cursor = _lock(connection, consumer, event)
    return inbox.Cursor(min(cursor.last_seq, event.seq - 1), cursor.blocked)
inbox.lock_cursor = lock_cursor
""",
        lose_stream=True,  # so that every event comes a second time
    ),
    Mutation(
        "payments do not lock their invoices",
        ("ledger-serve",),
        """
import time
from services.ledger.storage import payments
payments._LOCK_TARGETS = payments._READ_TARGETS
_allocate = payments.allocate
def allocate(*given):
    time.sleep(0.1)
    _allocate(*given)
payments.allocate = allocate
""",
    ),
    Mutation(
        "approvals do not lock the head of the chain of receipts",
        ("ledger-serve",),
        """
from sqlalchemy import text
from services.ledger.storage import receipts
receipts._LOCK_HEAD = text('''
WITH made AS (INSERT INTO receipt_head (client_id, number, hash) VALUES (:client_id, 0, '') ON CONFLICT DO NOTHING)
SELECT h.number, h.hash, now() AS at FROM (SELECT 1) AS one
  LEFT JOIN receipt_head h ON h.client_id = :client_id''')
_append = receipts.append
import time
def append(tx, receipt):
    time.sleep(0.05)
    _append(tx, receipt)
receipts.append = append
""",
    ),
    Mutation(
        "vouchers need not balance, and a booking forgets an öre",
        ("ledger-serve",),
        """
from dataclasses import replace
from services.ledger.storage import vouchers
_write = vouchers.write
def write(tx, client_id, series, day, made, *rest):
    entries = made[0].entries
    first = replace(entries[0], posting=replace(entries[0].posting, amount_minor=entries[0].posting.amount_minor + 1))
    return _write(tx, client_id, series, day, [replace(made[0], entries=[first, *entries[1:]]), *made[1:]], *rest)
vouchers.write = write
""",
        sql={"ledger": "DROP TRIGGER postings_balance ON posting"},
    ),
    Mutation(
        "a payment's reference is not looked for",
        ("ledger-serve",),
        """
from services.ledger.storage import payments
payments.known_references = lambda *_a, **_k: set()
""",
    ),
    Mutation(
        "the archive is not written, and the row says it is",
        ("files-serve", "files-work"),
        """
from services.files.storage.objects import ObjectStore
ObjectStore.put = lambda *_a, **_k: None
ObjectStore.put_if_absent = lambda *_a, **_k: None
""",
    ),
    Mutation(
        "an outbox is marked as published without being so, and nobody compares",
        ("ledger-work", "collection-work", "reports-work"),
        """
from chassis.bus import Ack, Bus
from chassis.consumer import Consumer
_publish = Bus.publish
def publish(self, service, events, timeout_s=5):
    if service != "ledger":
        return _publish(self, service, events, timeout_s)
    kept = events[::2]
    acks = _publish(self, service, kept, timeout_s)
    place = max((ack.stream_seq for ack in acks.values()), default=1)
    return acks | {event.event_id: Ack(place, True) for event in events[1::2]}
Bus.publish = publish
Consumer._compare = lambda self, source: None
Consumer._fill_gaps = lambda self: None
""",
    ),
)


def all_go_red(seed: int, say: Callable[[str], None]) -> bool:
    """Try each mutation on a house of its own; whether the harness found every one."""
    missed = [one.what for one in MUTATIONS if not goes_red(one, seed, say)]
    say(f"mutations: {len(MUTATIONS) - len(missed)} of {len(MUTATIONS)} found")
    return not missed


def goes_red(mutation: Mutation, seed: int, say: Callable[[str], None]) -> bool:
    """Whether the harness finds it."""
    with tempfile.TemporaryDirectory(prefix="klientwebben-mutation-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        house = House(settings(folder / "house", free_ports(), demo=True), folder / "house")
        house.data.chmod(0o711)
        try:
            house.start_all()
            found = _findings(house, mutation, folder, seed)
        finally:
            house.stop()
    say(f"{'red' if found else 'STAYED GREEN'}: {mutation.what}")
    for finding in found[:3]:
        say(f"    {finding[:200]}")
    return bool(found)


def _findings(house: House, mutation: Mutation, folder: Path, seed: int) -> list[str]:
    world = World(house, Random(seed))
    storm = Storm(house, world, Driver(world, seed, threads=5))
    with storm.working():
        storm.driver.wait_for(40)
    assert not storm.agrees(), "the house is not right before anything is switched off"
    (folder / "patch").mkdir()
    (folder / "patch" / "sitecustomize.py").write_text(mutation.patch)
    for service, statement in mutation.sql.items():
        with house.settings.postgres.connect(service) as connection:
            connection.execute(statement)
    for process in mutation.processes:
        house.kill(process)
        house.restart(process, env={"PYTHONPATH": str(folder / "patch")})
    with storm.working():
        end = time.monotonic() + 20
        while time.monotonic() < end and not storm.driver.findings:
            if mutation.crash:
                storm.crash(mutation.crash, limit_s=8)
            if mutation.lose_stream:
                storm.lose_the_stream()
            storm.driver.wait_for(10, limit_s=15)
    return storm.agrees(limit_s=25, with_jobs=False)
