"""Numbers that may name an invoice, found in what payers write."""

import pytest

from services.files.domain.free_text import MAX_CANDIDATES, numbers_in_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Betalning med extra refnr 665869 657775", ("665869657775", "665869", "657775")),
        ("Faktura8014573", ("8014573",)),
        ("F-98547/2", ("98547",)),
        ("OCR 1234 463", ("1234463", "1234", "463")),
        ("98547, 98547", ("98547",)),
        ("7", ()),
        ("1" * 26, ()),
        ("٣٤٥٦", ()),
        ("", ()),
    ],
)
def test_candidates(text: str, expected: tuple[str, ...]) -> None:
    assert numbers_in_text(text) == expected


def test_a_wall_of_numbers_gives_a_bounded_answer() -> None:
    assert len(numbers_in_text(",".join(map(str, range(100, 100_000))))) == MAX_CANDIDATES
