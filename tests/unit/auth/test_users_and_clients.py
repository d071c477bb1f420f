"""Users and clients as they are entered: every fault at once, each by its field."""

from datetime import date
from typing import Any

import pytest

from kernel.errors import InvalidInput
from services.auth.domain.clients import NewClient, new_client
from services.auth.domain.users import Contact, UserKind, profile, user_key

TODAY = date(2026, 11, 24)
SOMEBODY: dict[str, Any] = {
    "user_name": "asa",
    "written": Contact("Åsa", "Öberg", "", ""),
    "kind": UserKind.CLIENT,
    "theme": "",
    "density": "",
}


def test_every_fault_of_a_user_is_named_at_once():
    with pytest.raises(InvalidInput) as refused:
        profile(user_name="", written=Contact("", "\x07", "x", "ring"), kind=None, theme="x", density="x")
    assert [(v.field, v.reason) for v in refused.value.violations] == [
        ("user.user_name", "REQUIRED"),
        ("user.first_name", "REQUIRED"),
        ("user.last_name", "CONTROL_CHARACTER"),
        ("user.email", "FORMAT"),
        ("user.phone", "FORMAT"),
        ("user.kind", "REQUIRED"),
        ("user.theme", "UNKNOWN"),
        ("user.density", "UNKNOWN"),
    ]


@pytest.mark.parametrize("email", ["", "asa@example.se", "å.b+c@exempel.example.se"])
def test_an_address_of_mail_may_be_missing(email):
    assert profile(**{**SOMEBODY, "written": Contact("Åsa", "Öberg", email, "")}).email == email


@pytest.mark.parametrize("email", ["@", "a@b", "a b@c.se", "a@b.se, c@d.se", "a@b.se.", "<a@b.se>", "a@@b.se"])
def test_what_is_no_address_of_mail_is_refused(email):
    with pytest.raises(InvalidInput, match=r"user\.email:FORMAT"):
        profile(**{**SOMEBODY, "written": Contact("Åsa", "Öberg", email, "")})


@pytest.mark.parametrize("user_name", ["asa", "Åsa.Öberg", "asa@example.se", "a_b-c+d", "1042"])
def test_a_user_name_has_letters_digits_and_a_few_signs(user_name):
    assert profile(**{**SOMEBODY, "user_name": user_name}).user_name == user_name


@pytest.mark.parametrize("user_name", ["a b", "a/b", "a'b", "<b>", "a;b", "%"])
def test_other_signs_are_refused(user_name):
    with pytest.raises(InvalidInput, match=r"user\.user_name:FORMAT"):
        profile(**{**SOMEBODY, "user_name": user_name})


def test_names_are_the_same_whatever_their_case_and_composition():
    assert user_key("ÅSA") == user_key("a\u030asa") == user_key(" Åsa ")


def test_a_client_is_an_organisation_or_a_sole_trader():
    assert new_client("1042", " Ärlig AB ", "202100-5489", TODAY) == NewClient(1042, "Ärlig AB", "2021005489")
    assert new_client("7", "Enskild", "19701063-2391", TODAY).organisation_number == "7010632391"


def test_every_fault_of_a_client_is_named_at_once():
    with pytest.raises(InvalidInput) as refused:
        new_client("007", "", "202100-5488", TODAY)
    assert [(v.field, v.reason) for v in refused.value.violations] == [
        ("client.number", "FORMAT"),
        ("client.name", "REQUIRED"),
        ("client.organisation_number", "CHECK_DIGIT"),
    ]
