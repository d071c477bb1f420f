"""The edge: where a sign-in leads, what guards forms, cookies, headers, and what is never told (ASVS 3, 7, 14, 16)."""

from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from chassis.settings import Secret
from gateway import session
from gateway.app import Settings, build
from kernel.errors import DomainError, Kind, NotFound
from rf.auth.v1 import sessions_pb2
from rf.ledger.v1 import invoices_pb2
from tests.unit.gateway.house import House, page_of, text_of
from tests.unit.gateway.invoices import an_id

ELSEWHERE = (
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "javascript:alert(1)",
    "evil.example", "/\t/evil.example", "/\n/evil.example", "/a\r\nSet-Cookie: b=c", "//[", "/\x00", "",
    "/" + "a" * 5_000,
)  # fmt: skip


@pytest.fixture
def signing_in(house: House) -> House:
    house.answers["SignIn"] = sessions_pb2.SignInResponse(session_token="the-new-session")
    house.answers["SignOut"] = sessions_pb2.SignOutResponse()
    return house


def guarded(house: House, path: str = "/logga-in") -> tuple[object, str]:
    """A browser that is not signed in, and the guard of the sign-in form."""
    browser = house.browser(signed_in=False)
    text = text_of(browser.get(path))
    return browser, text.split('name="csrf_token" value="')[1].split('"')[0]


def sign_in(house: House, target: str = "/", **more: str) -> TestResponse:
    browser, token = guarded(house)
    fields = {"csrf_token": token, "user_name": "frida", "password": "hemligt-ord", "next": target, **more}
    return browser.post("/logga-in", data=fields)  # type: ignore[attr-defined,no-any-return]


# -- where one is led


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_nowhere_but_to_pages_of_ours(signing_in: House, target: str) -> None:
    answer = sign_in(signing_in, target)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("target", ["/", "/reskontra?filter=forfallna&klient=1042", "/inkasso/sok?gäldenär=Åsa"])
def test_signing_in_leads_back_to_the_page_that_was_asked_for(signing_in: House, target: str) -> None:
    assert session.local_path(target) == target
    assert sign_in(signing_in, target).status_code == 303


def test_the_sign_in_page_keeps_no_address_of_others(house: House) -> None:
    for target in ELSEWHERE:
        page = page_of(house.browser(signed_in=False).get(f"/logga-in?next={quote(target)}"))
        assert page.xpath("//input[@name='next']/@value") == ["/"]


@pytest.mark.parametrize("path", ["//evil.example/finns-inte", "/%0d%0afinns-inte", "/finns-inte"])
def test_the_way_on_from_an_error_stays_here(house: House, path: str) -> None:
    answer = house.browser().get(path)
    if answer.status_code == 404:
        links = page_of(answer).xpath("//main//a/@href")
        assert all(link.startswith("/") and link[1:2] not in {"/", "\\"} for link in links)
    else:
        assert answer.headers["Location"].startswith("/") or "localhost" in answer.headers["Location"]


def test_a_form_without_a_session_leads_to_the_sign_in_whatever_its_referrer_says(house: House) -> None:
    browser = house.browser(signed_in=False)
    for referrer in ("http://[", "http://evil.example//evil.example", "http://localhost:8080/reskontra"):
        answer = browser.post("/fortsatt", headers={"Referer": referrer})
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/logga-in")


def test_no_answer_repeats_the_host_that_was_asked_for(house: House) -> None:
    house.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse()
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    for path in ("/logga-in", "/", "/reskontra", "/finns-inte", "/hjalp"):
        answer = house.browser().get(path, headers=headers)
        assert "evil.example" not in text_of(answer) + answer.headers.get("Location", "")


# -- what guards forms


@pytest.mark.parametrize("token", ["", "x", "åäö", "A" * 44, "====", "AAAA" * 500])
def test_a_form_without_its_guard_does_nothing(house: House, token: str) -> None:
    answer = house.browser().post("/fortsatt", data={"csrf_token": token})
    assert answer.status_code == 403
    assert "Formuläret hade blivit för gammalt" in text_of(answer)


