"""A browser, and the house with a small demo world in it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from chassis import business_day, settings
from deploy.local.demo.seed import Seed, Targets
from deploy.local.house import House
from tests.e2e.steps import CHROMIUM, FLAGS, is_complaint, sign_in

INVOICES_EACH = 60
TIMEOUT_MS = 20_000


@pytest.fixture(scope="session")
def world(stack: House) -> House:
    """The house with the demo's clients, logins and some invoices, paid, overdue and in collection."""
    Seed(settings.read(Targets, stack.settings.caller("demo")), business_day.today(), INVOICES_EACH).run()
    return stack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: make test installs it when it is root")
        pytest.skip("Chromium is missing: apt-get install chromium")
    expect.set_options(timeout=TIMEOUT_MS)  # as everything else waits: the machine may be busy
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser had to say against our pages; must stay empty."""
    return []


@pytest.fixture
def person(world: House, browser: Browser, complaints: list[str]) -> Iterator[Callable[[str], Page]]:
    """`person("demo")`: a signed-in page in a browser of its own; without a name nobody is signed in."""
    contexts: list[BrowserContext] = []

    def heard(message: ConsoleMessage) -> None:
        if is_complaint(message):
            complaints.append(message.text)

    def come(name: str = "") -> Page:
        context = browser.new_context(
            base_url=world.settings.base_url, locale="sv-SE", viewport={"width": 1440, "height": 1000}
        )
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if name:
            sign_in(page, name)
        return page

    yield come
    for context in contexts:
        context.close()


def database_of(world: House, service: str) -> Any:
    """An engine that sees past row-level security, to move clocks with."""
    from sqlalchemy import create_engine

    return create_engine(world.settings.database_url(service, "owner"))
