"""What templates may call: money and days as Swedes write them, and the names of built files.

Amounts are integer minor units; the writing itself is ``kernel.formats``. Days and moments are Python's or protobuf's.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from json import loads
from pathlib import Path
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from jinja2 import Environment

from chassis.business_day import STOCKHOLM
from kernel.errors import InvalidInput
from kernel.formats import (
    format_amount,
    format_date,
    format_date_with_weekday,
    format_money,
    format_postcode,
    format_quantity,
)
from kernel.identity import Identity
from kernel.money import EXPONENTS, Money
from rf.type.v1.date_pb2 import Date

DIST: Final = Path(__file__).parent / "static" / "dist"


def money(minor: int, currency: str = "SEK") -> str:
    """``1 234,56 kr``; without currency only the figures, for columns whose head names it."""
    return format_money(Money(currency, minor)) if currency else format_amount(minor)


def amount(minor: int, currency: str = "SEK") -> str:
    """``1 234,56``: the figures alone, with as many decimals as the currency has."""
    return format_amount(minor, EXPONENTS.get(currency, 2))


def day(value: date | datetime | Date | Timestamp | None) -> str:
    """``2026-11-24``, of a moment the Swedish day; nothing for none."""
    found = to_day(value)
    return format_date(found) if found else ""


def weekday(value: date | datetime | Date | Timestamp) -> str:
    """``torsdag 2026-11-26``, where somebody must act on the day."""
    found = to_day(value)
    return format_date_with_weekday(found) if found else ""


def clock(moment: datetime | Timestamp) -> str:
    """``08.12``, the Swedish time of a moment."""
    return f"{_local(moment):%H.%M}"


def moment(value: datetime | Timestamp) -> str:
    """``2026-11-24 kl. 09.41``, Swedish time."""
    return f"{_local(value):%Y-%m-%d} kl. {clock(value)}"


def number(value: int) -> str:
    """``1 284 511``."""
    return format_amount(value, decimals=0)


def quantity(value: str, least: int = 0) -> str:
    """A number that the services send as text, ``1482.5``, as ``1 482,5``; with at least so many decimals."""
    if not value:
        return ""
    text = format_quantity(Decimal(value))
    whole, _, fraction = text.partition(",")
    return f"{whole},{fraction.ljust(least, '0')}" if least else text


def id_number(digits: str) -> str:
    """An ID number as it stands on a page until somebody asks to see it: ``19860217-••••``; organisations' in full."""
    try:
        return Identity(digits).masked
    except InvalidInput:
        return ""


def to_day(value: date | datetime | Date | Timestamp | None) -> date | None:
    """The calendar day, in Stockholm; None for none and for a message that is not set."""
    if isinstance(value, (datetime, Timestamp)):
        return _local(value).date()
    if isinstance(value, Date):
        return date(value.year, value.month, value.day) if value.year else None
    return value


def _local(value: datetime | Timestamp) -> datetime:
    aware = value.ToDatetime(tzinfo=UTC) if isinstance(value, Timestamp) else value
    return aware.astimezone(STOCKHOLM)


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
        "amount": amount,
        "date": day,
        "weekday": weekday,
        "clock": clock,
        "time": moment,
        "number": number,
        "quantity": quantity,
        "id_number": id_number,
        "postcode": format_postcode,
    }
    environment.globals["asset"] = asset
