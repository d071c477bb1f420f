"""Kunduppgifter, Kundregister and the search around them, as a clerk uses them (SPEC R, I, K and C rows)."""

import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

from tests.e2e.steps import find_invoice, words

Person = Callable[..., Page]
DIALOG = "#dialog-host dialog"
SAVED = "#kund-uppgifter [data-save]"


def open_customer(page: Page, query: str = "visa=kunder&filter=forfallna&klient=1042", place: int = 0) -> Locator:
    """Kunduppgifter over the list of customers, opened by its row."""
    page.goto(f"/reskontra?{query}")
    page.locator("#kunder a.row-link").nth(place).click()
    dialog = page.locator(DIALOG)
    expect(dialog).to_be_visible()
    return dialog


def save(page: Page) -> None:
    page.locator(SAVED).click()
    expect(page.locator(f"{DIALOG} .alert.ok")).to_contain_text("sparade")


def add_customer(page: Page, **fields: str) -> None:
    """Lägg till in Kundregister; fields by their names without the prefix."""
    page.goto("/reskontra/kundregister?klient=1042")
    page.keyboard.press("n")
    expect(page.locator("#kundinformation")).to_be_visible()
    for name, value in {"gata": "Torget 1", "postnr": "81290", "ort": "Lidsjö", **fields}.items():
        page.fill(f"#f-k-{name}", value)


def save_new(page: Page) -> None:
    with page.expect_navigation():
        page.locator("#kundinformation [data-save]").click()


def test_a_row_opens_kunduppgifter_and_closing_returns_to_it(person: Person, complaints: list[str]) -> None:
    """R-03, R-07, R-08, K-01."""
    page = person("demo")
    dialog = open_customer(page, place=2)
    assert "/reskontra/kund/" in page.url
    titles = [text.split("\n")[0].strip() for text in dialog.locator("h2").all_inner_texts()]
    assert titles == ["Kunduppgifter", "Kundsaldo", "Noteringar", "Fakturor"]
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.evaluate("document.activeElement === document.querySelectorAll('#kunder tr[data-key]')[2]")
    page.keyboard.press("k")
    expect(dialog).to_be_visible()
    page.reload()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.locator("#kunder tr[data-key]").count() > 2
    assert complaints == []


def test_the_red_star_shines_until_what_was_changed_is_saved(person: Person, complaints: list[str]) -> None:
    """K-02, K-03, K-04, K-05."""
    page = person("demo")
    dialog = open_customer(page)
    star = page.locator("#kund-uppgifter [data-star]")
    expect(star).to_be_hidden()
    street = f"Nygatan {uuid4().int % 900 + 1}"
    before = page.input_value("#f-k-gata")
    page.fill("#f-k-gata", street)
    page.check("#f-k-paminnelsesparr")
    expect(star).to_be_visible()
    expect(dialog.locator("#kund-uppgifter [data-unsaved]")).to_have_text(
        "2 ej sparade ändringar: Gatuadress, Påminnelsespärr"
    )
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Fortsätt redigera").click()
    page.keyboard.press("Control+s")
    expect(dialog.locator(".alert.ok")).to_contain_text("Ändringarna är sparade")
    expect(star).to_be_hidden()
    assert page.is_checked("#f-k-paminnelsesparr")
    width = dialog.bounding_box()
    page.click("#visa-adresshistorik")
    expect(page.locator("#adresser tbody tr").first).to_contain_text(street)
    expect(page.locator("#adresser")).to_contain_text(before)
    wide = dialog.bounding_box()
    assert width is not None
    assert wide is not None
    assert wide["width"] > width["width"]
    page.uncheck("#f-k-paminnelsesparr")
    save(page)
    assert complaints == []


def test_two_who_change_one_customer_the_second_compares_and_saves_again(person: Person) -> None:
    first, second = person("demo"), person("demo")
    open_customer(first, place=1)
    open_customer(second, place=1)
    one, other = (f"{uuid4().hex[:8]}@example.se" for _ in range(2))
    first.fill("#f-k-epost", one)
    save(first)
    second.fill("#f-k-epost", other)
    second.locator(SAVED).click()
    alert = second.locator(f"{DIALOG} .alert.err")
    expect(alert).to_contain_text("Någon annan har ändrat kunden")
    expect(alert).to_contain_text(f"E-post: {one}")
    assert second.input_value("#f-k-epost") == other
    save(second)
    assert second.input_value("#f-k-epost") == other


def test_a_note_is_for_the_clients_own_users_only(person: Person) -> None:
    """K-06, K-09, K-10."""
    page = person("demo")
    open_customer(page)
    note = f"Ringde {uuid4().hex[:6]}.\nBetalar fredag."
    page.fill("#f-notering", note)
    page.click("#skapa-notering [data-save]")
    expect(page.locator(f"{DIALOG} .note .words").first).to_have_text(note)
    assert "Läggs upp av handläggare" in words(page, DIALOG)
    officer = person("handlaggare")
    officer.goto(page.url.partition("?")[0])
    assert note.split(".", maxsplit=1)[0] not in words(officer, "body")
    assert officer.locator("#noteringar").count() == 0


