"""Skapa användare, Glömt lösenordet? and Inställningar as pages (L-04, L-05, M-03 to M-06, M-12)."""

import json
from typing import Any

import pytest

from gateway.preferences import STATISTICS
from gateway.views.mina_sidor.settings import browser_name
from kernel.errors import DomainError, FieldViolation, InvalidInput, Kind, NotFound
from rf.auth.v1 import accounts_pb2, documents_pb2, registration_pb2
from tests.unit.gateway.house import House, page_of, text_of

PASSWORD = "sju-granar-i-rad"
PERSON = {
    "pinkod": "7K3M-Q2XF-9TRW-H4PD",
    "anvandarnamn": "asa.oberg",
    "fornamn": "Åsa",
    "efternamn": "Öberg",
    "epost": "asa@example.se",
    "telefon": "",
    "losenord": PASSWORD,
    "igen": PASSWORD,
}


def refusing(reason_: str, kind_: Kind) -> DomainError:
    class Refused(DomainError):
        reason = reason_
        kind = kind_

    return Refused()


def guarded(house: House, path: str, fields: dict[str, Any], post_to: str = "") -> Any:
    """What a form answers that somebody fills in who is not signed in."""
    browser = house.browser(signed_in=False)
    token = text_of(browser.get(path)).split('name="csrf_token" value="')[1].split('"')[0]
    return browser.post(post_to or path, data={"csrf_token": token, "request_id": "r", **fields})


@pytest.fixture
def settled(house: House) -> House:
    """A person with an account and one session."""
    house.answers["GetDocument"] = NotFound("document")
    house.answers["ListOwnSessions"] = accounts_pb2.ListOwnSessionsResponse(
        sessions=[accounts_pb2.SessionInfo(session_id="s", current=True, user_agent="<b>Firefox/140.0 (Windows)")]
    )
    house.answers["PutDocument"] = documents_pb2.PutDocumentResponse()
    house.answers["SetOwnAppearance"] = accounts_pb2.SetOwnAppearanceResponse()
    house.answers["UpdateOwnAccount"] = accounts_pb2.UpdateOwnAccountResponse()
    house.answers["EndOwnSessions"] = accounts_pb2.EndOwnSessionsResponse()
    return house


# -- Skapa användare


def test_the_sign_in_page_leads_to_the_two_others(house: House) -> None:
    links = page_of(house.browser(signed_in=False).get("/logga-in")).xpath("//a/@href")
    assert {"/skapa-anvandare", "/glomt-losenord"} <= set(links)


def test_a_user_is_made_with_what_was_written(house: House) -> None:
    house.answers["CreateUserWithPin"] = registration_pb2.CreateUserWithPinResponse()
    answer = guarded(house, "/skapa-anvandare", PERSON)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/logga-in?klart=konto")
    asked = house.requests("CreateUserWithPin")[0]
    assert (asked.pin, asked.user.user_name, asked.user.email) == (PERSON["pinkod"], "asa.oberg", "asa@example.se")
    assert asked.password == PASSWORD
    assert "Ditt konto är skapat" in text_of(house.browser(signed_in=False).get(answer.headers["Location"]))


@pytest.mark.parametrize("name", ["pinkod", "anvandarnamn", "fornamn", "efternamn", "epost", "losenord", "igen"])
def test_a_field_that_must_be_filled_is_named(house: House, name: str) -> None:
    answer = guarded(house, "/skapa-anvandare", {**PERSON, name: ""})
    assert answer.status_code == 422
    assert page_of(answer).get_element_by_id(f"f-{name}").get("aria-invalid") == "true"
    assert PASSWORD not in text_of(answer), "a password is never shown again"


@pytest.mark.parametrize(
    ("error", "status", "field", "text"),
    [
        (refusing("PIN_REFUSED", Kind.DENIED), 422, "pinkod", "Pinkod går inte att använda"),
        (refusing("USER_NAME_TAKEN", Kind.CONFLICT), 422, "anvandarnamn", "finns redan"),
        (
            InvalidInput([FieldViolation("password", "TOO_COMMON")]),
            422,
            "losenord",
            "provas",
        ),
        (refusing("TOO_MANY_TRIES", Kind.EXHAUSTED), 429, "", "För många försök"),
        (refusing("UNAVAILABLE", Kind.UNAVAILABLE), 503, "", "svarar inte just nu"),
    ],
)
def test_what_auth_refuses_stands_at_its_field(
    house: House, error: DomainError, status: int, field: str, text: str
) -> None:
    house.answers["CreateUserWithPin"] = error
    answer = guarded(house, "/skapa-anvandare", PERSON)
    assert answer.status_code == status
    assert text in text_of(answer)
    if field:
        assert page_of(answer).get_element_by_id(f"f-{field}").get("aria-invalid") == "true"


def test_names_with_markup_are_shown_as_text(house: House) -> None:
    bad = "<svg onload=alert(1)>"
    answer = guarded(house, "/skapa-anvandare", {**PERSON, "fornamn": bad, "losenord": ""})
    assert bad not in text_of(answer)
    assert page_of(answer).get_element_by_id("f-fornamn").value == bad


# -- Glömt lösenordet?


def test_the_answer_is_the_same_whatever_is_asked_for(house: House) -> None:
    house.answers["RequestPasswordReset"] = registration_pb2.RequestPasswordResetResponse()
    answers = [guarded(house, "/glomt-losenord", {"namn_eller_epost": who}) for who in ("asa", "ingen@example.se")]
    assert {(one.status_code, one.headers["Location"]) for one in answers} == {(303, "/glomt-losenord?skickad=1")}
    assert "Om det finns ett konto" in text_of(house.browser(signed_in=False).get("/glomt-losenord?skickad=1"))


