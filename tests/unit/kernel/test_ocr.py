import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.ocr import HARD, HARD_LENGTH, SOFT, OcrKind, OcrRule, create, has_check_digit, validate

bases = st.text("0123456789", min_size=1, max_size=23)


def fixed(*lengths: int) -> OcrRule:
    return OcrRule(OcrKind.HARD_FIXED, lengths)


@pytest.mark.parametrize(
    ("base", "rule", "ocr"),
    [
        ("1234", HARD, "12344"),
        ("1234", SOFT, "12344"),
        ("1234", HARD_LENGTH, "123463"),
        ("98547", HARD_LENGTH, "9854779"),
        ("1234", fixed(8), "00012344"),
        ("1234", fixed(10, 5), "12344"),
        ("12345", fixed(5, 10), "0000123455"),
    ],
)
def test_a_base_gets_the_control_digits_of_its_rule(base, rule, ocr):
    assert create(base, rule) == ocr


@pytest.mark.parametrize("ocr", ["655969", "657866", "658765", "650861", "659763"])
def test_the_references_of_bankgirots_sample_file_have_check_and_length_digit(ocr):
    assert validate(ocr, HARD_LENGTH) == ocr


@given(bases, st.sampled_from([HARD, SOFT, HARD_LENGTH, fixed(24, 25)]))
def test_what_is_created_is_valid_and_no_digit_of_it_can_be_changed(base, rule):
    ocr = create(base, rule)

    assert validate(ocr, rule) == ocr
    for place, digit in enumerate(ocr):
        other = str((int(digit) + 1) % 10)
        assert not has_check_digit(ocr[:place] + other + ocr[place + 1 :])


@pytest.mark.parametrize(
    ("ocr", "rule", "reason"),
    [
        ("", HARD, "REQUIRED"),
        ("12a44", HARD, "DIGITS"),
        ("12 344", HARD, "DIGITS"),
        ("١٢٣", HARD, "DIGITS"),
        ("0", HARD, "TOO_SHORT"),
        ("18", HARD_LENGTH, "TOO_SHORT"),
        ("0" * 26, HARD, "TOO_LONG"),
        ("12345", HARD, "CHECK_DIGIT"),
        ("12344", HARD_LENGTH, "LENGTH_DIGIT"),
        ("12344", fixed(6, 8), "LENGTH"),
        ("0" * 26, SOFT, "TOO_LONG"),
    ],
)
def test_a_reference_that_the_bank_would_send_back_is_refused(ocr, rule, reason):
    with pytest.raises(InvalidInput, match=f":{reason}$"):
        validate(ocr, rule)


def test_a_soft_check_takes_a_wrong_check_digit():
    assert validate("12345", SOFT) == "12345"
    assert not has_check_digit("12345")


@pytest.mark.parametrize(
    ("base", "rule", "reason"),
    [
        ("", HARD, "REQUIRED"),
        ("F-17", HARD, "DIGITS"),
        ("1" * 25, HARD, "TOO_LONG"),
        ("1" * 24, HARD_LENGTH, "TOO_LONG"),
        ("12345", fixed(5), "TOO_LONG"),
    ],
)
def test_a_base_that_makes_no_reference_is_refused(base, rule, reason):
    with pytest.raises(InvalidInput, match=f":{reason}$"):
        create(base, rule)


@pytest.mark.parametrize(
    ("kind", "lengths"),
    [(OcrKind.HARD_FIXED, ()), (OcrKind.HARD_FIXED, (5, 6, 7)), (OcrKind.HARD_FIXED, (26,)), (OcrKind.HARD, (5,))],
)
def test_only_a_fixed_length_rule_has_lengths_and_at_most_two(kind, lengths):
    with pytest.raises(InvalidInput, match="LENGTHS"):
        OcrRule(kind, lengths)
