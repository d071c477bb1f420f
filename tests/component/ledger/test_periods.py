"""Periods close per client and month, by staff; nothing is dated or booked into a closed one."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from chassis.wire import from_date, money
from kernel.errors import DomainError
from rf.ledger.v1 import journals_pb2, periods_pb2, transactions_pb2
from tests.component.ledger.world import TODAY, Desk, World, a_followed_up, a_printed, faults

OCTOBER = date(2026, 10, 15)


def close(world: World, client_id: UUID, day: date = OCTOBER) -> None:
    world.administrator().periods.ClosePeriod(
        periods_pb2.ClosePeriodRequest(request_id=str(uuid4()), client_id=str(client_id), day=from_date(day))
    )


def test_an_invoice_is_not_dated_into_a_closed_month(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    draft = a_printed(client_id, customer, invoice_date=from_date(OCTOBER))
    journal = desk.register(client_id, draft).journal
    close(world, client_id)
    with pytest.raises(DomainError) as refused:
        desk.preview(draft)
    assert faults(refused.value) == {"draft.invoice_date": "PERIOD_CLOSED"}
    with pytest.raises(DomainError) as refused:  # also when it waited while the month was closed
        desk.approve(journal)
    assert faults(refused.value) == {"items[0].invoice_date": "PERIOD_CLOSED"}
    desk.preview(a_printed(client_id, customer, invoice_date=from_date(date(2026, 9, 30))))
    desk.preview(a_printed(client_id, customer, invoice_date=from_date(date(2026, 11, 1))))


def test_a_transaction_is_not_dated_into_a_closed_month(
    world: World, desk: Desk, client_id: UUID, customer: str
) -> None:
    desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    close(world, client_id)
    given = transactions_pb2.TransactionDraft(
        kind=transactions_pb2.TRANSACTION_KIND_DIRECT_PAYMENT,
        invoice_number="F1",
        date=from_date(OCTOBER),
        amount=money(100),
    )
    with pytest.raises(DomainError) as refused:
        desk.journals.RegisterTransactions(
            journals_pb2.RegisterTransactionsRequest(
                request_id=str(uuid4()), client_id=str(client_id), transactions=[given]
            )
        )
    assert faults(refused.value) == {"transactions[0].date": "PERIOD_CLOSED"}


def test_nothing_is_booked_into_a_closed_month(
    world: World, desk: Desk, client_id: UUID, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run for an earlier day is refused, whoever asks for it."""
    close(world, client_id)
    journal = desk.register(client_id, a_printed(client_id, customer)).journal
    monkeypatch.setenv("RF_TODAY", OCTOBER.isoformat())
    with pytest.raises(DomainError, match="PERIOD_CLOSED"):
        desk.approve(journal)
    monkeypatch.setenv("RF_TODAY", TODAY.isoformat())
    desk.approve(journal)
    assert world.findings() == []


def test_a_month_is_closed_once_it_is_over(world: World, desk: Desk, client_id: UUID) -> None:
    with pytest.raises(DomainError, match="PERIOD_NOT_OVER"):
        close(world, client_id, TODAY)
    for day in (OCTOBER, date(2026, 10, 1), date(2026, 8, 31)):
        close(world, client_id, day)
    answer = desk.periods.ListClosedPeriods(periods_pb2.ListClosedPeriodsRequest(client_id=str(client_id), page_size=1))
    assert [(one.year, one.month, one.day) for one in answer.months] == [(2026, 10, 1)]
    answer = desk.periods.ListClosedPeriods(
        periods_pb2.ListClosedPeriodsRequest(client_id=str(client_id), page_size=1, page_token=answer.next_page_token)
    )
    assert [(one.year, one.month) for one in answer.months] == [(2026, 8)]
    assert answer.next_page_token == ""


def test_only_staff_closes(desk: Desk, client_id: UUID) -> None:
    with pytest.raises(DomainError, match="PERMISSION_DENIED"):
        desk.periods.ClosePeriod(
            periods_pb2.ClosePeriodRequest(request_id=str(uuid4()), client_id=str(client_id), day=from_date(OCTOBER))
        )
