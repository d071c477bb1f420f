"""Whole lists as files: their columns, and what no spreadsheet may take for a formula."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from kernel.errors import DomainError, Kind

MAX_SHEET_ROWS: Final = 1_048_575
"""Rows of an Excel sheet below its heading."""


class ListTooLong(DomainError):
    """The list has more rows than a sheet holds; ``most`` says how many that is."""

    reason = "LIST_TOO_LONG"
    kind = Kind.INVALID


class TooManyLists(DomainError):
    """So many lists are being made that one more would slow them all down; nothing was made."""

    reason = "TOO_MANY_LISTS"
    kind = Kind.EXHAUSTED


class NoRoomForList(DomainError):
    """The disk has no room for the file."""

    reason = "NO_ROOM_FOR_LIST"
    kind = Kind.EXHAUSTED


class Cell(Enum):
    """What a column holds: text, a day, an amount in minor units, or a whole number."""

    TEXT = "text"
    DAY = "day"
    AMOUNT = "amount"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and its width in characters."""

    heading: str
    cell: Cell
    width: int


Value = str | int | date | None


@dataclass(frozen=True, slots=True)
class Line:
    """A row: a value per column, and how many decimals its currency has."""

    values: Sequence[Value]
    decimals: int


INVOICES: Final = (  # R-09, in the words of SPEC
    Column("Klient", Cell.TEXT, 24),
    Column("Fakturanummer", Cell.TEXT, 14),
    Column("Kundnummer", Cell.TEXT, 12),
    Column("Namn", Cell.TEXT, 28),
    Column("Fakturadatum", Cell.DAY, 12),
    Column("Förfallodatum", Cell.DAY, 13),
    Column("Antal dagar", Cell.COUNT, 11),
    Column("Valuta", Cell.TEXT, 7),
    Column("Inbetalt", Cell.AMOUNT, 14),
    Column("Kvarstående", Cell.AMOUNT, 14),
    Column("Fakturatyp", Cell.TEXT, 10),
    Column("Tjänst", Cell.TEXT, 17),
    Column("Status", Cell.TEXT, 12),
)
CUSTOMERS: Final = (
    Column("Klient", Cell.TEXT, 24),
    Column("Kundnummer", Cell.TEXT, 12),
    Column("Namn", Cell.TEXT, 28),
    Column("Valuta", Cell.TEXT, 7),
    Column("Ursprungligt belopp", Cell.AMOUNT, 19),
    Column("Betalt belopp", Cell.AMOUNT, 14),
    Column("Kvarstående belopp", Cell.AMOUNT, 19),
)

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """The text as a file of plain text may hold it: what a spreadsheet would work out gets an apostrophe before it.

    >>> harmless("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
