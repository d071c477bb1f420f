"""An account made with a Pinkod, a forgotten password by a real letter, one clock over all tabs (L-03 to L-05, B10)."""

import urllib.request
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from time import monotonic, sleep
from uuid import uuid4

from playwright.sync_api import Page, expect
from sqlalchemy import text

from deploy.local.house import House
from tests.e2e.conftest import database_of
from tests.e2e.steps import open_form, sign_in, words

Person = Callable[..., Page]
FIRST, SECOND = "sju-granar-i-rad", "atta-tallar-i-rad"


def a_pin(person: Person) -> str:
    """A code that an administrator has made for somebody who may read and register."""
    page = person("admin")
    page.goto("/administration/pinkoder")
    page.select_option("#f-klient_id", index=1)
    page.check("#f-funktion-1")
    page.check("#f-funktion-2")
    page.click("button:has-text('Skapa Pinkod')")
    return page.inner_text(".pin-code")


def letter_to(world: House, address: str) -> str:
    """The link in the letter that somebody has got."""
    ends = monotonic() + 20
    while monotonic() < ends:
        for path in world.mail_folder.glob("*.eml"):
            letter = message_from_bytes(path.read_bytes(), policy=default)
            if letter["To"] == address:
                lines = str(letter.get_content()).splitlines()
                return next(line for line in lines if "/nytt-losenord?kod=" in line)
        sleep(0.2)
    raise AssertionError("no letter came")


def test_a_person_makes_an_account_with_a_pinkod_and_chooses_a_forgotten_password_anew(
    world: House, person: Person, complaints: list[str]
) -> None:
    name = f"ny-{uuid4().hex[:6]}"
    code = a_pin(person)
    page = person()
    page.goto("/logga-in")
    page.click("text=Skapa användare")
    for field, value in {
        "pinkod": code.lower().replace("-", " "),
        "anvandarnamn": name,
        "fornamn": "Ny",
        "efternamn": "Person",
        "epost": f"{name}@example.se",
        "losenord": FIRST,
        "igen": FIRST,
    }.items():
        page.fill(f"#f-{field}", value)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Ditt konto är skapat" in words(page)
    sign_in(page, name, FIRST)
    assert "Ny Person" in words(page, "header")
    elsewhere = person()
    elsewhere.goto("/glomt-losenord")
    elsewhere.fill("#f-namn_eller_epost", f"{name}@example.se")
    with elsewhere.expect_navigation():
        elsewhere.keyboard.press("Enter")
    assert "Titta i din e-post" in words(elsewhere)
    link = letter_to(world, f"{name}@example.se")
    assert link.startswith(world.settings.base_url)
    with urllib.request.urlopen(world.mail_page, timeout=5) as shown:
        assert f"{name}@example.se" in shown.read().decode()
    elsewhere.goto(link)
    elsewhere.fill("#f-losenord", SECOND)
    elsewhere.fill("#f-igen", SECOND)
    with elsewhere.expect_navigation():
        elsewhere.keyboard.press("Enter")
    assert "Ditt nya lösenord gäller" in words(elsewhere)
    page.reload()
    assert "/logga-in" in page.url, "a new password ends the sessions of the old one"
    sign_in(elsewhere, name, SECOND)
    assert elsewhere.url.endswith("/")
    assert complaints == []


def test_two_tabs_have_one_clock_and_what_was_typed_is_there_after_signing_in_again(
    world: House, person: Person, complaints: list[str]
) -> None:
    """B10: a warning at 28 minutes in both, Fortsätt in one is Fortsätt in both, and past 30 nothing is lost."""
    form = person("demo")
    form.context.clock.install()
    open_form(form)
    other = form.context.new_page()
    other.goto("/installningar")
    form.context.clock.fast_forward("27:50")
    expect(form.locator("#session-bar")).to_be_hidden()
    form.context.clock.fast_forward("00:15")
    for tab in (form, other):
        expect(tab.locator("#session-bar")).to_be_visible()
    other.click("[data-session-continue]")
    for tab in (form, other):
        expect(tab.locator("#session-bar")).to_be_hidden()

    form.fill("#f-er_referens", "Ulla Kvarnström")
    form.press("#f-er_referens", "Tab")
    form.context.clock.run_for(2_000)
    expect(form.locator("[data-draft-status]")).to_contain_text("Utkast sparat")
    engine = database_of(world, "auth")
    with engine.begin() as connection:
        connection.execute(text("UPDATE session SET last_seen_at = last_seen_at - interval '31 minutes'"))
    engine.dispose()
    form.context.clock.fast_forward("31:00")
    for tab in (form, other):
        tab.wait_for_url("**/logga-in**")
    assert "Du har loggats ut" in words(form)
    sign_in(form, "demo")
    assert "/reskontra/registrera-faktura" in form.url
    expect(form.locator("#f-er_referens")).to_have_value("Ulla Kvarnström")
    assert complaints == []
