"""Values between protobuf messages and the domain: ids, days, money, times."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import overload
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from kernel.errors import FieldViolation, InvalidInput
from kernel.money import Money
from rf.type.v1 import date_pb2, money_pb2


def refuse(field: str, reason: str, **details: str) -> InvalidInput:
    """The error of one field of a message."""
    return InvalidInput([FieldViolation(field, reason, details)])


def to_uuid(text: str, field: str) -> UUID:
    """The UUID in a message field. Raises InvalidInput with the field named."""
    if not text:
        raise refuse(field, "REQUIRED")
    try:
        return UUID(text)
    except ValueError:
        raise refuse(field, "BAD_ID") from None


def to_uuids(texts: Iterable[str], field: str) -> list[UUID]:
    return [to_uuid(text, f"{field}[{index}]") for index, text in enumerate(texts)]


def to_date(message: date_pb2.Date, field: str) -> date | None:
    """The day in a message field; None when it is not set. Raises InvalidInput for a day that does not exist."""
    if not (message.year or message.month or message.day):
        return None
    try:
        day = date(message.year, message.month, message.day)
    except ValueError:
        raise refuse(field, "BAD_DATE") from None
    if not 1900 <= day.year <= 2199:
        raise refuse(field, "BAD_DATE")
    return day


@overload
def from_date(day: date) -> date_pb2.Date: ...
@overload
def from_date(day: date | None) -> date_pb2.Date | None: ...
def from_date(day: date | None) -> date_pb2.Date | None:
    return None if day is None else date_pb2.Date(year=day.year, month=day.month, day=day.day)


def to_money(message: money_pb2.Money, field: str) -> Money:
    """The amount in a message field. Raises InvalidInput for unknown currencies and amounts out of range."""
    try:
        return Money(message.currency_code, message.minor_units)
    except InvalidInput as error:
        raise InvalidInput(violation.under(field) for violation in error.violations) from None


def from_money(money: Money) -> money_pb2.Money:
    return money_pb2.Money(currency_code=money.currency, minor_units=money.minor)


def money(minor: int, currency: str = "SEK") -> money_pb2.Money:
    return money_pb2.Money(currency_code=currency, minor_units=minor)


def from_time(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment.astimezone(UTC))
    return stamp
