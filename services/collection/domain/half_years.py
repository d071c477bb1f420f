"""The names of half-years, for which reference rates are set: ``2026H1``, ``2026H2``."""

from datetime import date
from re import compile as regex

from kernel.errors import invalid_value

_NAME = regex(r"(?P<year>(?:19|20|21)[0-9]{2})H(?P<half>[12])")


def first_day(name: str) -> date:
    """The first day of the half-year. Raises InvalidInput (``FORMAT``)."""
    match = _NAME.fullmatch(name)
    if not match:
        raise invalid_value("FORMAT")
    return date(int(match["year"]), 1 if match["half"] == "1" else 7, 1)


def name(first: date) -> str:
    """The name of the half-year that begins on that day."""
    return f"{first.year}H{1 if first.month < 7 else 2}"
