"""Periods of the books: a client's months. What is closed is final."""

from datetime import date, timedelta

from kernel.errors import DomainError, Kind


class PeriodClosed(DomainError):
    """The day lies in a closed period, into which nothing is booked."""

    reason = "PERIOD_CLOSED"
    kind = Kind.CONFLICT


class PeriodNotOver(DomainError):
    """A month can be closed once it is over."""

    reason = "PERIOD_NOT_OVER"
    kind = Kind.CONFLICT


def first_of_month(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after the day's.

    >>> next_month(date(2026, 12, 24))
    datetime.date(2027, 1, 1)
    """
    return first_of_month(first_of_month(day) + timedelta(31))
