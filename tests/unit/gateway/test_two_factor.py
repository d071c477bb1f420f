"""Two-factor sign-in as pages: the code after the password, the app taken into use, and what waits for it."""

from typing import Any

import pytest

from gateway.views.mina_sidor.two_factor import qr_code
from kernel.errors import DomainError, Kind
from rf.auth.v1 import accounts_pb2, sessions_pb2
from tests.unit.gateway.house import ENERGI, House, access, page_of, text_of

URI = "otpauth://totp/Klientwebben:asa?secret=ABC&issuer=Klientwebben"


def refusing(reason_: str, kind_: Kind = Kind.DENIED) -> DomainError:
    class Refused(DomainError):
        reason = reason_
        kind = kind_

    return Refused()


@pytest.fixture
def waiting(house: House) -> tuple[House, Any, str]:
    """A browser whose password was right, and the guard of its forms."""
    house.answers["SignIn"] = sessions_pb2.SignInResponse(second_factor_token="waiting")
    browser = house.browser(signed_in=False)
    token = text_of(browser.get("/logga-in")).split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"csrf_token": token, "user_name": "frida", "password": "hemligt-ord", "next": "/reskontra?klient=1042"}
    answer = browser.post("/logga-in", data=fields)
    assert answer.headers["Location"].startswith("/logga-in/kod?next=")
    assert not any(cookie.startswith("session=") for cookie in answer.headers.getlist("Set-Cookie"))
    return house, browser, token


def test_the_code_opens_the_session_and_leads_where_one_was_going(waiting: tuple[House, Any, str]) -> None:
    house, browser, token = waiting
    house.answers["ConfirmSignIn"] = sessions_pb2.ConfirmSignInResponse(session_token="the-session")
    assert "Skriv koden" in text_of(browser.get("/logga-in/kod?next=/reskontra"))
    answer = browser.post("/logga-in/kod", data={"csrf_token": token, "kod": " 123 456 ", "next": "/reskontra"})
    assert answer.headers["Location"] == "/reskontra"
    assert any(cookie.startswith("session=the-session") for cookie in answer.headers.getlist("Set-Cookie"))
    assert house.requests("ConfirmSignIn")[0].second_factor_token == "waiting"
    assert browser.get_cookie("second") is None


def test_the_session_before_ends_with_the_code_and_not_with_the_password(waiting: tuple[House, Any, str]) -> None:
    house, browser, token = waiting
    house.answers["ConfirmSignIn"] = sessions_pb2.ConfirmSignInResponse(session_token="the-session")
    house.answers["SignOut"] = sessions_pb2.SignOutResponse()
    browser.set_cookie("session", "the-one-before")
    assert not house.requests("SignOut")
    browser.post("/logga-in/kod", data={"csrf_token": token, "kod": "123456", "next": "/"})
    assert [one.session_token for one in house.requests("SignOut")] == ["the-one-before"]


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (refusing("SECOND_FACTOR_REFUSED"), 422, "Koden stämmer inte"),
        (refusing("TOO_MANY_TRIES", Kind.EXHAUSTED), 429, "För många försök"),
    ],
)
def test_a_wrong_code_is_said_so(waiting: tuple[House, Any, str], error: DomainError, status: int, text: str) -> None:
    house, browser, token = waiting
    house.answers["ConfirmSignIn"] = error
    answer = browser.post("/logga-in/kod", data={"csrf_token": token, "kod": "123456", "next": "//evil.example"})
    assert answer.status_code == status
    assert text in text_of(answer)
    assert "evil.example" not in text_of(answer)


def test_what_waited_too_long_begins_anew(waiting: tuple[House, Any, str]) -> None:
    house, browser, token = waiting
    house.answers["ConfirmSignIn"] = refusing("SIGN_IN_ENDED")
    answer = browser.post("/logga-in/kod", data={"csrf_token": token, "kod": "123456"})
    assert answer.headers["Location"] == "/logga-in?next=/"
    assert house.browser(signed_in=False).get("/logga-in/kod").headers["Location"] == "/logga-in?next=/"


def post(house: House, what: str, fields: dict[str, str]) -> Any:
    house.answers["GetOwnAccount"] = accounts_pb2.GetOwnAccountResponse()
    browser = house.browser()
    return browser.post(f"/installningar/tvafaktor/{what}", data=house.form(browser, {"request_id": "r", **fields}))


def test_an_app_is_scanned_confirmed_and_followed_by_recovery_codes(house: House) -> None:
    house.answers["StartTotp"] = accounts_pb2.StartTotpResponse(secret="ABC", uri=URI)
    page = page_of(post(house, "borja", {"nuvarande": "hemligt-ord"}))
    assert page.xpath("//*[local-name()='svg'][@class='qr']")
    house.answers["ConfirmTotp"] = accounts_pb2.ConfirmTotpResponse(recovery_codes=["AAAA-BBBB-CCCC-DDDD"])
    assert "AAAA-BBBB-CCCC-DDDD" in text_of(post(house, "bekrafta", {"kod": "123456"}))


def test_a_wrong_code_keeps_the_qr_code(house: House) -> None:
    house.answers["ConfirmTotp"] = refusing("SECOND_FACTOR_REFUSED")
    answer = post(house, "bekrafta", {"kod": "1", "hemlighet": "ABC", "adress": URI})
    assert answer.status_code == 422
    assert page_of(answer).xpath("//*[local-name()='svg'][@class='qr']")
    odd = post(house, "bekrafta", {"kod": "1", "hemlighet": "<b>", "adress": "javascript:alert(1)"})
    assert "<b>" not in text_of(odd)
    assert not page_of(odd).xpath("//*[local-name()='svg'][@class='qr']")


def test_a_wrong_password_stands_at_its_field(house: House) -> None:
    for what, rpc in (("borja", "StartTotp"), ("ta-bort", "RemoveTotp")):
        house.answers[rpc] = refusing("WRONG_PASSWORD")
        answer = post(house, what, {"nuvarande": "fel"})
        assert answer.status_code == 422
        assert page_of(answer).get_element_by_id("f-nuvarande").get("aria-invalid") == "true"


def test_the_drawing_has_neither_styles_nor_scripts() -> None:
    drawing = qr_code(URI)
    assert "<svg" in drawing
    assert not any(word in drawing for word in ("style", "script", "secret"))


def test_what_a_clients_terms_withhold_is_told_instead_of_a_missing_permission(house: House) -> None:
    client = access(ENERGI, "1042", "Kvarnåsens Energi", "ledger.read")
    client.withheld.append("ledger.approve")
    house.sign_in_as(client)
    browser = house.browser()
    path = "/reskontra/bunt/1042/01930000-0000-7000-8000-000000000001/godkann"
    answer = browser.post(path, data=house.form(browser, {}))
    assert answer.status_code == 403
    assert "kräver tvåfaktorsinloggning" in text_of(answer)
