"""How Swedes write amounts, dates and postcodes, for the edges of the system: pages, letters and files.

Writing is strict, reading is lenient, but what could mean two things is refused.
"""

from datetime import date, timedelta
from decimal import Decimal
from re import compile as regex
from typing import Final

from kernel.errors import invalid_value
from kernel.money import SEK, Money, check_amount, exponent

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"

QUANTITY_DECIMALS: Final = 6
FIRST_DATE: Final = date(1900, 1, 1)
LAST_DATE: Final = date(2199, 12, 31)

_MAX_INPUT: Final = 40  # characters; nothing that is meant as a number or a date is longer
_NUMBER = regex(
    r"(?P<before>-?)(?P<whole>[0-9]+|[0-9]{1,3}(?: [0-9]{3})+)(?:(?P<mark>[.,])(?P<fraction>[0-9]+))?(?P<after>-?)"
)
_BOTH_MARKS = regex(r"-?[0-9]{1,3}(?:(?:,[0-9]{3})+(?:\.[0-9]*)?|(?:\.[0-9]{3})+(?:,[0-9]*)?)-?")

_WEEKDAYS: Final = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
_MONTHS: Final = (
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)
_WEEKDAY_INPUT: Final = {name[:3]: n for n, name in enumerate(_WEEKDAYS)} | {"man": 0, "lor": 5, "son": 6}
_ISO = regex(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_COMPACT = regex(r"((?:[0-9]{2})?[0-9]{2})([0-9]{2})([0-9]{2})")
_DAY_MONTH = regex(r"([0-9]{1,2})/([0-9]{1,2})|([0-9]{2})([0-9]{2})")
_OFFSET = regex(r"[-+][0-9]{1,4}")
_POSTCODE = regex(r"(?:SE?-)?([1-9][0-9]{2}) ?([0-9]{2})")


def format_amount(minor: int, decimals: int = 2) -> str:
    r"""Minor units as ``1 234,50``: always all decimals, no-break space, true minus sign.

    >>> format_amount(-123450)
    '\u22121\xa0234,50'
    """
    whole, fraction = divmod(abs(minor), 10**decimals)
    sign = MINUS if minor < 0 else ""
    grouped = f"{whole:,}".replace(",", NBSP)
    return f"{sign}{grouped},{fraction:0{decimals}}" if decimals else f"{sign}{grouped}"


def format_money(amount: Money) -> str:
    """``1 234,56 kr``, or ``218,00 EUR`` with the code of any other currency."""
    unit = "kr" if amount.currency == SEK else amount.currency
    return f"{format_amount(amount.minor, exponent(amount.currency))}{NBSP}{unit}"


def format_quantity(quantity: Decimal) -> str:
    """A number of pieces, hours or percent without needless zeros: ``1,5``."""
    whole, _, fraction = f"{abs(quantity):f}".partition(".")
    fraction = fraction.rstrip("0")
    sign = MINUS if quantity < 0 else ""
    return f"{sign}{int(whole):,}".replace(",", NBSP) + (f",{fraction}" if fraction else "")


def parse_amount(text: str, decimals: int = 2) -> int:
    """An amount as a person writes it, in minor units: ``1 234,5``, ``1234.50``, ``-349,00``, ``349,00-``.

    Raises InvalidInput: ``REQUIRED``, ``NUMBER`` (cannot be read), ``AMBIGUOUS`` (``1.234`` may be one or a thousand),
    ``TOO_MANY_DECIMALS`` or ``OUT_OF_RANGE``.
    """
    value = parse_decimal(text, decimals)
    return check_amount(int(value.scaleb(decimals)))


def parse_quantity(text: str) -> Decimal:
    """A quantity, a price per piece or a percentage as a person writes it, with up to six decimals.

    Raises as ``parse_amount``; limits are the caller's (see ``kernel.vat.InvoiceRow``).
    """
    return parse_decimal(text, QUANTITY_DECIMALS)


def parse_decimal(text: str, decimals: int) -> Decimal:
    """A number with at most so many decimals. Groups of three may be set apart by spaces of any kind.

    Raises InvalidInput: ``REQUIRED``, ``NUMBER``, ``AMBIGUOUS`` or ``TOO_MANY_DECIMALS``.
    """
    plain = _plain(text)
    match = _NUMBER.fullmatch(plain)
    if not match:
        raise invalid_value("AMBIGUOUS" if _BOTH_MARKS.fullmatch(plain) else "NUMBER")
    before, whole, mark, fraction, after = match.group("before", "whole", "mark", "fraction", "after")
    if before and after:
        raise invalid_value("NUMBER")
    # Three digits after a mark: a decimal comma where so many decimals make sense, otherwise perhaps thousands.
    if mark and len(fraction) == 3 and len(whole) <= 3 and (mark == "." or decimals < 3):
        raise invalid_value("AMBIGUOUS")
    if fraction and len(fraction) > decimals:
        raise invalid_value("TOO_MANY_DECIMALS", max=decimals)
    number = Decimal(f"{whole.replace(' ', '')}.{fraction or 0}")
    return number.copy_negate() if (before or after) and number else number


def format_date(day: date) -> str:
    """``2026-11-24``."""
    return day.isoformat()


def format_date_with_weekday(day: date) -> str:
    """``tisdag 2026-11-24``, where somebody has to act on the day."""
    return f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}"


