"""Ändra markerade and Kravstoppad: what an invoice may be changed to."""

from datetime import date, timedelta
from typing import Any

import pytest

from kernel.errors import InvalidInput
from services.ledger.domain.invoice_changes import LATEST_DAYS, Change, Terms, changed, check
from services.ledger.domain.kinds import InvoiceKind, Service, StopKind
from services.ledger.domain.statuses import Facts
from tests.unit.ledger.builders import TODAY

INVOICED = TODAY - timedelta(40)
DUE = INVOICED + timedelta(30)
LATER = TODAY + timedelta(14)
NO_STOP = Terms(DUE, StopKind.NONE, None, "")
STOPPED = Terms(DUE, StopKind.COLLECTION, TODAY, "Väntar på svar")
OPEN = Facts(
    kind=InvoiceKind.INVOICE,
    service=Service.LEDGER,
    due_date=DUE,
    currency="SEK",
    paid_minor=0,
    credited_minor=0,
    open_minor=100,
    printed=False,
    reminded=False,
    in_collection=False,
    final_invoiced=False,
)


def faults(error: InvalidInput) -> list[tuple[str, str]]:
    return [(violation.field, violation.reason) for violation in error.violations]


REFUSED: dict[str, tuple[Change, str, str]] = {
    "nothing": (Change(), "due_date", "REQUIRED"),
    "an end day of no stop": (Change(stop=StopKind.NONE, stop_until=LATER), "stop.until_date", "NOT_ALLOWED"),
    "a stop that has ended": (
        Change(stop=StopKind.BOTH, stop_until=TODAY - timedelta(1)),
        "stop.until_date",
        "PAST",
    ),
    "a stop for years": (
        Change(stop=StopKind.BOTH, stop_until=TODAY + timedelta(LATEST_DAYS + 1)),
        "stop.until_date",
        "TOO_LATE",
    ),
    "a reason for lifting": (Change(stop=StopKind.NONE, stop_reason="Klart"), "stop.reason", "NOT_ALLOWED"),
    "a reason for a day": (Change(due_date=LATER, stop_reason="Klart"), "stop.reason", "NOT_ALLOWED"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_invoice_can_be_changed_to(case: str) -> None:
    change, field, reason = REFUSED[case]
    with pytest.raises(InvalidInput) as error:
        check(change, TODAY)
    assert faults(error.value) == [(field, reason)]


@pytest.mark.parametrize("until", [None, TODAY, TODAY + timedelta(LATEST_DAYS)])
def test_a_stop_may_last_from_today_on(until: date | None) -> None:
    check(Change(stop=StopKind.BOTH, stop_until=until, stop_reason="Ring"), TODAY)


OUTCOMES: dict[str, tuple[Terms, Change, Terms]] = {
    "K-13 due day": (NO_STOP, Change(due_date=LATER), NO_STOP._replace(due_date=LATER)),
    "K-13 stop": (
        NO_STOP,
        Change(stop=StopKind.BOTH, stop_until=LATER, stop_reason="Ring"),
        Terms(DUE, StopKind.BOTH, LATER, "Ring"),
    ),
    "K-13 end of the stop": (STOPPED, Change(stop_until=LATER), STOPPED._replace(stop_until=LATER)),
    "the end with a new reason": (
        STOPPED,
        Change(stop_until=LATER, stop_reason="Ny"),
        STOPPED._replace(stop_until=LATER, stop_reason="Ny"),
    ),
    "another stop has its own end": (
        STOPPED,
        Change(stop=StopKind.REMINDER),
        Terms(DUE, StopKind.REMINDER, None, ""),
    ),
    "a lifted stop leaves nothing": (STOPPED, Change(stop=StopKind.NONE), NO_STOP),
    "the due day alone leaves the stop": (STOPPED, Change(due_date=LATER), STOPPED._replace(due_date=LATER)),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_what_comes_of_it(case: str) -> None:
    before, change, after = OUTCOMES[case]
    check(change, TODAY)
    assert changed(before, OPEN, INVOICED, change, TODAY) == after


DUE_LATER = Change(due_date=LATER)
UNFIT: dict[str, tuple[dict[str, Any], Change, tuple[str, str]]] = {
    "paid": ({"open_minor": 0, "paid_minor": 100}, DUE_LATER, ("", "SETTLED")),
    "a credit": ({"kind": InvoiceKind.CREDIT, "open_minor": -100}, DUE_LATER, ("", "CREDIT")),
    "in a final invoice": ({"final_invoiced": True}, DUE_LATER, ("", "FINAL_INVOICED")),
    "its case owns the due day": ({"in_collection": True}, DUE_LATER, ("", "IN_COLLECTION")),
    "no stop to move": ({}, Change(stop_until=LATER), ("", "NO_STOP")),
    "due before it was written": (
        {},
        Change(due_date=INVOICED - timedelta(1)),
        ("due_date", "BEFORE_INVOICE_DATE"),
    ),
    "due in years": ({}, Change(due_date=TODAY + timedelta(LATEST_DAYS + 1)), ("due_date", "TOO_LATE")),
}


@pytest.mark.parametrize("case", UNFIT)
def test_which_invoices_cannot_be_changed(case: str) -> None:
    facts, change, fault = UNFIT[case]
    with pytest.raises(InvalidInput) as error:
        changed(NO_STOP, OPEN._replace(**facts), INVOICED, change, TODAY)
    assert faults(error.value) == [fault]


def test_an_invoice_in_collection_may_be_stopped() -> None:
    after = changed(NO_STOP, OPEN._replace(in_collection=True), INVOICED, Change(stop=StopKind.BOTH), TODAY)
    assert after == NO_STOP._replace(stop=StopKind.BOTH)
