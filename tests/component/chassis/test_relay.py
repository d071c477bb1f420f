"""The relay brings the whole outbox to the bus, whatever dies or forgets on the way."""

import shutil
import time
from uuid import uuid4

import pytest

from chassis.bus import Bus
from chassis.relay import Relay
from tests.component.chassis.processes import Part
from tests.component.chassis.world import Hearer, Producer, eventually, notes
from tests.stack import Broker, ServiceDatabase


def in_stream(bus: Bus) -> list[str]:
    """Ids of the events in the stream, in its order."""

    async def read() -> list[str]:
        info = await bus._jetstream.stream_info("TELLING")
        found = []
        for place in range(info.state.first_seq, info.state.last_seq + 1):
            message = await bus._jetstream.get_msg("TELLING", place)
            found.append((message.headers or {})["ce-id"])
        return found

    return bus._call(read(), 10)


def test_a_relay_killed_between_publish_and_mark_loses_and_doubles_nothing(
    producer: Producer, bus: Bus, broker: Broker, telling_database: ServiceDatabase
) -> None:
    producer.tell(uuid4(), *notes(20))
    producer.tell(uuid4(), *notes(20))
    places = {"DATABASE": telling_database.app_url, "BROKER": broker.url}
    with Part("relay", **places, RF_CRASH="relay.after_publish") as dying:
        dying.dies_by_itself()
    assert producer.unpublished() == 40
    relay = Relay(producer.database, bus)
    relay.start()
    eventually(lambda: producer.unpublished() == 0)
    relay.stop()
    assert sorted(in_stream(bus)) == sorted(str(event.event_id) for event in producer.told())


def test_of_two_relays_one_works_and_the_other_takes_over(
    producer: Producer, bus: Bus, broker: Broker, telling_database: ServiceDatabase
) -> None:
    with Part("relay", DATABASE=telling_database.app_url, BROKER=broker.url) as first:
        producer.tell(uuid4(), "first")
        eventually(lambda: producer.unpublished() == 0)
        standby = Relay(producer.database, bus)
        standby.start()
        time.sleep(0.3)
        assert [standby.active] == [False]
        first.kill()
        producer.tell(uuid4(), "second")
        eventually(lambda: producer.unpublished() == 0)
        assert [standby.active] == [True]
        standby.stop()
    assert len(in_stream(bus)) == 2


def test_two_relays_at_once_double_nothing(
    producer: Producer, hearer: Hearer, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each believes to have the lock, as when its connection was cut and it has not noticed."""
    monkeypatch.setattr(Relay, "_lock", lambda *_: True)
    relays = [Relay(producer.database, bus, inspect_s=0.1) for _ in range(2)]
    for relay in relays:
        relay.start()
    hearer.start()
    things = [uuid4() for _ in range(4)]
    for note in notes(40):
        for thing in things:
            producer.tell(thing, note)
    eventually(lambda: hearer.count("heard") == 160 and producer.unpublished() == 0, 20)
    for relay in relays:
        relay.stop()
    assert all(hearer.heard(thing) == notes(40) for thing in things)
    assert sorted(in_stream(bus)) == sorted(str(event.event_id) for event in producer.told())


def test_a_relay_whose_connection_is_cut_takes_its_lock_again(producer: Producer, bus: Bus) -> None:
    relay = Relay(producer.database, bus)
    relay.start()
    eventually(lambda: relay.active)
    with producer.database.unscoped() as tx:
        tx.connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    producer.tell(uuid4(), "after the cut")
    eventually(lambda: producer.unpublished() == 0)
    relay.stop()


def test_the_broker_may_be_killed_under_load(producer: Producer, hearer: Hearer, bus: Bus, broker: Broker) -> None:
    relay = Relay(producer.database, bus)
    relay.start()
    hearer.start()
    thing = uuid4()
    producer.tell(thing, *notes(50, "a"))
    broker.kill()
    producer.tell(thing, *notes(50, "b"))
    broker.start()
    producer.tell(thing, *notes(50, "c"))
    eventually(lambda: hearer.count("heard") == 150 and producer.unpublished() == 0, 20)
    relay.stop()
    assert hearer.heard(thing) == [*notes(50, "a"), *notes(50, "b"), *notes(50, "c")]


def test_without_a_broker_events_still_arrive_by_rpc(
    producer: Producer, hearer: Hearer, bus: Bus, broker: Broker
) -> None:
    broker.kill()
    try:
        hearer.start()
        thing = uuid4()
        producer.tell(thing, *notes(5))
        eventually(lambda: hearer.heard(thing) == notes(5))
    finally:
        broker.start()


def test_a_deleted_stream_is_made_anew_and_filled_from_the_outbox(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    relay = Relay(producer.database, bus, inspect_s=0.2)
    relay.start()
    hearer.start()
    thing = uuid4()
    producer.tell(thing, *notes(10))
    eventually(lambda: hearer.count("heard") == 10)
    bus._call(bus._jetstream.delete_stream("TELLING"), 5)
    producer.tell(thing, "after")
    eventually(lambda: hearer.count("heard") == 11)
    eventually(lambda: producer.unpublished() == 0 and len(in_stream(bus)) == 11)
    relay.stop()
    assert hearer.heard(thing) == [*notes(10), "after"]


def test_an_older_copy_of_the_broker_is_healed(producer: Producer, hearer: Hearer, bus: Bus, broker: Broker) -> None:
    thing = uuid4()
    relay = Relay(producer.database, bus)
    relay.start()
    hearer.start()
    producer.tell(thing, *notes(5, "kept"))
    eventually(lambda: producer.unpublished() == 0)
    broker.kill()
    copy = broker.folder.with_name(f"{broker.folder.name}-copy")
    shutil.copytree(broker.folder, copy)
    broker.start()
    producer.tell(thing, *notes(5, "lost"))
    eventually(lambda: producer.unpublished() == 0 and hearer.count("heard") == 10, 20)
    broker.kill()
    shutil.rmtree(broker.folder)
    copy.rename(broker.folder)
    broker.start()
    producer.tell(thing, "new")  # the broker gives it a place that was taken
    eventually(lambda: hearer.count("heard") == 11 and producer.unpublished() == 0, 20)
    eventually(lambda: set(in_stream(bus)) == {str(event.event_id) for event in producer.told()})
    relay.stop()
    assert hearer.heard(thing) == [*notes(5, "kept"), *notes(5, "lost"), "new"]


def test_a_full_stream_pushes_back_and_goes_on_when_there_is_room(producer: Producer, broker: Broker) -> None:
    small = Bus(broker.url, "small", max_bytes=4_000)
    small.start()
    assert small.wait_connected(5)
    producer.tell(uuid4(), *notes(30))
    relay = Relay(producer.database, small)
    relay.start()
    eventually(lambda: 0 < producer.unpublished() < 30)
    time.sleep(0.3)
    assert len(in_stream(small)) + producer.unpublished() == 30
    info = small._call(small._jetstream.stream_info("TELLING"), 5)
    small._call(small._jetstream.update_stream(info.config.evolve(max_bytes=1 << 20)), 5)
    eventually(lambda: producer.unpublished() == 0)
    relay.stop()
    assert sorted(in_stream(small)) == sorted(str(event.event_id) for event in producer.told())
    small.stop()
