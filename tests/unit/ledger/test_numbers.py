"""Numbers of invoices and customers."""

import pytest

from kernel.errors import InvalidInput
from services.ledger.domain import numbers


def test_they_sort_as_people_count():
    in_order = ["9", "10", "999", "1000", "A9", "A10", "B1-2", "B1-10"]
    assert sorted(set(in_order), key=numbers.natural_key) == in_order


def test_no_two_numbers_share_a_key():
    assert len({numbers.natural_key(number) for number in ("7", "07", "007", "a7", "A7")}) == 5


@pytest.mark.parametrize("number", ["1", "1001", "A-1001", "2026/17", "F_1.2", "x" * 20])
def test_allowed(number):
    assert numbers.check(number) == number


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", "REQUIRED"),
        ("x" * 21, "TOO_LONG"),
        (" 1", "FORMAT"),
        ("1\n", "FORMAT"),
        ("-1", "FORMAT"),
        ("å1", "FORMAT"),
        ("1'--", "FORMAT"),
        ("\u0661", "FORMAT"),
    ],
)
def test_refused(number, reason):
    with pytest.raises(InvalidInput, match=reason):
        numbers.check(number)


def test_the_next_free_ones():
    assert numbers.next_free(1001, 3, {"1002", "1004"}) == [1001, 1003, 1005]


def test_digits_for_the_ocr_number():
    assert numbers.digits_of("A-10/17") == "1017"
