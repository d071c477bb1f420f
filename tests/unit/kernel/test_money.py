from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.money import (
    MAX_AMOUNT_MINOR,
    AmountOutOfRange,
    CurrencyMismatch,
    Money,
    check_amount,
    convert,
    half_up,
    round_to_krona,
)

amounts = st.integers(-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR)


def kr(minor: int) -> Money:
    return Money("SEK", minor)


def test_amounts_of_one_currency_are_added_subtracted_and_compared():
    assert kr(100) + kr(-30) == kr(70)
    assert kr(100) - kr(130) == -kr(30)
    assert kr(349_00) * 3 == kr(1047_00)
    assert abs(kr(-5)) == kr(5)
    assert kr(1) < kr(2) <= kr(2) < kr(3)
    assert kr(3) > kr(2) >= kr(2)
    assert not kr(0)
    assert sum([kr(1), kr(2)], start=kr(0)) == kr(3)


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_kronor_and_euro_never_meet(operation):
    with pytest.raises(CurrencyMismatch):
        getattr(kr(1), operation)(Money("EUR", 1))


@pytest.mark.parametrize("minor", [2**63, -(2**63)])
def test_a_sum_that_does_not_fit_in_64_bits_is_refused(minor):
    with pytest.raises(AmountOutOfRange):
        kr(minor)


@pytest.mark.parametrize("minor", [1.0, True, Decimal(1), "1"])
def test_only_a_whole_number_is_an_amount(minor):
    with pytest.raises(TypeError):
        kr(minor)


def test_an_unknown_currency_is_refused():
    with pytest.raises(InvalidInput, match="CURRENCY"):
        Money("XYZ", 1)


def test_ten_to_the_fifteenth_kronor_cannot_be_entered():
    assert check_amount(-MAX_AMOUNT_MINOR) == -MAX_AMOUNT_MINOR
    with pytest.raises(InvalidInput, match="OUT_OF_RANGE"):
        check_amount(10**15 * 100)


@pytest.mark.parametrize(
    ("minor", "difference"),
    [(100, 0), (149, -49), (150, 50), (199, 1), (49, -49), (50, 50), (0, 0), (-149, 49), (-150, -50), (-199, -1)],
)
def test_one_to_49_ore_go_down_and_50_to_99_up(minor, difference):
    assert round_to_krona(minor) == difference


@given(amounts)
def test_whole_kronor_are_whole_and_a_credit_mirrors_its_invoice(minor):
    assert (minor + round_to_krona(minor)) % 100 == 0
    assert round_to_krona(-minor) == -round_to_krona(minor)


@pytest.mark.parametrize(
    ("value", "whole"),
    [(Decimal("0.5"), 1), (Decimal("-0.5"), -1), (Decimal("2.4999"), 2), (Fraction(5, 2), 3), (Fraction(-7, 3), -2)],
)
def test_a_half_goes_away_from_zero(value, whole):
    assert half_up(value) == whole


def test_euro_become_kronor_at_a_rate_and_yen_have_no_decimals():
    assert convert(Money("EUR", 218_00), "SEK", Decimal("11.4567")) == kr(249_756)
    assert convert(Money("JPY", 1000), "SEK", Decimal("0.0655")) == kr(65_50)
    assert convert(kr(65_50), "JPY", Decimal("15.2672")) == Money("JPY", 1000)
    assert convert(Money("EUR", -1), "SEK", Decimal("10.5")) == kr(-11)


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity", "1e10", "1e-10"])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(InvalidInput, match="RATE"):
        convert(kr(1), "EUR", Decimal(rate))
