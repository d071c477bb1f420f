"""Registrera faktura by the keyboard alone, its key presses counted (N-02, M-12, B9), and what is never lost (B10)."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from deploy.local.house import House
from tests.e2e.conftest import database_of
from tests.e2e.steps import approve, open_form, sign_in, words

Person = Callable[..., Page]

COUNT = "addEventListener('keydown', () => sessionStorage.keys = 1 + Number(sessionStorage.keys || 0), true)"
WHERE = "(document.activeElement.name || document.activeElement.innerText || '').replace(/^rad-[^-]+-/, 'rad-')"
CUSTOMER, ARTICLE_TEXT, QUANTITY, PRICE = "100001", "Elhandel", "2", "3*10"
CHARACTERS = len(CUSTOMER + ARTICLE_TEXT + QUANTITY + PRICE)
TO_SAVE = 2
"""Spara faktura, and Spara on the review."""
BETWEEN_WITH_SMARTTAB = 10
"""Tab presses from KundNr to Spara faktura: one stop more in the form makes it one more, and the test fails."""
BETWEEN_WITHOUT = 20


@pytest.fixture
def keyboard(person: Person) -> Iterator[Page]:
    """The form of somebody who has no mouse; Smarttab is as at first afterwards."""
    page = person("demo")
    page.add_init_script(COUNT)
    open_form(page)
    if page.locator("form[data-draft-at]").count():  # what the test before left in the form
        with page.expect_navigation():
            page.click("#faktura button[value=rensa]")
        open_form(page)
    expect(page.locator("#f-kundnr")).to_be_focused()
    yield page
    open_form(page)
    page.keyboard.press("Escape")
    if not page.is_checked("#f-smarttab"):
        with page.expect_response("**/smarttab"):
            page.click("#f-smarttab")


def reach(page: Page, name: str, key: str = "Tab") -> None:
    """Press the key until the field, or the button of that text, has the focus."""
    for _ in range(30):
        page.keyboard.press(key)
        if str(page.evaluate(WHERE)).startswith(name):
            return
    pytest.fail(f"{key} does not reach {name}")


def register(page: Page, key: str = "Tab") -> int:
    """From the empty form until the invoice is in the journal; answers with the key presses that it took."""
    assert page.evaluate("document.activeElement.id") == "f-kundnr"
    page.evaluate("sessionStorage.keys = 0")
    page.keyboard.type(CUSTOMER)
    reach(page, "rad-benamning", key)
    page.keyboard.type(ARTICLE_TEXT)
    reach(page, "rad-antal", key)
    page.keyboard.type(QUANTITY)
    reach(page, "rad-pris", key)
    page.keyboard.type(PRICE)
    reach(page, "Spara faktura", key)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Godkänn fakturan" in words(page)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#fakturajournal")).to_contain_text("75,00")
    return int(page.evaluate("Number(sessionStorage.keys)"))


@pytest.mark.parametrize("key", ["Tab", "Enter"])
def test_b9_with_smarttab_an_invoice_takes_the_yellow_fields_and_no_key_more(
    keyboard: Page, complaints: list[str], record_property: Callable[[str, object], None], key: str
) -> None:
    taken = register(keyboard, key)
    record_property(f"key presses with Smarttab, by {key}", taken)
    assert taken <= CHARACTERS + BETWEEN_WITH_SMARTTAB + TO_SAVE
    assert complaints == []


def test_without_smarttab_tab_stops_everywhere_and_the_invoice_is_registered_too(
    keyboard: Page, record_property: Callable[[str, object], None]
) -> None:
    """M-12: the switch is kept; here it is turned off by the keyboard."""
    reach(keyboard, "smarttab", "Shift+Tab")
    with keyboard.expect_response("**/smarttab"):
        keyboard.keyboard.press("Space")
    open_form(keyboard)
    taken = register(keyboard)
    record_property("key presses without Smarttab", taken)
    assert CHARACTERS + BETWEEN_WITH_SMARTTAB + TO_SAVE < taken <= CHARACTERS + BETWEEN_WITHOUT + TO_SAVE


def test_b9_the_customers_last_invoice_is_filled_in_by_one_key(keyboard: Page) -> None:
    register(keyboard)
    approve(keyboard)
    open_form(keyboard)
    expect(keyboard.locator("#f-kundnr")).to_be_focused()
    keyboard.keyboard.type(CUSTOMER)
    expect(keyboard.locator("button[value=senaste]")).to_be_visible()
    with keyboard.expect_navigation():
        keyboard.keyboard.press("Alt+s")
    row = keyboard.locator("tr[data-row=item]")
    for name, value in (("benamning", ARTICLE_TEXT), ("antal", QUANTITY), ("pris", "30,00")):
        expect(row.locator(f"input[name$=-{name}]")).to_have_value(value)
    expect(row.locator("input[name$=-antal]")).to_be_focused()
    with keyboard.expect_navigation():
        keyboard.click("#faktura button[value=rensa]")


def test_n_02_smarttab_stops_in_a_field_with_an_error_too(keyboard: Page) -> None:
    keyboard.fill("#f-kundnr", CUSTOMER)
    reach(keyboard, "rad-benamning")
    keyboard.keyboard.type(ARTICLE_TEXT)
    reach(keyboard, "rad-antal")
    keyboard.keyboard.type("1")
    reach(keyboard, "rad-pris")
    keyboard.keyboard.type("10")
    row = keyboard.locator("tr[data-row=item]").first
    row.locator("input[name$=-rabatt]").fill("150")
    with keyboard.expect_navigation():
        keyboard.keyboard.press("Control+s")
    assert keyboard.evaluate(WHERE) == "rad-rabatt"
    reach(keyboard, "rad-pris", "Shift+Tab")
    keyboard.keyboard.press("Tab")
    assert keyboard.evaluate(WHERE) == "rad-rabatt"


def test_b9_own_stops_are_kept_and_short_dates_and_sums_are_written_out(keyboard: Page) -> None:
    keyboard.click("[data-smarttab-stops] summary")
    with keyboard.expect_response("**/smarttab"):
        keyboard.check("#f-stopp-avser")
    open_form(keyboard)
    keyboard.keyboard.type(CUSTOMER)
    reach(keyboard, "forfallodatum")
    keyboard.keyboard.type("+10")
    reach(keyboard, "avser")
    keyboard.click("[data-smarttab-stops] summary")
    with keyboard.expect_response("**/smarttab"):
        keyboard.click("[data-smarttab-reset]")
    due = keyboard.evaluate(
        "(new Date(Date.parse(document.getElementById('f-fakturadatum').value) + 864e6)).toISOString().slice(0, 10)"
    )
    assert keyboard.input_value("#f-forfallodatum") == due
    keyboard.click("#faktura button[value=rensa]")


def test_b10_what_was_typed_is_there_after_the_session_has_ended_and_in_another_browser(
    world: House, person: Person
) -> None:
    page = person("demo")
    open_form(page, "1063")
    words_of_mine = f"Halvskrivet {uuid4().hex[:6]}"
    page.fill("#f-avser", words_of_mine)
    page.press("#f-avser", "Alt+r")
    with page.expect_response("**/utkast"):
        page.keyboard.type("Rad två")
    expect(page.locator("[data-draft-status]")).to_contain_text("Utkast sparat kl.")
    engine = database_of(world, "auth")
    with engine.begin() as connection:
        connection.execute(text("UPDATE session SET last_seen_at = last_seen_at - interval '31 minutes'"))
    engine.dispose()
    page.reload()
    sign_in(page, "demo")
    assert page.input_value("#f-avser") == words_of_mine
    assert page.input_value("tr[data-row=item] >> nth=1 >> input[name$=-benamning]") == "Rad två"
    assert page.evaluate(WHERE) == "rad-benamning"
    elsewhere = person("demo")
    elsewhere.goto("/reskontra/registrera-faktura")
    assert elsewhere.input_value("#f-avser") == words_of_mine
    assert "1063" in elsewhere.input_value("#f-klient")
    with elsewhere.expect_navigation():
        elsewhere.click("#faktura button[value=rensa]")
    page.reload()
    assert page.input_value("#f-avser") == ""


def test_the_search_box_is_chosen_from_by_the_keyboard(person: Person, complaints: list[str]) -> None:
    page = person("demo")
    page.keyboard.press("/")
    page.keyboard.type("Skicka")
    option = page.locator("#sok-traffar [role=option]", has_text="Skicka fil")
    expect(option).to_be_visible()
    expect(page.locator("#sok")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(page.locator("#sok")).to_have_attribute("aria-activedescendant", str(option.get_attribute("id")))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/kommunikation/skicka-fil")
    page.keyboard.press("/")
    page.keyboard.type("100001")
    expect(page.locator("#sok-traffar [role=option]").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sok-traffar")).to_be_hidden()
    assert complaints == []


def test_customers_are_chosen_and_made_from_the_form_by_the_keyboard(keyboard: Page) -> None:
    """N-04's form: look-up as one types, and Ny kund without leaving it."""
    keyboard.keyboard.type("a")
    options = keyboard.locator("#kundtraffar [role=option]")
    expect(options.nth(1)).to_be_visible()
    second = str(options.nth(1).inner_text())
    keyboard.keyboard.press("ArrowDown")
    keyboard.keyboard.press("ArrowDown")
    keyboard.keyboard.press("Enter")
    expect(keyboard.locator("#f-kundnr")).to_have_value(second.split(" ", 1)[0])
    expect(keyboard.locator("#kunduppgifter")).to_be_visible()
    keyboard.locator("#kund button", has_text="Ny kund").focus()
    keyboard.keyboard.press("Enter")
    expect(keyboard.locator("#f-ny-namn")).to_be_focused()
    keyboard.keyboard.type("Ny Person")
    for name, text_of_mine in (("gata", "Gatan 1"), ("postnr", "812 90"), ("ort", "Lidsjö")):
        keyboard.fill(f"#f-ny-{name}", text_of_mine)
    keyboard.locator("#ny-kund button", has_text="Spara kund").focus()
    keyboard.keyboard.press("Enter")
    expect(keyboard.locator("#kunduppgifter")).to_contain_text("Ny Person")
    with keyboard.expect_navigation():
        keyboard.click("#faktura button[value=rensa]")
