"""A consumer may die at any place; what it had not committed comes again, and what it had does not."""

from pathlib import Path
from uuid import uuid4

from chassis.bus import Bus
from chassis.permissions import Permission
from tests.component.chassis.processes import Part
from tests.component.chassis.world import (
    Hearer,
    Producer,
    eventually,
    notes,
    put_on_bus,
    rpc_server,
    signed_by,
    token_of,
)
from tests.stack import Broker, ServiceDatabase


def test_killed_consumers_lose_and_double_nothing(
    producer: Producer, hearer: Hearer, bus: Bus, broker: Broker, hearing_database: ServiceDatabase, tmp_path: Path
) -> None:
    things = [uuid4() for _ in range(3)]

    def tell(prefix: str) -> None:
        before = len(producer.told())
        for thing in things:
            producer.tell(thing, *notes(5, prefix))
        put_on_bus(bus, producer.told()[before:])

    signer, public = signed_by(tmp_path)
    server = rpc_server(producer.database, public)
    server.start()
    places = {
        "DATABASE": hearing_database.app_url,
        "BROKER": broker.url,
        "PRODUCER": f"127.0.0.1:{server.port}",
        "TOKEN": token_of(signer, Permission.EVENTS),
    }
    tell("a")
    with (
        Part("consumer", **places, RF_CRASH="consumer.before_commit:3") as one,
        Part("consumer", **places, RF_CRASH="consumer.before_ack") as other,
    ):
        eventually(lambda: one.dead or other.dead, 20)
        tell("b")
        one.dies_by_itself()
        other.dies_by_itself()
    hearer.start()
    eventually(lambda: hearer.count("heard") == 30, 20)
    server.stop()
    assert all(hearer.heard(thing) == [*notes(5, "a"), *notes(5, "b")] for thing in things)
    assert hearer.ids() == {event.event_id for event in producer.told()}
