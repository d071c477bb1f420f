"""Kunduppgifter as one looks at it: Kundsaldo (K-07, K-08) and Fakturor (K-11, K-12)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from chassis.wire import from_date, money
from kernel.interest import REFERENCE_RATES, ReferenceRate, default_interest
from rf.ledger.v1 import customer_overview_pb2, customers_pb2, invoices_pb2, journals_pb2, payments_pb2, terms_pb2
from rf.ledger.v1.customer_overview_pb2 import GetCustomerOverviewResponse
from tests.component.ledger.world import TODAY, Desk, World, a_followed_up

RATES = (*REFERENCE_RATES, ReferenceRate(date(2026, 7, 1), Decimal(2)))


@pytest.fixture(scope="module")
def rates(world: World, module_day: None) -> None:
    """The half-year of today has its rate."""
    rate = terms_pb2.ReferenceRate(half_year="2026H2", basis_points=200, source="Riksbanken")
    world.administrator().terms.SetReferenceRate(terms_pb2.SetReferenceRateRequest(request_id=str(uuid4()), rate=rate))


def overview(desk: Desk, customer_id: str, **fields: Any) -> GetCustomerOverviewResponse:
    request = customer_overview_pb2.GetCustomerOverviewRequest(customer_id=customer_id, **fields)
    answer: GetCustomerOverviewResponse = desk.overviews.GetCustomerOverview(request)
    return answer


def invoices(desk: Desk, client_id: UUID, customer: str, *days_and_more: tuple[int, int, dict[str, Any]]) -> list[str]:
    """Invoices with numbers from 1, of so many öre, that were due so many days ago."""
    drafts = [
        a_followed_up(
            client_id,
            customer,
            str(place),
            minor,
            0,
            **{
                "invoice_date": from_date(TODAY - timedelta(days + 30)),
                "due_date": from_date(TODAY - timedelta(days)),
                **more,
            },
        )
        for place, (days, minor, more) in enumerate(days_and_more, start=1)
    ]
    return list(desk.approve(desk.register(client_id, *drafts).journal).invoice_ids)


def pay(desk: Desk, client_id: UUID, number: str, minor: int, days_ago: int = 0) -> None:
    payment = payments_pb2.Payment(
        bank_reference=str(uuid4()),
        amount=money(minor),
        booking_date=from_date(TODAY - timedelta(days_ago)),
        references=[payments_pb2.PaymentReference(value=number)],
        channel="BGMAX",
    )
    journal = desk.payments.RegisterPayments(
        payments_pb2.RegisterPaymentsRequest(
            request_id=str(uuid4()), client_id=str(client_id), source="bank.txt", payments=[payment]
        )
    )
    desk.approve(journals_pb2.Journal(client_id=str(client_id), journal_id=journal.journal_id))


def interest(minor: int, days: int, *changes: tuple[int, int]) -> int:
    due = TODAY - timedelta(days)
    moved = [(TODAY - timedelta(ago), -less) for ago, less in changes]
    return default_interest(minor, due, TODAY, RATES, changes=moved).total_minor


def test_the_balance_says_what_is_owed_and_how_far_it_has_gone(world: World, desk: Desk, client_id: UUID, rates: None):
    """K-07, K-08: counts and sums, by currency, with accrued interest; they add up to the total debt."""
    customer = desk.customer(client_id)
    ids = invoices(
        desk,
        client_id,
        customer.number,
        (-10, 10_000, {}),
        (-5, 2_500, {}),
        (40, 100_000, {}),
        (200, 50_000, {}),
        (20, 30_000, {"kind": invoices_pb2.INVOICE_KIND_INTEREST}),
        (5, 7_000, {"currency_code": "EUR", "exchange_rate": "11.5"}),
        (0, -1_000, {"kind": invoices_pb2.INVOICE_KIND_CREDIT}),
    )
    desk.hand_over(desk.look(ids[3]).line)
    pay(desk, client_id, "3", 40_000, days_ago=10)
    pay(desk, client_id, "2", 3_000)
    seen = overview(desk, customer.customer_id)
    sek, eur = seen.balances
    assert (sek.not_due.amount, sek.not_due.count) == (money(10_000), 1)
    assert (sek.only_overdue.amount, sek.only_overdue.count) == (money(90_000), 2)
    assert (sek.collection.amount, sek.collection.count) == (money(50_000), 1)
    assert (sek.reminded.amount, sek.reminded.count) == (money(0), 0)
    accrued = interest(100_000, 40, (10, 40_000)) + interest(50_000, 200)
    assert accrued > 0
    assert sek.interest == money(accrued)
    assert (sek.overdue.amount, sek.overdue.count) == (money(140_000 + accrued), 3)
    assert (sek.credits.amount, sek.credits.count) == (money(-1_000), 1)
    assert sek.overpaid == money(-500)
    assert sek.total == money(10_000 + 140_000 + accrued - 1_000 - 500)
    assert eur.total == money(7_000 + interest(7_000, 5), "EUR")
    assert seen.missing_half_year == ""
    assert (seen.open_count, seen.invoice_count) == (6, 7)
    assert world.findings() == []


def test_open_invoices_first_and_all_that_there_ever_were(desk: Desk, client_id: UUID, rates: None):
    """K-11, K-12: amounts in the currencies told there."""
    customer = desk.customer(client_id)
    euros = {"currency_code": "EUR", "exchange_rate": "11.5"}
    invoices(desk, client_id, customer.number, (3, 10_000, {}), (2, 5_000, euros), (40, 100_000, {}), (9, 700, {}))
    pay(desk, client_id, "4", 1_000)
    seen = overview(desk, customer.customer_id)
    assert [one.line.number for one in seen.invoices] == ["3", "1", "2"]
    oldest, _, in_euros = seen.invoices
    assert oldest.fees_and_interest == money(interest(100_000, 40))
    assert oldest.remaining_sek == money(100_000)
    assert (in_euros.line.original, in_euros.remaining_sek) == (money(5_000, "EUR"), money(57_500))
    everything: list[str] = []
    token = ""
    while True:
        page = overview(desk, customer.customer_id, all_invoices=True, page_size=2, page_token=token)
        everything += [one.line.number for one in page.invoices]
        token = page.next_page_token
        if not token:
            break
    assert everything == ["2", "1", "4", "3"]
    settled = overview(desk, customer.customer_id, all_invoices=True)
    [fourth] = [one for one in settled.invoices if one.line.number == "4"]
    assert (fourth.overpaid, fourth.remaining_sek, fourth.fees_and_interest) == (money(300), money(0), money(0))


def test_a_missing_reference_rate_is_told_and_never_guessed(
    desk: Desk, client_id: UUID, rates: None, monkeypatch: pytest.MonkeyPatch
):
    customer = desk.customer(client_id)
    invoices(desk, client_id, customer.number, (3, 10_000, {}))
    monkeypatch.setenv("RF_TODAY", "2027-01-05")
    seen = overview(desk, customer.customer_id)
    assert seen.missing_half_year == "2027H1"
    assert seen.balances[0].interest == money(0)
    assert seen.balances[0].total == money(10_000)


def test_what_belongs_to_a_protected_identity_is_left_out(world: World, desk: Desk, client_id: UUID):
    made = desk.customer(client_id, protected_identity=True, phone="08-7")
    assert overview(desk, made.customer_id).customer.phone == "08-7"
    reader = world.user(client_id, may=[Permission.LEDGER_READ])
    seen = overview(reader, made.customer_id)
    assert seen.is_shielded
    assert (seen.customer.phone, seen.customer.street) == ("", "")


def test_notes_are_shown_to_the_clients_users_only(world: World, desk: Desk, client_id: UUID):
    """K-10."""
    made = desk.customer(client_id)
    desk.customers.AddCustomerNote(
        customers_pb2.AddCustomerNoteRequest(
            request_id=str(uuid4()), client_id=str(client_id), customer_id=made.customer_id, text="Ringde"
        )
    )
    assert [one.text for one in overview(desk, made.customer_id).notes] == ["Ringde"]
    assert list(overview(world.officer(), made.customer_id).notes) == []


def test_opening_a_person_leaves_a_trace(world: World, desk: Desk, client_id: UUID):
    made = desk.customer(client_id)
    overview(desk, made.customer_id)
    rows = world.rows("SELECT subject, action FROM audit_entry WHERE object_id = :id", id=made.customer_id)
    assert rows == [(desk.subject, "customer.read")]


def test_strangers_see_nothing(world: World, desk: Desk, client_id: UUID):
    made = desk.customer(client_id)
    stranger = world.user(world.client())
    for where in ({}, {"client_id": str(client_id)}):
        with pytest.raises(RemoteError, match="NOT_FOUND"):
            overview(stranger, made.customer_id, **where)
