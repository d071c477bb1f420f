"""An event's subject and headers."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis.envelope import (
    Envelope,
    MalformedEvent,
    from_headers,
    from_proto,
    service_of,
    subject_of,
    to_headers,
    to_proto,
)

EVENT = Envelope(
    event_id=UUID(int=1),
    source="ledger",
    client_id=UUID(int=2),
    aggregate_type="invoice",
    aggregate_id=UUID(int=3),
    seq=4,
    type="rf.ledger.v1.InvoiceSentToCollection",
    payload=b"payload",
    occurred_at=datetime(2026, 11, 24, 3, 28, 0, 123456, UTC),
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


@pytest.mark.parametrize(
    ("message", "aggregate", "subject"),
    [
        ("rf.ledger.v1.JournalApproved", "journal", "rf.ledger.v1.journal.approved"),
        ("rf.ledger.v1.InvoiceSentToCollection", "invoice", "rf.ledger.v1.invoice.sent_to_collection"),
        ("rf.ledger.v1.ReferenceRateEntered", "reference_rate", "rf.ledger.v1.reference_rate.entered"),
    ],
)
def test_the_subject_names_aggregate_and_fact(message: str, aggregate: str, subject: str) -> None:
    assert subject_of(message, aggregate) == subject


@pytest.mark.parametrize("aggregate", ["case", "journal_approved", "jour", ""])
def test_a_message_that_is_not_named_after_its_aggregate_is_refused(aggregate: str) -> None:
    with pytest.raises(ValueError, match="name it"):
        subject_of("rf.ledger.v1.JournalApproved", aggregate)


def test_the_service_is_in_the_package() -> None:
    assert service_of("rf.ledger.v1.JournalApproved") == "ledger"
    with pytest.raises(ValueError, match="not named"):
        service_of("google.protobuf.Empty")


def test_headers_follow_cloudevents_and_say_what_the_broker_needs() -> None:
    headers = to_headers(EVENT)
    assert headers["Nats-Msg-Id"] == headers["ce-id"] == str(EVENT.event_id)
    assert headers["ce-source"] == "/rf/ledger"
    assert headers["ce-time"] == "2026-11-24T03:28:00.123456+00:00"
    assert headers["ce-specversion"] == "1.0"


def test_an_event_comes_back_from_its_headers_and_from_protobuf() -> None:
    assert from_headers(to_headers(EVENT), EVENT.payload, "ledger") == EVENT
    assert from_proto(to_proto(EVENT)) == EVENT


@pytest.mark.parametrize(
    "change",
    [
        {"ce-id": "no id"},
        {"rf-seq": "0"},
        {"rf-seq": "many"},
        {"ce-time": "2026-11-24T03:28:00"},
        {"rf-aggregate": "invoice"},
        {"ce-source": "/rf/auth"},
    ],
    ids=str,
)
def test_headers_of_another_form_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(MalformedEvent):
        from_headers({**to_headers(EVENT), **change}, b"", "ledger")


def test_a_message_without_headers_is_refused() -> None:
    with pytest.raises(MalformedEvent):
        from_headers(None, b"", "ledger")
