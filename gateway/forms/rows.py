"""Rows of a form: fields called ``rad-<key>-<cell>``, in the order of the page."""

from collections.abc import Collection
from re import compile as regex
from typing import Final

from werkzeug.datastructures import MultiDict

from kernel.errors import DomainError, Kind

_CELL_NAME: Final = regex(r"rad-([0-9]{1,20})-([a-z]{1,20})")


class TooManyRows(DomainError):
    """A form has more rows than one may have; refused as a whole, since a part of it is not what was meant."""

    reason = "TOO_MANY_ROWS"
    kind = Kind.INVALID

    def __init__(self, most: int) -> None:
        super().__init__(most=most)


def cells_of(posted: "MultiDict[str, str]", known: Collection[str], most: int) -> dict[str, dict[str, str]]:
    """The cells of each row by the row's key. Raises TooManyRows."""
    rows: dict[str, dict[str, str]] = {}
    for name, text in posted.items():
        cell = _CELL_NAME.fullmatch(name)
        if cell is not None and cell[2] in known:
            rows.setdefault(cell[1], {})[cell[2]] = text
    if len(rows) > most:
        raise TooManyRows(most)
    return rows
