from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.formats import (
    MINUS,
    NBSP,
    format_amount,
    format_date,
    format_date_long,
    format_date_with_weekday,
    format_money,
    format_postcode,
    format_quantity,
    parse_amount,
    parse_date,
    parse_postcode,
    parse_quantity,
)
from kernel.money import MAX_AMOUNT_MINOR, Money

TODAY = date(2026, 11, 24)  # a Tuesday


@pytest.mark.parametrize(
    ("minor", "decimals", "written"),
    [
        (123450, 2, "1 234,50"),
        (0, 2, "0,00"),
        (5, 2, "0,05"),
        (-34900, 2, "−349,00"),
        (-1, 2, "−0,01"),
        (123456789012, 2, "1 234 567 890,12"),
        (1234, 0, "1 234"),
    ],
)
def test_amounts_have_a_decimal_comma_a_no_break_space_and_a_true_minus(minor, decimals, written):
    assert format_amount(minor, decimals) == written.replace(" ", NBSP)


def test_money_in_kronor_says_kr_and_other_money_its_code():
    assert format_money(Money("SEK", 123456)) == f"1{NBSP}234,56{NBSP}kr"
    assert format_money(Money("EUR", 21800)) == f"218,00{NBSP}EUR"
    assert format_money(Money("JPY", -218)) == f"{MINUS}218{NBSP}JPY"


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("1 234,5", 123450),
        ("1234.50", 123450),
        ("1234", 123400),
        ("-349,00", -34900),
        ("349,00-", -34900),
        ("−349", -34900),
        ("–349", -34900),
        ("1\u202f234\u00a0567,89", 123456789),
        (" 0,05 ", 5),
        ("-0,00", 0),
        ("007", 700),
    ],
)
def test_an_amount_is_read_as_people_write_it(written, minor):
    assert parse_amount(written) == minor


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "REQUIRED"),
        (" \u00a0", "REQUIRED"),
        ("1.234", "AMBIGUOUS"),
        ("1,234", "AMBIGUOUS"),
        ("1.234,50", "AMBIGUOUS"),
        ("1,234.50", "AMBIGUOUS"),
        ("1,234,567", "AMBIGUOUS"),
        ("12 34", "NUMBER"),
        ("1  234 56", "NUMBER"),
        ("-1-", "NUMBER"),
        ("--1", "NUMBER"),
        ("+1", "NUMBER"),
        (",50", "NUMBER"),
        ("12,", "NUMBER"),
        ("3*412,50", "NUMBER"),
        ("1e5", "NUMBER"),
        ("NaN", "NUMBER"),
        ("١٢", "NUMBER"),
        ("12,3456", "TOO_MANY_DECIMALS"),
        ("1000000000000000", "OUT_OF_RANGE"),
        ("-100000000000,01", "OUT_OF_RANGE"),
        ("9" * 39, "OUT_OF_RANGE"),
        ("9" * 41, "TOO_LONG"),
    ],
)
def test_an_amount_that_is_none_or_could_be_two_is_refused(written, reason):
    with pytest.raises(InvalidInput, match=f":{reason}$"):
        parse_amount(written)


def test_yen_have_no_decimals():
    assert parse_amount("1 234", decimals=0) == 1234
    with pytest.raises(InvalidInput, match="TOO_MANY_DECIMALS"):
        parse_amount("12,5", decimals=0)


@given(st.integers(-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR), st.sampled_from([0, 2]))
def test_every_amount_can_be_read_back_as_it_is_written(minor, decimals):
    assert parse_amount(format_amount(minor, decimals), decimals) == minor


@given(st.text(max_size=45))
def test_any_text_is_an_amount_or_a_named_fault(text):
    with suppress(InvalidInput):
        assert abs(parse_amount(text)) <= MAX_AMOUNT_MINOR


