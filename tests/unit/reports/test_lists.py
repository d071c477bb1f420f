"""Lists as files: what no spreadsheet may work out, and a sheet that is full."""

from collections.abc import Iterator

import pytest

from services.reports.domain.lists import CUSTOMERS, Line, ListTooLong, harmless
from services.reports.rendering.separated import separated
from services.reports.rendering.spreadsheet import xlsx


@pytest.mark.parametrize("text", ["=1+1", "+46 70", "-1", "@sum", "\tx", "\rx"])
def test_what_begins_like_a_formula_is_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Berg", "a=b", " =1", "1-2"])
def test_other_text_is_left_alone(text: str) -> None:
    assert harmless(text) == text


def lines(count: int) -> Iterator[Line]:
    return (Line(("Klient", str(n), "Namn", "SEK", -1, 0, 105), 2) for n in range(count))


def test_a_sheet_that_is_full_refuses_the_next_row() -> None:
    assert b"".join(xlsx("Kunder", CUSTOMERS, lines(3), most=3)).startswith(b"PK")
    with pytest.raises(ListTooLong):
        next(xlsx("Kunder", CUSTOMERS, lines(4), most=3))


def test_an_empty_list_has_its_headings() -> None:
    assert b"".join(separated(CUSTOMERS, lines(0))).decode("utf-8-sig").startswith("Klient;")
    assert b"".join(xlsx("Kunder", CUSTOMERS, lines(0))).startswith(b"PK")


def test_text_leaves_in_pieces_as_it_comes() -> None:
    asked = 0

    def counted() -> Iterator[Line]:
        nonlocal asked
        for line in lines(100_000):
            asked += 1
            yield line

    pieces = separated(CUSTOMERS, counted())
    first = next(pieces)
    assert len(first) <= 64 * 1024
    assert asked < 2_000
    assert sum(piece.count(b"\r\n") for piece in (first, *pieces)) == 100_001
    assert b";-0,01;0,00;1,05\r\n" in first
