"""A half-year without a reference rate: nothing is guessed, payments wait, and go on when the rate is entered."""

from datetime import date
from uuid import uuid4

import pytest

from rf.collection.v1 import cases_pb2, events_pb2
from rf.ledger.v1 import events_pb2 as ledger_events
from tests.component.collection.world import CAPITAL

INTEREST_TO_JUNE_30 = 249_32  # 91 days at 10 percent


@pytest.fixture(autouse=True)
def business_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RF_TODAY", "2026-11-24")


def test_payments_wait_for_the_rate_and_are_settled_when_it_is_entered(world, client_id, other_client):
    waiting = world.an_invoice_in_collection(client_id)
    settled = world.an_invoice_in_collection(client_id)
    theirs = world.an_invoice_in_collection(other_client)
    world.jobs_done()
    later = world.a_payment(waiting, 2_000_00, date(2026, 8, 3))
    first = world.a_payment(waiting, 1_000_00, date(2026, 7, 6))
    world.a_payment(settled, 1_000_00, date(2026, 6, 30))
    world.a_payment(theirs, 2 * CAPITAL, date(2026, 7, 6))

    case = world.client_user(client_id).case(world.case_of(waiting))
    assert case.missing_reference_rate == "2026H2"
    assert case.interest_periods[-1].last_day.month == 6
    assert case.interest.remaining.minor_units == INTEREST_TO_JUNE_30
    assert [event.kind for event in case.events] == ["INTEREST_RATE_MISSING", "INTEREST_RATE_MISSING", "REGISTERED"]
    assert not world.told(world.case_of(waiting), events_pb2.CasePaymentSettled)
    assert len(world.told(world.case_of(settled), events_pb2.CasePaymentSettled)) == 1
    world.agrees()

    rate = ledger_events.ReferenceRateEntered(half_year="2026H2", basis_points=250)
    event = world.tell(None, "reference_rate", uuid4(), rate)
    world.jobs_done()
    world.hear(event)
    world.jobs_done()

    told = world.told(world.case_of(waiting), events_pb2.CasePaymentSettled)
    assert [one.case_payment_id for one in told] == [str(first), str(later)]  # by the bank's day
    six_days = round(CAPITAL * 1050 * 6 / (365 * 10_000))
    assert told[0].interest.minor_units == INTEREST_TO_JUNE_30 + six_days
    case = world.client_user(client_id).case(world.case_of(waiting))
    assert case.missing_reference_rate == ""
    assert {period.basis_points for period in case.interest_periods} == {1000, 1050}
    assert world.officer().case(world.case_of(theirs)).line.status == cases_pb2.CASE_STATUS_PAID
    world.agrees()


def test_a_rate_of_a_half_year_that_does_not_exist_is_refused(world):
    aggregate = uuid4()
    world.tell(None, "reference_rate", aggregate, ledger_events.ReferenceRateEntered(half_year="2027H3"))
    assert world.failed(aggregate) == 1


def test_verify_finds_what_does_not_agree(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    world.a_payment(invoice, 1_000_00, date(2026, 6, 1))
    world.jobs_done()
    world.agrees()
    world.spoil(
        "UPDATE collection_case SET capital_remaining_minor = capital_remaining_minor - 1 WHERE client_id = :c",
        client_id,
    )
    faults = world.disagreements()
    assert len(faults) == 2
    assert all("case 1" in fault and ("capital" in fault or "claims" in fault) for fault in faults)
    world.spoil(
        "UPDATE collection_case SET capital_remaining_minor = capital_remaining_minor + 1 WHERE client_id = :c",
        client_id,
    )
    world.agrees()


def test_verify_is_a_command_whose_exit_code_says_whether_all_agrees(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    world.a_payment(invoice, 1_000_00, date(2026, 6, 1))
    assert world.verify_command() == (0, "collection: everything agrees\n")
    world.spoil(
        "UPDATE collection_case SET interest_paid_minor = interest_paid_minor + 1 WHERE client_id = :c", client_id
    )
    code, said = world.verify_command()
    world.spoil(
        "UPDATE collection_case SET interest_paid_minor = interest_paid_minor - 1 WHERE client_id = :c", client_id
    )
    assert code == 1
    assert "interest of the case and its rows differ" in said
