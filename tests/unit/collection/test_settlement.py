"""How payments are set off against a debt: costs, then interest, then capital, then surplus."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.interest import REFERENCE_RATES, ReferenceRate, ReferenceRateMissing
from services.collection.domain.debts import Claim, Cost, Debt
from services.collection.domain.settlement import Settlement, settle

DUE = date(2025, 3, 31)  # a Monday: interest runs from 1 April
CAPITAL = 10_000_00
RATE_2025H1 = 11  # reference rate 3 + 8


def a_debt(*costs: Cost, due: date = DUE, capital: int = CAPITAL) -> Debt:
    return Debt(Claim(due, capital), costs)


def interest(days: int, capital: int = CAPITAL, percent: int = RATE_2025H1) -> int:
    return round(capital * percent * days / 36_500)


def shares(settlement: Settlement) -> tuple[int, int, int, int]:
    return settlement.costs, settlement.interest, settlement.capital, settlement.surplus


def pay(debt: Debt, amount: int, day: date) -> tuple[Settlement, Debt]:
    settled = settle(debt, amount, day, REFERENCE_RATES)
    return settled, debt.after(settled.costs, settled.interest, settled.capital, day)


DEMAND = Cost(date(2025, 4, 10), 180_00)
APRIL_30 = date(2025, 4, 30)  # 30 days of interest: 90.41

TABLE = [
    # costs of the case, amount and bank day of the payment; its shares in order, and the day on which the case ends
    ("less than the costs", (DEMAND,), 100_00, APRIL_30, (100_00, 0, 0, 0), None),
    ("costs and a part of the interest", (DEMAND,), 200_00, APRIL_30, (180_00, 20_00, 0, 0), None),
    ("a part of the capital", (DEMAND,), 1_000_00, APRIL_30, (180_00, 90_41, 729_59, 0), None),
    ("all of it", (DEMAND,), 10_270_41, APRIL_30, (180_00, 90_41, 10_000_00, 0), APRIL_30),
    ("all of it but one öre", (DEMAND,), 10_270_40, APRIL_30, (180_00, 90_41, 9_999_99, 0), None),
    ("more than all of it", (DEMAND,), 10_300_00, APRIL_30, (180_00, 90_41, 10_000_00, 29_59), APRIL_30),
    ("no costs", (), 90_41, APRIL_30, (0, 90_41, 0, 0), None),
    ("on the due day: no interest", (), 10_000_00, DUE, (0, 0, 10_000_00, 0), DUE),
    ("the day before the demand: its cost is not owed", (DEMAND,), 10_030_00, date(2025, 4, 9),
     (0, 27_12, 10_000_00, 2_88), date(2025, 4, 9)),
    ("the day of the demand: its cost is owed", (DEMAND,), 200_00, date(2025, 4, 10), (180_00, 20_00, 0, 0), None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("costs", "amount", "day", "expected", "closed"), [r[1:] for r in TABLE], ids=[r[0] for r in TABLE]
)
def test_a_payment_pays_costs_then_interest_then_capital(costs, amount, day, expected, closed):
    settlement = settle(a_debt(*costs), amount, day, REFERENCE_RATES)
    assert shares(settlement) == expected
    assert settlement.closed_on == closed


def test_the_next_payment_pays_interest_on_what_capital_was_left():
    first, debt = pay(a_debt(), 5_090_41, APRIL_30)
    assert shares(first) == (0, 90_41, 5_000_00, 0)
    second, debt = pay(debt, 6_000_00, date(2025, 5, 30))
    of_may = interest(30, CAPITAL - 5_000_00)
    assert of_may == 45_21
    assert second.interest in {of_may, of_may - 1}  # the running sum is rounded, not each stretch
    assert second.capital == 5_000_00
    assert second.surplus == 1_000_00 - second.interest
    assert second.closed_on == date(2025, 5, 30)


def test_interest_that_was_not_paid_bears_no_interest():
    _, debt = pay(a_debt(), 50_00, APRIL_30)  # 40.41 of the interest stays
    assert debt.claim.remaining_minor == CAPITAL
    assert debt.interest_owed(date(2025, 5, 30), REFERENCE_RATES) == interest(60) - 50_00


def test_a_negative_reference_rate_makes_less_than_eight_percent():
    settled = settle(a_debt(due=date(2016, 12, 30), capital=3_650_00), 10_000_00, date(2017, 1, 10), REFERENCE_RATES)
    # 31 December to 10 January at 7.5 percent, 0.75 a day
    assert shares(settled) == (0, 8_25, 3_650_00, 10_000_00 - 3_658_25)


def test_the_rate_changes_with_the_half_year():
    settled = settle(a_debt(due=date(2025, 6, 20), capital=3_650_00), 10_000_00, date(2025, 7, 10), REFERENCE_RATES)
    first_bank_day_after = date(2025, 6, 23)  # 20 June 2025 is Midsummer's eve: the due day moves to Monday
    days_in_june = (date(2025, 6, 30) - first_bank_day_after).days
    assert settled.interest == days_in_june * 110 + 10 * 100


def test_a_half_year_without_a_rate_is_never_guessed():
    known = [rate for rate in REFERENCE_RATES if rate.valid_from < date(2025, 7, 1)]
    debt = a_debt()
    with pytest.raises(ReferenceRateMissing) as missing:
        settle(debt, 100_00, date(2025, 7, 1), known)
    assert missing.value.half_year == date(2025, 7, 1)
    assert settle(debt, 100_00, date(2025, 6, 30), known).interest == 100_00
    interest_known, half_year = debt.claim.known_interest(date(2025, 9, 1), known)
    assert half_year == date(2025, 7, 1)
    assert interest_known.periods[-1].last == date(2025, 6, 30)


def test_a_payment_that_arrives_late_counts_from_its_own_day():
    """Booked on 15 April, known after the one of 30 April: from then on interest runs on less capital."""
    _, debt = pay(a_debt(), 90_41, APRIL_30)
    late, debt = pay(debt, 5_000_00, date(2025, 4, 15))
    assert shares(late) == (0, 0, 5_000_00, 0)  # the interest to 15 April was paid on the 30th
    accrued = debt.claim.interest(APRIL_30, REFERENCE_RATES).total_minor
    assert accrued == interest(15) + interest(15, CAPITAL - 5_000_00) == 67_81
    assert debt.interest_owed(date(2025, 5, 14), REFERENCE_RATES) == 0  # 22.60 of credit is used up first
    assert debt.interest_owed(date(2025, 6, 30), REFERENCE_RATES) > 0


def test_a_late_payment_that_is_more_than_the_capital_pays_the_interest_since_too():
    """In the order of the bank's days the result for the debtor would be the same: what was owed, and the surplus."""
    _, debt = pay(a_debt(), 1_000_00, APRIL_30)
    late = settle(debt, 10_000_00, date(2025, 4, 10), REFERENCE_RATES)
    in_order, debt = pay(a_debt(), 10_000_00, date(2025, 4, 10))
    last, _ = pay(debt, 1_000_00, APRIL_30)
    assert late.closed_on == last.closed_on == APRIL_30
    assert late.surplus <= last.surplus
    assert late.interest + 90_41 >= in_order.interest + last.interest


