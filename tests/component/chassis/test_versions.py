"""Two versions side by side: what the newer one says, the older one takes as far as it knows it, and keeps the rest.

The rule: an unknown field is passed over, an unknown type of event moves the cursor, and an unknown value of what a
handler must decide by makes it refuse, so that the event waits as a dead letter for the newer version.
"""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from chassis import dead_letters
from chassis.bus import Bus
from rf.ledger.v1 import terms_pb2
from tests.component.chassis.messages import ThingForgotten
from tests.component.chassis.test_rpc import House
from tests.component.chassis.world import Hearer, Producer, eventually, put_on_bus
from tests.stack import ServiceDatabase

NEWER = b"\xba\x3e\x05newer"  # field 999, which no message of today has


def test_an_older_consumer_passes_over_fields_that_it_does_not_know(
    producer: Producer, hearer: Hearer, bus: Bus
) -> None:
    producer.tell(uuid4(), "first", "second")
    first, second = producer.told()
    put_on_bus(bus, [replace(first, payload=first.payload + NEWER), second])
    hearer.start(replay=False)
    eventually(lambda: hearer.heard() == ["first", "second"])
    assert hearer.count("dead_letter") == 0


def test_a_newer_consumer_takes_events_that_lack_its_fields(producer: Producer, hearer: Hearer, bus: Bus) -> None:
    producer.tell(uuid4(), "first")
    (event,) = producer.told()
    put_on_bus(bus, [replace(event, payload=b"")])
    hearer.start(replay=False)
    eventually(lambda: hearer.heard() == [""])


def test_an_older_consumer_goes_past_events_of_types_that_it_does_not_know(
    producer: Producer, hearer: Hearer, bus: Bus
) -> None:
    thing = uuid4()
    producer.tell(thing, "before")
    producer.tell(thing, "newer", message=ThingForgotten)
    producer.tell(thing, "after")
    events = [
        replace(event, type="rf.telling.v1.ThingInvented") if event.seq == 2 else event for event in producer.told()
    ]
    put_on_bus(bus, events)
    hearer.start()
    eventually(lambda: hearer.heard() == ["before", "after"])
    assert hearer.ids() == {event.event_id for event in events}


def test_what_an_older_version_had_to_refuse_a_newer_one_takes_afterwards(
    producer: Producer, hearer: Hearer, bus: Bus
) -> None:
    sick, well = uuid4(), uuid4()
    hearer.poison("value of tomorrow")
    producer.tell(sick, "value of tomorrow", "after")
    producer.tell(well, "as always")
    put_on_bus(bus, producer.told())
    hearer.start()
    eventually(lambda: hearer.count("dead_letter") == 1 and hearer.heard() == ["as always"])
    hearer.stop()
    hearer.cure()  # the newer version is rolled out
    hearer.start()
    with hearer.database.unscoped() as tx:
        (letter,) = dead_letters.unresolved(tx.connection, None, 10)
        dead_letters.retry(tx.connection, letter.id, "somebody")
    eventually(lambda: hearer.heard(sick) == ["value of tomorrow", "after"])


@pytest.fixture
def copies(tmp_path: Path, hearing_database: ServiceDatabase):
    house = House(tmp_path, hearing_database)
    yield house
    house.neighbour.close()
    house.server.stop()
    house.database.engine.dispose()


def test_a_newer_caller_is_answered_and_its_repeat_knows_its_request(copies: House) -> None:
    request = terms_pb2.SetTermsRequest(request_id=str(uuid4()), terms=terms_pb2.Terms(name="a"))
    request.MergeFromString(NEWER)
    first = copies.stub.SetTerms(request)
    assert copies.stub.SetTerms(request) == first
    assert copies.rows() == 1
