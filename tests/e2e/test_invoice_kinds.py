"""Registrera faktura, each kind and what may be wrong with it, as the browser shows it (SPEC N-04 to N-07, N-09)."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.e2e.steps import approve, choose_customer, fill_row, fill_sums, open_form, put_in_journal, save, words

Person = Callable[..., Page]


def a_number() -> str:
    return f"66{uuid4().int % 10**8:08}"


def an_invoice(page: Page, number: str, customer: str) -> None:
    """Of 1,250.00, in the ledger."""
    open_form(page)
    fill_sums(page, number, "1000", "250", "1250")
    choose_customer(page, customer)
    save(page)
    put_in_journal(page)
    approve(page)


def a_credit(page: Page, number: str, customer: str, net: str, vat: str, total: str) -> None:
    open_form(page)
    page.select_option("#f-typ", "K")
    fill_sums(page, a_number(), net, vat, total)
    choose_customer(page, customer)
    page.fill("#f-krediterar", number)
    save(page)


def test_a_credit_over_what_is_open_is_refused_at_the_field_and_a_part_of_it_is_not(
    person: Person, complaints: list[str]
) -> None:
    page = person("demo")
    number = a_number()
    an_invoice(page, number, "100002")
    a_credit(page, number, "100002", "-1001", "-250", "-1251")
    expect(page.locator("[data-error-summary]")).to_contain_text("Fakturan är inte sparad")
    wrong = page.locator("[aria-invalid=true]")
    expect(wrong).to_have_count(1)
    assert "mindre kvar att kreditera" in words(page)
    assert page.input_value("#f-krediterar") == number
    with page.expect_navigation():
        page.click("#faktura button[value=rensa]")
    a_credit(page, number, "100002", "-400", "-100", "-500")
    assert "Att kreditera" in words(page)
    put_in_journal(page)
    approve(page)
    page.goto(f"/reskontra?fakturanr={number}&klient=1042")
    expect(page.locator("#fakturor tr[data-key]")).to_contain_text("750,00")
    assert complaints == []


def test_a_credit_without_minus_is_told_how_it_is_written(person: Person) -> None:
    page = person("demo")
    open_form(page)
    page.select_option("#f-typ", "K")
    choose_customer(page, "100003")
    fill_row(page, "Återbetalning", "1", "349")
    save(page)
    assert "ska ha minus före på en kreditfaktura" in words(page)
    with page.expect_navigation():
        page.click("#faktura button[value=rensa]")


def test_a_final_invoice_shows_what_it_closes_before_it_is_saved(person: Person, complaints: list[str]) -> None:
    page = person("demo")
    number = a_number()
    an_invoice(page, number, "100004")
    open_form(page)
    page.select_option("#f-typ", "S")
    choose_customer(page, "100004")
    expect(page.locator(".only-final")).to_be_visible()
    expect(page.locator("[data-invoice-rows]")).to_be_hidden()
    save(page)
    assert "Slutfaktura kundkonto" in words(page)
    assert f"Faktura {number}" in words(page)
    put_in_journal(page)
    assert "Fakturan ligger i bunten" in words(page, "#toast")
    page.locator("#fakturajournal button[aria-label*='Ta bort']").first.click()
    page.wait_for_load_state()
    assert complaints == []


def test_an_interest_invoice_has_no_vat(person: Person) -> None:
    page = person("demo")
    open_form(page)
    page.select_option("#f-typ", "R")
    choose_customer(page, "100003")
    fill_row(page, "Dröjsmålsränta", "1", "120")
    save(page)
    assert "ska vara 0 på en räntefaktura" in words(page)
    page.locator("tr[data-row=item] select[name$=-moms]").select_option("0")
    expect(page.locator("[data-sum=total]")).to_contain_text("120,00")
    save(page)
    assert "Räntefaktura" in words(page)
    with page.expect_navigation():
        page.click("#andra button")
    with page.expect_navigation():
        page.click("#faktura button[value=rensa]")


def test_currency_discount_rates_and_rounding_are_summed_as_one_types_and_as_the_ledger_does(
    person: Person, complaints: list[str]
) -> None:
    page = person("demo")
    open_form(page)
    choose_customer(page, "100003")
    fill_row(page, "El", "3", "33,33")
    page.locator("input[name$=-rabatt]").last.fill("10")
    page.press("tr[data-row=item] select[name$=-moms]", "Alt+r")
    fill_row(page, "Bok", "2", "49,50")
    page.locator("select[name$=-moms]").last.select_option("6")
    page.press("tr[data-row=item] select[name$=-moms] >> nth=1", "Alt+t")
    page.keyboard.type("Tack för förtroendet")
    sums = page.locator(".totals")
    for part in ("Netto 188,99", "Moms 25 % 22,50", "Moms 6 % 5,94", "Öresavrundning −0,43", "217,00 kr"):
        expect(sums).to_contain_text(part.replace(" %", "\u00a0%").split(" ")[-1].replace("−", "\u2212"))
    page.select_option("#f-valuta", "EUR")
    expect(page.locator("[data-sum=total]")).to_contain_text("217,43")
    expect(page.locator("#f-kurs")).to_be_visible()
    save(page)
    expect(page.locator("#f-kurs-error")).to_contain_text("Kurs")
    page.fill("#f-kurs", "11,2345")
    save(page)
    shown = words(page)
    for part in ("EUR, kurs 11,2345", "188,99", "22,50", "5,94", "217,43", "Tack för förtroendet", "10 %"):
        assert part in shown
    with page.expect_navigation():
        page.click("#andra button")
    with page.expect_navigation():
        page.click("#faktura button[value=rensa]")
    assert complaints == []


def test_an_article_that_is_taken_out_while_it_stands_in_a_draft_is_refused_at_its_row(person: Person) -> None:
    page = person("demo")
    number = f"A{uuid4().hex[:6].upper()}"
    page.goto("/reskontra/artikelregister/ny?klient=1042")
    dialog = page.locator("#dialog-host dialog")
    for name, value in (("artikelnummer", number), ("beskrivning", "Elhandel rörligt"), ("pris", "12,50")):
        dialog.locator(f"[name={name}]").fill(value)
    with page.expect_navigation():
        dialog.locator("[data-save]").click()
    open_form(page)
    choose_customer(page, "100003")
    row = page.locator("tr[data-row=item]").first
    row.locator("input[name$=-artikel]").press_sequentially(number)
    expect(page.locator("[data-suggestions] [role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(row.locator("input[name$=-benamning]")).to_have_value("Elhandel rörligt")
    expect(row.locator("input[name$=-antal]")).to_be_focused()
    with page.expect_response("**/utkast"):
        page.keyboard.type("2")
    register = page.context.new_page()
    register.goto(f"/reskontra/artikelregister?artikelnummer={number}&klient=1042")
    register.click(f"button[aria-label='Ta bort {number}']")
    register.wait_for_load_state()
    page.reload()
    assert row.locator("input[name$=-artikel]").input_value() == number
    row.locator("input[name$=-antal]").fill("2")
    save(page)
    expect(row.locator("input[name$=-artikel]")).to_have_attribute("aria-invalid", "true")
    assert "Artikel på rad 1" in words(page)
    with page.expect_navigation():
        page.click("#faktura button[value=rensa]")
