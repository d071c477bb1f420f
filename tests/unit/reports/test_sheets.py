"""Rows on sheets: nothing is lost, sums are carried, the last sheet has room for the sums and the payment part."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reports.domain import sheets
from services.reports.domain.sheets import break_lines, lay_out, width_em
from tests.unit.reports.builders import ROWS, a_row, an_invoice, many_rows


def test_a_small_invoice_is_one_sheet_and_carries_nothing() -> None:
    (sheet,) = lay_out(an_invoice())
    assert [placed.row for placed in sheet.rows] == list(ROWS)
    assert (sheet.number, sheet.brought_minor, sheet.carried_minor) == (1, None, None)


def test_eleven_rows_still_fit_above_the_payment_part() -> None:
    assert len(lay_out(an_invoice(tuple(a_row("Rad", 100) for _ in range(11))))) == 1


@pytest.mark.parametrize("count", [12, 30, 60, 500])
@pytest.mark.parametrize("payee", [True, False])
def test_each_row_stands_once_in_order_and_sums_are_carried(count: int, payee: bool) -> None:
    document = an_invoice(many_rows(count))
    placed = lay_out(document if payee else replace(document, payee=None))
    assert [p.row for sheet in placed for p in sheet.rows] == list(document.rows)
    so_far = 0
    for sheet in placed:
        assert sheet.rows, "no sheet is without rows"
        assert sheet.brought_minor == (so_far if sheet.number > 1 else None)
        so_far += sum(p.row.net_minor for p in sheet.rows)
        assert sheet.carried_minor == (so_far if sheet.number < len(placed) else None)
    assert so_far == document.net_minor


@given(st.lists(st.integers(1, 200), min_size=1, max_size=60), st.booleans())
def test_no_sheet_is_fuller_than_its_paper(lengths: list[int], payee: bool) -> None:
    document = an_invoice(tuple(a_row("Ord " * (length // 4 + 1), 100) for length in lengths))
    document = document if payee else replace(document, payee=None)
    placed = lay_out(document)
    for sheet in placed:
        top = sheets.FIRST_TOP_MM if sheet.number == 1 else sheets.NEXT_TOP_MM + sheets.CARRY_MM
        used = top + sheets.TABLE_HEAD_MM + sum(p.height_mm for p in sheet.rows)
        last = sheet.number == len(placed)
        end = sheets.SLIP_END_MM if last and payee else sheets.END_MM
        assert used + (sheets.NOTICES_MM if last else sheets.CARRY_MM) <= end + 1e-6


@given(st.text(max_size=200), st.integers(20, 150))
def test_broken_lines_hold_the_same_text_and_fit(text: str, width_mm: int) -> None:
    lines = list(break_lines(text, width_mm))
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_em(line) * sheets.FONT_MM <= width_mm + 1e-6 for line in lines)


def test_a_word_that_is_wider_than_the_column_is_broken() -> None:
    assert len(list(break_lines("W" * 200, 56))) > 5


def test_a_long_subject_stands_above_the_rows() -> None:
    subject = "Drift och underhåll av fibernätet i Lidsjö med omnejd " * 3
    (sheet,) = lay_out(an_invoice(subject=subject))
    assert " ".join(sheet.rows[0].description) == f"Avser: {subject}".strip()
