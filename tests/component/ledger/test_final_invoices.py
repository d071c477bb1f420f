"""Slutfaktura kundkonto (N-04): the customer's open items become one claim, and point to it."""

from typing import Any
from uuid import UUID

import pytest

from chassis.wire import money
from kernel.errors import DomainError
from rf.ledger.v1 import events_pb2, invoices_pb2, payments_pb2
from tests.component.ledger.world import Desk, World, a_followed_up, a_payment, a_printed, a_row, faults

CREDIT, FINAL = invoices_pb2.INVOICE_KIND_CREDIT, invoices_pb2.INVOICE_KIND_FINAL


def a_final(client_id: UUID, customer: str, **fields: object) -> invoices_pb2.InvoiceDraft:
    draft = a_printed(client_id, customer, kind=FINAL, **fields)
    del draft.rows[:]
    return draft


def remaining(desk: Desk, invoice: invoices_pb2.Invoice) -> int:
    return int(desk.look(invoice.line.invoice_id).line.remaining.minor_units)


def test_it_lists_what_is_open_sums_it_and_replaces_it(
    world: World, desk: Desk, client_id: UUID, customer: str
) -> None:
    """N-04."""
    first = desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    second = desk.invoice(client_id, a_followed_up(client_id, customer, "F2", 20_000, 0))
    credit = desk.invoice(client_id, a_followed_up(client_id, customer, "K1", -1_000, 0, kind=CREDIT))
    desk.pay(client_id, a_payment(2_500, "F1", is_ocr=False))
    before = world.balance(client_id)

    shown = desk.preview(a_final(client_id, customer))
    assert [row.net.minor_units for row in shown.draft.rows] == [10_000, 20_000, -1_000]
    assert [row.description.split(",")[0] for row in shown.draft.rows] == ["Faktura F1", "Faktura F2", "Kredit K1"]
    assert (shown.total.minor_units, shown.vat.minor_units, shown.rounding.minor_units) == (29_000, 0, 0)

    final = desk.invoice(client_id, a_final(client_id, customer))
    assert final.line.kind == FINAL
    assert final.line.remaining.minor_units == 29_000
    assert final.ocr_number
    for one in (first, second, credit):
        listed = desk.look(one.line.invoice_id)
        assert listed.line.remaining.minor_units == 0
        assert listed.line.status == invoices_pb2.INVOICE_STATUS_FINAL_INVOICED
        assert (listed.final_invoice_id, listed.final_invoice_number) == (final.line.invoice_id, final.line.number)
        assert listed.history[0].kind == "FINAL_INVOICED"
    [told] = world.told(client_id, events_pb2.JournalApproved)[-1].invoices
    assert {part.invoice_id: part.amount.minor_units for part in told.takes} == {
        first.line.invoice_id: 10_000,
        second.line.invoice_id: 20_000,
        credit.line.invoice_id: -1_000,
    }
    assert world.balance(client_id) == before  # what was claimed in many is claimed in one
    assert world.findings() == []


