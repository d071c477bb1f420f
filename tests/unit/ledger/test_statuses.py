"""Status of an invoice: the furthest that holds."""

from datetime import timedelta
from typing import Any

import pytest

from services.ledger.domain.kinds import InvoiceKind, Service, Status, StopKind
from services.ledger.domain.statuses import (
    CannotHandOver,
    Facts,
    is_stopped,
    may_be_handed_over,
    must_be_fit_for_collection,
    status,
)
from tests.unit.ledger.builders import TODAY

YESTERDAY, TOMORROW = TODAY - timedelta(1), TODAY + timedelta(1)

OPEN = Facts(
    kind=InvoiceKind.INVOICE,
    service=Service.INVOICING,
    due_date=TOMORROW,
    currency="SEK",
    paid_minor=0,
    credited_minor=0,
    open_minor=100,
    printed=True,
    reminded=False,
    in_collection=False,
    final_invoiced=False,
)

CASES: dict[str, tuple[dict[str, Any], Status]] = {
    "approved, to be printed": ({"printed": False}, Status.TO_BE_INVOICED),
    "not printed by us": ({"printed": False, "service": Service.LEDGER}, Status.NOT_DUE),
    "printed": ({}, Status.NOT_DUE),
    "on its due day": ({"due_date": TODAY}, Status.NOT_DUE),
    "the day after": ({"due_date": YESTERDAY}, Status.OVERDUE),
    "overdue and never printed": ({"due_date": YESTERDAY, "printed": False}, Status.OVERDUE),
    "reminded": ({"due_date": YESTERDAY, "reminded": True}, Status.REMINDED),
    "reminded, with a new due day": ({"reminded": True}, Status.REMINDED),
    "in collection": ({"reminded": True, "in_collection": True}, Status.COLLECTION),
    "in a final invoice": ({"in_collection": True, "final_invoiced": True}, Status.FINAL_INVOICED),
    "credited": ({"open_minor": 0, "credited_minor": 100}, Status.CREDITED),
    "paid": ({"open_minor": 0, "paid_minor": 100}, Status.PAID),
    "partly credited, then paid": ({"open_minor": 0, "paid_minor": 60, "credited_minor": 40}, Status.PAID),
    "paid in collection": ({"open_minor": 0, "paid_minor": 100, "in_collection": True}, Status.PAID),
    "a credit past its day": (
        {"kind": InvoiceKind.CREDIT, "open_minor": -100, "due_date": YESTERDAY},
        Status.NOT_DUE,
    ),
    "a credit all used": ({"kind": InvoiceKind.CREDIT, "open_minor": 0, "credited_minor": -100}, Status.PAID),
}


@pytest.mark.parametrize("case", CASES)
def test_status(case):
    changes, expected = CASES[case]
    assert status(OPEN._replace(**changes), TODAY) is expected


OVERDUE = OPEN._replace(due_date=YESTERDAY)


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"due_date": TODAY}, "NOT_OVERDUE"),
        ({"open_minor": 0, "paid_minor": 100}, "NOTHING_REMAINS"),
        ({"open_minor": -100, "kind": InvoiceKind.CREDIT}, "CREDIT"),
        ({"currency": "EUR"}, "NOT_SEK"),
        ({"in_collection": True}, "IN_COLLECTION"),
        ({"final_invoiced": True}, "FINAL_INVOICED"),
        ({"stop": StopKind.COLLECTION}, "STOPPED"),
        ({"stop": StopKind.BOTH, "stop_until": TODAY}, f"STOPPED until={TODAY}"),
        ({"stop": StopKind.REMINDER}, "STOPPED"),
        ({"collection_block": True, "reminded": True}, "CUSTOMER_STOPPED"),
        ({"reminder_block": True}, "CUSTOMER_STOPPED"),
    ],
)
def test_what_cannot_go_to_collection(changes, because):
    with pytest.raises(CannotHandOver, match=f"because={because}"):
        must_be_fit_for_collection(OVERDUE._replace(**changes), TODAY)


def test_what_is_overdue_can():
    assert may_be_handed_over(OVERDUE, TODAY)
    assert not may_be_handed_over(OPEN, TODAY)


@pytest.mark.parametrize(
    "changes",
    [
        {"stop": StopKind.BOTH, "stop_until": YESTERDAY},
        {"stop": StopKind.REMINDER, "reminded": True},
        {"reminder_block": True, "reminded": True},
    ],
)
def test_a_stop_that_has_ended_or_been_passed_keeps_nothing_from_collection(changes):
    assert may_be_handed_over(OVERDUE._replace(**changes), TODAY)


@pytest.mark.parametrize(
    ("changes", "stopped"),
    [
        ({}, False),
        ({"stop": StopKind.REMINDER}, True),
        ({"stop": StopKind.COLLECTION, "stop_until": TODAY}, True),
        ({"stop": StopKind.COLLECTION, "stop_until": YESTERDAY}, False),
        ({"reminder_block": True}, True),
        ({"collection_block": True}, True),
    ],
)
def test_the_hand_beside_the_status(changes, stopped):
    assert is_stopped(OPEN._replace(**changes), TODAY) is stopped
