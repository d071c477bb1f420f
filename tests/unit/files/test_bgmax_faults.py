"""Broken BgMax files: each row of the table is one way to break a file, and the reasons it is refused for."""

from io import BytesIO

import pytest

from services.files.domain import bgmax, faults
from services.files.domain.faults import PaymentFileRefused
from services.files.domain.limited import Limits
from tests.unit.files.builders import a_bgmax, a_deposit, a_payment, bgmax_of, ocr, read, reasons
from tests.unit.files.test_camt_faults import TABLE as CAMT_TABLE

START = "01BGMAX               0120261124173035010331P"
OPEN = "050009912346          SEK"
PAYMENT = "200003783511                  9854779000000000000010000210000000000120"
DEDUCTION = "210003783511                  9854779000000000000004000210000000000130"
DEPOSIT = "15000000000000000000058410000010098232026112400001000000000000010000SEK00000001K"
END = "7000000001000000000000000000000001"

TABLE = [
    ("empty", b"", [faults.EMPTY_FILE]),
    ("blank", b" \r\n\r\n", [faults.EMPTY_FILE]),
    ("another layout", bgmax_of(END.replace("1", "0"), start="01OTHER               01"), [faults.UNKNOWN_FORMAT]),
    (
        "a later layout version",
        bgmax_of("7000000000000000000000000000000000", start=START.replace("X               01", "X               02")),
        [faults.UNKNOWN_VERSION],
    ),
    ("test file", bgmax_of(OPEN, PAYMENT, DEPOSIT, END, start=START[:44] + "T"), [faults.TEST_FILE]),
    ("bad time", bgmax_of(OPEN, PAYMENT, DEPOSIT, END, start=START.replace("1124", "1324")), [faults.BAD_DATE]),
    ("cut start", bgmax_of(OPEN, PAYMENT, DEPOSIT, END, start=START[:40]), [faults.TRUNCATED]),
    ("two starts", bgmax_of(START, OPEN, PAYMENT, DEPOSIT, END), [faults.REPEATED_RECORD]),
    ("no end", bgmax_of(OPEN, PAYMENT, DEPOSIT), [faults.MISSING_END]),
    ("no deposit", bgmax_of(OPEN, PAYMENT, END), [faults.MISSING_SECTION_END, faults.FOOTER_COUNT]),
    ("section in section", bgmax_of(OPEN, OPEN, PAYMENT, DEPOSIT, END), [faults.MISSING_SECTION_END]),
    ("payment outside", bgmax_of(PAYMENT, END), [faults.RECORD_OUTSIDE_SECTION, faults.FOOTER_COUNT]),
    ("deposit outside", bgmax_of(DEPOSIT, END), [faults.RECORD_OUTSIDE_SECTION, faults.FOOTER_COUNT]),
    (
        "name before payment",
        bgmax_of(OPEN, "26Kalle", PAYMENT, DEPOSIT, END),
        [faults.RECORD_OUTSIDE_SECTION],
    ),
    ("two names", bgmax_of(OPEN, PAYMENT, "26Kalle", "26Olle", DEPOSIT, END), [faults.REPEATED_RECORD]),
    ("after the end", bgmax_of(OPEN, PAYMENT, DEPOSIT, END, OPEN), [faults.RECORD_AFTER_END]),
    ("no record", bgmax_of(OPEN, PAYMENT, "Kalle", DEPOSIT, END), [faults.BAD_RECORD]),
    ("no receiver", bgmax_of("05                    SEK", PAYMENT, DEPOSIT, END), [faults.BAD_ACCOUNT]),
    ("letters in giro", bgmax_of("05000991234X          SEK", PAYMENT, DEPOSIT, END), [faults.BAD_ACCOUNT]),
    ("bad currency", bgmax_of("050009912346          S3K", PAYMENT, DEPOSIT, END), [faults.BAD_CURRENCY]),
    ("cut currency", bgmax_of("050009912346          S", PAYMENT, DEPOSIT, END), [faults.TRUNCATED]),
    ("other currency", bgmax_of(OPEN, PAYMENT, DEPOSIT.replace("SEK", "EUR"), END), [faults.CURRENCY_MISMATCH]),
    ("letters in amount", bgmax_of(OPEN, PAYMENT.replace("010000", "01000O"), DEPOSIT, END), [faults.BAD_AMOUNT]),
    ("blank amount", bgmax_of(OPEN, PAYMENT[:37] + " " * 18 + PAYMENT[55:], DEPOSIT, END), [faults.BAD_AMOUNT]),
    (
        "negative",
        bgmax_of(OPEN, PAYMENT.replace("0000000010000", "-000000010000"), DEPOSIT, END),
        [faults.NEGATIVE_AMOUNT],
    ),
    ("cut amount", bgmax_of(OPEN, PAYMENT[:50], DEPOSIT, END), [faults.TRUNCATED]),
    ("bad serial", bgmax_of(OPEN, PAYMENT[:57] + "ABC", DEPOSIT, END), [faults.BAD_SERIAL]),
    (
        "bad deduction code",
        bgmax_of(OPEN, DEDUCTION + "7", DEPOSIT, "7000000000000000010000000000000001"),
        [faults.BAD_CODE],
    ),
    ("29 February", bgmax_of(OPEN, PAYMENT, DEPOSIT.replace("20261124", "20260229"), END), [faults.BAD_DATE]),
    ("cut deposit", bgmax_of(OPEN, PAYMENT, DEPOSIT[:60], END), [faults.TRUNCATED]),
    ("sum", bgmax_of(OPEN, PAYMENT, DEPOSIT.replace("10000SEK", "10001SEK"), END), [faults.FOOTER_SUM]),
    ("debit deposit", bgmax_of(OPEN, PAYMENT, DEPOSIT[:-1] + "D", END), [faults.FOOTER_SUM]),
    ("count", bgmax_of(OPEN, PAYMENT, DEPOSIT.replace("00000001K", "00000002K"), END), [faults.FOOTER_COUNT]),
    (
        "letters in count",
        bgmax_of(OPEN, PAYMENT, DEPOSIT.replace("00000001K", "0000000XK"), END),
        [faults.FOOTER_COUNT],
    ),
    ("end count of 20", bgmax_of(OPEN, PAYMENT, DEPOSIT, "7000000002000000000000000000000001"), [faults.FOOTER_COUNT]),
    ("end count of 21", bgmax_of(OPEN, PAYMENT, DEPOSIT, "7000000001000000010000000000000001"), [faults.FOOTER_COUNT]),
    ("end count of 22", bgmax_of(OPEN, PAYMENT, DEPOSIT, "7000000001000000000000000100000001"), [faults.FOOTER_COUNT]),
    ("end count of 15", bgmax_of(OPEN, PAYMENT, DEPOSIT, "7000000001000000000000000000000002"), [faults.FOOTER_COUNT]),
    ("cut end", bgmax_of(OPEN, PAYMENT, DEPOSIT, "700000000100000000000000000000"), [faults.TRUNCATED]),
    ("long line", bgmax_of(OPEN, PAYMENT, "25" + "x" * 90, DEPOSIT, END), [faults.LINE_TOO_LONG]),
    ("control character", bgmax_of(OPEN, PAYMENT, "25a\x00b", DEPOSIT, END), [faults.WRONG_ENCODING]),
    (
        "same deposit twice",
        bgmax_of(
            OPEN, PAYMENT, DEPOSIT, OPEN, PAYMENT.replace("12", "14"), DEPOSIT, "7000000002000000000000000000000002"
        ),
        [faults.DUPLICATE_REFERENCE],
    ),
]