def test_it_can_be_paid_and_what_it_lists_cannot(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    final = desk.invoice(client_id, a_final(client_id, customer))
    desk.pay(client_id, a_payment(12_500, final.ocr_number))
    paid = desk.look(final.line.invoice_id)
    assert paid.line.status == invoices_pb2.INVOICE_STATUS_PAID
    with pytest.raises(DomainError) as refused:
        desk.preview(a_followed_up(client_id, customer, "K1", -100, 0, kind=CREDIT, credits_invoice_number="F1"))
    assert faults(refused.value)["draft.credits_invoice_number"] == "FINAL_INVOICED"
    assert world.findings() == []


def test_it_is_made_of_what_is_open_when_it_is_approved(desk: Desk, client_id: UUID, customer: str) -> None:
    """Somebody pays meanwhile: what was reviewed is no longer what would be claimed."""
    desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    journal = desk.register(client_id, a_final(client_id, customer)).journal
    desk.pay(client_id, a_payment(500, "F1", is_ocr=False))
    with pytest.raises(DomainError) as refused:
        desk.approve(journal)
    assert faults(refused.value) == {"items[0].total": "CHANGED"}


def test_each_currency_has_its_own(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    in_euro: dict[str, Any] = {"currency_code": "EUR", "exchange_rate": "10"}
    desk.invoice(client_id, a_followed_up(client_id, customer, "E11", **in_euro))
    desk.invoice(client_id, a_followed_up(client_id, customer, "E12", **{**in_euro, "exchange_rate": "11"}))
    final = desk.invoice(client_id, a_final(client_id, customer, currency_code="EUR", exchange_rate="12"))
    assert final.line.original == money(25_000, "EUR")
    assert final.remaining_sek.minor_units == 300_000
    assert world.balance(client_id)["3960"] == -(300_000 - 125_000 - 137_500)
    assert world.findings() == []


def test_what_is_in_collection_stays_there(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    old = a_followed_up(client_id, customer, "F1")
    old.invoice_date.year = 2025
    overdue = desk.invoice(client_id, old)
    desk.invoice(client_id, a_followed_up(client_id, customer, "F2", 20_000, 0))
    desk.hand_over(overdue.line)
    final = desk.invoice(client_id, a_final(client_id, customer))
    assert final.line.original.minor_units == 20_000
    assert remaining(desk, overdue) == 12_500
    assert world.findings() == []


def test_there_must_be_something_to_close(desk: Desk, client_id: UUID, customer: str) -> None:
    with pytest.raises(DomainError) as refused:
        desk.preview(a_final(client_id, customer))
    assert faults(refused.value) == {"draft.customer_number": "NOTHING_OPEN"}
    desk.invoice(client_id, a_followed_up(client_id, customer, "K1", -1_000, 0, kind=CREDIT))
    with pytest.raises(DomainError) as refused:
        desk.preview(a_final(client_id, customer))
    assert faults(refused.value) == {"draft.customer_number": "NOTHING_OPEN"}


def test_two_in_one_journal_cannot_list_the_same(desk: Desk, client_id: UUID, customer: str) -> None:
    desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    with pytest.raises(DomainError) as refused:
        desk.register(client_id, a_final(client_id, customer), a_final(client_id, customer))
    assert faults(refused.value) == {"invoices[1].customer_number": "NOTHING_OPEN"}


def test_an_invoice_is_not_credited_and_listed_in_one_journal(desk: Desk, client_id: UUID, customer: str) -> None:
    desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    credit = a_followed_up(client_id, customer, "K1", -100, 0, kind=CREDIT, credits_invoice_number="F1")
    with pytest.raises(DomainError) as refused:
        desk.register(client_id, credit, a_final(client_id, customer))
    assert faults(refused.value) == {"invoices[1].customer_number": "CREDITED_IN_JOURNAL"}


def test_reskontraservice_gives_its_number_and_nothing_else(desk: Desk, client_id: UUID, customer: str) -> None:
    desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    given = a_followed_up(client_id, customer, "S11", kind=FINAL)
    with pytest.raises(DomainError) as refused:
        desk.preview(given)
    assert set(faults(refused.value)) == {"draft.net", "draft.vat", "draft.total"}
    for name in ("net", "vat", "total"):
        given.ClearField(name)
    assert desk.invoice(client_id, given).line.number == "S11"


def test_a_credit_of_ones_own_is_no_row(desk: Desk, client_id: UUID, customer: str) -> None:
    draft = a_final(client_id, customer)
    draft.rows.append(a_row())
    with pytest.raises(DomainError) as refused:
        desk.preview(draft)
    assert faults(refused.value)["draft.rows"] == "NOT_ALLOWED"


def test_payments_do_not_find_what_a_final_invoice_lists(
    world: World, desk: Desk, client_id: UUID, customer: str
) -> None:
    """Whoever pays by the old number has paid too much on it: the money is the customer's."""
    desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    desk.invoice(client_id, a_final(client_id, customer))
    match = desk.payments.MatchPayments(
        payments_pb2.MatchPaymentsRequest(client_id=str(client_id), payments=[a_payment(12_500, "F1", is_ocr=False)])
    )
    assert match.payments[0].parts[0].amount.minor_units == 0
    assert world.findings() == []
