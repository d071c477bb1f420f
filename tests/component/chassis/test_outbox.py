"""The outbox numbers what is told, keeps it, and says how far it has come."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import outbox
from chassis.outbox import Event
from tests.component.chassis.messages import ThingHappened
from tests.component.chassis.world import CLIENT, Producer, notes


def test_events_are_numbered_within_their_aggregate(producer: Producer) -> None:
    a, b = uuid4(), uuid4()
    producer.tell(a, "first", "second")
    producer.tell(b, "other")
    producer.tell(a, "third")
    assert [(e.aggregate_id, e.seq) for e in producer.told()] == [(a, 1), (a, 2), (b, 1), (a, 3)]


def test_the_subject_follows_from_message_and_aggregate(producer: Producer) -> None:
    producer.tell(uuid4(), "first")
    assert producer.told()[0].subject == "rf.telling.v1.thing.happened"


def test_writers_that_lock_their_aggregate_leave_no_gap(producer: Producer) -> None:
    aggregate = uuid4()

    def tell_one(note: str) -> None:
        with producer.database.system([CLIENT]) as tx:
            tx.execute(text("SELECT pg_advisory_xact_lock(42)"))
            tx.publish(Event(CLIENT, "thing", aggregate, ThingHappened(note=note)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tell_one, notes(40)))
    assert [event.seq for event in producer.told()] == list(range(1, 41))


def test_a_message_that_is_not_ours_or_not_named_after_its_aggregate_is_refused(producer: Producer) -> None:
    with producer.database.engine.connect() as connection:
        with pytest.raises(ValueError, match="cannot tell"):
            outbox.append(connection, "ledger", [Event(None, "thing", uuid4(), ThingHappened())])
        with pytest.raises(ValueError, match="name it"):
            outbox.append(connection, "telling", [Event(None, "stone", uuid4(), ThingHappened())])


def test_what_was_told_can_neither_be_changed_nor_removed(producer: Producer) -> None:
    producer.tell(uuid4(), "first")
    for statement in ("DELETE FROM outbox", "UPDATE outbox SET payload = ''", "DELETE FROM inbox"):
        with pytest.raises(DBAPIError, match="permission denied"), producer.database.unscoped() as tx:
            tx.execute(text(statement))


def test_heads_never_pass_an_event_by_whose_transaction_was_slow(producer: Producer) -> None:
    slow, quick = uuid4(), uuid4()
    seen: dict[UUID, int] = {}
    token = ""

    def look() -> None:
        nonlocal token
        with producer.database.unscoped() as tx:
            page = outbox.heads(tx.connection, token, 10)
        seen.update(page.heads)
        token = page.token

    with producer.database.system([CLIENT]) as tx:
        outbox.append(tx.connection, "telling", [Event(CLIENT, "thing", slow, ThingHappened(note="slow"))])
        producer.tell(quick, "quick")
        look()
        assert slow not in seen
    look()
    assert seen == {slow: 1, quick: 1}


def test_heads_come_in_pages(producer: Producer) -> None:
    a, b = uuid4(), uuid4()
    producer.tell(a, *notes(3))
    producer.tell(b, *notes(2))
    with producer.database.unscoped() as tx:
        first = outbox.heads(tx.connection, "", 4)
        second = outbox.heads(tx.connection, first.token, 4)
    assert (first.heads, first.more) == ({a: 3, b: 1}, True)
    assert (second.heads, second.more) == ({b: 2}, False)
