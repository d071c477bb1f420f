"""Reskontra beside its invoices: customers, Visa per datum, files of the whole, Sparade (SPEC R-03 to R-08, B5)."""

from collections.abc import Iterator
from typing import Any

import pytest

from chassis import wire
from chassis.rpc_errors import Unavailable
from kernel.errors import DomainError, FieldViolation, InvalidInput, Kind
from rf.auth.v1 import documents_pb2 as kept_pb2
from rf.ledger.v1 import customer_search_pb2, invoices_pb2
from rf.reports.v1 import exports_pb2
from tests.unit.gateway.house import ENERGI, House, page_of, text_of
from tests.unit.gateway.invoices import a_line, a_sum, an_id
from tests.unit.gateway.reading import shown, table, words

CUSTOMERS = {"HX-Request": "true", "HX-Target": "resultat"}
TERM_ROWS = {"HX-Request": "true", "HX-Target": "villkor"}


class DocumentChanged(DomainError):
    reason = "DOCUMENT_CHANGED"
    kind = Kind.CONFLICT


class TooManyDocuments(DomainError):
    reason = "TOO_MANY_DOCUMENTS"
    kind = Kind.EXHAUSTED


class ListTooLong(DomainError):
    reason = "LIST_TOO_LONG"
    kind = Kind.INVALID


def a_customer_line(number: str, remaining: int, currency: str = "SEK") -> customer_search_pb2.CustomerLine:
    return customer_search_pb2.CustomerLine(
        client_id=ENERGI,
        customer_id=an_id(int(number)),
        number=number,
        name="Ylva Nattsjö",
        original=wire.money(remaining + 5000, currency),
        paid=wire.money(5000, currency),
        remaining=wire.money(remaining, currency),
        invoice_count=2,
    )


@pytest.fixture
def ledger(house: House) -> House:
    house.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse(invoices=[a_line(1)], total_count=1)
    house.answers["SearchCustomers"] = customer_search_pb2.SearchCustomersResponse(
        customers=[a_customer_line("100445", 123456), a_customer_line("100445", 9900, "EUR")],
        next_page_token="NEXT",
        total_count=-1,
    )
    house.answers["SumInvoices"] = invoices_pb2.SumInvoicesResponse(sums=[a_sum(2, 123456, 5000)])
    return house


# -- customers --------------------------------------------------------------------------------------------------


def test_kunder_shows_the_seven_columns_a_row_for_each_currency(ledger: House) -> None:
    page = shown(ledger.browser().get("/reskontra/?visa=kunder&filter=inkasso"))
    assert [words(cell) for cell in page.xpath("//table[@id='kunder']/thead//th")] == [
        "Klient", "Kundnummer", "Namn", "Valuta", "Ursprungligt belopp", "Betalt belopp", "Kvarstående belopp",
    ]  # fmt: skip
    assert [row[1:] for row in table(page, "kunder")[:2]] == [
        ["100445", "Ylva Nattsjö", "SEK", "1 284,56", "50,00", "1 234,56"],
        ["100445", "Ylva Nattsjö", "EUR", "149,00", "50,00", "99,00"],
    ]
    assert "fler än 10 000" in words(page)
    [asked] = ledger.requests("SearchCustomers")
    assert (asked.sort, asked.descending) == (customer_search_pb2.CUSTOMER_SORT_NUMBER, False), "R-03"
    assert list(asked.criteria.facts) == [invoices_pb2.INVOICE_FACT_COLLECTION]
    keys = page.xpath("//table[@id='kunder']/tbody/tr/@data-key")
    assert len(set(keys)) == 2


def test_the_button_pressed_decides_whatever_was_shown_before(ledger: House) -> None:
    browser = ledger.browser()
    answer = browser.get("/reskontra/?visa=fakturor&visa=kunder", headers=CUSTOMERS)
    assert answer.headers["HX-Push-Url"] == "/reskontra/?visa=kunder"
    acts = page_of(answer).get_element_by_id("sokknappar")
    assert acts.get("hx-swap-oob") == "true"
    assert [words(one) for one in acts.xpath(".//button")] == ["Kunder Enter", "Fakturor"]
    assert acts.xpath(".//input[@name='visa']/@value") == ["kunder"], "Enter repeats it"


