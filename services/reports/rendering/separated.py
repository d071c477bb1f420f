"""A list as plain text that a Swedish Excel opens as it is: semicolons, decimal commas, a byte order mark."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from services.reports.domain.lists import Cell, Column, Line, harmless

CHUNK_BYTES: Final = 64 * 1024
_MARK: Final = "\ufeff"


def separated(columns: Sequence[Column], lines: Iterable[Line]) -> Iterator[bytes]:
    """The file in pieces, each made of the lines that have come so far."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";")
    buffer.write(_MARK)
    writer.writerow([column.heading for column in columns])
    cells = [column.cell for column in columns]
    for line in lines:
        writer.writerow([_text(value, cell, line.decimals) for value, cell in zip(line.values, cells, strict=True)])
        if buffer.tell() >= CHUNK_BYTES // 4:  # characters; a few of them are longer than a byte
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece


def _text(value: Any, cell: Cell, decimals: int) -> str:
    if value is None:
        return ""
    if cell is Cell.TEXT:
        return harmless(value)
    if cell is Cell.AMOUNT and decimals:
        whole, part = divmod(abs(value), 10**decimals)
        return f"{'-' if value < 0 else ''}{whole},{part:0{decimals}}"
    return str(value)
