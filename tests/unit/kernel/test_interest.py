from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.interest import (
    REFERENCE_RATES,
    Accrual,
    ReferenceRate,
    ReferenceRateMissing,
    default_interest,
    half_year_of,
    interest_between,
)

RIKSBANKEN = """
2002-07-01 4.50  2003-01-01 4.00  2003-07-01 3.00  2004-01-01 3.00  2004-07-01 2.00  2005-01-01 2.00
2005-07-01 1.50  2006-01-01 1.50  2006-07-01 2.50  2007-01-01 3.00  2007-07-01 3.50  2008-01-01 4.00
2008-07-01 4.50  2009-01-01 2.00  2009-07-01 0.50  2010-01-01 0.50  2010-07-01 0.50  2011-01-01 1.50
2011-07-01 2.00  2012-01-01 2.00  2012-07-01 1.50  2013-01-01 1.00  2013-07-01 1.00  2014-01-01 1.00
2014-07-01 1.00  2015-01-01 0.00  2015-07-01 0.00  2016-01-01 0.00  2016-07-01 -0.50 2017-01-01 -0.50
2017-07-01 -0.50 2018-01-01 -0.50 2018-07-01 -0.50 2019-01-01 -0.50 2019-07-01 0.00  2020-01-01 0.00
2020-07-01 0.00  2021-01-01 0.00  2021-07-01 0.00  2022-01-01 0.00  2022-07-01 0.50  2023-01-01 2.50
2023-07-01 3.50  2024-01-01 4.00  2024-07-01 4.00  2025-01-01 3.00  2025-07-01 2.00  2026-01-01 2.00
"""


def test_the_known_reference_rates_are_those_of_the_source_and_end_before_july_2026():
    words = RIKSBANKEN.split()
    table = [ReferenceRate(date.fromisoformat(d), Decimal(p)) for d, p in zip(words[::2], words[1::2], strict=True)]
    assert list(REFERENCE_RATES) == table


def test_interest_over_a_change_of_rate_is_split_at_the_half_year():
    interest = interest_between(5_000_00, date(2019, 4, 20), date(2019, 10, 17), REFERENCE_RATES)

    spring, autumn = interest.periods
    assert (spring.days, spring.percent, spring.amount_minor) == (72, Decimal("7.5"), 73_97)
    assert (autumn.days, autumn.percent, autumn.amount_minor) == (109, Decimal(8), 119_45)
    assert (spring.last, autumn.first) == (date(2019, 6, 30), date(2019, 7, 1))
    assert interest.total_minor == 193_42


def test_both_end_days_are_counted():
    interest = interest_between(6_780_00, date(2021, 1, 1), date(2021, 4, 20), REFERENCE_RATES)
    assert interest.total_minor == 163_46


def test_interest_runs_from_the_day_after_the_due_day():
    interest = default_interest(1_000_00, date(2026, 3, 2), date(2026, 3, 12), REFERENCE_RATES)
    assert interest.periods[0].first == date(2026, 3, 3)
    assert interest.periods[0].days == 10


def test_a_due_day_on_good_friday_moves_past_easter():
    interest = default_interest(1_000_00, date(2026, 4, 3), date(2026, 4, 30), REFERENCE_RATES)
    assert interest.periods[0].first == date(2026, 4, 8)


@pytest.mark.parametrize("last", [date(2026, 3, 1), date(2026, 3, 2)])
def test_there_is_no_interest_until_the_due_day_is_past(last):
    assert default_interest(1_000_00, date(2026, 3, 2), last, ()).periods == ()


def test_a_half_year_without_a_rate_is_an_error_and_not_a_guess():
    with pytest.raises(ReferenceRateMissing) as raised:
        default_interest(1_000_00, date(2026, 6, 1), date(2026, 7, 1), REFERENCE_RATES)
    assert raised.value.details == {"half_year": "2026-07-01"}
    assert default_interest(1_000_00, date(2026, 6, 1), date(2026, 6, 30), REFERENCE_RATES).total_minor > 0


