"""What a draft comes to, and what is refused, field by field."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kernel.errors import InvalidInput
from services.ledger.domain.drafts import Row, VatSum, work_out
from services.ledger.domain.kinds import InvoiceKind
from tests.unit.ledger.builders import TERMS, TODAY, a_followed_up, a_printed, a_row, terms

CREDIT, INTEREST = InvoiceKind.CREDIT, InvoiceKind.INTEREST


def test_rows_vat_by_rate_and_whole_kronor():
    worked = work_out(a_printed(a_row("100", 25), a_row("50.50", 12, "3"), Row("Text", text_only=True)), TERMS, TODAY)
    assert worked.row_nets == (10_000, 15_150, 0)
    assert worked.vat_sums == (VatSum(25, 10_000, 2_500), VatSum(12, 15_150, 1_818))
    assert (worked.net_minor, worked.vat_minor, worked.rounding_minor, worked.total_minor) == (
        25_150,
        4_318,
        32,
        29_500,
    )


def test_the_due_day_follows_from_the_terms_unless_it_is_given():
    assert work_out(a_printed(), TERMS, TODAY).due_date == TODAY + timedelta(30)
    given = TODAY + timedelta(3)
    assert work_out(a_printed(due_date=given), TERMS, TODAY).due_date == given


def test_whole_kronor_only_where_the_terms_say_so_and_only_in_kronor():
    row = a_row("99.99", 25)
    assert work_out(a_printed(row), TERMS, TODAY).rounding_minor == 1
    assert work_out(a_printed(row), terms(rounds_to_krona=False), TODAY).rounding_minor == 0
    in_euro = a_printed(row, currency="EUR", exchange_rate=Decimal("11.25"))
    assert work_out(in_euro, TERMS, TODAY).rounding_minor == 0


@pytest.mark.parametrize(
    ("rows", "fee_vat"), [([a_row()], 25), ([a_row(vat=6), a_row(vat=12)], 12), ([a_row(vat=0)], 0)]
)
def test_the_invoice_fee_follows_the_highest_rate_of_the_rows(rows, fee_vat):
    worked = work_out(a_printed(*rows, with_invoice_fee=True), TERMS, TODAY)
    plain = work_out(a_printed(*rows), TERMS, TODAY)
    assert worked.fee_minor == 2_900
    assert worked.net_minor == plain.net_minor + 2_900
    assert worked.vat_sums[0].percent == fee_vat
    assert worked.vat_sums[0].net_minor == plain.vat_sums[0].net_minor + 2_900


def test_the_invoice_fee_is_in_kronor_and_converted():
    draft = a_printed(currency="EUR", exchange_rate=Decimal("11.60"), with_invoice_fee=True)
    assert work_out(draft, TERMS, TODAY).fee_minor == 250


@pytest.mark.parametrize(
    ("net", "vat", "percent"),
    [
        (10_000, 2_500, 25),
        (10_000, 1_200, 12),
        (10_000, 600, 6),
        (10_000, 0, 0),
        (10_000, 2_499, 25),
        (-1_000, -250, 25),
    ],
)
def test_reskontraservice_gives_amounts_and_the_nearest_rate_is_taken(net, vat, percent):
    kind = CREDIT if net < 0 else InvoiceKind.INVOICE
    assert work_out(a_followed_up(net, vat, kind=kind), TERMS, TODAY).vat_sums == (VatSum(percent, net, vat),)


def test_in_another_currency_the_total_is_booked_at_the_rate():
    worked = work_out(a_printed(a_row("100", 25), currency="EUR", exchange_rate=Decimal("11.2345")), TERMS, TODAY)
    assert (worked.total_minor, worked.total_sek_minor) == (12_500, 140_431)


LONG_AGO, FAR_AHEAD = TODAY - timedelta(4_000), TODAY + timedelta(400)

REFUSED = {
    "days below zero": (a_printed(payment_terms_days=-1), {"payment_terms_days": "OUT_OF_RANGE"}),
    "more than half a year": (a_printed(payment_terms_days=181), {"payment_terms_days": "OUT_OF_RANGE"}),
    "a day long ago": (a_printed(invoice_date=LONG_AGO), {"invoice_date": "TOO_EARLY"}),
    "a day far ahead": (a_printed(invoice_date=FAR_AHEAD), {"invoice_date": "TOO_LATE"}),
    "due before its day": (a_printed(due_date=TODAY - timedelta(1)), {"due_date": "BEFORE_INVOICE_DATE"}),
    "due far ahead": (a_printed(due_date=FAR_AHEAD), {"due_date": "TOO_LATE"}),
    "an unknown currency": (a_printed(currency="XXX"), {"currency_code": "CURRENCY"}),
    "no rate": (a_printed(currency="EUR"), {"exchange_rate": "REQUIRED"}),
    "a rate of nothing": (a_printed(currency="EUR", exchange_rate=Decimal(0)), {"exchange_rate": "RATE"}),
    "a number of one's own": (a_printed(invoice_number="1"), {"invoice_number": "FROM_SERIES"}),
    "an OCR number of one's own": (a_printed(ocr_number="12344"), {"ocr_number": "FROM_SERIES"}),
    "no rows": (a_printed(rows=()), {"rows": "REQUIRED"}),
    "only text": (a_printed(Row("Text", text_only=True)), {"rows": "REQUIRED"}),
    "501 rows": (a_printed(*[a_row()] * 501), {"rows": "TOO_MANY"}),
    "a rate that is none": (a_printed(a_row(vat=20)), {"rows[0].vat_percent": "VAT_RATE"}),
    "a negative discount": (
        a_printed(a_row(discount_percent=Decimal(-1))),
        {"rows[0].discount_percent": "OUT_OF_RANGE"},
    ),
    "10^15 in a row": (a_printed(a_row("1000000000000000")), {"rows[0].unit_price": "OUT_OF_RANGE"}),
    "a row too large, after one of text": (
        a_printed(Row("Text", text_only=True), a_row("100000000000", quantity="2")),
        {"rows[1]": "OUT_OF_RANGE"},
    ),
    "nothing to pay": (a_printed(a_row("0")), {"total": "ZERO"}),
    "an invoice below zero": (a_printed(a_row("-1")), {"total": "NEGATIVE"}),
    "a credit without minus": (
        a_printed(a_row(), a_row("-1"), kind=CREDIT),
        {"rows[0].quantity": "CREDIT_NEEDS_MINUS"},
    ),
    "a fee on a credit": (
        a_printed(a_row("-1"), kind=CREDIT, with_invoice_fee=True),
        {"with_invoice_fee": "NOT_ALLOWED"},
    ),
    "interest with VAT": (a_printed(kind=INTEREST), {"rows[0].vat_percent": "INTEREST_HAS_NO_VAT"}),
    "crediting by an invoice": (a_printed(credits_invoice_number="1001"), {"credits_invoice_number": "NOT_ALLOWED"}),
    "no number": (a_followed_up(invoice_number=""), {"invoice_number": "REQUIRED"}),
    "a number of odd signs": (a_followed_up(invoice_number="7;1"), {"invoice_number": "FORMAT"}),
    "rows and amounts": (a_followed_up(rows=(a_row(),)), {"rows": "NOT_ALLOWED"}),
    "a fee on it": (a_followed_up(with_invoice_fee=True), {"with_invoice_fee": "NOT_ALLOWED"}),
    "no amounts": (
        a_followed_up(net_minor=None, vat_minor=None, total_minor=None),
        {"net": "REQUIRED", "vat": "REQUIRED", "total": "REQUIRED"},
    ),
    "amounts that do not add up": (a_followed_up(total_minor=12_501), {"total": "SUM"}),
    "10^15": (
        a_followed_up(10**15, 0),
        {"net": "OUT_OF_RANGE", "total": "OUT_OF_RANGE"},
    ),
    "more VAT than there is": (a_followed_up(10_000, 2_600), {"vat": "VAT_TOO_HIGH"}),
    "VAT of another sign": (a_followed_up(10_000, -600), {"vat": "VAT_TOO_HIGH"}),
    "a positive credit": (a_followed_up(kind=CREDIT), {"total": "CREDIT_NEEDS_MINUS"}),
    "interest with VAT in sum": (a_followed_up(kind=INTEREST), {"vat": "INTEREST_HAS_NO_VAT"}),
    "a wrong check digit": (a_followed_up(ocr_number="12345"), {"ocr_number": "CHECK_DIGIT"}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    draft, expected = REFUSED[case]
    with pytest.raises(InvalidInput) as error:
        work_out(draft, TERMS, TODAY)
    assert {violation.field: violation.reason for violation in error.value.violations} == expected


def test_no_fee_where_the_terms_have_none():
    with pytest.raises(InvalidInput, match="with_invoice_fee:NO_FEE_IN_TERMS"):
        work_out(a_printed(with_invoice_fee=True), terms(invoice_fee_minor=0), TODAY)
