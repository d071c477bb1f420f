"""What templates may call: money and dates as Swedes write them, and the names of built files.

Amounts are integer minor units; the writing itself is ``kernel.formats``.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from json import loads
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment

from kernel.formats import format_amount, format_date, format_date_with_weekday, format_money
from kernel.money import Money

DIST: Final = Path(__file__).parent / "static" / "dist"
STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")


def money(minor: int, currency: str = "SEK") -> str:
    """``1 234,56 kr``; without currency only the figures, for columns whose head names it."""
    return format_money(Money(currency, minor)) if currency else format_amount(minor)


def clock(moment: datetime) -> str:
    """``08.12``, the Swedish time of an aware moment."""
    return f"{moment.astimezone(STOCKHOLM):%H.%M}"


def day(value: date | datetime) -> str:
    """``2026-11-24``; of an aware moment the Swedish day."""
    return format_date(_day(value))


def weekday(value: date | datetime) -> str:
    """``torsdag 2026-11-26``, where somebody must act on the day."""
    return format_date_with_weekday(_day(value))


def number(value: int) -> str:
    """``1 284 511``."""
    return format_amount(value, decimals=0)


@cache
def manifest() -> Mapping[str, str]:
    """Plain name → built name. Raises FileNotFoundError until ``npm run build`` has run."""
    names: dict[str, str] = loads((DIST / "manifest.json").read_text("utf-8"))
    return names


def asset(name: str) -> str:
    """The address of a built file, its content's hash in the name, so that it may be cached for ever."""
    return f"/static/dist/{manifest()[name]}"


def equip(environment: Environment) -> None:
    """Give an environment the filters and functions that the templates use, ``csrf_token`` excepted."""
    environment.filters |= {
        "money": money,
        "amount": format_amount,
        "date": day,
        "weekday": weekday,
        "clock": clock,
        "number": number,
    }
    environment.globals["asset"] = asset


def _day(value: date | datetime) -> date:
    return value.astimezone(STOCKHOLM).date() if isinstance(value, datetime) else value
