"""Credit invoices, interest invoices, other currencies."""

from datetime import timedelta
from uuid import UUID

import pytest

from chassis.rpc_errors import RemoteError
from chassis.wire import from_date, money
from rf.ledger.v1 import invoices_pb2
from tests.component.ledger.world import TODAY, Desk, World, a_followed_up, a_printed, a_row, faults

CREDIT = {"kind": invoices_pb2.INVOICE_KIND_CREDIT}


def a_credit(client_id: UUID, customer: str, price: str, of: str, **fields):
    return a_printed(client_id, customer, a_row(f"-{price}"), credits_invoice_number=of, **CREDIT, **fields)


def test_a_credit_lowers_the_invoice_that_it_credits(world: World, desk: Desk, client_id: UUID, customer: str):
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    credit = desk.invoice(client_id, a_credit(client_id, customer, "40", invoice.line.number))
    invoice = desk.look(invoice.line.invoice_id)
    assert invoice.line.remaining == money(7_500)
    assert invoice.line.paid == money(0)
    assert credit.line.remaining == money(0)
    assert credit.draft.credits_invoice_number == invoice.line.number
    assert credit.ocr_number == ""
    assert [(item.kind, item.amount, item.voucher) for item in invoice.history] == [
        ("CREDIT", money(-5_000), "K 1"),
        ("REGISTERED", money(12_500), "F 1"),
    ]
    assert world.balance(client_id) == {"1510": 7_500, "2611": -1_500, "3001": -6_000}
    assert world.findings() == []


def test_an_invoice_that_is_wholly_credited_says_so(world: World, desk: Desk, client_id: UUID, customer: str):
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    credit = desk.invoice(client_id, a_credit(client_id, customer, "100", invoice.line.number))
    assert desk.look(invoice.line.invoice_id).line.status == invoices_pb2.INVOICE_STATUS_CREDITED
    assert credit.line.status == invoices_pb2.INVOICE_STATUS_PAID
    assert world.balance(client_id) == {}


def test_nobody_credits_more_than_was_invoiced(world: World, desk: Desk, client_id: UUID, customer: str):
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    with pytest.raises(RemoteError) as error:
        desk.preview(a_credit(client_id, customer, "101", invoice.line.number))
    assert faults(error.value) == {"draft.credits_invoice_number": "OVER_CREDITED"}
    with pytest.raises(RemoteError) as error:
        desk.register(client_id, *[a_credit(client_id, customer, "60", invoice.line.number)] * 2)
    assert faults(error.value) == {"invoices[1].credits_invoice_number": "OVER_CREDITED"}


def test_two_credits_that_wait_cannot_both_become_real(world: World, desk: Desk, client_id: UUID, customer: str):
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    desk.register(client_id, a_credit(client_id, customer, "60", invoice.line.number))
    journal = desk.register(client_id, a_credit(client_id, customer, "60", invoice.line.number)).journal
    with pytest.raises(RemoteError) as error:
        desk.approve(journal)
    assert (error.value.reason, faults(error.value)) == (
        "JOURNAL_HAS_FAULTS",
        {"items[1].credits_invoice_number": "OVER_CREDITED"},
    )
    assert desk.look(invoice.line.invoice_id).line.remaining == money(12_500)


def test_several_credits_of_one_journal(world: World, desk: Desk, client_id: UUID, customer: str):
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    drafts = [a_credit(client_id, customer, price, invoice.line.number) for price in ("24", "40", "36")]
    desk.approve(desk.register(client_id, *drafts).journal)
    assert desk.look(invoice.line.invoice_id).line.remaining == money(0)
    assert world.findings() == []


def test_only_invoices_of_the_same_customer_and_currency_are_credited(desk: Desk, client_id: UUID, customer: str):
    other = desk.customer(client_id).number
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    with pytest.raises(RemoteError) as error:
        desk.preview(a_credit(client_id, other, "10", invoice.line.number))
    assert faults(error.value) == {"draft.credits_invoice_number": "UNKNOWN_INVOICE"}
    in_euro = a_credit(client_id, customer, "10", invoice.line.number, currency_code="EUR", exchange_rate="11")
    with pytest.raises(RemoteError) as error:
        desk.preview(in_euro)
    assert faults(error.value) == {"draft.credits_invoice_number": "CURRENCY_MISMATCH"}
    credit = desk.invoice(client_id, a_credit(client_id, customer, "10", invoice.line.number))
    with pytest.raises(RemoteError) as error:
        desk.preview(a_credit(client_id, customer, "5", credit.line.number))
    assert faults(error.value) == {
        "draft.credits_invoice_number": "OVER_CREDITED",
    }


def test_a_general_credit_stays_open_below_zero(world: World, desk: Desk, client_id: UUID, customer: str):
    credit = desk.invoice(client_id, a_printed(client_id, customer, a_row("-10"), **CREDIT))
    assert credit.line.remaining == money(-1_300)
    assert credit.line.status == invoices_pb2.INVOICE_STATUS_TO_BE_INVOICED
    assert not credit.can_hand_over
    assert world.balance(client_id) == {"1510": -1_300, "2611": 250, "3001": 1_000, "3740": 50}
    assert world.findings() == []


def test_interest_has_its_own_account_and_no_vat(world: World, desk: Desk, client_id: UUID, customer: str):
    kind = {"kind": invoices_pb2.INVOICE_KIND_INTEREST}
    desk.invoice(client_id, a_followed_up(client_id, customer, "R-1", 570, 0, **kind))
    assert world.balance(client_id) == {"1510": 570, "8313": -570}


def test_another_currency_is_booked_in_kronor_at_its_rate(world: World, desk: Desk, client_id: UUID, customer: str):
    euro = {"currency_code": "EUR", "exchange_rate": "11.2345"}
    invoice = desk.invoice(client_id, a_printed(client_id, customer, **euro))
    assert invoice.line.original == money(12_500, "EUR")
    assert invoice.original_sek == invoice.remaining_sek == money(140_431)
    assert invoice.draft.exchange_rate == "11.2345"
    dearer = {"currency_code": "EUR", "exchange_rate": "11.5"}
    desk.invoice(client_id, a_credit(client_id, customer, "50", invoice.line.number, **dearer))
    invoice = desk.look(invoice.line.invoice_id)
    assert (invoice.line.remaining, invoice.remaining_sek) == (money(6_250, "EUR"), money(70_215))
    # 62.50 euro were a claim of 702.16 and are credited at 718.75: the difference is an exchange gain
    assert world.balance(client_id)["3960"] == 702_16 - 718_75
    assert world.balance(client_id)["1510"] == 70_215
    assert world.findings() == []


def test_what_is_in_collection_belongs_to_its_case(world: World, client_id: UUID, desk: Desk, customer: str):
    long_ago = {"invoice_date": from_date(TODAY - timedelta(60))}
    invoice = desk.invoice(client_id, a_printed(client_id, customer, **long_ago))
    desk.hand_over(invoice.line)
    with pytest.raises(RemoteError) as error:
        desk.preview(a_credit(client_id, customer, "10", invoice.line.number))
    assert faults(error.value) == {"draft.credits_invoice_number": "IN_COLLECTION"}
