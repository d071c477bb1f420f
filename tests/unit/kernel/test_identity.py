from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from kernel.errors import InvalidInput
from kernel.identity import Identity, IdKind, parse

TODAY = date(2026, 11, 24)
FAR_OFF = date(2250, 6, 15)  # people of the tests are born after 2100, so that their numbers are nobody's


def a_number(born: date, serial: int = 1, coordination: bool = False) -> str:
    """Twelve digits of somebody who is not yet born."""
    body = f"{born:%y%m}{born.day + 60 * coordination:02}{serial:03}"
    return f"{born.year // 100}{body}{luhn.calc_check_digit(body)}"


births = st.dates(date(2151, 1, 1), FAR_OFF)
serials = st.integers(0, 999)


@pytest.mark.parametrize("written", ["701063-2391", "7010632391", "19701063-2391", "197010632391", " 19701063 2391 "])
def test_skatteverkets_coordination_number_is_read_in_every_form(written):
    identity = parse(written, TODAY)

    assert identity.digits == "197010632391"
    assert identity.kind is IdKind.COORDINATION
    assert identity.birth_date == date(1970, 10, 3)
    assert identity.full == "19701063-2391"
    assert identity.masked == "19701063-••••"


@pytest.mark.parametrize("written", ["202100-5489", "2021005489", "162021005489", "16202100-5489"])
def test_an_organisation_number_is_read_in_every_form(written):
    identity = parse(written, TODAY)

    assert identity.digits == "162021005489"
    assert identity.kind is IdKind.ORGANISATION
    assert identity.birth_date is None
    assert identity.full == identity.masked == identity.short(TODAY) == "202100-5489"
    assert identity.vat_number == "SE202100548901"


@given(births, serials, st.booleans())
def test_a_person_is_found_by_ten_digits_as_well_as_by_twelve(born, serial, coordination):
    digits = a_number(born, serial, coordination)
    identity = parse(digits, FAR_OFF)

    assert identity.birth_date == born
    assert identity.kind is (IdKind.COORDINATION if coordination else IdKind.PERSON)
    assert parse(identity.short(FAR_OFF), FAR_OFF) == identity
    assert parse(identity.full, FAR_OFF) == identity
    assert Identity(identity.digits) == identity


def test_the_sign_becomes_a_plus_in_the_year_of_the_hundredth_birthday():
    identity = Identity(a_number(date(2150, 12, 31)))

    assert identity.short(date(2249, 12, 31))[6] == "-"
    assert identity.short(date(2250, 1, 1))[6] == "+"
    assert parse(identity.short(date(2250, 1, 1)), date(2250, 1, 1)) == identity


def test_a_plus_means_the_century_before():
    young, old = Identity(a_number(date(2240, 3, 1))), Identity(a_number(date(2140, 3, 1)))

    assert parse(young.digits[2:], FAR_OFF) == young
    assert parse(old.short(FAR_OFF), FAR_OFF) == old
    assert old.short(FAR_OFF)[6] == "+"


def test_a_leap_day_is_given_a_century_that_has_it():
    born = date(2196, 2, 29)
    assert parse(a_number(born)[2:], date(2250, 1, 1)).birth_date == born


def test_nobody_is_born_tomorrow():
    tomorrow = FAR_OFF + timedelta(1)
    with pytest.raises(InvalidInput, match="BIRTH_DATE"):
        parse(a_number(tomorrow), FAR_OFF)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "REQUIRED"),
        ("701063-239", "FORMAT"),
        ("701063_2391", "FORMAT"),
        ("70-1063-2391", "FORMAT"),
        ("7٠1063-2391", "FORMAT"),
        ("701063-2392", "CHECK_DIGIT"),
        ("701363-2391", "BIRTH_DATE"),
        ("700063-2391", "BIRTH_DATE"),
        ("701032-2391", "BIRTH_DATE"),
        ("701060-2391", "BIRTH_DATE"),
        ("701092-2391", "BIRTH_DATE"),
        ("17701063-2391", "BIRTH_DATE"),
        ("19202100-5489", "FORMAT"),
        ("202100-5480", "CHECK_DIGIT"),
    ],
)
def test_what_is_no_id_number_is_refused(written, reason):
    with pytest.raises(InvalidInput, match=f":{reason}$"):
        parse(written, TODAY)


def test_a_kind_that_is_not_asked_for_is_refused():
    persons = frozenset({IdKind.PERSON, IdKind.COORDINATION})

    assert parse("701063-2391", TODAY, persons).kind is IdKind.COORDINATION
    with pytest.raises(InvalidInput, match="ID_KIND"):
        parse("202100-5489", TODAY, persons)


def test_a_sole_traders_vat_number_is_made_of_ten_digits():
    identity = Identity(a_number(date(2140, 3, 1)))
    assert identity.vat_number == f"SE{identity.digits[2:]}01"


def test_a_log_line_never_shows_the_last_four_digits():
    identity = parse("701063-2391", TODAY)
    assert "2391" not in f"{identity} {identity!r} {[identity]}"
