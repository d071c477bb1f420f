"""What may be a password."""

import pytest

from kernel.errors import InvalidInput
from services.auth.domain.common_passwords import COMMON_PASSWORDS
from services.auth.domain.passwords import MIN_LENGTH, chosen, normalised


@pytest.mark.parametrize(
    "password",
    [
        "demo-klientwebb",
        "tolv tecken!",
        "bara små bokstäver",
        "å" * 11 + "b",
        "😀 emoji är också tecken",
        "x" * 255 + "y",
    ],
)
def test_length_is_all_that_is_asked_for(password):
    assert chosen(password, "åsa") == password


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "REQUIRED"),
        ("elva tecken", "TOO_SHORT"),
        ("x" * 257, "TOO_LONG"),
        ("PASSWORD1234", "TOO_COMMON"),
        (" password1234", "TOO_COMMON"),
        ("Lösenord1234", "TOO_COMMON"),
        ("aaaaaaaaaaaaaaaa", "TOO_COMMON"),
        ("ÅSA.ÖBERG@EXAMPLE.SE", "SAME_AS_NAME"),
    ],
)
def test_what_is_short_or_tried_first_is_refused(password, reason):
    with pytest.raises(InvalidInput, match=f":{reason}$"):
        chosen(password, "åsa.öberg@example.se")


def test_keyboards_that_compose_letters_otherwise_type_the_same_password():
    assert normalised("la\u030asenordet") == normalised("låsenordet")


def test_nothing_is_cut_off():
    assert len(normalised("x" * 256)) == 256


def test_every_common_password_is_one_that_length_alone_would_let_through():
    assert all(len(password) >= MIN_LENGTH and password == password.casefold() for password in COMMON_PASSWORDS)
