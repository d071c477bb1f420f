"""A consumer handles each event once and in order, whatever comes in between."""

import random
from dataclasses import replace
from uuid import uuid4

from prometheus_client import REGISTRY

from chassis import dead_letters
from chassis.bus import Bus
from chassis.ids import uuid7
from chassis.relay import Relay
from tests.component.chassis.messages import ThingForgotten
from tests.component.chassis.world import QUICK, Hearer, Producer, eventually, notes, put_on_bus


def test_what_is_told_is_heard_once_and_in_order(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    relay = Relay(producer.database, bus)
    relay.start()
    hearer.start()
    a, b = uuid4(), uuid4()
    for note in notes(30):
        producer.tell(a, note)
        producer.tell(b, note)
    eventually(lambda: hearer.count("heard") == 60)
    relay.stop()
    assert hearer.heard(a) == hearer.heard(b) == notes(30)
    assert hearer.ids() == {event.event_id for event in producer.told()}


def test_copies_beyond_the_brokers_window_do_nothing(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    thing = uuid4()
    producer.tell(thing, *notes(5))
    put_on_bus(bus, producer.told())
    hearer.start()
    eventually(lambda: hearer.count("heard") == 5)
    put_on_bus(bus, producer.told())  # the broker drops these by their id
    hearer.stop()
    hearer.bus._call(hearer.bus._jetstream.delete_consumer("TELLING", "hearing"), 5)
    hearer.start()  # and now everything comes once more
    producer.tell(thing, "last")
    put_on_bus(bus, producer.told())
    eventually(lambda: hearer.count("heard") == 6)
    assert hearer.heard() == [*notes(5), "last"]


def test_events_out_of_order_are_put_in_order(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    things = [uuid4() for _ in range(3)]
    for thing in things:
        producer.tell(thing, *notes(12))
    events = producer.told()
    random.Random(7).shuffle(events)
    put_on_bus(bus, events)
    hearer.start(replay=False)
    eventually(lambda: hearer.count("heard") == 36)
    assert all(hearer.heard(thing) == notes(12) for thing in things)
    assert hearer.count("inbox_pending") == 0


def test_a_gap_is_asked_of_the_producer(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    thing = uuid4()
    producer.tell(thing, *notes(6))
    events = producer.told()
    put_on_bus(bus, [events[0], *events[3:]])  # the broker has lost two
    hearer.start()
    eventually(lambda: hearer.count("heard") == 6)
    assert hearer.heard() == notes(6)


def test_a_lost_tail_is_found_by_comparing_with_the_producer(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    seen, unseen = uuid4(), uuid4()
    producer.tell(seen, *notes(4))
    producer.tell(unseen, "alone")
    put_on_bus(bus, producer.told()[:2])  # nothing after these ever reaches the bus
    hearer.start()
    eventually(lambda: hearer.count("heard") == 5)
    assert hearer.heard(seen) == notes(4)
    assert hearer.heard(unseen) == ["alone"]


def test_a_number_that_is_told_a_second_time_otherwise_is_noticed(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    """F25: the producer's database was put back as it was before, and it has gone on."""
    thing = uuid4()
    producer.tell(thing, *notes(3))
    events = producer.told()
    put_on_bus(bus, events)
    hearer.start(replay=False)
    eventually(lambda: hearer.count("heard") == 3)
    before = _conflicts()
    put_on_bus(bus, [replace(events[1], event_id=uuid7()), *events])
    eventually(lambda: _conflicts() == before + 1)
    assert hearer.heard() == notes(3)


def _conflicts() -> float:
    labels = {"consumer": "hearing", "source": "telling", "outcome": "conflict"}
    return REGISTRY.get_sample_value("rf_consumer_events_total", labels) or 0


def test_other_events_only_move_the_cursor(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    thing = uuid4()
    producer.tell(thing, "first")
    producer.tell(thing, "no matter", message=ThingForgotten)
    producer.tell(thing, "third")
    put_on_bus(bus, producer.told())
    hearer.start()
    eventually(lambda: hearer.heard() == ["first", "third"])


def test_poison_blocks_only_its_aggregate_and_a_retry_heals_it(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    sick, well = uuid4(), uuid4()
    hearer.poison("bad")
    producer.tell(sick, "good", "bad", "after")
    producer.tell(well, *notes(3))
    put_on_bus(bus, producer.told())
    hearer.start()
    eventually(lambda: hearer.count("dead_letter") == 1)
    eventually(lambda: hearer.heard(well) == notes(3))
    assert hearer.heard(sick) == ["good"]
    with hearer.database.unscoped() as tx:
        letter = dead_letters.unresolved(tx.connection, None, 10)[0]
    assert letter.event is not None
    assert (letter.attempts, letter.event.seq) == (5, 2)
    assert letter.error.startswith("ValueError in hear")

    hearer.cure()
    with hearer.database.unscoped() as tx:
        dead_letters.retry(tx.connection, letter.id, "somebody")
    eventually(lambda: hearer.heard(sick) == ["good", "bad", "after"])
    with hearer.database.unscoped() as tx:
        assert dead_letters.unresolved(tx.connection, None, 10) == []
        assert dead_letters.retry(tx.connection, letter.id, "somebody else").resolved_by == "somebody"


def test_a_skip_passes_the_event_by_and_lets_the_others_go_on(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    sick = uuid4()
    hearer.poison("bad")
    producer.tell(sick, "good", "bad", "after", "long after")
    put_on_bus(bus, producer.told())
    hearer.start()
    eventually(lambda: hearer.count("dead_letter") == 1)
    with hearer.database.unscoped() as tx:
        letter = dead_letters.unresolved(tx.connection, None, 10)[0]
        dead_letters.skip(tx.connection, letter.id, "somebody")
    eventually(lambda: hearer.heard(sick) == ["good", "after", "long after"])
    assert hearer.ids() == {event.event_id for event in producer.told()}


def test_a_payload_that_cannot_be_read_is_given_up_at_once(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    thing = uuid4()
    producer.tell(thing, "first", "second")
    first, second = producer.told()
    put_on_bus(bus, [replace(first, payload=b"\xff\xff\xff"), second])
    hearer.start(replay=False)
    eventually(lambda: hearer.count("dead_letter") == 1)
    assert hearer.heard() == []


def test_a_message_without_headers_is_kept_and_stops_nothing(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    bus.ensure_stream("telling")
    bus._call(bus._jetstream.publish("rf.telling.v1.thing.happened", b"who am I"), 5)
    producer.tell(uuid4(), "first")
    put_on_bus(bus, producer.told())
    hearer.start()
    eventually(lambda: hearer.heard() == ["first"])
    with hearer.database.unscoped() as tx:
        letter = dead_letters.unresolved(tx.connection, None, 10)[0]
        assert (letter.event, letter.payload) == (None, b"who am I")
        assert dead_letters.skip(tx.connection, letter.id, "somebody").resolution == "skipped"


def test_a_failure_of_the_surroundings_is_no_poison(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    thing = uuid4()
    hearer.poison("first", state="40P01")
    producer.tell(thing, "first", "second")
    put_on_bus(bus, producer.told())
    hearer.start()
    eventually(lambda: hearer.tries() > QUICK.max_failures + 1)
    assert hearer.count("dead_letter") == 0
    hearer.cure()
    eventually(lambda: hearer.heard() == ["first", "second"])


def test_what_fails_at_the_commit_has_failed(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    producer.tell(uuid4(), "first", "twice", "twice")
    put_on_bus(bus, producer.told())
    hearer.start()
    eventually(lambda: hearer.count("dead_letter") == 1)
    assert hearer.heard() == ["first", "twice"]


def test_two_consumers_share_the_work_and_keep_the_order(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    hearer.start()
    hearer.start()
    things = [uuid4() for _ in range(5)]
    for thing in things:
        producer.tell(thing, *notes(20))
    bus.ensure_stream("telling")
    bus.publish("telling", producer.told())
    eventually(lambda: hearer.count("heard") == 100)
    assert all(hearer.heard(thing) == notes(20) for thing in things)


def test_ids_sort_by_time() -> None:
    ids = [uuid7() for _ in range(3)]
    assert all(one.version == 7 for one in ids)