def test_a_quantity_may_have_six_decimals_and_a_comma_before_three_of_them():
    assert parse_quantity("1,5") == Decimal("1.5")
    assert parse_quantity("-1,234") == Decimal("-1.234")
    assert parse_quantity("0.123456") == Decimal("0.123456")
    for written, reason in (("1.234", "AMBIGUOUS"), ("0,1234567", "TOO_MANY_DECIMALS"), ("två", "NUMBER")):
        with pytest.raises(InvalidInput, match=reason):
            parse_quantity(written)


@pytest.mark.parametrize(
    ("quantity", "written"),
    [("1.500", "1,5"), ("3", "3"), ("-2.25", "−2,25"), ("1E+3", "1 000"), ("12345.6", "12 345,6"), ("0.000", "0")],
)
def test_a_quantity_is_written_without_needless_zeros(quantity, written):
    assert format_quantity(Decimal(quantity)) == written.replace(" ", NBSP)


@given(st.decimals(-(10**9), 10**9, places=6))
def test_every_quantity_can_be_read_back_as_it_is_written(quantity):
    assert parse_quantity(format_quantity(quantity)) == quantity


def test_a_day_is_written_in_three_ways():
    assert format_date(TODAY) == "2026-11-24"
    assert format_date_with_weekday(TODAY) == "tisdag 2026-11-24"
    assert format_date_long(TODAY) == "24 november 2026"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-12-24", "2026-12-24"),
        ("2026-1-5", "2026-01-05"),
        ("20261224", "2026-12-24"),
        ("261224", "2026-12-24"),
        ("i", "2026-11-24"),
        ("I", "2026-11-24"),
        ("+30", "2026-12-24"),
        ("-7", "2026-11-17"),
        ("−7", "2026-11-17"),
        ("24", "2026-11-24"),
        ("3", "2026-11-03"),
        ("2412", "2026-12-24"),
        ("15/12", "2026-12-15"),
        ("5/1", "2026-01-05"),
        ("fre", "2026-11-27"),
        ("Tis", "2026-12-01"),
        ("mån", "2026-11-30"),
        ("lor", "2026-11-28"),
    ],
)
def test_a_day_is_read_long_or_short(written, day):
    assert parse_date(written, TODAY) == date.fromisoformat(day)


def test_days_are_counted_from_the_invoice_date_if_there_is_one():
    assert parse_date("+30", TODAY, base=date(2026, 11, 1)) == date(2026, 12, 1)
    assert parse_date("i", TODAY, base=date(2026, 11, 1)) == TODAY
    assert parse_date("24", TODAY, base=date(2026, 10, 1)) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "REQUIRED"),
        ("31", "DATE"),
        ("0", "DATE"),
        ("3102", "DATE"),
        ("2026-02-29", "DATE"),
        ("0000-01-01", "DATE"),
        ("imorgon", "DATE"),
        ("+", "DATE"),
        ("+30000", "DATE"),
        ("24.12.2026", "DATE"),
        ("²", "DATE"),
        ("1899-12-31", "OUT_OF_RANGE"),
        ("9999-12-31", "OUT_OF_RANGE"),
        ("2" * 41, "TOO_LONG"),
    ],
)
def test_what_is_no_day_is_refused(written, reason):
    with pytest.raises(InvalidInput, match=f":{reason}$"):
        parse_date(written, TODAY)


@given(st.text(max_size=12), st.dates())
def test_any_text_is_a_day_or_a_named_fault(text, today):
    with suppress(InvalidInput):
        assert isinstance(parse_date(text, today), date)


@pytest.mark.parametrize("written", ["81291", "812 91", "812\u00a091", "SE-812 91", "s-81291"])
def test_a_postcode_is_five_digits_however_it_is_written(written):
    assert parse_postcode(written) == "81291"
    assert format_postcode(parse_postcode(written)) == "812 91"


@pytest.mark.parametrize("written", ["8129", "812911", "01234", "81 291", "AB12 3CD", "٨١٢٩١"])
def test_what_is_no_swedish_postcode_is_refused(written):
    with pytest.raises(InvalidInput, match="POSTCODE"):
        parse_postcode(written)


def test_a_foreign_postcode_is_left_as_it_is():
    assert format_postcode("AB12 3CD") == "AB12 3CD"
