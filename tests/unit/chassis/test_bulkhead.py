"""Places in a compartment: taken, waited for, refused."""

import threading
import time
from collections.abc import Generator

import pytest

from chassis import calls
from chassis.bulkhead import Bulkhead, Overloaded
from chassis.calls import Call
from kernel.errors import DomainError, Kind


class Full(DomainError):
    reason = "FULL"
    kind = Kind.EXHAUSTED


def test_who_finds_no_place_is_told_at_once() -> None:
    bulkhead = Bulkhead("test", 2)
    with bulkhead, bulkhead, pytest.raises(Overloaded), bulkhead:
        pass


def test_a_place_is_free_again_after_the_block_also_when_it_failed() -> None:
    bulkhead = Bulkhead("test", 1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), bulkhead:
            raise ZeroDivisionError
    with bulkhead:
        pass


def test_who_may_wait_gets_the_place_of_who_leaves() -> None:
    bulkhead = Bulkhead("test", 1, patience_s=10, waiting=1)
    inside = threading.Event()
    with bulkhead:
        second = threading.Thread(target=lambda: _enter(bulkhead, inside))
        second.start()
        assert not inside.wait(0.05)
    second.join(10)
    assert inside.is_set()


def test_who_came_first_is_served_first_also_before_who_has_just_come() -> None:
    bulkhead = Bulkhead("test", 1, patience_s=10, waiting=2)
    order: list[int] = []

    def enter(number: int) -> None:
        with bulkhead:
            order.append(number)

    with bulkhead:
        threads = []
        for number in range(2):
            threads.append(threading.Thread(target=enter, args=(number,)))
            threads[-1].start()
            while len(bulkhead._queue) <= number:
                pass
    for thread in threads:
        thread.join(10)
    assert order == [0, 1]


def test_no_more_wait_than_may() -> None:
    bulkhead = Bulkhead("test", 1, patience_s=30, waiting=0)
    with bulkhead, pytest.raises(Overloaded), bulkhead:
        pass


def test_patience_ends() -> None:
    bulkhead = Bulkhead("test", 1, patience_s=0.01, waiting=1)
    with bulkhead, pytest.raises(Overloaded), bulkhead:
        pass


def test_nobody_waits_longer_than_their_caller() -> None:
    bulkhead = Bulkhead("test", 1, patience_s=3600, waiting=1)
    with bulkhead, calls.during(Call("test", deadline=time.monotonic() + 0.01)), pytest.raises(Overloaded), bulkhead:
        pass


def test_a_compartment_may_refuse_in_words_of_its_own() -> None:
    bulkhead = Bulkhead("test", 1, refusal=Full)
    with bulkhead, pytest.raises(Full), bulkhead:
        pass


def test_a_generator_holds_its_place_until_it_is_closed() -> None:
    bulkhead = Bulkhead("test", 1)

    def pieces() -> Generator[int, None, None]:
        with bulkhead:
            yield 1
            yield 2

    reading = pieces()
    next(reading)
    with pytest.raises(Overloaded), bulkhead:
        pass
    reading.close()
    with bulkhead:
        pass


def _enter(bulkhead: Bulkhead, inside: threading.Event) -> None:
    with bulkhead:
        inside.set()
