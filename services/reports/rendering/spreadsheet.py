"""A list as an Excel file. Each row leaves for the disk as it is written, so that memory stays flat."""

import errno
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter

from services.reports.domain.lists import MAX_SHEET_ROWS, Cell, Column, Line, ListTooLong, NoRoomForList

CHUNK_BYTES: Final = 64 * 1024
_FIRST_DAY: Final = date(1899, 12, 30).toordinal()  # day 0 of a spreadsheet
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def xlsx(sheet: str, columns: Sequence[Column], lines: Iterable[Line], most: int = MAX_SHEET_ROWS) -> Iterator[bytes]:
    """The file in pieces. Text is never a formula; amounts are numbers with the decimals of their currency.

    Raises ListTooLong, NoRoomForList, and whatever ``lines`` raises, before the first piece.
    """
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "list.xlsx").open("w+b") as file:
        try:
            _write(file, folder, sheet, columns, lines, most)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            raise NoRoomForList from None
        file.seek(0)
        while piece := file.read(CHUNK_BYTES):
            yield piece


def _write(
    file: IO[bytes], folder: str, sheet: str, columns: Sequence[Column], lines: Iterable[Line], most: int
) -> None:
    book = xlsxwriter.Workbook(file, {**_OPTIONS, "tmpdir": folder})
    head = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    amounts = [book.add_format({"num_format": "#,##0" + ("." + "0" * n if n else "")}) for n in range(4)]
    page = book.add_worksheet(sheet)
    page.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        page.set_column(place, place, column.width)
        page.write_string(0, place, column.heading, head)
    text, number = page.write_string, page.write_number
    kinds = [(place, column.cell) for place, column in enumerate(columns)]
    row = 0
    try:
        for row, line in enumerate(_limited(lines, most), 1):
            values, scale = line.values, 10**line.decimals
            for place, cell in kinds:
                value: Any = values[place]
                if cell is Cell.TEXT:
                    if value:
                        text(row, place, value)
                elif value is None:
                    continue
                elif cell is Cell.AMOUNT:
                    number(row, place, value / scale, amounts[line.decimals])
                elif cell is Cell.DAY:
                    number(row, place, value.toordinal() - _FIRST_DAY, day)
                else:
                    number(row, place, value)
    except BaseException:
        page.row_data_fh.close()  # what it has written goes with the folder
        raise
    page.autofilter(0, 0, row, len(columns) - 1)
    book.close()


def _limited(lines: Iterable[Line], most: int) -> Iterator[Line]:
    for place, line in enumerate(lines):
        if place == most:
            raise ListTooLong(most=most)
        yield line