def test_what_is_marked_is_changed_after_its_consequence(person: Person, complaints: list[str]) -> None:
    """K-07, K-08, K-11, K-12, K-13, K-14, R-13, I-14."""
    page = person("demo")
    page.goto("/reskontra?filter=forfallna&klient=1042")
    page.locator("#fakturor tr[data-key] a[data-key-of-row=k]").first.click()
    dialog = page.locator(DIALOG)
    expect(page.locator("#kundsaldo-totalt")).to_be_visible()
    for word in ("Ej förfallna", "Förfallna", "påminnelse", "inkasso", "Upplupen ränta", "Överbetalningar"):
        assert word in words(page, ".saldo-list")
    opened = page.locator("#kundfakturor tbody tr").count()
    page.uncheck("#f-oppna")
    page.wait_for_url(re.compile("alla=1"))
    expect(page.locator("#f-oppna")).not_to_be_checked()
    assert page.locator("#kundfakturor tbody tr").count() >= opened
    page.check("#f-oppna")
    expect(page.locator("#kundfakturor tbody tr")).to_have_count(opened)
    row = page.locator("#kundfakturor tbody tr", has_text="Förfallen").first
    number = row.locator("a.row-link").inner_text()
    expect(page.locator("[data-ticked-of=kundfakturor]")).to_be_hidden()
    row.locator(".tick input").check()
    expect(page.locator("[data-ticked-count]")).to_have_text("1")
    page.fill("#f-forfallodatum", "+45")
    page.keyboard.press("Tab")
    expect(page.locator("#foljd")).to_contain_text(f"{number} Förfallodatum")
    page.select_option("#f-stopp", "bada")
    expect(page.locator("#foljd")).to_contain_text("Kravstopp före påminnelse och inkasso")  # of both fields
    page.locator("#foljd button", has_text="Ändra 1 faktura").click()
    expect(dialog.locator(".alert.ok")).to_contain_text("1 faktura är ändrad")
    row = page.locator("#kundfakturor tbody tr", has_text=number)  # it is due later, so it may stand elsewhere
    expect(row.locator(".stop-mark")).to_be_visible()
    expect(row).not_to_contain_text("Förfallen")
    row.locator("a.row-link").click()
    expect(page.locator("#dialog-title")).to_contain_text(number)
    with page.expect_popup() as popup:
        page.keyboard.press("Alt+k")
    expect(popup.value.locator("#kundsaldo")).to_be_visible()
    page.locator(f"{DIALOG} .head a[data-dialog]").first.click()
    expect(page.locator("#kundfakturor")).to_be_visible()
    assert complaints == []


def test_whoever_may_only_read_sees_no_controls_and_no_other_clients_customers(person: Person) -> None:
    reader = person("lasare")
    reader.goto("/reskontra?visa=kunder")
    reader.locator("#kunder a.row-link").first.click()
    expect(reader.locator(DIALOG)).to_be_visible()
    assert reader.locator(f"{DIALOG} [data-save], {DIALOG} .tick, #foljd").count() == 0
    own = reader.url.partition("?")[0]
    token = reader.locator("meta[name=csrf-token]").get_attribute("content") or ""
    assert reader.request.post(own, form={"csrf_token": token}).status == 403
    clerk = person("demo")
    clerk.goto("/reskontra?visa=kunder&klient=1063")
    href = clerk.locator("#kunder a.row-link").first.get_attribute("href") or ""
    answer = reader.goto(href.partition("?")[0])
    assert answer is not None
    assert answer.status == 404


def test_a_customer_is_added_found_and_marked_as_new(person: Person, complaints: list[str]) -> None:
    """C-01, C-02, C-03."""
    page = person("demo")
    name = f"Prov{uuid4().hex[:8]}"
    add_customer(page, fornamn="Ylva", efternamn="")
    save_new(page)
    expect(page.locator("#f-k-efternamn-error")).to_contain_text("Efternamn saknas")
    assert page.input_value("#f-k-fornamn") == "Ylva"
    page.fill("#f-k-efternamn", name)
    page.fill("#f-k-idnr", "19860217-0006")
    save_new(page)
    if page.locator("#f-k-idnr-error").count():  # another test's customer has it
        save_new(page)
    row = page.locator("#kundregister tr[data-key]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Ny")
    number = row.locator("a.row-link").inner_text()
    add_customer(page, fornamn="Ylva", efternamn="Annan", idnr="19860217-0006", kundnr=number)
    save_new(page)
    expect(page.locator("#f-k-kundnr-error")).to_have_text("KundNr finns redan. Skriv ett annat.")
    page.fill("#f-k-kundnr", "")
    save_new(page)
    if page.locator("#f-k-idnr-error").count():
        expect(page.locator("#f-k-idnr-error")).to_contain_text("Spara igen om det ändå ska vara så")
        save_new(page)
    expect(page.locator("#kundregister tr[data-key]")).to_contain_text("Annan")
    for term, value in {"kundnr": number, "namn": name, "idnr": "1986", "gata": "Torget", "ort": "Lids"}.items():
        page.goto("/reskontra/kundregister?klient=1042")
        page.fill(f"#f-{term}", value)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.locator("#kundregister tr[data-key]").first).to_be_visible()
        assert value in page.input_value(f"#f-{term}")
    page.goto(f"/reskontra/kundregister?klient=1042&namn={name}")
    page.locator("#kundregister a.row-link").click()
    expect(page.locator("#dialog-title")).to_have_text(f"Ylva {name}")
    page.reload()
    expect(page.locator("#dialog-title")).to_have_text(f"Ylva {name}")
    page.keyboard.press("Escape")
    assert "/reskontra/kundregister" in page.url
    assert complaints == []