@pytest.mark.parametrize("show", ["fakturor", "kunder"])
def test_every_heading_sorts_and_a_second_press_turns_it_round(ledger: House, show: str) -> None:
    browser = ledger.browser()
    rpc = "SearchCustomers" if show == "kunder" else "SearchInvoices"
    page = shown(browser.get(f"/reskontra/?visa={show}&namn=berg"))
    links = page.xpath(f"//table[@id='{show}']/thead//th/a/@href")
    assert len(links) == (7 if show == "kunder" else 13)
    asked = set()
    for link in links:
        assert "namn=berg" in link
        sorted_page = shown(browser.get(link))
        [first] = sorted_page.xpath("//th[@aria-sort]")
        turned = shown(browser.get(first.xpath("./a/@href")[0]))
        [second] = turned.xpath("//th[@aria-sort]")
        assert words(second) == words(first)
        assert {first.get("aria-sort"), second.get("aria-sort")} == {"ascending", "descending"}
        asked |= {(one.sort, one.descending) for one in ledger.requests(rpc)[-2:]}
    assert len(asked) == 2 * len(links)


def test_paid_invoices_are_not_late(ledger: House) -> None:
    paid = {"remaining": wire.money(0), "paid": wire.money(123456), "status": invoices_pb2.INVOICE_STATUS_PAID}
    ledger.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse(
        invoices=[a_line(1, 118), a_line(2, 118, **paid)], total_count=2
    )
    page = shown(ledger.browser().get("/reskontra/"))
    late, settled = page.xpath("//table[@id='fakturor']/tbody/tr/td[7]/@class")
    assert "days-very-late" in late
    assert "late" not in settled


def test_a_demand_stop_is_a_mark_beside_the_status(ledger: House) -> None:
    ledger.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse(
        invoices=[a_line(1, stopped=True), a_line(2)], total_count=2
    )
    page = shown(ledger.browser().get("/reskontra/"))
    assert len(page.xpath("//table[@id='fakturor']//span[@class='stop-mark']")) == 1


def test_amounts_have_the_decimals_of_their_currency(ledger: House) -> None:
    yen: dict[str, Any] = {
        "remaining": wire.money(1500, "JPY"),
        "paid": wire.money(0, "JPY"),
        "original": wire.money(1500, "JPY"),
    }
    ledger.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse(invoices=[a_line(1, **yen)], total_count=1)
    [row] = table(shown(ledger.browser().get("/reskontra/")), "fakturor")[:1]
    assert row[7:10] == ["JPY", "–", "1 500"]


# -- Avancerad sökning --------------------------------------------------------------------------------------------


def test_the_rows_of_avancerad_sokning_change_without_a_search(ledger: House) -> None:
    answer = ledger.browser().get("/reskontra/?rad=status&status=inkasso&gor=lagg-till", headers=TERM_ROWS)
    rows = page_of(answer)
    assert rows.xpath("//select[@name='rad']/option[@selected]/text()") == ["Status", "Namn"]
    assert rows.xpath("//input[@name='status'][@checked]/@value") == ["inkasso"]
    assert rows.xpath("//select[@autofocus]/@id") == ["f-rad-2"]
    assert "Namn" not in rows.xpath("//select[@id='f-rad-1']/option/text()"), "each term once"
    assert not ledger.requests("SearchInvoices")


def test_without_script_rows_are_added_by_the_page(ledger: House) -> None:
    browser = ledger.browser()
    page = shown(browser.get("/reskontra/"))
    [link] = page.xpath("//a[@id='avancerad']/@href")
    opened = shown(browser.get(link))
    assert opened.xpath("//select[@name='rad']/option[@selected]/text()") == ["Namn"]
    assert opened.xpath("//button[@name='gor']/@value") == ["ta-bort:namn", "lagg-till"]


def test_what_a_term_lacks_is_told_in_red_at_it(ledger: House) -> None:
    answer = ledger.browser().get("/reskontra/?rad=namn&rad=belopp&namn=&belopp_fran=mycket")
    assert answer.status_code == 422
    page = shown(answer)
    assert words(page.get_element_by_id("f-namn-error")) == "Namn saknas. Skriv minst två bokstäver, t.ex. Berg."
    assert words(page.get_element_by_id("f-belopp_fran-error")).startswith("Belopp från är inget tal.")
    assert page.get_element_by_id("f-belopp_fran").get("value") == "mycket"
    assert not ledger.requests("SearchInvoices")


def test_what_the_ledger_refuses_is_told_at_its_term(ledger: House) -> None:
    ledger.answers["SearchInvoices"] = InvalidInput([FieldViolation("terms.original", "REVERSED")])
    page = shown(ledger.browser().get("/reskontra/?belopp_fran=2&belopp_till=1"))
    assert "Från kan inte vara mer än till." in words(page.get_element_by_id("f-belopp_fran-error"))


