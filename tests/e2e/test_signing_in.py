"""Logga in, the two rows, Logga ut, and the end of a session (manual §1.2, §2, §8)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from sqlalchemy import text

from deploy.local.house import House
from tests.e2e.conftest import database_of
from tests.e2e.steps import sign_in, words

Person = Callable[..., Page]


def test_after_signing_in_the_start_page_tells_of_this_login_and_the_one_before(person: Person) -> None:
    """L-01, M-01, M-02."""
    person("handlaggare")
    page = person("handlaggare")
    assert page.url.endswith("/")
    assert "Välkommen, Petra" in words(page)
    assert "Föregående inloggning" in words(page)


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(person: Person) -> None:
    page = person()
    sign_in(page, "demo", "fel lösenord som är långt")
    wrong = words(page, ".alert")
    sign_in(page, "finnsinte", "fel lösenord som är långt")
    assert words(page, ".alert") == wrong
    assert "stämmer inte" in wrong


@pytest.mark.parametrize(
    ("who", "tabs"),
    [
        ("demo", ["Mina sidor", "Reskontra", "Inkasso", "Kommunikation"]),
        ("lasare", ["Mina sidor", "Reskontra", "Inkasso"]),
        ("admin", ["Mina sidor", "Handläggning"]),
    ],
)
def test_a_tab_shows_the_links_that_the_person_may_use(person: Person, who: str, tabs: list[str]) -> None:
    """G-05, G-07, G-09, G-10, G-12."""
    page = person(who)
    assert page.locator("header .tabs a").all_inner_texts() == tabs
    if who == "lasare":
        page.click("header .tabs >> text=Reskontra")
        assert "Registrera faktura" not in words(page, ".links")


def test_after_signing_out_the_back_button_shows_nothing(person: Person) -> None:
    """G-06, X-04."""
    page = person("demo")
    page.goto("/reskontra")
    page.click("button[title='Logga ut']")
    page.wait_for_url("**/logga-in**")
    page.go_back()
    page.reload()
    assert "/logga-in" in page.url


def test_thirty_minutes_without_activity_end_the_session_and_signing_in_leads_back(
    world: House, person: Person
) -> None:
    """L-03, X-04."""
    page = person("demo")
    engine = database_of(world, "auth")
    with engine.begin() as connection:
        connection.execute(text("UPDATE session SET last_seen_at = last_seen_at - interval '31 minutes'"))
    engine.dispose()
    page.goto("/reskontra?kundnr=100001")
    assert "/logga-in" in page.url
    sign_in(page, "demo")
    assert page.url.endswith("/reskontra?kundnr=100001")
