"""Costs within the law, the ways of a case's status, balances, and what is shown of a protected identity."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kernel.errors import InvalidInput
from kernel.interest import REFERENCE_RATES
from services.collection.domain import half_years
from services.collection.domain.balances import Paid, balance
from services.collection.domain.costs import (
    CompaniesOnly,
    CostAlreadyAdded,
    CostExcluded,
    CostKind,
    DebtorUnknown,
    check_cost,
)
from services.collection.domain.debtors import Debtor, one_form
from services.collection.domain.debts import Claim, Cost
from services.collection.domain.statuses import CaseStatus, CaseStatusRefused, move

DUE, TODAY = date(2026, 3, 31), date(2026, 5, 4)


def check(kind: CostKind = CostKind.DEMAND, amount: int = 180_00, **changes: Any) -> None:
    lawful: dict[str, Any] = {
        "day": date(2026, 4, 20),
        "cap_minor": 180_00,
        "existing": set(),
        "due_date": DUE,
        "today": TODAY,
        "debtors_are_companies": False,
    }
    check_cost(kind, amount, **(lawful | changes))


def refused(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as error:
        check(**changes)
    return [(violation.field, violation.reason) for violation in error.value.violations]


def test_a_demand_costs_180_kronor():
    check(amount=180_00)
    assert refused(amount=180_01) == [("amount", "ABOVE_CAP")]


def test_a_cost_is_positive_and_arose_between_the_due_day_and_today():
    assert refused(amount=0) == [("amount", "NOT_POSITIVE")]
    assert refused(day=date(2026, 3, 30)) == [("day", "BEFORE_DUE_DATE")]
    assert refused(day=date(2026, 5, 5)) == [("day", "IN_THE_FUTURE")]
    assert refused(cap_minor=None) == [("day", "NO_CAP")]
    check(day=DUE)
    check(day=TODAY)


def test_each_kind_is_owed_once():
    with pytest.raises(CostAlreadyAdded):
        check(existing={CostKind.REMINDER, CostKind.DEMAND})


def check_late_payment(**changes: Any) -> None:
    check(CostKind.LATE_PAYMENT, 450_00, **({"cap_minor": 450_00, "debtors_are_companies": True} | changes))


def test_late_payment_compensation_comes_instead_of_the_demand_and_from_companies_only():
    check_late_payment()
    check_late_payment(existing={CostKind.REMINDER})
    with pytest.raises(CostExcluded):
        check_late_payment(existing={CostKind.DEMAND})
    with pytest.raises(CostExcluded):
        check(CostKind.DEMAND, existing={CostKind.LATE_PAYMENT})
    with pytest.raises(CompaniesOnly):
        check_late_payment(debtors_are_companies=False)
    with pytest.raises(DebtorUnknown):
        check_late_payment(debtors_are_companies=None)


@pytest.mark.parametrize("current", [None, *CaseStatus])
@pytest.mark.parametrize("wanted", CaseStatus)
def test_a_case_is_registered_and_then_ends_once(current, wanted):
    allowed = {
        (None, CaseStatus.REGISTERED),
        (CaseStatus.REGISTERED, CaseStatus.PAID),
        (CaseStatus.REGISTERED, CaseStatus.WITHDRAWN),
    }
    if (current, wanted) in allowed:
        assert move(current, wanted) is wanted
    else:
        with pytest.raises(CaseStatusRefused):
            move(current, wanted)


def test_a_balance_tells_what_was_there_at_registration_from_what_was_added():
    claim = Claim(date(2025, 3, 31), 10_000_00, ((date(2025, 5, 30), -4_000_00),))
    costs = [Cost(date(2025, 4, 15), 60_00), Cost(date(2025, 5, 2), 180_00)]
    paid = Paid(capital=4_000_00, interest=180_82, costs=240_00)
    worth = balance([claim], costs, paid, date(2025, 4, 30), date(2025, 6, 29), REFERENCE_RATES)
    assert (worth.capital.original, worth.capital.added, worth.capital.remaining) == (10_000_00, 0, 6_000_00)
    assert (worth.costs.original, worth.costs.added, worth.costs.remaining) == (60_00, 180_00, 0)
    assert worth.interest.original == 90_41
    assert worth.interest.original + worth.interest.added == sum(period.amount_minor for period in worth.periods)
    assert worth.interest.remaining == 54_25  # 30 days on 6,000, at 11 percent
    assert worth.remaining == 6_054_25
    assert worth.missing_rate is None
    assert {period.base_minor for period in worth.periods} == {10_000_00, 6_000_00}


def test_interest_is_shown_to_the_end_of_the_last_half_year_that_has_a_rate():
    worth = balance([Claim(DUE, 1_000_00)], [], Paid(), date(2026, 8, 1), date(2026, 11, 24), REFERENCE_RATES)
    assert worth.missing_rate == date(2026, 7, 1)
    assert half_years.name(worth.missing_rate) == "2026H2"
    assert worth.periods[-1].last == date(2026, 6, 30)
    assert worth.interest.added == 0


def test_half_years_have_names():
    for name, first in (("2026H1", date(2026, 1, 1)), ("2026H2", date(2026, 7, 1))):
        assert half_years.first_day(name) == first
        assert half_years.name(first) == name
    for wrong in ("", "2026", "2026H3", "26H1", "2026h1", "2026H1 "):
        with pytest.raises(InvalidInput):
            half_years.first_day(wrong)


def test_of_a_protected_identity_nothing_is_shown_but_that_it_is_one():
    whole = Debtor(
        "Åsa Öst",
        "197010632391",
        "1017",
        "c/o Ek",
        "Gatan 1",
        "11122",
        "Ort",
        "SE",
        "070",
        "a@b.test",
        is_company=False,
    )
    assert whole.shown() == whole
    hidden = replace(whole, protected_identity=True).shown()
    assert hidden == Debtor("", customer_number="1017", country_code="", protected_identity=True)
    assert "Öst" not in repr(whole)
    assert "1970" not in repr(whole)


def test_an_id_number_has_one_form_however_it_is_written():
    assert one_form("701063-2391", TODAY) == one_form("197010632391", TODAY) == "197010632391"
    assert one_form("DE 123", TODAY) == "DE 123"