# -- Visa per datum -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "mark"), [("bokfort", "Visar vad som var bokfört till och med"), ("sag-ut", "Visar hur det såg ut")]
)
def test_visa_per_datum_is_marked_and_left_again(ledger: House, kind: str, mark: str) -> None:
    browser = ledger.browser()
    page = shown(browser.get(f"/reskontra/?per=2026-06-30&perslag={kind}&filter=inkasso"))
    [bar] = page.xpath("//div[@class='as-of-bar']")
    assert words(bar).startswith(f"{mark} 2026-06-30")
    assert bar.xpath("./a/@href") == ["/reskontra/?filter=inkasso"]
    [asked] = ledger.requests("SearchInvoices")
    assert asked.as_of.as_it_looked is (kind == "sag-ut")
    assert "per=2026-06-30" in page.xpath("//tfoot/@hx-get")[0], "the sums are of the same day"
    assert "per=2026-06-30" in page.xpath("//a[@class='row-link']/@href")[0]


def test_a_day_that_cannot_be_read_is_told_in_the_menu(ledger: House) -> None:
    answer = ledger.browser().get("/reskontra/?per=nyss")
    assert answer.status_code == 422
    page = shown(answer)
    assert page.xpath("//details[@id='per-datum']/@open")
    assert words(page.get_element_by_id("f-per-error")).startswith("Datum är inget datum som finns.")


# -- files ----------------------------------------------------------------------------------------------------------


def pieces(*chunks: bytes) -> Iterator[exports_pb2.GetInvoiceListResponse]:
    for place, chunk in enumerate(chunks):
        yield exports_pb2.GetInvoiceListResponse(chunk=chunk, file_name="" if place else "fakturor-2026-11-24.csv")


def test_the_whole_result_is_passed_through_as_a_file(ledger: House) -> None:
    ledger.answers["GetInvoiceList"] = lambda _: pieces(b"\xef\xbb\xbfa;", b"b\r\n")
    browser = ledger.browser()
    page = shown(browser.get("/reskontra/?filter=inkasso&sort=dagar&ordning=fallande&sida=x&fran=51"))
    [link] = page.xpath("//a[normalize-space()='CSV']/@href")
    answer = browser.get(link)
    assert answer.data == b"\xef\xbb\xbfa;b\r\n"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="fakturor-2026-11-24.csv"'
    [asked] = ledger.requests("GetInvoiceList")
    assert asked.format == exports_pb2.LIST_FORMAT_CSV
    assert list(asked.search.criteria.facts) == [invoices_pb2.INVOICE_FACT_COLLECTION]
    assert (asked.search.sort, asked.search.descending) == (invoices_pb2.INVOICE_SORT_DAYS, True)


def test_customers_have_files_of_their_own(ledger: House) -> None:
    ledger.answers["GetCustomerList"] = lambda _: iter(
        [exports_pb2.GetCustomerListResponse(chunk=b"PK", file_name="kunder.xlsx")]
    )
    browser = ledger.browser()
    [link] = shown(browser.get("/reskontra/?visa=kunder")).xpath("//a[normalize-space()='Excel']/@href")
    answer = browser.get(link)
    assert (answer.data, answer.mimetype) == (
        b"PK", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (ListTooLong(most=1_048_575), 422, "Resultatet ryms inte i Excel"),
        (Unavailable(neighbour="reports"), 503, "Dokument och rapporter svarar inte just nu"),
    ],
)
def test_a_file_that_cannot_be_made_says_why(ledger: House, error: DomainError, status: int, text: str) -> None:
    ledger.answers["GetInvoiceList"] = error
    answer = ledger.browser().get("/reskontra/fakturor.xlsx")
    assert answer.status_code == status
    assert text in text_of(answer)
    assert "Content-Disposition" not in answer.headers


def test_a_file_of_a_search_that_cannot_be_leads_to_its_fault(ledger: House) -> None:
    answer = ledger.browser().get("/reskontra/fakturor.csv?belopp_fran=mycket")
    assert (answer.status_code, answer.location) == (303, "/reskontra/?belopp_fran=mycket")


