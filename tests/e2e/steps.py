"""What a person does on the pages, step by step: for the browser tests, and for the house from images."""

import re
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from deploy.local.demo.seed import PASSWORD

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def is_complaint(message: ConsoleMessage) -> bool:
    """Whether the browser speaks against our pages: a broken policy or a script's fault, but not a refused form."""
    return message.type == "error" and "status of 4" not in message.text


def words(page: Page, selector: str = "main") -> str:
    """The text of a part of the page, with ordinary spaces."""
    return " ".join(page.inner_text(selector).split())


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """As a person does it, wherever the sign-in page is."""
    if "/logga-in" not in page.url:
        page.goto("/logga-in")
    page.fill("#f-user_name", name)
    page.fill("#f-password", password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


# -- Registrera faktura --------------------------------------------------------------------------------------------


def open_form(page: Page, client: str = "1042") -> None:
    page.goto(f"/reskontra/registrera-faktura?utstallare={client}")


def choose_customer(page: Page, number: str = "100001") -> None:
    page.fill("#f-kundnr", number)
    page.press("#f-kundnr", "Tab")


def fill_row(page: Page, text: str, quantity: str, price: str) -> None:
    row = page.locator("tr[data-row=item]").last
    row.locator("input[name$=-benamning]").fill(text)
    row.locator("input[name$=-antal]").fill(quantity)
    row.locator("input[name$=-pris]").fill(price)


def fill_sums(page: Page, number: str, net: str, vat: str, total: str) -> None:
    """An invoice that was printed elsewhere: its own number, and three amounts."""
    page.locator("label", has_text="Reskontraservice").click()
    page.fill("#f-fakturanr", number)
    page.fill("#f-netto", net)
    page.fill("#f-moms", vat)
    page.fill("#f-belopp", total)


def save(page: Page) -> None:
    with page.expect_navigation():
        page.click("#faktura [data-save]")


def put_in_journal(page: Page) -> None:
    """After the review."""
    with page.expect_navigation():
        page.click("#spara button")


def approve(page: Page) -> None:
    with page.expect_navigation():
        page.locator("[id^=godkann-] button[type=submit]").first.click()


# -- Reskontra, Kommunikation, Inkasso -----------------------------------------------------------------------------


def find_invoice(page: Page, number: str) -> Locator:
    """The row of an invoice in Reskontra, found by its number."""
    page.goto("/reskontra")
    page.fill("#f-fakturanr", number)
    page.press("#f-fakturanr", "Enter")
    row = page.locator("#fakturor tr[data-key]")
    expect(row).to_have_count(1)
    return row


def send(page: Page, file: Path, client: str) -> None:
    """Skicka fil."""
    page.goto("/kommunikation/skicka-fil")
    if page.locator("#f-klientnr").count():  # who has one client only is not asked
        page.select_option("#f-klientnr", client)
    page.set_input_files("#f-fil", file)
    with page.expect_navigation():
        page.click("#skicka button[type=submit]")


def take_payments(page: Page) -> None:
    """What the file holds, into a journal."""
    expect(page.locator("#utfall")).to_be_visible(timeout=30_000)
    with page.expect_navigation():
        page.click("#skicka-rader button[type=submit]")


def hand_over(page: Page) -> str:
    """From the open Fakturainformation of an overdue invoice; answers with the number of its case."""
    page.get_by_text("Lämna till inkasso").first.click()
    page.locator("#inkassoform button[type=submit]").click()
    expect(page.locator("#dialog-host dialog")).to_contain_text("Inkasso")
    expect(page.locator("#arende a")).to_be_visible(timeout=30_000)
    return page.locator("#arende a").inner_text()


def find_case(page: Page, number: str) -> None:
    """Ärendeinformation, by Inkasso Sök."""
    page.goto("/inkasso/sok")
    page.fill("#f-arendenr", number)
    page.press("#f-arendenr", "Enter")
    page.wait_for_url(re.compile("/inkasso/arende/"))
