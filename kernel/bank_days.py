"""Swedish bank days: Monday to Friday, except public holidays, Midsummer Eve, Christmas Eve and New Year's Eve.

The category ``bank`` of the holidays package is not used: it also lists the afternoons off, on which payments go.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import count

from holidays import country_holidays

_SATURDAY = 5


def is_bank_day(day: date) -> bool:
    """Whether banks move money on the day."""
    return day.weekday() < _SATURDAY and day not in _closed(day.year)


def next_bank_day(day: date) -> date:
    """The day itself if it is a bank day, otherwise the first after it."""
    return next(candidate for candidate in _days(day, 1) if is_bank_day(candidate))


def add_bank_days(day: date, bank_days: int) -> date:
    """The bank day that comes ``bank_days`` after the day (before it if negative); 0 is ``next_bank_day``.

    >>> add_bank_days(date(2026, 12, 23), 4)
    datetime.date(2027, 1, 4)
    """
    if bank_days == 0:
        return next_bank_day(day)
    step = 1 if bank_days > 0 else -1
    for _ in range(abs(bank_days)):
        day = next(candidate for candidate in _days(day + timedelta(step), step) if is_bank_day(candidate))
    return day


def _days(start: date, step: int) -> Iterator[date]:
    return (start + timedelta(step * n) for n in count())


@cache
def _closed(year: int) -> frozenset[date]:
    return frozenset(country_holidays("SE", categories=("public", "de_facto"), years=year))
