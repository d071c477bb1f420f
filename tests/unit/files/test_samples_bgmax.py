"""Bankgirot's own example files, as published by others, say exactly this."""

from datetime import date

import pytest

from services.files.domain.faults import PaymentFileRefused
from services.files.domain.payments import DeductionCode, Format, RowKind
from tests.unit.files.builders import credit_note, invoice, ocr
from tests.unit.files.samples import read_sample

BARSOOM = "bgmax/barsoom__BgMaxfil4.txt"
FABHED = "bgmax/fabhed__bankgirot_exempelfil_ocr_checksiffra_langd_sv.txt"


def test_the_example_with_four_sections() -> None:
    file = read_sample(BARSOOM)

    assert (file.format, file.version, file.is_test) == (Format.BGMAX, "01", False)
    assert file.message_id == "BGMAX20040525173035010331"
    assert file.created_at.isoformat() == "2004-05-25T17:30:35.010331+02:00"
    assert [(d.account.number, d.currency, d.amount_minor, d.serial, d.booking_date) for d in file.deposits] == [
        ("9912346", "SEK", 370_000, "00056", date(2004, 5, 25)),
        ("9912346", "SEK", 200_000, "00057", date(2004, 5, 25)),
        ("9912346", "SEK", 290_000, "00058", date(2004, 5, 25)),
        ("9912346", "EUR", 400_000, "00059", date(2004, 5, 25)),
    ]
    assert [(p.payer_account and p.payer_account.number, p.payer_name, p.amount_minor) for p in file.payments] == [
        ("3783511", "Kalles Plåt AB", 180_000),
        ("97012333", "Olles färg AB", 190_000),
        ("1234567", "Berits Garn", 200_000),
        ("97012333", "Olles färg AB", 50_000),
        ("1234567", "Berits Garn", 50_000),
        (None, "", 50_000),
        ("3783511", "Kalles Plåt AB", 140_000),
        ("97012333", "Olles färg AB", 300_000),
        ("1234567", "Berits Garn", 100_000),
    ]


def test_one_payment_for_several_invoices_with_and_without_parts() -> None:
    payments = read_sample(BARSOOM).payments

    assert payments[0].references == (ocr("665760"), ocr("665869"), ocr("665661"), ocr("657775"))
    assert payments[0].message == "Betalning med extra refnr 665869 657775 665661\n665760"
    assert payments[2].references == (ocr("573964", 170_000), ocr("573865", 30_000))
    assert payments[6].references == (
        ocr("7495575", 100_000),
        ocr("695668", 50_000),
        invoice("8988777", 40_000),  # reference code 5: the number is wrong
        credit_note("74450", -50_000),
    )
    assert payments[7].references == (ocr("8012577"), ocr("8013575"), ocr("8014573"))  # 20 repeats two of the 22s


def test_every_payment_says_where_it_came_from() -> None:
    payments = read_sample(BARSOOM).payments

    assert [p.position for p in payments[:3]] == ["line 3", "line 14", "line 21"]
    assert [p.row_no for p in payments] == list(range(1, 10))
    assert [p.channel for p in payments[:3]] == ["SUPPLIER_PAYMENT", "BANK", "PAPER"]
    assert payments[0].bank_reference == "20040525-00056-000120000018"
    assert payments[0].payer_org_no == "5500001234"
    assert payments[1].payer_org_no == "00550000432"  # one digit short in the file: told as it stands


def test_the_minimal_example() -> None:
    (payment,) = read_sample("bgmax/barsoom__minimal.txt").payments

    assert (payment.amount_minor, payment.references, payment.payer_name) == (110_000, (ocr("650861"),), "")


def test_the_example_with_length_digit_deduction_short_lines_and_tabs() -> None:
    file = read_sample(FABHED)

    assert [d.amount_minor for d in file.deposits] == [190_000, 800_000]
    first, deduction, several = file.deposits[0].payments
    assert (first.amount_minor, first.references) == (100_000, (ocr("655969"),))
    assert (deduction.kind, deduction.deduction, deduction.amount_minor) == (
        RowKind.DEDUCTION,
        DeductionCode.FULL,
        -50_000,
    )
    assert deduction.references == (invoice("89853"),)
    assert several.references == (ocr("657866"), ocr("658765"), ocr("657767"), ocr("657965"))
    assert [p.amount_minor for p in file.deposits[1].payments] == [110_000, 120_000, 70_000, 500_000]
    assert file.deposits[1].payments[1].references == ()


def test_two_payments_with_one_serial_get_references_of_their_own() -> None:
    """Bankgirot's example uses serial 16 twice in a section, for different payers."""
    references = [p.bank_reference for p in read_sample(FABHED).payments]

    assert len(set(references)) == 7
    assert [r.count("/") for r in references] == [0, 0, 0, 0, 0, 1, 1]
    assert references == [p.bank_reference for p in read_sample(FABHED).payments]


def test_one_row_of_each_code_without_content_is_refused() -> None:
    with pytest.raises(PaymentFileRefused) as refused:
        read_sample("bgmax/rickardlindgren__validTransaktionskoder.txt")

    faults = [(f.position, f.reason) for f in refused.value.faults]
    assert faults[0] == ("line 2", "BAD_ACCOUNT")  # line 1, after its byte order mark, is a good start record
    assert ("line 3", "BAD_DATE") in faults
    assert ("line 11", "FOOTER_COUNT") in faults
