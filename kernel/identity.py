"""Swedish ID numbers: of a person, of a person who is not registered here (coordination), of an organisation.

The three share one form of ten digits and are told apart by month and day: an organisation has a "month" of 20 or
more, a coordination number a day of 61-91. python-stdnum 2.2 does neither (it refuses coordination numbers and takes
a person for an organisation), so only its Luhn sum is used here. Sources: Skatteverket SKV 707, personnummer.se.

An ID number of a person is never logged; ``repr`` and ``str`` show it masked.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from re import compile as regex
from typing import Final

from stdnum import luhn

from kernel.errors import invalid_value

_WRITTEN = regex(r"(?P<century>[0-9]{2})?(?P<day>[0-9]{6})(?P<sign>[-+]?)(?P<serial>[0-9]{4})")
_ORGANISATION_PREFIX: Final = "16"  # stands where a person has the century
_ORGANISATION_MONTH: Final = 20
_COORDINATION_DAY: Final = 60
_CENTENARY: Final = 100
_OLDEST_BIRTH_YEAR: Final = 1800
_MASK: Final = "••••"


class IdKind(Enum):
    """What a number identifies. A sole trader's organisation number is a PERSON's."""

    PERSON = "person"
    COORDINATION = "coordination"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """An ID number, kept as twelve digits: with the century, or ``16`` for an organisation.

    Raises InvalidInput: ``FORMAT``, ``BIRTH_DATE`` (no such day) or ``CHECK_DIGIT``.
    """

    digits: str

    def __post_init__(self) -> None:
        if len(self.digits) != 12 or not self.digits.isascii() or not self.digits.isdigit():
            raise invalid_value("FORMAT")
        if self.kind is IdKind.ORGANISATION:
            if self.digits[:2] != _ORGANISATION_PREFIX:
                raise invalid_value("FORMAT")
        elif _birth_date(self.digits) is None:
            raise invalid_value("BIRTH_DATE")
        if not luhn.is_valid(self.digits[2:]):
            raise invalid_value("CHECK_DIGIT")

    @property
    def kind(self) -> IdKind:
        """Person, coordination number or organisation."""
        if int(self.digits[4:6]) >= _ORGANISATION_MONTH:
            return IdKind.ORGANISATION
        return IdKind.COORDINATION if int(self.digits[6:8]) > _COORDINATION_DAY else IdKind.PERSON

    @property
    def birth_date(self) -> date | None:
        """The day of birth; None for an organisation."""
        return None if self.kind is IdKind.ORGANISATION else _birth_date(self.digits)

    @property
    def vat_number(self) -> str:
        """The VAT number that belongs to the ID number: ``SE``, ten digits, ``01``."""
        return f"SE{self.digits[2:]}01"

    @property
    def masked(self) -> str:
        """For the screen until somebody asks to see it: ``19860217-••••``. An organisation's number is public."""
        if self.kind is IdKind.ORGANISATION:
            return f"{self.digits[2:8]}-{self.digits[8:]}"
        return f"{self.digits[:8]}-{_MASK}"

    @property
    def full(self) -> str:
        """All of it: ``YYYYMMDD-NNNC`` for a person, ``NNNNNN-NNNC`` for an organisation."""
        shown_from = 2 if self.kind is IdKind.ORGANISATION else 0
        return f"{self.digits[shown_from:8]}-{self.digits[8:]}"

    def short(self, today: date) -> str:
        """Ten digits, with ``+`` instead of ``-`` from the year in which the person turns 100."""
        born = self.birth_date
        sign = "+" if born and today.year - born.year >= _CENTENARY else "-"
        return f"{self.digits[2:8]}{sign}{self.digits[8:]}"

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"Identity({self.masked})"


def parse(text: str, today: date, allowed: frozenset[IdKind] = frozenset(IdKind)) -> Identity:
    """An ID number as a person writes it: ten or twelve digits, with or without a sign before the last four.

    Ten digits take their century from ``today``: the latest in which the person was born by then, one earlier with
    ``+``. With ``-`` or nothing a person is taken to be under a hundred where both would do.
    Raises InvalidInput: ``REQUIRED``, ``FORMAT``, ``BIRTH_DATE`` (no such day, or one to come), ``CHECK_DIGIT``, or
    ``ID_KIND`` if the number is right but of a kind that is not ``allowed``.

    >>> parse("701063-2391", date(2026, 11, 24))
    Identity(19701063-••••)
    """
    match = _WRITTEN.fullmatch("".join(text.split()))
    if not match:
        raise invalid_value("FORMAT" if text.strip() else "REQUIRED")
    century, day, sign, serial = match.group("century", "day", "sign", "serial")
    if century is None:
        century = _century(day, sign, today)
    identity = Identity(century + day + serial)
    born = identity.birth_date
    if born and not date(_OLDEST_BIRTH_YEAR, 1, 1) <= born <= today:
        raise invalid_value("BIRTH_DATE")
    if identity.kind not in allowed:
        raise invalid_value("ID_KIND", kind=identity.kind.value)
    return identity


def _century(day: str, sign: str, today: date) -> str:
    """The two digits before ``YYMMDD``; those of today if no century makes it a day."""
    if int(day[2:4]) >= _ORGANISATION_MONTH:
        return _ORGANISATION_PREFIX
    this = today.year // 100
    for century in range(this, this - 3, -1):
        born = _birth_date(f"{century}{day}")
        if born and born <= today and (sign != "+" or today.year - born.year >= _CENTENARY):
            return str(century)
    return str(this)


def _birth_date(digits: str) -> date | None:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    try:
        return date(year, month, day - _COORDINATION_DAY if day > _COORDINATION_DAY else day)
    except ValueError:
        return None
