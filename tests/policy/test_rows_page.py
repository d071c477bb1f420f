"""`docs/rows.md` says which tests there are."""

from deploy.local import rows


def test_the_page_of_rows_is_current() -> None:
    assert rows.PAGE.read_text(encoding="utf-8") == rows.page(), "docs/rows.md is out of date: run `make rows`"


def test_a_row_is_found_in_docstrings_ranges_and_names() -> None:
    assert list(rows._rows("SPEC K-13 to K-15, S-1 and B5; not K-99 or ISO-8859")) == ["K-13", "K-14", "S-1", "B5"]
    assert list(rows._named("test_n_02_smarttab_stops")) == ["N-02"]
    assert list(rows._named("test_o_03_the_filter")) == ["Ö-03"]
    assert list(rows._named("test_nothing_is_inline")) == []


def test_a_reskontra_without_tests_would_be_seen() -> None:
    shown = rows.found()
    built = ("R", "K", "I", "N", "A", "C", "T", "Ö", "U")
    every = [rows.row_id(letter, number) for letter in built for number in range(1, rows.PARTS[letter][1] + 1)]
    assert [row for row in every if not shown.get(row)] == []
