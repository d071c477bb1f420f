"""Payments: matched, registered in a journal of their own, approved, and settled by the case where there is one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from chassis.rpc_errors import RemoteError
from chassis.wire import from_date, money
from kernel.money import SEK
from rf.ledger.v1 import events_pb2, invoices_pb2, journals_pb2, payments_pb2, surplus_pb2
from tests.component.ledger.bank import Bank
from tests.component.ledger.world import TODAY, Desk, World, a_payment, faults

OCR = payments_pb2.MATCH_VERDICT_OCR
NUMBER = payments_pb2.MATCH_VERDICT_INVOICE_NUMBER
UNPLACED = payments_pb2.MATCH_VERDICT_UNPLACED
DUPLICATE = payments_pb2.MATCH_VERDICT_DUPLICATE


@pytest.fixture
def bank(world: World, desk: Desk, client_id: UUID, customer: str) -> Bank:
    return Bank(world, desk, client_id, customer)


def test_each_payment_shows_its_verdict_and_nothing_is_stored(bank: Bank) -> None:
    invoice = bank.an_invoice(12_500)
    by_ocr, by_number, unplaced = bank.match(
        a_payment(12_500, invoice.ocr_number),
        a_payment(500, invoice.line.number, is_ocr=False),
        a_payment(700, "999"),
    )
    assert (by_ocr.verdict, by_number.verdict, unplaced.verdict) == (OCR, NUMBER, UNPLACED)
    assert by_ocr.parts[0].invoice_number == invoice.line.number
    assert by_ocr.parts[0].amount == money(12_500)
    assert by_ocr.parts[0].customer_name == "Ylva Ek"
    assert by_number.surplus == money(500)  # the first one takes all that is open
    assert unplaced.surplus == money(700)
    assert bank.look(invoice).line.remaining == money(12_500)


def test_registered_payments_wait_and_count_nowhere_until_they_are_approved(bank: Bank) -> None:
    invoice = bank.an_invoice(12_500)
    registered = bank.register(a_payment(12_500, invoice.ocr_number), a_payment(700, "999"))
    assert (registered.added_count, registered.duplicate_count) == (2, 0)
    assert bank.look(invoice).line.remaining == money(12_500)
    assert bank.unplaced() == []
    shown = bank.desk.journals.GetJournal(
        journals_pb2.GetJournalRequest(client_id=str(bank.client_id), journal_id=registered.journal_id)
    )
    assert shown.journal.source == "bg.txt"
    assert shown.journal.sums == [money(13_200)]
    assert [item.payment.verdict for item in shown.items] == [OCR, UNPLACED]

    receipt = bank.approve(registered.journal_id)
    assert receipt.item_count == 2
    paid = bank.look(invoice)
    assert (paid.line.paid, paid.line.remaining) == (money(12_500), money(0))
    assert paid.line.status == invoices_pb2.INVOICE_STATUS_PAID
    assert paid.history[0].kind == "PAYMENT"
    [left] = bank.unplaced()
    assert (left.remaining, left.payment.payer_name) == (money(700), "Ylva Ek")
    assert bank.world.balance(bank.client_id)["2890"] == -700
    assert bank.world.findings() == []


def test_what_is_paid_too_much_is_the_customers_overpayment(bank: Bank) -> None:
    invoice = bank.an_invoice(12_500)
    bank.pay(a_payment(15_000, invoice.ocr_number))
    assert bank.look(invoice).line.remaining == money(0)
    assert bank.world.balance(bank.client_id)["2420"] == -2_500
    rows = bank.world.rows(
        "SELECT amount_minor, remaining_minor FROM overpayment WHERE client_id = :id", id=bank.client_id
    )
    assert rows == [(2_500, 2_500)]
    assert bank.world.findings() == []


def test_a_thousand_payments_are_approved_at_once(bank: Bank) -> None:
    invoices = [bank.an_invoice(12_500) for _ in range(3)]
    payments = [a_payment(10, invoices[n % 3].ocr_number) for n in range(1_000)]
    receipt = bank.pay(*payments)
    assert receipt.item_count == 1_000
    assert sum(bank.look(one).line.paid.minor_units for one in invoices) == 10_000
    told = [one for one in bank.world.approved(bank.client_id) if one.payments]
    assert [len(one.payments) for one in told] == [500, 500]
    assert bank.world.findings() == []


def test_the_banks_reference_is_booked_once_whatever_file_it_comes_in(bank: Bank) -> None:
    invoice = bank.an_invoice(12_500)
    payment = a_payment(5_000, invoice.ocr_number, bank_reference="991-2346:42")
    bank.pay(payment)
    assert bank.match(payment)[0].verdict == DUPLICATE
    again = bank.register(payment)
    assert (again.journal_id, again.added_count, again.duplicate_count) == ("", 0, 1)
    assert bank.look(invoice).line.paid == money(5_000)


def test_a_payment_that_waits_in_one_journal_is_a_duplicate_for_another(bank: Bank) -> None:
    payment = a_payment(5_000, "999", bank_reference="twice")
    first = bank.register(payment)
    assert bank.register(payment, source="other.txt").duplicate_count == 1
    bank.approve(first.journal_id)
    assert len(bank.unplaced()) == 1


def test_one_file_in_pieces_makes_one_journal_and_a_repeat_of_a_piece_adds_nothing(bank: Bank) -> None:
    first = bank.register(a_payment(100, "1"))
    request_id = str(uuid4())
    piece = [a_payment(200, "2"), a_payment(300, "3")]
    for _ in range(2):
        second = bank.register(*piece, journal_id=first.journal_id, request_id=request_id)
        assert (second.journal_id, second.added_count) == (first.journal_id, 2)
    assert bank.approve(first.journal_id).item_count == 3


def test_two_people_approving_one_journal_pay_once(bank: Bank) -> None:
    invoice = bank.an_invoice(12_500)
    journal_id = bank.register(a_payment(5_000, invoice.ocr_number)).journal_id

    def attempt(_: int) -> str:
        try:
            return bank.approve(journal_id).hash
        except RemoteError as error:
            return error.reason

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(attempt, range(4)))
    assert answers.count("JOURNAL_ALREADY_APPROVED") == 3
    assert bank.look(invoice).line.paid == money(5_000)


def test_payments_of_one_invoice_from_several_journals_at_once_never_pay_more_than_is_open(bank: Bank) -> None:
    invoice = bank.an_invoice(10_000)
    journals = [bank.register(a_payment(4_000, invoice.ocr_number)).journal_id for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(bank.approve, journals))
    assert bank.look(invoice).line.remaining == money(0)
    assert bank.world.balance(bank.client_id)["2420"] == -10_000
    assert bank.world.findings() == []


def test_money_for_an_invoice_in_collection_goes_by_way_of_the_case(bank: Bank) -> None:
    invoice, case_id = bank.in_collection(10_000)
    assert invoice.line.case_number == "7001"
    bank.pay(a_payment(9_000, invoice.ocr_number))
    waiting = bank.look(invoice)
    assert (waiting.line.remaining, waiting.awaiting_settlement) == (money(10_000), money(9_000))
    assert bank.world.balance(bank.client_id)["2899"] == -9_000
    [received] = bank.world.told(bank.client_id, events_pb2.InvoiceCasePaymentReceived)
    assert received.amount == money(9_000)

    bank.settle(case_id, received.case_payment_id, invoice, 1_800, 200, 7_000, 0)
    settled = bank.look(invoice)
    assert (settled.line.remaining, settled.line.paid, settled.awaiting_settlement) == (
        money(3_000),
        money(7_000),
        money(0),
    )
    balance = bank.world.balance(bank.client_id)
    assert "2899" not in balance
    assert (balance["8313"], balance["3590"]) == (-200, -1_800)
    [booked] = bank.world.told(bank.client_id, events_pb2.InvoiceSettlementBooked)
    assert (booked.capital, booked.remaining) == (money(7_000), money(3_000))
    assert settled.history[0].kind == "CASE_SETTLEMENT"
    assert bank.world.findings() == []


def test_what_the_case_did_not_need_is_an_overpayment(bank: Bank) -> None:
    invoice, case_id = bank.in_collection(10_000)
    bank.pay(a_payment(13_000, invoice.ocr_number))
    [received] = bank.world.told(bank.client_id, events_pb2.InvoiceCasePaymentReceived)
    bank.settle(case_id, received.case_payment_id, invoice, 1_800, 200, 10_000, 1_000)
    assert bank.look(invoice).line.status == invoices_pb2.INVOICE_STATUS_PAID
    assert bank.world.balance(bank.client_id)["2420"] == -1_000
    assert bank.world.findings() == []


def test_a_settlement_told_twice_is_booked_once(bank: Bank) -> None:
    invoice, case_id = bank.in_collection(10_000)
    bank.pay(a_payment(4_000, invoice.ocr_number))
    [received] = bank.world.told(bank.client_id, events_pb2.InvoiceCasePaymentReceived)
    for _ in range(2):
        bank.settle(case_id, received.case_payment_id, invoice, 0, 0, 4_000, 0)
    assert bank.look(invoice).line.paid == money(4_000)
    assert bank.world.findings() == []


def test_nobody_sees_or_touches_payments_of_another_client(bank: Bank) -> None:
    bank.pay(a_payment(700, "999"))
    other = bank.world.client()
    stranger = bank.world.user(other)
    request = surplus_pb2.ListUnplacedRequest(filter=surplus_pb2.SurplusFilter(client_ids=[str(bank.client_id)]))
    with pytest.raises(RemoteError) as refused:
        stranger.surplus.ListUnplaced(request)
    assert refused.value.reason == "NOT_FOUND"
    assert list(stranger.surplus.ListUnplaced(surplus_pb2.ListUnplacedRequest()).payments) == []
    invoice = bank.an_invoice(5_000)
    matched = stranger.payments.MatchPayments(
        payments_pb2.MatchPaymentsRequest(client_id=str(other), payments=[a_payment(5_000, invoice.ocr_number)])
    ).payments[0]
    assert matched.verdict == UNPLACED


@pytest.mark.parametrize(
    ("payment", "field", "reason"),
    [
        (a_payment(0), "payments[0].amount", "NOT_POSITIVE"),
        (a_payment(-5), "payments[0].amount", "NOT_POSITIVE"),
        (a_payment(10**15), "payments[0].amount", "OUT_OF_RANGE"),
        (a_payment(1, amount=money(1, "XXX")), "payments[0].amount.currency_code", "CURRENCY"),
        (a_payment(1, bank_reference=""), "payments[0].bank_reference", "REQUIRED"),
        (a_payment(1, bank_reference="x" * 141), "payments[0].bank_reference", "TOO_LONG"),
        (a_payment(1, payer_name="a\x00b"), "payments[0].payer_name", "CONTROL_CHARACTER"),
        (a_payment(1, channel="PIGEON"), "payments[0].channel", "UNKNOWN"),
        (a_payment(1, booking_date=from_date(TODAY + timedelta(40))), "payments[0].booking_date", "FUTURE"),
        (a_payment(1, booking_date=None), "payments[0].booking_date", "REQUIRED"),
        (a_payment(1, "x" * 200), "payments[0].references[0]", "TOO_LONG"),
    ],
)
def test_bad_values_are_refused_with_the_field_named(
    bank: Bank, payment: payments_pb2.Payment, field: str, reason: str
) -> None:
    with pytest.raises(RemoteError) as refused:
        bank.register(payment)
    assert faults(refused.value)[field] == reason


def test_unplaced_payments_page_from_the_latest(bank: Bank) -> None:
    bank.pay(*[a_payment(100 + n, "999", booking_date=from_date(TODAY - timedelta(n))) for n in range(5)])
    seen: list[int] = []
    token = ""
    while True:
        answer = bank.desk.surplus.ListUnplaced(
            surplus_pb2.ListUnplacedRequest(
                filter=surplus_pb2.SurplusFilter(client_ids=[str(bank.client_id)]), page_size=2, page_token=token
            )
        )
        seen += [one.remaining.minor_units for one in answer.payments]
        token = answer.next_page_token
        if not token:
            break
    assert seen == [100, 101, 102, 103, 104]


def test_a_payment_in_another_currency_pays_at_the_invoices_rate(bank: Bank) -> None:
    invoice = bank.an_invoice(10_000, currency_code="EUR", exchange_rate="11.25")
    bank.pay(a_payment(4_000, invoice.ocr_number, amount=money(4_000, "EUR")))
    paid = bank.look(invoice)
    assert (paid.line.remaining, paid.remaining_sek) == (money(6_000, "EUR"), money(67_500, SEK))
    assert bank.world.findings() == []


def test_an_unplaced_payment_in_a_currency_without_a_known_rate_is_refused_and_nothing_is_booked(bank: Bank) -> None:
    registered = bank.register(a_payment(1, "999"), a_payment(1, "999", amount=money(900, "NOK")))
    with pytest.raises(RemoteError) as refused:
        bank.approve(registered.journal_id)
    assert refused.value.reason == "JOURNAL_HAS_FAULTS"
    assert faults(refused.value) == {"items[1].amount.currency_code": "RATE_UNKNOWN"}
    assert bank.unplaced() == []