def test_a_payment_is_positive():
    for amount in (0, -1):
        with pytest.raises(ValueError, match="positive"):
            settle(a_debt(), amount, APRIL_30, REFERENCE_RATES)


FIRST = date(2025, 1, 1)
days = st.integers(0, 700).map(lambda n: FIRST + timedelta(n))
amounts = st.integers(1, 20_000_00)
rates = st.lists(st.integers(-600, 2000), min_size=5, max_size=5).map(
    lambda points: [
        ReferenceRate(date(2025 + n // 2, 7 if n % 2 else 1, 1), Decimal(p) / 100) for n, p in enumerate(points)
    ]
)


@given(
    capital=amounts,
    due=days,
    costs=st.lists(st.tuples(days, st.integers(1, 450_00)), max_size=4),
    payments=st.lists(st.tuples(amounts, days), min_size=1, max_size=6),
    known=rates,
)
def test_shares_always_sum_to_the_payment_and_never_exceed_what_was_owed(capital, due, costs, payments, known):
    debt = Debt(Claim(due, capital), tuple(Cost(day, amount) for day, amount in costs))
    for amount, day in payments:
        settled = settle(debt, amount, day, known)
        latest = max(day, debt.last_bank_date or day)
        assert sum(shares(settled)) == amount
        assert min(shares(settled)) >= 0
        assert settled.costs <= debt.costs_owed(latest)
        assert settled.interest <= debt.interest_owed(latest, known)
        assert settled.capital <= debt.claim.remaining_minor
        debt = debt.after(settled.costs, settled.interest, settled.capital, day)
        if settled.surplus:
            assert settled.closed_on is not None
        if settled.closed_on is not None:
            assert debt.paid_off(latest, known)
            break


@given(capital=amounts, amount=amounts, parts=st.integers(2, 5), day=days)
def test_paying_in_parts_on_one_day_is_as_paying_at_once(capital, amount, parts, day):
    debt = Debt(Claim(FIRST, capital), (Cost(FIRST, 60_00),))
    known = [replace(rate) for rate in REFERENCE_RATES] + [ReferenceRate(date(2026, 7, 1), Decimal(2))]
    at_once = settle(debt, amount, day, known)
    paid = [0, 0, 0, 0]
    for n in range(parts):
        part = amount // parts + (amount % parts if n == 0 else 0)
        if not part:
            continue
        settled = settle(debt, part, day, known)
        debt = debt.after(settled.costs, settled.interest, settled.capital, day)
        paid = [sum(pair) for pair in zip(paid, shares(settled), strict=True)]
    assert tuple(paid) == shares(at_once)
