"""Default interest (dröjsmålsränta) by the Interest Act, räntelagen (1975:635).

Yearly rate = the reference rate in force each day + 8 percentage points (6 §), simple, actual days / 365, both end
days counted. Nothing is capitalised. The reference rate is set for half a year at a time (9 §) and entered by an
administrator: a half-year that is missing is an error, never a guess.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from kernel.bank_days import next_bank_day
from kernel.errors import DomainError, Kind
from kernel.money import half_up

STATUTORY_MARGIN: Final = Decimal(8)
"""Percentage points above the reference rate (6 §)."""

_DAY: Final = timedelta(1)
_DAYS_IN_YEAR: Final = 365


class ReferenceRateMissing(DomainError):
    """No reference rate has been entered for a half-year; ``half_year`` is its first day."""

    reason = "REFERENCE_RATE_MISSING"
    kind = Kind.CONFLICT

    def __init__(self, half_year: date) -> None:
        super().__init__(half_year=half_year.isoformat())
        self.half_year = half_year


@dataclass(frozen=True, slots=True)
class ReferenceRate:
    """The reference rate of the half-year that begins on ``valid_from`` (1 January or 1 July), in percent a year."""

    valid_from: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class InterestPeriod:
    """Interest at one rate on one base from ``first`` to ``last``, both counted. Amounts in minor units."""

    first: date
    last: date
    days: int
    percent: Decimal
    base_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest and how it came about: the periods' amounts add up to ``total_minor``, to the öre."""

    periods: tuple[InterestPeriod, ...]

    @property
    def total_minor(self) -> int:
        """The exact interest, rounded once."""
        return sum(period.amount_minor for period in self.periods)


def default_interest(
    base_minor: int,
    due: date,
    last: date,
    rates: Iterable[ReferenceRate],
    *,
    changes: Iterable[tuple[date, int]] = (),
    margin: Decimal = STATUTORY_MARGIN,
    agreed_percent: Decimal | None = None,
) -> Interest:
    """The interest on an overdue claim from the day after its due day to ``last``.

    A due day that is no bank day moves to the next one. Each of ``changes`` is (day, minor units) and counts from the
    day after: a payment of 100 kr that was booked on the 5th is ``(date(y, m, 5), -10000)``. No interest runs while the
    base is zero or a credit. ``agreed_percent`` is a contractual rate, used instead of reference rate plus margin.
    Raises ReferenceRateMissing.
    """
    first = next_bank_day(due) + _DAY
    stretches = list(_stretches(base_minor, first, last, changes))
    return _accrue(stretches, rates, margin, agreed_percent)


class Accrual:
    """Default interest of many claims until one day: the totals of ``default_interest``, many times as fast.

    What a claim earns from a first day on is worked out once for all that begin on it. Amounts in minor units.
    """

    def __init__(self, rates: Iterable[ReferenceRate], last: date, margin: Decimal = STATUTORY_MARGIN) -> None:
        self._last = last
        self._percent_of = {rate.valid_from: rate.percent + margin for rate in rates}
        self._first_days: dict[date, date] = {}
        self._shares: dict[tuple[date, date], Fraction] = {}

    def total(self, base_minor: int, due: date, changes: Sequence[tuple[date, int]] = ()) -> int:
        """The interest on a claim that was due on a day; ``changes`` as there. Raises ReferenceRateMissing."""
        first = self._first_days.get(due)
        if first is None:
            first = self._first_days[due] = next_bank_day(due) + _DAY
        stretches = (
            list(_stretches(base_minor, first, self._last, changes)) if changes else [(first, self._last, base_minor)]
        )
        numerator, denominator = 0, 1
        for start, end, base in stretches:
            if base > 0 and start <= end:
                share = self._shares.get((start, end)) or self._share(start, end)
                numerator = numerator * share.denominator + base * share.numerator * denominator
                denominator *= share.denominator
        if numerator < 0:  # a reference rate below minus eight
            return half_up(Fraction(numerator, denominator))
        return (2 * numerator + denominator) // (2 * denominator)  # half up

    def _share(self, first: date, last: date) -> Fraction:
        """What of its base a claim earns from the first to the last day."""
        parts = (
            Fraction(percent) * ((end - start).days + 1)
            for start, end, _, percent in _at_one_rate([(first, last, 1)], self._percent_of, None)
        )
        share = self._shares[first, last] = sum(parts, Fraction(0)) / (100 * _DAYS_IN_YEAR)
        return share