def test_a_form_sent_by_another_site_does_nothing(house: House) -> None:
    browser = house.browser()
    form = house.form(browser, {})
    assert browser.post("/fortsatt", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.post("/fortsatt", data=form, headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert browser.post("/fortsatt", data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 204


def test_the_guard_of_another_session_is_none(house: House) -> None:
    other = house.app.test_client()
    other.set_cookie("session", "another-session")
    assert house.browser().post("/fortsatt", data=house.form(other, {})).status_code == 403


def test_a_cookie_from_elsewhere_with_its_guard_opens_no_session_of_somebody(house: House) -> None:
    """Who can plant a cookie from another name of the domain has a pair that agrees."""
    stranger, token = guarded(house)
    planted = stranger.get_cookie("csrf")  # type: ignore[attr-defined]
    browser = house.browser()
    browser.set_cookie("csrf", planted.value)
    assert browser.post("/fortsatt", data={"csrf_token": token}).status_code == 403


def test_the_guard_is_another_each_time(house: House) -> None:
    browser = house.browser()
    assert house.form(browser, {}) != house.form(browser, {}), "or compression would tell of it"


# -- sessions and cookies


def test_signing_in_gives_a_new_session_and_ends_the_one_before(signing_in: House) -> None:
    browser, token = guarded(signing_in)
    browser.set_cookie("session", "planted-or-left")  # type: ignore[attr-defined]
    fields = {"csrf_token": token, "user_name": "frida", "password": "hemligt-ord"}
    answer = browser.post("/logga-in", data=fields)  # type: ignore[attr-defined]
    assert "session=the-new-session" in answer.headers["Set-Cookie"]
    assert [one.session_token for one in signing_in.requests("SignOut")] == ["planted-or-left"]


def test_cookies_are_for_the_server_alone(signing_in: House) -> None:
    answer = sign_in(signing_in)
    given = answer.headers.getlist("Set-Cookie") + signing_in.browser(signed_in=False).get("/logga-in").headers.getlist(
        "Set-Cookie"
    )
    assert len(given) >= 2
    for cookie in given:
        assert "HttpOnly" in cookie
        assert "SameSite=" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


def test_where_the_address_is_https_cookies_are_bound_to_it(signing_in: House) -> None:
    signing_in.app.config["BASE_URL"] = "https://klientwebben.example"
    first = signing_in.browser(signed_in=False).get("/logga-in")
    assert first.headers["Set-Cookie"].startswith("__Host-csrf=")
    assert "Secure" in first.headers["Set-Cookie"]
    assert first.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    signed = sign_in(signing_in)
    session_cookie = next(one for one in signed.headers.getlist("Set-Cookie") if "the-new-session" in one)
    assert session_cookie.startswith("__Host-session=")
    assert "Secure" in session_cookie


def test_a_page_that_asks_by_itself_keeps_no_session_alive(house: House) -> None:
    browser = house.browser()
    browser.get("/hjalp")
    browser.get("/hjalp", headers={"X-Background": "1"})
    assert [one.touch for one in house.requests("Authorize")] == [True, False]


def test_signing_out_takes_the_cookie_and_ends_the_session(signing_in: House) -> None:
    browser = signing_in.browser()
    answer = browser.post("/logga-ut", data=signing_in.form(browser, {}))
    assert "session=;" in answer.headers["Set-Cookie"]
    assert [one.session_token for one in signing_in.requests("SignOut")] == ["token-of-the-session"]


# -- what is told


def test_a_refusal_is_logged_without_what_was_typed_in_the_address(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    class Refused(DomainError):
        reason = "REFUSED"
        kind = Kind.CONFLICT

    for error in (NotFound("journal"), Refused(), ZeroDivisionError("198602171234")):

        def fail(_: object, error: Exception = error) -> object:
            raise error

        house.answers["GetReceipt"] = fail
        house.browser().get(f"/reskontra/bunt/1042/{an_id(1)}/kvitto?namn=198602171234")
    house.browser().get(f"/reskontra/bunt/198602171234/{an_id(1)}/kvitto")
    said = capsys.readouterr()
    assert "198602171234" not in said.out + said.err


# -- who asks


@pytest.mark.parametrize(
    ("hops", "heard"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.5")], ids=["none", "one", "two"]
)
def test_an_address_is_believed_only_from_the_proxies_that_are_known(signing_in: House, hops: int, heard: str) -> None:
    values = Settings("", "", "http://localhost:8080", Secret("x" * 32), "", "", "", "", "", trusted_hops=hops)
    behind = House(build(values, signing_in.app.extensions["neighbours"]), signing_in.answers, signing_in.asked)
    browser, token = guarded(behind)
    fields = {"csrf_token": token, "user_name": "frida", "password": "hemligt-ord"}
    chain = "192.0.2.1, 203.0.113.5, 198.51.100.7"
    browser.post("/logga-in", data=fields, headers={"X-Forwarded-For": chain})  # type: ignore[attr-defined]
    assert signing_in.requests("SignIn")[0].client_ip == heard
