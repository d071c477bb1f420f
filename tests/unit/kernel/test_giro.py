import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from kernel.errors import InvalidInput
from kernel.giro import Giro, GiroKind, bankgiro, plusgiro


@pytest.mark.parametrize(
    ("written", "digits", "printed"),
    [
        ("5050-1055", "50501055", "5050-1055"),
        ("991-2346", "9912346", "991-2346"),
        (" 5050 1055 ", "50501055", "5050-1055"),
        ("9912346", "9912346", "991-2346"),
    ],
)
def test_a_bankgiro_number_is_read_and_printed(written, digits, printed):
    assert bankgiro(written).digits == digits
    assert str(bankgiro(written)) == printed


def with_check_digit(body: str) -> str:
    return body + luhn.calc_check_digit(body)


@pytest.mark.parametrize(
    ("body", "printed"), [("1", "1-8"), ("12", "12-5"), ("123", "1 23-0"), ("123456", "12 34 56-6"), ("9000001", None)]
)
def test_a_plusgiro_number_is_printed_in_pairs_with_a_hyphen_before_the_last(body, printed):
    giro = plusgiro(with_check_digit(body))

    assert plusgiro(str(giro)) == giro
    assert printed is None or str(giro) == printed


@given(st.integers(1, 9_999_999))
def test_every_giro_number_can_be_read_back_as_it_is_printed(body):
    digits = with_check_digit(str(body))
    giros = [Giro(GiroKind.PLUSGIRO, digits)] + ([Giro(GiroKind.BANKGIRO, digits)] if len(digits) >= 7 else [])
    for giro in giros:
        assert {GiroKind.BANKGIRO: bankgiro, GiroKind.PLUSGIRO: plusgiro}[giro.kind](str(giro)) == giro


@pytest.mark.parametrize(
    ("parse", "written", "reason"),
    [
        (bankgiro, "", "REQUIRED"),
        (bankgiro, "5050-1056", "CHECK_DIGIT"),
        (bankgiro, "50-501055", "FORMAT"),
        (bankgiro, "505010", "FORMAT"),
        (bankgiro, "505010551", "FORMAT"),
        (bankgiro, "0000-0000", "FORMAT"),
        (bankgiro, "5050--1055", "FORMAT"),
        (bankgiro, "٥٠٥٠-١٠٥٥", "FORMAT"),
        (plusgiro, "5050-1055", "FORMAT"),
        (plusgiro, "12 34 56-7", "CHECK_DIGIT"),
        (plusgiro, "7", "FORMAT"),
        (plusgiro, "123456789", "FORMAT"),
    ],
)
def test_what_is_no_giro_number_is_refused(parse, written, reason):
    with pytest.raises(InvalidInput, match=f":{reason}$"):
        parse(written)


def test_a_90_account_collects_for_charity():
    assert bankgiro(with_check_digit("900123")).is_charity_account
    assert not bankgiro("991-2346").is_charity_account
    assert not bankgiro("5050-1055").is_charity_account
