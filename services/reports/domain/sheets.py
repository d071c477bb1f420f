"""How the rows of an invoice fall on its sheets, with sums carried from one to the next.

A renderer that breaks pages by itself cannot carry a sum, and gets slow with long tables. So lines are broken here, by
widths that are a little too wide for the fonts in use, which makes the height of every row known beforehand. Lengths
are millimetres.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.reports.domain.invoice_document import InvoiceDocument, Row

LINE_MM = 4.2
ROW_PADDING_MM = 1.2
TABLE_HEAD_MM = 6.5
CARRY_MM = LINE_MM + ROW_PADDING_MM

FIRST_TOP_MM = 88.0  # below the address window
NEXT_TOP_MM = 42.0
END_MM = 275.0  # of a sheet without a payment part
SLIP_END_MM = 188.0  # of a sheet with one: it takes the lowest 101.6 mm, with the sender's line above it
SUM_LINE_MM = 4.6
SUMS_MM = 15.0  # Att betala, with its double rule
NOTICES_MM = 27.0  # beside the sums

FONT_MM = 8.4 * 25.4 / 72
ARTICLE_MM = 18.0
DESCRIPTION_MM = 58.0  # of a column of 56: the next one is empty on its left
TEXT_MM = 148.0
TERMS_MM = 50.0  # beside the address window

_WIDTHS = {  # in em, of the wider of Inter and DejaVu Sans; other Latin letters are 0.7 and capitals 0.8 at most
    0.32: " ,.'Iijl·",
    0.42: "!()/:;[]\\frt|-",
    0.6: '"*_`´°?FJLacekosvxyzàáâäåèéêëòóôöøª²³–',
    0.9: "#+<=>M^~±×÷",
    1.05: "%@WmwæœÆŒ©®¼½¾—…",
}
_EM = {character: width for width, characters in _WIDTHS.items() for character in characters}


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row with its texts broken into lines."""

    row: Row
    description: tuple[str, ...]
    article: tuple[str, ...]

    @property
    def height_mm(self) -> float:
        return max(len(self.description), len(self.article), 1) * LINE_MM + ROW_PADDING_MM


@dataclass(frozen=True, slots=True)
class Sheet:
    """One side of paper. ``brought_minor`` and ``carried_minor`` are net sums; None where nothing is carried."""

    number: int
    rows: tuple[PlacedRow, ...]
    brought_minor: int | None
    carried_minor: int | None


def lay_out(document: InvoiceDocument) -> tuple[Sheet, ...]:
    """The sheets of an invoice, in order; the last one has the sums, and the payment part if there is one."""
    subject = [Row(f"Avser: {document.subject}", text_only=True)] if has_long_subject(document) else []
    groups = _fill(
        [_placed(row) for row in (*subject, *document.rows)], _ending_mm(document), document.slip is not None
    )
    sheets: list[Sheet] = []
    carried: int | None = None
    for number, group in enumerate(groups, start=1):
        brought = carried
        carried = (brought or 0) + sum(placed.row.net_minor for placed in group)
        sheets.append(Sheet(number, tuple(group), brought, None if number == len(groups) else carried))
    return tuple(sheets)


def has_long_subject(document: InvoiceDocument) -> bool:
    """Whether what the invoice is about needs more room than there is beside the window, and stands above the rows."""
    return len(list(break_lines(document.subject, TERMS_MM))) > 2


def _ending_mm(document: InvoiceDocument) -> float:
    """What stands below the rows on the last sheet."""
    lines = 1 + len(document.vat_lines) + bool(document.rounding_minor) + (document.vat_sek_minor is not None)
    return max(SUMS_MM + lines * SUM_LINE_MM, NOTICES_MM)


def _fill(rows: Sequence[PlacedRow], ending_mm: float, has_slip: bool) -> list[list[PlacedRow]]:
    last_end = (SLIP_END_MM if has_slip else END_MM) - ending_mm
    groups: list[list[PlacedRow]] = []
    left = list(rows)
    while True:
        top = NEXT_TOP_MM + CARRY_MM if groups else FIRST_TOP_MM
        top += TABLE_HEAD_MM
        if top + sum(row.height_mm for row in left) <= last_end:
            return [*groups, left]
        fitting = _fitting(left, END_MM - CARRY_MM - top)
        if fitting == len(left):
            fitting -= 1  # the sums never stand alone on the last sheet
        fitting = max(fitting, 0 if not groups and len(left) == 1 else 1)
        groups.append(left[:fitting])
        left = left[fitting:]


def _fitting(rows: Sequence[PlacedRow], room_mm: float) -> int:
    for count, row in enumerate(rows):
        room_mm -= row.height_mm
        if room_mm < 0:
            return count
    return len(rows)


def _placed(row: Row) -> PlacedRow:
    width = TEXT_MM if row.text_only else DESCRIPTION_MM
    return PlacedRow(row, tuple(break_lines(row.description, width)), tuple(break_lines(row.article, ARTICLE_MM)))


def break_lines(text: str, width_mm: float) -> Iterator[str]:
    """The text in lines no wider than this, broken at spaces, or anywhere where a word alone is wider."""
    room = width_mm / FONT_MM
    line, used = "", 0.0
    for word in text.split():
        for index, piece in enumerate(_pieces(word, room)):
            space = " " if line and index == 0 else ""
            if line and (index or used + width_em(space + piece) > room):
                yield line
                line, used, space = "", 0.0, ""
            line += space + piece
            used += width_em(space + piece)
    if line:
        yield line


def _pieces(word: str, room: float) -> Iterator[str]:
    piece, used = "", 0.0
    for character in word:
        width = width_em(character)
        if piece and used + width > room:
            yield piece
            piece, used = "", 0.0
        piece += character
        used += width
    if piece:
        yield piece


def width_em(text: str) -> float:
    """How wide a text is at most, in em; wide enough for Inter and for DejaVu Sans."""
    return sum(_character_em(character) for character in text)


def _character_em(character: str) -> float:
    known = _EM.get(character)
    if known is not None:
        return known
    if ord(character) > 0x24F:  # beyond Latin: another font may stand in
        return 1.1
    return 0.82 if character.isupper() else 0.72
