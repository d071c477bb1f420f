from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.bank_days import add_bank_days, is_bank_day, next_bank_day

days = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    "day",
    [
        "2026-01-01", "2026-01-06", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14",
        "2026-06-19", "2026-12-24", "2026-12-25", "2026-12-31", "2026-11-28", "2026-11-29",
    ],
)  # fmt: skip
def test_banks_are_closed_on_holidays_eves_and_weekends(day):
    assert not is_bank_day(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-01-05", "2026-04-02", "2026-04-30", "2026-11-24", "2026-12-23", "2026-12-30"])
def test_an_afternoon_off_does_not_make_a_day_a_holiday(day):
    assert is_bank_day(date.fromisoformat(day))


def test_the_national_day_is_a_holiday_since_2005():
    assert is_bank_day(date(2003, 6, 6))
    assert not is_bank_day(date(2025, 6, 6))


def test_the_next_bank_day_after_good_friday_is_tuesday():
    assert next_bank_day(date(2026, 4, 3)) == date(2026, 4, 7)
    assert next_bank_day(date(2026, 4, 7)) == date(2026, 4, 7)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-11-24", 4, "2026-11-30"),
        ("2026-11-27", 1, "2026-11-30"),
        ("2026-11-28", 1, "2026-11-30"),
        ("2026-11-28", 0, "2026-11-30"),
        ("2026-12-23", 4, "2027-01-04"),
        ("2027-01-04", -4, "2026-12-23"),
    ],
)
def test_bank_days_are_counted_over_weekends_and_holidays(start, count, expected):
    assert add_bank_days(date.fromisoformat(start), count) == date.fromisoformat(expected)


@given(days)
def test_a_bank_day_is_at_most_five_days_away(day):
    found = next_bank_day(day)
    assert is_bank_day(found)
    assert not any(is_bank_day(day + timedelta(n)) for n in range((found - day).days))
    assert found - day <= timedelta(5)


@given(days, st.integers(1, 30))
def test_going_forth_and_back_ends_where_it_began(day, count):
    start = next_bank_day(day)
    assert add_bank_days(add_bank_days(start, count), -count) == start