def format_date_long(day: date) -> str:
    """``24 november 2026``, for letters."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def parse_date(text: str, today: date, base: date | None = None) -> date:
    """A day as a person writes it: ``2026-12-24``, ``20261224``, ``261224``, or short.

    ``i`` is today; ``+30`` and ``-7`` count from ``base`` (from today without one); ``24`` is that day of this month;
    ``2412`` and ``24/12`` that day of this year; ``fre`` the next Friday after today.
    Raises InvalidInput: ``REQUIRED``, ``DATE`` (cannot be read, or no such day) or ``OUT_OF_RANGE`` (1900-2199).
    """
    plain = _plain(text).casefold()
    try:
        day = _day(plain, today, base or today)
    except (ValueError, OverflowError):
        day = None
    if day is None:
        raise invalid_value("DATE")
    if not FIRST_DATE <= day <= LAST_DATE:
        raise invalid_value("OUT_OF_RANGE", min=FIRST_DATE, max=LAST_DATE)
    return day


def format_postcode(digits: str) -> str:
    """Five digits as ``812 91``; what is not a Swedish postcode stays as it is."""
    return f"{digits[:3]} {digits[3:]}" if len(digits) == 5 and digits.isascii() and digits.isdigit() else digits


def parse_postcode(text: str) -> str:
    """The five digits of a Swedish postcode, written with or without its space. Raises InvalidInput (``POSTCODE``)."""
    match = _POSTCODE.fullmatch(_plain(text).upper())
    if not match:
        raise invalid_value("POSTCODE")
    return "".join(match.groups())


def _day(plain: str, today: date, base: date) -> date | None:
    """The day that the text means, None if nothing. Raises ValueError or OverflowError for a day that is not."""
    if plain == "i":
        return today
    if plain in _WEEKDAY_INPUT:
        return today + timedelta((_WEEKDAY_INPUT[plain] - today.weekday() - 1) % 7 + 1)
    if _OFFSET.fullmatch(plain):
        return base + timedelta(int(plain))
    if len(plain) <= 2 and plain.isascii() and plain.isdigit():
        return today.replace(day=int(plain))
    if match := _DAY_MONTH.fullmatch(plain):
        day, month = (part for part in match.groups() if part)
        return date(today.year, int(month), int(day))
    if match := _ISO.fullmatch(plain) or _COMPACT.fullmatch(plain):
        year, month, day = match.groups()
        return date(int(year) if len(year) == 4 else today.year // 100 * 100 + int(year), int(month), int(day))
    return None


def _plain(text: str) -> str:
    """Without space around it, every kind of space as a space and every minus as a hyphen."""
    if not text.strip():
        raise invalid_value("REQUIRED")
    if len(text) > _MAX_INPUT:
        raise invalid_value("TOO_LONG", max=_MAX_INPUT)
    return " ".join(text.replace(MINUS, "-").replace("\u2013", "-").split())