@pytest.mark.parametrize(("content", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_broken_file_is_refused_with_its_reason(content: bytes, expected: list[str]) -> None:
    with pytest.raises(PaymentFileRefused) as refused:
        bgmax.parse(BytesIO(content))

    assert [fault.reason for fault in refused.value.faults] == expected


def test_the_file_that_the_table_breaks_is_good() -> None:
    (payment,) = read(bgmax_of(OPEN, PAYMENT, DEPOSIT, END)).payments

    assert (payment.amount_minor, payment.references) == (10_000, (ocr("9854779"),))


def test_a_file_without_start_record_is_no_bgmax() -> None:
    content = bgmax_of(PAYMENT, DEPOSIT, END, start=OPEN)

    with pytest.raises(PaymentFileRefused) as refused:
        bgmax.parse(BytesIO(content))
    assert [fault.reason for fault in refused.value.faults] == [faults.MISSING_START]
    assert reasons(content) == [faults.UNKNOWN_FORMAT]


def test_all_faults_are_told_at_once_with_row_and_line() -> None:
    content = bgmax_of(OPEN, PAYMENT.replace("010000", "01000X"), PAYMENT[:57] + "ABC", DEPOSIT, END)

    with pytest.raises(PaymentFileRefused) as refused:
        read(content)
    assert [(f.row, f.position, f.reason) for f in refused.value.faults] == [
        (1, "line 3", faults.BAD_AMOUNT),
        (2, "line 4", faults.BAD_SERIAL),
        (None, "line 5", faults.FOOTER_COUNT),
        (None, "line 6", faults.FOOTER_COUNT),
    ]
    assert refused.value.reason == "PAYMENT_FILE_REFUSED"
    assert refused.value.violations[0].field == "line 3"


def test_every_reason_is_tested() -> None:
    """In one of the tables, or in a test of its own beside them."""
    in_tables = {reason for row in [*TABLE, *CAMT_TABLE] for reason in row[2]}
    alone = {
        faults.FILE_TOO_LARGE,
        faults.TOO_MANY_ROWS,
        faults.MISSING_START,
        faults.XML_FORBIDDEN,
        faults.XML_TOO_COMPLEX,
    }

    assert in_tables | alone == {value for name, value in vars(faults).items() if name == value}


def test_no_more_than_a_hundred_faults() -> None:
    assert len(reasons(bgmax_of(*["20"] * 500))) == faults.MAX_FAULTS


def test_the_same_payment_twice_in_a_deposit() -> None:
    twice = DEPOSIT.replace("10000SEK00000001", "20000SEK00000002")

    assert reasons(bgmax_of(OPEN, PAYMENT, PAYMENT, twice, END.replace("01", "02", 1))) == [faults.DUPLICATE_REFERENCE]


def test_the_same_payment_again_in_another_deposit() -> None:
    again = DEPOSIT.replace("00001000000", "00002000000")

    assert reasons(bgmax_of(OPEN, PAYMENT, DEPOSIT, OPEN, PAYMENT, again, "7000000002000000000000000000000002")) == [
        faults.DUPLICATE_REFERENCE
    ]


def test_a_test_file_where_it_is_allowed() -> None:
    content = bgmax_of(OPEN, PAYMENT, DEPOSIT, END, start=START[:44] + "T")

    assert read(content, allow_test=True).is_test


def test_limits_of_rows_and_bytes() -> None:
    content = a_bgmax(a_deposit(*[a_payment(amount) for amount in range(1, 12)]))

    assert reasons(content, limits=Limits(max_rows=10)) == [faults.TOO_MANY_ROWS]
    assert reasons(content, limits=Limits(max_bytes=500)) == [faults.FILE_TOO_LARGE]
    assert reasons(content, limits=Limits(max_bytes=len(content), max_rows=11)) == []


def test_ten_megabytes_on_one_line() -> None:
    assert reasons(START.encode() + b" " * 10_000_000) == [faults.LINE_TOO_LONG]