def test_filters_columns_sorting_and_advanced_search(person: Person, complaints: list[str]) -> None:
    """R-01, R-02, R-04, R-05, R-06, R-09, R-10, R-11, R-12."""
    page = person("demo")
    page.goto("/reskontra?klient=1042")
    page.click("#visa-fakturor")
    heads = [text.strip() for text in page.locator("#fakturor th").all_inner_texts()]
    assert heads == [
        "Klient", "FakturaNr", "KundNr", "Namn", "Fakturadatum", "Förfallodatum", "Dagar", "Valuta", "Inbetalt",
        "Kvarstående", "Typ", "Tjänst", "Status",
    ]  # fmt: skip
    page.check("#f-filter-betalda")
    page.click("#visa-fakturor")
    expect(page.locator("#resultat h2")).to_contain_text("Fakturor")
    expect(page.locator("#fakturor tr[data-key] td:last-child", has_text=re.compile("Betald")).first).to_be_visible()
    assert page.locator("#fakturor tr[data-key] td:last-child", has_not_text="Betald").count() == 0
    page.uncheck("#f-filter-betalda")
    page.click("#visa-fakturor")
    page.locator("#fakturor th a", has_text="Kvarstående").click()
    expect(page.locator("#fakturor th[aria-sort]")).to_contain_text("Kvarstående")
    assert page.locator("#fakturor .type").first.inner_text().strip()[0] in "FKRS"
    assert page.locator("#fakturor td", has_text=re.compile("Faktura|Reskontra")).count() > 0
    number = page.locator("#fakturor a.row-link").first.inner_text()
    page.click("#avancerad")
    expect(page.locator("#villkor .term-row")).to_have_count(1)
    find_invoice(page, number)
    assert complaints == []


def test_fakturainformation_box_by_box(person: Person, complaints: list[str]) -> None:
    """I-01, I-02, I-03, I-04, I-05, I-06, I-07, I-08, I-09, I-10, I-11, I-12."""
    page = person("demo")
    page.goto("/reskontra?filter=forfallna&klient=1057")
    page.locator("#fakturor a.row-link").first.click()
    dialog = page.locator(DIALOG)
    expect(dialog).to_be_visible()
    for word in ("Fakturautställare", "KundNr", "Fakturabetalare", "Fakturadatum", "Betalningsvillkor",
                 "Ursprungligt belopp", "Återstående avgift"):  # fmt: skip
        assert word in words(page, DIALOG)
    page.select_option("#f-kravstopp", "inkasso")
    page.fill("#f-kravstopp_till", "+20")
    page.fill("#f-kravstopp_orsak", "Tvist")
    page.click("#kravstoppsform [data-save]")
    expect(dialog.locator(".alert.ok")).to_contain_text("Fakturan är uppdaterad")
    page.keyboard.press("Alt+h")
    row = page.locator("#handelser tr[data-key]").first
    expect(row).to_contain_text("Kravstopp")
    row.locator("a").click()
    expect(page.locator("#handelser td[id^=handelse-]")).to_contain_text("Tvist")
    page.keyboard.press("Alt+t")
    page.fill("#f-rad-1-belopp", "1,00")
    page.click("#transaktionsform [data-save]")
    expect(dialog.locator(".alert.ok")).to_contain_text("väntar i bunten")
    page.keyboard.press("Alt+m")
    page.fill("#f-meddelande", "Kan vi vänta?")
    page.keyboard.press("Control+Enter")
    expect(dialog.locator(".thread")).to_contain_text("Kan vi vänta?")
    assert complaints == []


def test_the_pages_are_accessible_with_their_dialogs_open(person: Person) -> None:
    page = person("demo")
    axe = Path(__file__).resolve().parents[2] / "gateway" / "node_modules" / "axe-core" / "axe.min.js"

    def check() -> None:
        page.evaluate(axe.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"]] == []

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        open_customer(page)
        check()
        page.goto("/reskontra/kundregister/ny")
        check()
