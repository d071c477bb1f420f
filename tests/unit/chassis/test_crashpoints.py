"""The places where a test can cut the power."""

from pathlib import Path

import pytest

from chassis import consumer, jobs, relay
from chassis.crashpoints import POINTS, crashpoint, parse, register

TESTS = Path(__file__).resolve().parents[2]


def test_the_environment_says_where_and_at_which_hit() -> None:
    assert parse("") == {}
    assert parse("relay.after_publish, consumer.before_ack:3") == {"relay.after_publish": 1, "consumer.before_ack": 3}


def test_a_place_has_one_name_and_a_name_one_place() -> None:
    with pytest.raises(ValueError, match="two places"):
        register(relay.AFTER_PUBLISH, "somewhere else")
    with pytest.raises(KeyError):
        crashpoint("nowhere")


def test_every_place_of_the_event_machinery_is_died_at_in_some_test() -> None:
    places = [name for name in POINTS if name.split(".")[0] in {"relay", "consumer", "jobs"}]
    assert {relay.AFTER_PUBLISH, consumer.BEFORE_ACK, jobs.AFTER_CLAIM} <= set(places)
    sources = [path.read_text() for path in (TESTS / "component" / "chassis").glob("*.py")]
    assert [name for name in places if not any(f'RF_CRASH="{name}' in source for source in sources)] == []