def test_a_forged_host_reaches_neither_auth_nor_the_page(house: House) -> None:
    house.answers["RequestPasswordReset"] = registration_pb2.RequestPasswordResetResponse()
    browser = house.browser(signed_in=False)
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    token = text_of(browser.get("/glomt-losenord", headers=headers)).split('name="csrf_token" value="')[1].split('"')[0]
    browser.post("/glomt-losenord", data={"csrf_token": token, "namn_eller_epost": "asa"}, headers=headers)
    assert "evil" not in str(house.asked)


def test_a_link_leads_to_a_new_password(house: House) -> None:
    house.answers["ResetPassword"] = registration_pb2.ResetPasswordResponse()
    fields = {"kod": "abc", "losenord": PASSWORD, "igen": PASSWORD}
    answer = guarded(house, "/nytt-losenord?kod=abc", fields, "/nytt-losenord")
    assert answer.headers["Location"] == "/logga-in?klart=losenord"
    assert house.requests("ResetPassword")[0].token == "abc"


def test_a_used_link_says_so_and_shows_no_form(house: House) -> None:
    house.answers["ResetPassword"] = refusing("RESET_REFUSED", Kind.DENIED)
    fields = {"kod": "abc", "losenord": PASSWORD, "igen": PASSWORD}
    answer = guarded(house, "/nytt-losenord?kod=abc", fields, "/nytt-losenord")
    assert answer.status_code == 422
    assert "Länken gäller inte längre" in text_of(answer)
    assert not page_of(answer).xpath("//input[@name='losenord']")


def test_a_password_that_differs_the_second_time_is_not_sent(house: House) -> None:
    fields = {"kod": "abc", "losenord": PASSWORD, "igen": PASSWORD + "x"}
    answer = guarded(house, "/nytt-losenord?kod=abc", fields, "/nytt-losenord")
    assert answer.status_code == 422
    assert house.requests("ResetPassword") == []


# -- Inställningar


def test_settings_are_two_boxes_with_their_own_buttons(settled: House) -> None:
    page = page_of(settled.browser().get("/installningar"))
    headings = [one.text_content() for one in page.xpath("//main//h2")]
    assert headings[:2] == ["Inställningar för min sida", "Användarinformation"]
    assert [one.text_content().split("Ctrl")[0] for one in page.xpath("//button[@data-save]")] == ["Spara", "Uppdatera"]
    assert len(page.xpath("//input[@name='vald']")) == len(STATISTICS) == 9
    assert page.get_element_by_id("f-valkomsttext").checked


def test_spara_keeps_the_choices_and_leaves_the_account(settled: House) -> None:
    browser = settled.browser()
    form = {"request_id": "r", "arendelista": "1", "senaste": "25", "vald": ["own_or_agent"], "tema": "dark"}
    answer = browser.post("/installningar/sida", data=settled.form(browser, form))
    assert answer.headers["Location"] == "/installningar?klart=sparat"
    kept = json.loads(settled.requests("PutDocument")[0].document.body)
    assert (kept["welcome"], kept["latest_cases"], kept["smarttab"]) == (False, 25, False)
    assert kept["chosen_statistics"] == ["own_or_agent"]
    assert settled.requests("SetOwnAppearance")[0].theme == "dark"
    assert settled.requests("UpdateOwnAccount") == []


@pytest.mark.parametrize("latest", ["", "0", "51", "tio", "-1", "²", "9" * 500])
def test_how_many_cases_must_be_a_number_that_fits(settled: House, latest: str) -> None:
    browser = settled.browser()
    answer = browser.post("/installningar/sida", data=settled.form(browser, {"senaste": latest}))
    assert answer.status_code == 422
    assert "Skriv ett antal från 1 till 50" in text_of(answer)
    assert settled.requests("PutDocument") == []


def test_uppdatera_changes_the_account_and_leaves_the_choices(settled: House) -> None:
    browser = settled.browser()
    form = {"fornamn": "Åsa", "efternamn": "Öberg", "epost": "a@example.se", "telefon": "08-1"}
    answer = browser.post("/installningar/uppgifter", data=settled.form(browser, form))
    assert answer.headers["Location"] == "/installningar?klart=uppdaterat"
    asked = settled.requests("UpdateOwnAccount")[0]
    assert (asked.first_name, asked.phone, asked.new_password) == ("Åsa", "08-1", "")
    assert settled.requests("PutDocument") == []


def test_a_wrong_current_password_stands_at_its_field(settled: House) -> None:
    settled.answers["UpdateOwnAccount"] = refusing("WRONG_PASSWORD", Kind.DENIED)
    browser = settled.browser()
    form = {
        "fornamn": "Å",
        "efternamn": "Ö",
        "epost": "a@b.se",
        "nuvarande": "x",
        "losenord": PASSWORD,
        "igen": PASSWORD,
    }
    answer = browser.post("/installningar/uppgifter", data=settled.form(browser, form))
    assert answer.status_code == 422
    assert page_of(answer).get_element_by_id("f-nuvarande").get("aria-invalid") == "true"


def test_a_session_is_told_by_its_browser_and_ended(settled: House) -> None:
    text = text_of(settled.browser().get("/installningar"))
    assert "Firefox på Windows" in text
    assert "<b>Firefox" not in text
    browser = settled.browser()
    browser.post("/installningar/inloggningar/avsluta", data=settled.form(browser, {"inloggning": "s"}))
    assert settled.requests("EndOwnSessions")[0].session_id == "s"


def test_a_browser_that_cannot_be_told_is_not_guessed() -> None:
    assert browser_name("") == "Okänd webbläsare"
    assert browser_name("Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0 Safari/537.36") == "Chrome på Linux"
