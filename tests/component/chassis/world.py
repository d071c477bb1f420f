"""A producer, a consumer, and what a test asks of them."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from joserfc.jwk import OKPKey
from sqlalchemy import create_engine, text

from chassis import outbox
from chassis.bus import Bus
from chassis.consumer import Consumer, Pace, Received
from chassis.database import Database, Tx
from chassis.envelope import Envelope
from chassis.event_service import served_events
from chassis.outbox import Event
from chassis.permissions import Permission, bitmap
from chassis.platform_tables import create_platform_tables
from chassis.rpc_client import Neighbour
from chassis.rpc_server import RpcServer
from chassis.tokens import Caller, CallerKind, Signer, Verifier
from tests.component.chassis.messages import ThingHappened

CLIENT = uuid4()
QUICK = Pace(
    first_retry_s=0.05, longest_retry_s=0.2, fetch_s=0.1, tend_s=0.03, gap_age_s=0.3, compare_s=0.3, measure_s=0.5
)
TEST_TABLES = ("heard", "poison", "at_commit")
HEARD = """
CREATE TABLE heard (place bigint GENERATED ALWAYS AS IDENTITY, aggregate_id uuid, seq bigint, note text);
CREATE TABLE poison (note text PRIMARY KEY, state text);
CREATE TABLE at_commit (note text, UNIQUE (note) DEFERRABLE INITIALLY DEFERRED);
GRANT SELECT, INSERT, DELETE ON heard, poison, at_commit TO {role}
"""


def eventually(holds: Callable[[], object], timeout_s: float = 10) -> None:
    """Wait until something holds, and fail if it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)


def make_tables(owner_url: str, service: str) -> None:
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        create_platform_tables(connection, f"{service}_app")
        for statement in HEARD.format(role=f"{service}_app").split(";"):
            connection.execute(text(statement))
    engine.dispose()


def hear(tx: Tx, event: Received[Any]) -> None:
    """The handler: notes what it hears, and breaks on notes that a test has poisoned."""
    poison = tx.execute(text("SELECT state FROM poison WHERE note = :note"), {"note": event.message.note}).one_or_none()
    if poison is not None and poison.state:
        tx.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{poison.state}'; END $$"))
    elif poison is not None:
        raise ValueError("this note is poison")
    if event.message.note == "twice":
        tx.execute(text("INSERT INTO at_commit VALUES ('twice')"))
    tx.execute(
        text("INSERT INTO heard (aggregate_id, seq, note) VALUES (:id, :seq, :note)"),
        {"id": event.aggregate_id, "seq": event.envelope.seq, "note": event.message.note},
    )


def signed_by(folder: Path) -> tuple[Signer, Path]:
    """A signer with a key of its own, and its public keys."""
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    private, public = folder / "private.json", folder / "public.json"
    private.write_text(json.dumps(key.as_dict(private=True)))
    public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    return Signer(private), public


def token_of(signer: Signer, *permissions: Permission) -> str:
    caller = Caller("hearing", "hearing", CallerKind.SERVICE, everywhere=bitmap(permissions))
    return signer.sign(caller, ["telling", "hearing"])


@dataclass
class Producer:
    """The service that tells."""

    database: Database
    rows: list[Envelope] = field(default_factory=list)

    def tell(self, aggregate_id: UUID, *notes: str, message: Any = ThingHappened) -> None:
        """Commit one event per note."""
        with self.database.system([CLIENT]) as tx:
            for note in notes:
                tx.publish(Event(CLIENT, "thing", aggregate_id, message(note=note)))

    def told(self) -> list[Envelope]:
        """The outbox, in the order of its ids."""
        with self.database.unscoped() as tx:
            rows = tx.execute(text(f"SELECT {outbox.COLUMNS} FROM outbox ORDER BY id")).all()
        return [outbox.envelope(row, self.database.service) for row in rows]

    def unpublished(self) -> int:
        with self.database.unscoped() as tx:
            return int(tx.execute(text("SELECT count(*) FROM outbox WHERE published_at IS NULL")).scalar_one())


@dataclass
class Hearer:
    """The service that hears."""

    database: Database
    bus: Bus
    producer: Neighbour
    consumers: list[Consumer] = field(default_factory=list)

    def start(self, pace: Pace = QUICK, *, replay: bool = True) -> Consumer:
        producers = {"telling": self.producer} if replay else {}
        consumer = Consumer(self.database, self.bus, {"telling": {ThingHappened: hear}}, producers, pace=pace)
        self.consumers.append(consumer)
        consumer.start()
        return consumer

    def stop(self) -> None:
        for consumer in self.consumers:
            consumer.stop()
        self.consumers.clear()

    def heard(self, aggregate_id: UUID | None = None) -> list[str]:
        """The notes, in the order in which they were handled."""
        query = "SELECT note FROM heard WHERE aggregate_id = coalesce(:id, aggregate_id) ORDER BY place"
        with self.database.unscoped() as tx:
            return list(tx.execute(text(query), {"id": aggregate_id}).scalars())

    def poison(self, *notes: str, state: str | None = None) -> None:
        """Let the handler break on these notes; with a state, as if the database had reported it."""
        with self.database.unscoped() as tx:
            for note in notes:
                tx.execute(text("INSERT INTO poison VALUES (:note, :state)"), {"note": note, "state": state})

    def tries(self) -> int:
        """The most tries that an event which waits has had."""
        with self.database.unscoped() as tx:
            return int(tx.execute(text("SELECT coalesce(max(attempts), 0) FROM inbox_pending")).scalar_one())

    def cure(self) -> None:
        with self.database.unscoped() as tx:
            tx.execute(text("DELETE FROM poison"))

    def count(self, table: str) -> int:
        with self.database.unscoped() as tx:
            return int(tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def ids(self) -> set[UUID]:
        """Ids of the events in the inbox."""
        with self.database.unscoped() as tx:
            return set(tx.execute(text("SELECT event_id FROM inbox")).scalars())


def notes(count: int, prefix: str = "n") -> list[str]:
    return [f"{prefix}{number:03}" for number in range(1, count + 1)]


def put_on_bus(bus: Bus, events: Iterable[Envelope]) -> None:
    """Publish past the relay, one after the other."""
    bus.ensure_stream("telling")
    for event in events:
        bus.publish("telling", [event])


def rpc_server(database: Database, public_keys: Path) -> RpcServer:
    return RpcServer("127.0.0.1:0", Verifier(public_keys, database.service), [served_events(database)], threads=4)