def test_a_payment_stops_interest_on_its_amount_from_the_day_after_it_is_booked():
    interest = default_interest(
        1_000_00, date(2026, 3, 2), date(2026, 3, 31), REFERENCE_RATES, changes=[(date(2026, 3, 12), -400_00)]
    )
    assert [(p.first.day, p.last.day, p.base_minor) for p in interest.periods] == [(3, 12, 1_000_00), (13, 31, 600_00)]


def test_a_payment_before_interest_begins_lowers_the_base_from_the_start():
    interest = default_interest(
        1_000_00, date(2026, 3, 2), date(2026, 3, 31), REFERENCE_RATES, changes=[(date(2026, 2, 20), -400_00)]
    )
    assert [(p.days, p.base_minor) for p in interest.periods] == [(29, 600_00)]


def test_a_credit_and_a_paid_claim_carry_no_interest():
    assert interest_between(-500_00, date(2026, 1, 1), date(2026, 3, 1), REFERENCE_RATES).periods == ()
    paid = default_interest(
        500_00, date(2026, 3, 2), date(2026, 3, 31), REFERENCE_RATES, changes=[(date(2026, 3, 12), -600_00)]
    )
    assert paid.periods[-1].last == date(2026, 3, 12)


def test_an_agreed_rate_needs_no_reference_rate():
    interest = interest_between(3_650_00, date(2026, 6, 1), date(2026, 7, 30), (), agreed_percent=Decimal(12))
    assert [(p.days, p.percent, p.amount_minor) for p in interest.periods] == [(60, Decimal(12), 72_00)]


@given(
    st.integers(1, 10**11),
    st.dates(date(2003, 1, 1), date(2025, 12, 31)),
    st.integers(0, 3000),
    st.lists(st.tuples(st.dates(date(2003, 1, 1), date(2026, 6, 30)), st.integers(-(10**10), -1)), max_size=4),
)
def test_the_periods_follow_each_other_and_add_up_to_the_ore(base, due, days, payments):
    last = min(due + timedelta(days), date(2026, 6, 30))
    interest = default_interest(base, due, last, REFERENCE_RATES, changes=payments)

    exact = sum((Decimal(p.base_minor) * p.percent * p.days / 36500 for p in interest.periods), Decimal(0))
    assert abs(interest.total_minor - exact) <= Decimal("0.5000001")
    for period in interest.periods:
        assert half_year_of(period.first) == half_year_of(period.last)
        assert period.days == (period.last - period.first).days + 1 > 0
        assert abs(period.amount_minor - Decimal(period.base_minor) * period.percent * period.days / 36500) < 1
    for earlier, later in zip(interest.periods, interest.periods[1:], strict=False):
        assert later.first == earlier.last + timedelta(1)


@given(
    claims=st.lists(
        st.tuples(
            st.integers(min_value=-10_000, max_value=10**9),
            st.dates(date(2015, 1, 1), date(2026, 6, 30)),
            st.lists(
                st.tuples(st.dates(date(2015, 1, 1), date(2026, 6, 30)), st.integers(-(10**8), 10**6)), max_size=3
            ),
        ),
        max_size=8,
    ),
    last=st.dates(date(2015, 1, 1), date(2026, 6, 30)),
)
def test_many_claims_at_once_earn_what_each_does_by_itself(claims, last):
    accrual = Accrual(REFERENCE_RATES, last)
    for base, due, changes in claims:
        alone = default_interest(base, due, last, REFERENCE_RATES, changes=changes)
        assert accrual.total(base, due, changes) == alone.total_minor


def test_many_claims_need_their_reference_rates_too():
    accrual = Accrual(REFERENCE_RATES, date(2026, 7, 2))
    with pytest.raises(ReferenceRateMissing):
        accrual.total(100, date(2026, 6, 1))
    assert accrual.total(0, date(2026, 6, 1)) == 0
