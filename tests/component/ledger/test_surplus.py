"""Överbetalningar (Ö-01…Ö-04) and Oplacerade betalningar (U-01, U-02): listed, and cleared as SPEC says of Ta bort."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from chassis.wire import from_date, money
from rf.ledger.v1 import events_pb2, payments_pb2, surplus_pb2
from tests.component.ledger.bank import Bank
from tests.component.ledger.world import TODAY, Desk, World, a_payment, faults

Item = surplus_pb2.Overpayment | payments_pb2.UnplacedPayment
REFUND, PLACE, WRITE_OFF = (
    surplus_pb2.CLEARING_KIND_REFUND,
    surplus_pb2.CLEARING_KIND_PLACE,
    surplus_pb2.CLEARING_KIND_WRITE_OFF,
)
BANKGIRO, BANK_ACCOUNT = surplus_pb2.PAYEE_ACCOUNT_KIND_BANKGIRO, surplus_pb2.PAYEE_ACCOUNT_KIND_BANK_ACCOUNT


def payee(name: str, kind: "surplus_pb2.PayeeAccountKind.ValueType", number: str) -> surplus_pb2.Payee:
    return surplus_pb2.Payee(name=name, account_kind=kind, account_number=number)


PAYEE = payee("Ylva Ek", BANKGIRO, "5050-1055")


@pytest.fixture
def bank(world: World) -> Bank:
    """A client that holds its bank account."""
    client_id = world.client(holds_bank_account=True)
    desk = world.user(client_id)
    return Bank(world, desk, client_id, str(desk.customer(client_id).number))


def seen(item: Item) -> surplus_pb2.SurplusSeen:
    if isinstance(item, surplus_pb2.Overpayment):
        return surplus_pb2.SurplusSeen(overpayment_id=item.overpayment_id, remaining=item.remaining)
    return surplus_pb2.SurplusSeen(payment_id=item.payment_id, remaining=item.remaining)


def clear(
    bank: Bank, items: Sequence[Item], kind: int, desk: Desk | None = None, **fields: Any
) -> surplus_pb2.ClearSurplusResponse:
    values = {"request_id": str(uuid4()), "client_id": str(bank.client_id), **fields}
    request = surplus_pb2.ClearSurplusRequest(items=map(seen, items), kind=kind, **values)  # type: ignore[arg-type]
    answer: surplus_pb2.ClearSurplusResponse = (desk or bank.desk).surplus.ClearSurplus(request)
    return answer


def refused(bank: Bank, items: Sequence[Item], kind: int, **fields: Any) -> RemoteError:
    with pytest.raises(RemoteError) as error:
        clear(bank, items, kind, **fields)
    return error.value


def an_overpayment(bank: Bank, too_much: int = 2_500) -> surplus_pb2.Overpayment:
    invoice = bank.an_invoice(10_000)
    bank.pay(a_payment(10_000 + too_much, invoice.ocr_number))
    return bank.overpaid()[0]


def an_unplaced(bank: Bank, minor: int = 2_500, **fields: Any) -> payments_pb2.UnplacedPayment:
    bank.pay(a_payment(minor, "999", **fields))
    return bank.unplaced()[0]


def listed(bank: Bank, **fields: Any) -> list[int]:
    which = surplus_pb2.SurplusFilter(client_ids=[str(bank.client_id)], **fields)
    answer = bank.desk.surplus.ListOverpayments(surplus_pb2.ListOverpaymentsRequest(filter=which))
    return [one.remaining.minor_units for one in answer.overpayments]


def test_o_02_an_overpayment_is_listed_with_its_customer_invoice_day_and_what_is_left(bank: Bank) -> None:
    over = an_overpayment(bank)
    assert (over.customer_number, over.customer_name) == (bank.customer, "Ylva Ek")
    assert (over.paid, over.amount, over.remaining) == (money(12_500), money(2_500), money(2_500))
    assert (over.invoice_number, over.booking_date) == ("7001", from_date(TODAY))


def test_o_03_the_filter_is_an_interval_of_days_and_of_what_is_left(bank: Bank) -> None:
    for days, too_much in ((0, 100), (1, 200), (2, 300)):
        invoice = bank.an_invoice(10_000)
        day = from_date(TODAY - timedelta(days))
        bank.pay(a_payment(10_000 + too_much, invoice.ocr_number, booking_date=day))
    assert listed(bank) == [100, 200, 300]
    assert listed(bank, from_date=from_date(TODAY - timedelta(1))) == [100, 200]
    assert listed(bank, to_date=from_date(TODAY - timedelta(1))) == [200, 300]
    assert listed(bank, from_minor=200, to_minor=250) == [200]


def test_o_04_a_refund_is_a_voucher_to_the_bank_and_leaves_the_list(bank: Bank) -> None:
    over = an_overpayment(bank)
    done = clear(bank, [over], REFUND, payee=PAYEE, note="Kunden ringde")
    assert done.vouchers == ["U 1"]
    assert bank.overpaid() == []
    balance = bank.world.balance(bank.client_id)
    assert (balance["1930"], balance.get("2420")) == (10_000, None)
    [row] = bank.world.rows(
        "SELECT kind, payee_name, payee_account_number, note, cleared_by FROM clearing WHERE client_id = :id",
        id=bank.client_id,
    )
    assert row == ("REFUND", "Ylva Ek", "5050-1055", "Kunden ringde", "Ulla")
    assert bank.world.findings() == []


def test_u_02_an_unplaced_payment_written_off_is_an_income_and_needs_its_own_permission_and_a_reason(
    bank: Bank,
) -> None:
    waiting = an_unplaced(bank)
    without = bank.world.user(bank.client_id, may=[Permission.LEDGER_READ, Permission.LEDGER_APPROVE])
    assert refused(bank, [waiting], WRITE_OFF, note="Okänd", desk=without).reason == "PERMISSION_DENIED"
    assert faults(refused(bank, [waiting], WRITE_OFF)) == {"note": "REQUIRED"}
    clear(bank, [waiting], WRITE_OFF, note="Okänd avsändare, preskriberad")
    balance = bank.world.balance(bank.client_id)
    assert (balance["3990"], balance.get("2890")) == (-2_500, None)
    assert bank.unplaced() == []
    assert bank.world.findings() == []


def test_u_02_placed_on_an_invoice_it_pays_it_and_what_is_too_much_is_the_customers(bank: Bank) -> None:
    waiting = an_unplaced(bank, 12_000)
    invoice = bank.an_invoice(10_000)
    clear(bank, [waiting], PLACE, invoice_number=invoice.line.number, note="Enligt mejl")
    paid = bank.look(invoice)
    assert (paid.line.paid, paid.line.remaining) == (money(10_000), money(0))
    assert [(item.kind, item.note) for item in paid.history if item.kind == "PLACED"] == [("PLACED", "Enligt mejl")]
    [over] = bank.overpaid()
    assert (over.remaining, over.invoice_number) == (money(2_000), invoice.line.number)
    [told] = bank.world.told(bank.client_id, events_pb2.InvoicePaymentPlaced)
    assert (told.amount, told.remaining) == (money(10_000), money(0))
    assert bank.world.findings() == []


def test_an_overpayment_placed_on_a_smaller_invoice_keeps_the_rest(bank: Bank) -> None:
    over = an_overpayment(bank, 2_500)
    invoice = bank.an_invoice(1_000)
    clear(bank, [over], PLACE, invoice_number=invoice.line.number)
    assert bank.look(invoice).line.remaining == money(0)
    assert [one.remaining for one in bank.overpaid()] == [money(1_500)]
    assert bank.world.findings() == []


def test_several_are_placed_one_after_the_other_or_none_of_them(bank: Bank) -> None:
    first, second = an_unplaced(bank, 3_000), an_unplaced(bank, 4_000)
    small, large = bank.an_invoice(3_000), bank.an_invoice(9_000)
    items = sorted(bank.unplaced(), key=lambda one: one.remaining.minor_units)
    assert refused(bank, items, PLACE, invoice_number=small.line.number).reason == "INVOICE_TAKES_NONE"
    assert bank.look(small).line.paid == money(0)
    clear(bank, items, PLACE, invoice_number=large.line.number)
    assert bank.look(large).line.remaining == money(2_000)
    assert {first.payment_id, second.payment_id} == {one.payment_id for one in items}
    assert bank.unplaced() == []
    assert bank.world.findings() == []


@pytest.mark.parametrize("make", [an_overpayment, an_unplaced])
def test_placed_on_an_invoice_in_collection_it_goes_by_way_of_the_case(bank: Bank, make: Any) -> None:
    item = make(bank)
    invoice, case_id = bank.in_collection(2_000)
    clear(bank, [item], PLACE, invoice_number=invoice.line.number)
    [received] = bank.world.told(bank.client_id, events_pb2.InvoiceCasePaymentReceived)
    assert received.amount == money(2_500)
    bank.settle(case_id, received.case_payment_id, invoice, 300, 200, 1_500, 500)
    assert bank.look(invoice).line.remaining == money(500)
    assert [one.remaining for one in bank.overpaid()] == [money(500)]
    assert bank.world.findings() == []


def test_money_in_another_currency_leaves_the_books_to_the_last_ore(bank: Bank) -> None:
    bank.an_invoice(10_000, currency_code="EUR", exchange_rate="11.2345")
    waiting = an_unplaced(bank, 3_333, amount=money(3_333, "EUR"))
    invoice = bank.an_invoice(1_111, currency_code="EUR", exchange_rate="11.5001")
    clear(bank, [waiting], PLACE, invoice_number=invoice.line.number)
    [over] = bank.overpaid()
    clear(bank, [over], REFUND, payee=PAYEE)
    balance = bank.world.balance(bank.client_id)
    assert (balance.get("2890"), balance.get("2420")) == (None, None)
    assert bank.world.findings() == []


def test_what_has_changed_since_it_was_shown_is_refused_and_a_repeat_has_one_effect(bank: Bank) -> None:
    over = an_overpayment(bank)
    request = surplus_pb2.ClearSurplusRequest(
        request_id=str(uuid4()), client_id=str(bank.client_id), items=[seen(over)], kind=REFUND, payee=PAYEE
    )
    first, again = bank.desk.surplus.ClearSurplus(request), bank.desk.surplus.ClearSurplus(request)
    assert first == again
    assert refused(bank, [over], REFUND, payee=PAYEE).reason == "SURPLUS_CHANGED"
    assert bank.world.findings() == []


def test_o_01_who_does_not_hold_the_bank_account_clears_nothing_but_an_officer_may(world: World) -> None:
    client_id = world.client(holds_bank_account=False)
    desk = world.user(client_id)
    bank = Bank(world, desk, client_id, str(desk.customer(client_id).number))
    over = an_overpayment(bank)
    assert refused(bank, [over], REFUND, payee=PAYEE).reason == "BANK_ACCOUNT_NOT_HELD"
    clear(bank, [over], REFUND, payee=PAYEE, desk=world.officer())
    assert bank.overpaid() == []


def test_suggestions_come_with_their_reasons_the_strongest_first(bank: Bank) -> None:
    named, same_amount = bank.an_invoice(9_000), bank.an_invoice(4_700)
    waiting = an_unplaced(
        bank, 4_700, payer_name="Okänd Person", message=f"faktura nr {named.line.number} delbetalning"
    )
    request = surplus_pb2.SuggestInvoicesRequest(client_id=str(bank.client_id), payment_id=waiting.payment_id)
    found = bank.desk.surplus.SuggestInvoices(request).suggestions
    assert [(one.invoice_number, list(one.reasons)) for one in found] == [
        (named.line.number, [surplus_pb2.SUGGESTION_REASON_NUMBER]),
        (same_amount.line.number, [surplus_pb2.SUGGESTION_REASON_AMOUNT]),
    ]
    by_payer = an_unplaced(bank, 1_234, payer_name="YLVA EK")
    request = surplus_pb2.SuggestInvoicesRequest(client_id=str(bank.client_id), payment_id=by_payer.payment_id)
    found = bank.desk.surplus.SuggestInvoices(request).suggestions
    assert {one.invoice_number for one in found} == {named.line.number, same_amount.line.number}
    assert all(list(one.reasons) == [surplus_pb2.SUGGESTION_REASON_PAYER] for one in found)


def test_nobody_sees_or_clears_what_is_another_clients(bank: Bank) -> None:
    over = an_overpayment(bank)
    stranger = bank.world.user(bank.world.client(holds_bank_account=True))
    assert refused(bank, [over], REFUND, payee=PAYEE, desk=stranger).reason in {"NOT_FOUND", "PERMISSION_DENIED"}
    get = surplus_pb2.GetSurplusRequest(client_id=str(bank.client_id), overpayment_ids=[over.overpayment_id])
    with pytest.raises(RemoteError):
        stranger.surplus.GetSurplus(get)
    assert [one.overpayment_id for one in bank.desk.surplus.GetSurplus(get).overpayments] == [over.overpayment_id]


@pytest.mark.parametrize(
    ("kind", "fields", "field", "reason"),
    [
        (REFUND, {}, "payee.account_kind", "REQUIRED"),
        (REFUND, {"payee": payee("", BANKGIRO, "5050-1055")}, "payee.name", "REQUIRED"),
        (REFUND, {"payee": payee("Y", BANKGIRO, "5050-1056")}, "payee.account_number", "CHECK_DIGIT"),
        (REFUND, {"payee": payee("Y", BANK_ACCOUNT, "12-x")}, "payee.account_number", "FORMAT"),
        (PLACE, {}, "invoice_number", "REQUIRED"),
        (PLACE, {"invoice_number": "424242"}, "invoice_number", "UNKNOWN"),
        (PLACE, {"invoice_number": "1\x00"}, "invoice_number", "CONTROL_CHARACTER"),
        (WRITE_OFF, {"note": "x" * 501}, "note", "TOO_LONG"),
        (WRITE_OFF, {"note": "x", "payee": PAYEE}, "payee", "NOT_ALLOWED"),
        (0, {}, "kind", "REQUIRED"),
        (99, {}, "kind", "UNKNOWN"),
    ],
)  # fmt: skip
def test_bad_choices_are_refused_with_the_field_named(
    bank: Bank, kind: int, fields: dict[str, Any], field: str, reason: str
) -> None:
    waiting = an_unplaced(bank)
    assert faults(refused(bank, [waiting], kind, **fields))[field] == reason
    assert bank.unplaced()[0].remaining == waiting.remaining
