"""Registrera faktura, from the empty form to the invoice in Reskontra and its PDF (SPEC N-01 to N-13, R-04, I-13)."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.e2e.steps import (
    approve,
    choose_customer,
    fill_row,
    fill_sums,
    find_invoice,
    open_form,
    put_in_journal,
    save,
    words,
)

Person = Callable[..., Page]


def test_missing_fields_are_refused_in_red_and_nothing_is_cleared(person: Person, complaints: list[str]) -> None:
    page = person("demo")
    open_form(page)
    fill_row(page, "Elhandel", "12", "")
    page.fill("#f-er_referens", "Ulla")
    with page.expect_navigation():
        page.click("#faktura [data-save]")
    expect(page.locator("[data-error-summary]")).to_contain_text("Fakturan är inte sparad")
    expect(page.locator("#f-kundnr-error")).to_contain_text("KundNr")
    assert page.input_value("#f-er_referens") == "Ulla"
    assert page.locator("input[name$=-benamning]").first.input_value() == "Elhandel"
    assert page.locator("[aria-invalid=true]").count() >= 2
    assert complaints == []


def test_a_printed_invoice_goes_by_review_and_journal_into_the_ledger_and_opens_as_pdf(
    person: Person, complaints: list[str]
) -> None:
    page = person("demo")
    open_form(page)
    choose_customer(page)
    subject = f"Prov {uuid4().hex[:8]}"
    page.fill("#f-avser", subject)
    fill_row(page, "Elhandel rörligt pris", "1482", "0,8742")
    page.click("[data-add-row=text]")
    page.locator("tr[data-row=text] input").last.fill("Mätarställning 48 213 kWh")
    expect(page.locator("[data-sum=total]")).to_contain_text("1 619,00")
    save(page)
    assert "Godkänn fakturan" in words(page)
    assert "1 619,00 kr" in words(page, "#main, main")
    with page.expect_navigation():
        page.click("#andra button")
    assert page.input_value("#f-avser") == subject
    save(page)
    put_in_journal(page)
    assert "1 619,00" in words(page, "#fakturajournal")
    approve(page)
    assert page.locator("#kvitto").count() == 1
    assert len(words(page, "#kvitto-hash").replace(" ", "")) >= 16

    page.locator("main a[href*='/reskontra/faktura/'], main a[href*='fakturanr=']").first.click()
    page.wait_for_load_state()
    dialog = page.locator("#dialog-host dialog")
    if not dialog.count():
        page.locator("a.row-link").first.click()
    expect(dialog).to_be_visible()
    assert subject in words(page, "#dialog-host")
    address = page.url.partition("?")[0]
    copy = page.request.get(f"{address}/kopia.pdf")
    assert copy.status == 200
    assert copy.body().startswith(b"%PDF")
    assert complaints == []


def test_a_reskontraservice_invoice_is_found_by_its_number(person: Person, complaints: list[str]) -> None:
    page = person("demo")
    open_form(page)
    number = f"77{uuid4().int % 10**8:08}"
    fill_sums(page, number, "1000", "250", "1250")
    choose_customer(page)
    save(page)
    put_in_journal(page)
    approve(page)
    row = find_invoice(page, number)
    expect(row).to_contain_text("1 250,00")
    expect(row).to_contain_text("Reskontraservice")
    row.locator("a.row-link").click()
    expect(page.locator("#dialog-host dialog")).to_contain_text(number)
    page.keyboard.press("Escape")
    expect(page.locator("#dialog-host dialog")).to_have_count(0)
    assert complaints == []


def test_two_tabs_that_approve_one_journal_approve_it_once(person: Person) -> None:
    first = person("demo")
    open_form(first, "1057")
    fill_sums(first, f"88{uuid4().int % 10**8:08}", "100", "25", "125")
    choose_customer(first, "5001")
    save(first)
    put_in_journal(first)
    second = first.context.new_page()
    second.goto(first.url)
    approve(first)
    fingerprint = words(first, "#kvitto-hash")
    approve(second)
    assert words(second, "#kvitto-hash") == fingerprint
    assert "redan" in words(second).lower()