# -- Sparade --------------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(ledger: House) -> House:
    ledger.answers["ListDocuments"] = kept_pb2.ListDocumentsResponse(
        documents=[kept_pb2.Document(key="k1", title="Stora", body="filter=inkasso&belopp_fran=100&klient=1042")]
    )
    ledger.answers["GetDocument"] = kept_pb2.GetDocumentResponse(
        document=kept_pb2.Document(key="k1", title="Stora", body="filter=inkasso&klient=1042", version=3)
    )
    ledger.answers["PutDocument"] = kept_pb2.PutDocumentResponse()
    ledger.answers["DeleteDocument"] = kept_pb2.DeleteDocumentResponse(deleted=True)
    return ledger


def sent(house: House, path: str, fields: dict[str, Any]) -> Any:
    browser = house.browser()
    return browser.post(path, data=house.form(browser, {"request_id": an_id(77), **fields}))


def test_a_search_is_saved_under_a_name_without_its_place(saved: House) -> None:
    answer = sent(
        saved,
        "/reskontra/sparade?filter=inkasso&sort=dagar&sida=x&fran=51&klient=1042",
        {"spara_som": "  Gamla   ärenden "},
    )
    assert answer.status_code == 303
    [asked] = saved.requests("PutDocument")
    assert asked.document.kind == kept_pb2.DOCUMENT_KIND_SAVED_SEARCH
    assert (asked.document.title, asked.document.body) == (
        "Gamla ärenden", "filter=inkasso&sort=dagar&klient=1042"
    )  # fmt: skip
    assert asked.expected_version == 0


def test_saved_searches_are_opened_from_the_dialog(saved: House) -> None:
    page = shown(saved.browser().get("/reskontra/sparade?filter=betalda"))
    [dialog] = page.xpath("//dialog[@data-close-url]")
    assert dialog.get("data-close-url") == "/reskontra/?filter=betalda"
    [link] = dialog.xpath(".//ul//a[normalize-space()='Stora']/@href")
    assert link == "/reskontra/?klient=1042&filter=inkasso&belopp_fran=100"
    assert "Fakturor: Inkasso, Belopp från 100" in words(dialog)


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("", None, "Namnet saknas."),
        ("x" * 61, None, "Namnet är för långt. Högst 60 tecken."),
        ("Stora", DocumentChanged(version=3), "Namnet finns redan. Skriv ett annat."),
        ("a\u202eb", InvalidInput([FieldViolation("document.title", "CONTROL_CHARACTER")]), "Namnet innehåller tecken"),
    ],
)
def test_a_name_that_cannot_be_is_told_at_its_field(
    saved: House, name: str, error: DomainError | None, text: str
) -> None:
    if error is not None:
        saved.answers["PutDocument"] = error
    answer = sent(saved, "/reskontra/sparade", {"spara_som": name})
    assert answer.status_code == 422
    assert text in words(shown(answer).get_element_by_id("f-spara_som-error"))


def test_there_is_an_end_to_how_many(saved: House) -> None:
    saved.answers["PutDocument"] = TooManyDocuments(most=100)
    answer = sent(saved, "/reskontra/sparade", {"spara_som": "En till"})
    assert answer.status_code == 409
    assert "Det finns inte plats för fler" in text_of(answer)


def test_a_new_name_is_kept_before_the_old_one_goes(saved: House) -> None:
    answer = sent(saved, "/reskontra/sparade/k1/namn", {"nytt_namn": "Större", "remove_request_id": an_id(78)})
    assert answer.status_code == 303
    order = [name for name, _ in saved.asked if name in {"PutDocument", "DeleteDocument"}]
    assert order == ["PutDocument", "DeleteDocument"]
    [kept], [gone] = saved.requests("PutDocument"), saved.requests("DeleteDocument")
    assert (kept.document.body, gone.key) == ("filter=inkasso&klient=1042", "k1")


def test_a_name_that_another_has_leaves_both_as_they_were(saved: House) -> None:
    saved.answers["PutDocument"] = DocumentChanged(version=3)
    answer = sent(saved, "/reskontra/sparade/k1/namn", {"nytt_namn": "Andra"})
    assert "Namnet finns redan" in words(shown(answer).get_element_by_id("f-nytt_namn-error"))
    assert not saved.requests("DeleteDocument")


def test_a_saved_search_is_removed(saved: House) -> None:
    answer = sent(saved, "/reskontra/sparade/k1/ta-bort?filter=betalda", {})
    assert (answer.status_code, answer.location) == (303, "/reskontra/sparade?filter=betalda")
    assert saved.requests("DeleteDocument")[0].key == "k1"