def interest_between(
    base_minor: int,
    first: date,
    last: date,
    rates: Iterable[ReferenceRate],
    *,
    margin: Decimal = STATUTORY_MARGIN,
    agreed_percent: Decimal | None = None,
) -> Interest:
    """The interest on a base from ``first`` to ``last``, both counted. Raises ReferenceRateMissing."""
    return _accrue([(first, last, base_minor)], rates, margin, agreed_percent)


def half_year_of(day: date) -> date:
    """The first day of the half-year that the day belongs to, which is what a reference rate is entered for."""
    return date(day.year, 1 if day.month < 7 else 7, 1)


_Stretch = tuple[date, date, int]  # first day, last day, base


def _stretches(base_minor: int, first: date, last: date, changes: Iterable[tuple[date, int]]) -> Iterator[_Stretch]:
    for day, change in sorted(changes):
        if day > last:
            break
        yield first, day, base_minor
        first = max(first, day + _DAY)
        base_minor += change
    yield first, last, base_minor


def _accrue(
    stretches: Sequence[_Stretch], rates: Iterable[ReferenceRate], margin: Decimal, agreed_percent: Decimal | None
) -> Interest:
    percent_of = {rate.valid_from: rate.percent + margin for rate in rates}
    periods: list[InterestPeriod] = []
    exact = Fraction(0)
    for first, last, base_minor, percent in _at_one_rate(stretches, percent_of, agreed_percent):
        days = (last - first).days + 1
        so_far = half_up(exact)
        exact += Fraction(base_minor) * Fraction(percent) * days / (100 * _DAYS_IN_YEAR)
        # The running sum is rounded, not each period: so the periods add up to the rounded total.
        periods.append(InterestPeriod(first, last, days, percent, base_minor, half_up(exact) - so_far))
    return Interest(tuple(periods))


def _at_one_rate(
    stretches: Sequence[_Stretch], percent_of: dict[date, Decimal], agreed_percent: Decimal | None
) -> Iterator[tuple[date, date, int, Decimal]]:
    for start, last, base_minor in stretches:
        if base_minor <= 0:
            continue
        if agreed_percent is not None:
            if start <= last:
                yield start, last, base_minor, agreed_percent
            continue
        first = start
        while first <= last:
            half_year = half_year_of(first)
            if half_year not in percent_of:
                raise ReferenceRateMissing(half_year)
            end = min(last, _last_day(half_year))
            yield first, end, base_minor, percent_of[half_year]
            first = end + _DAY


def _last_day(half_year: date) -> date:
    return date(half_year.year, 6, 30) if half_year.month == 1 else date(half_year.year, 12, 31)


def _known(first_year: int, half: int, *percents: str) -> tuple[ReferenceRate, ...]:
    halves = [(first_year + (half - 1 + n) // 2, (half - 1 + n) % 2) for n in range(len(percents))]
    return tuple(
        ReferenceRate(date(year, 7 if second else 1, 1), Decimal(percent))
        for (year, second), percent in zip(halves, percents, strict=True)
    )


REFERENCE_RATES: Final = (
    *_known(2002, 2, "4.5"),
    *_known(2003, 1, "4", "3", "3", "2", "2", "1.5", "1.5", "2.5", "3", "3.5"),
    *_known(2008, 1, "4", "4.5", "2", "0.5", "0.5", "0.5", "1.5", "2", "2", "1.5"),
    *_known(2013, 1, "1", "1", "1", "1", "0", "0", "0", "-0.5", "-0.5", "-0.5"),
    *_known(2018, 1, "-0.5", "-0.5", "-0.5", "0", "0", "0", "0", "0", "0", "0.5"),
    *_known(2023, 1, "2.5", "3.5", "4", "4", "3", "2", "2"),
)
"""What a new installation starts with: every rate that our sources hold, without a gap from 2002-07-01.

To 2023-07-01 from Riksbanken's own table; later ones from secondary sources. 2026-07-01 was in none of
them: an administrator enters it, and until then interest into that half-year is refused.
"""
