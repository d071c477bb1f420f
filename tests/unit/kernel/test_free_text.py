import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.free_text import clean


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Ylva Nattsjö ", "Ylva Nattsjö"),
        ("O\u0308berg", "Öberg"),
        ("", ""),
        (" \n", ""),
        ("Zoë 👩\u200d🌾", "Zoë 👩\u200d🌾"),
    ],
)
def test_text_is_stored_in_one_form(typed, stored):
    assert clean(typed, 20) == stored


def test_a_note_may_have_lines():
    assert clean("Ringde.\r\nSvarade inte.\n", 100, multiline=True) == "Ringde.\nSvarade inte."


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\nb", "a\tb", "a\x1bb", "a\x85b", "a\u2028b", "a\u202eb", "a\ud800b", "a\uffffb"]
)
def test_control_characters_are_refused(text):
    with pytest.raises(InvalidInput, match="CONTROL_CHARACTER"):
        clean(text, 10)


@pytest.mark.parametrize("text", ["Nattsjö", "x" * 10_000_000])
def test_text_that_is_too_long_is_refused_with_its_limit(text):
    with pytest.raises(InvalidInput) as raised:
        clean(text, 6)
    assert (raised.value.violations[0].reason, raised.value.violations[0].details) == ("TOO_LONG", {"max": "6"})


def test_length_is_that_of_the_stored_text():
    assert clean("  O\u0308berg  ", 5) == "Öberg"


@given(st.text())
def test_what_has_been_cleaned_stays_as_it_is(text):
    try:
        once = clean(text, 200, multiline=True)
    except InvalidInput:
        return
    assert clean(once, 200, multiline=True) == once
