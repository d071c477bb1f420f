"""Reskontra > Reskontra: the search and the dialog Fakturainformation (SPEC R-01 to R-13, I-02 to I-13)."""

from typing import Any

import pytest
from lxml import html

from chassis.rpc_errors import Unavailable
from kernel.errors import DomainError, FieldViolation, InvalidInput, Kind, NotFound
from rf.auth.v1 import sessions_pb2
from rf.ledger.v1 import invoices_pb2
from rf.reports.v1 import documents_pb2
from tests.unit.gateway.house import ENERGI, House, access, page_of, text_of
from tests.unit.gateway.invoices import a_line, a_sum, an_id, an_invoice

FRAGMENT = {"HX-Request": "true", "HX-Target": "resultat"}
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-host"}
INVOICE = f"/reskontra/faktura/{an_id(1)}"


class CannotHandOver(DomainError):
    reason = "CANNOT_HAND_OVER"
    kind = Kind.CONFLICT


def shown_sums(answer: Any) -> list[list[str]]:
    """The rows of a table's foot that came alone."""
    page: Any = html.fromstring(f"<table>{text_of(answer)}</table>")
    return [[cell.text_content() for cell in row.xpath("./td")] for row in page.xpath("//tfoot/tr")]


@pytest.fixture
def ledger(house: House) -> House:
    house.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse(
        invoices=[a_line(1, 118), a_line(2, -4)],
        next_page_token="NEXT",
        total_count=412,
    )
    house.answers["SumInvoices"] = invoices_pb2.SumInvoicesResponse(
        sums=[a_sum(406, 84830219, 6211475), a_sum(6, 130600, 0, "EUR")]
    )
    house.answers["GetInvoice"] = invoices_pb2.GetInvoiceResponse(invoice=an_invoice())
    return house


def test_without_a_session_the_way_leads_to_the_sign_in_and_back(house: House) -> None:
    answer = house.browser(signed_in=False).get("/reskontra?filter=inkasso")
    assert answer.status_code == 303
    assert answer.location == "/logga-in?next=/reskontra?filter%3Dinkasso"


def test_a_person_without_the_right_is_refused(house: House) -> None:
    house.sign_in_as(access(ENERGI, "1042", "Energi", "files.send"))
    assert house.browser().get("/reskontra").status_code == 403


def test_the_list_has_the_thirteen_columns_of_the_manual(ledger: House) -> None:
    page = page_of(ledger.browser().get("/reskontra"))
    assert [cell.text_content() for cell in page.xpath("//table[@id='fakturor']/thead//th")] == [
        "Klient", "FakturaNr", "KundNr", "Namn", "Fakturadatum", "Förfallodatum", "Dagar", "Valuta", "Inbetalt",
        "Kvarstående", "Typ", "Tjänst", "Status",
    ]  # fmt: skip
    first = [cell.text_content() for cell in page.xpath("//table[@id='fakturor']/tbody/tr[1]/td")]
    assert first[:4] == ["Kvarnåsens Energi", "40718001", "100445", "Ylva Nattsjö"]
    assert first[6:10] == ["118", "SEK", "–", "1\u00a0234,56"]


def test_sums_come_after_the_rows_and_never_mix_currencies(ledger: House) -> None:
    browser = ledger.browser()
    page = page_of(browser.get("/reskontra?filter=inkasso&sida=x&fran=51&sort=dagar"))
    [foot] = page.xpath("//table[@id='fakturor']/tfoot")
    assert foot.get("hx-get") == "/reskontra/summor?filter=inkasso", "the same for every page and order"
    assert not ledger.requests("SumInvoices")
    rows = shown_sums(browser.get(foot.get("hx-get"), headers=FRAGMENT))
    assert rows == [
        ["Summa, 406 fakturor", "SEK", "62\u00a0114,75", "848\u00a0302,19", ""],
        ["samt 6 fakturor", "EUR", "0,00", "1\u00a0306,00", ""],
    ]
    [asked] = ledger.requests("SumInvoices")
    assert list(asked.criteria.facts) == [invoices_pb2.INVOICE_FACT_COLLECTION]
    [link] = foot.xpath(".//noscript/a/@href")
    assert page_of(browser.get(link)).xpath("//tfoot//span[@class='sum num']")[0].text == "848\u00a0302,19"


def test_sums_that_do_not_come_leave_the_rows_and_say_so(ledger: House) -> None:
    ledger.answers["SumInvoices"] = Unavailable(neighbour="ledger")
    answer = ledger.browser().get("/reskontra/summor?filter=inkasso", headers=FRAGMENT)
    assert answer.status_code == 200
    assert "Summorna kom inte: reskontran svarar inte just nu" in text_of(answer)
    assert 'href="/reskontra/?filter=inkasso&amp;summor=1"' in text_of(answer)


def test_the_criteria_of_the_address_reach_the_ledger(ledger: House) -> None:
    ledger.browser().get(
        "/reskontra?filter=forfallna&filter=inkasso&kundnr=+100445&sort=dagar&ordning=fallande&klient=1042"
    )
    [asked] = ledger.requests("SearchInvoices")
    assert list(asked.facts) == [invoices_pb2.INVOICE_FACT_OVERDUE, invoices_pb2.INVOICE_FACT_COLLECTION]
    assert asked.terms.customer_number == "100445"
    assert (asked.sort, asked.descending) == (invoices_pb2.INVOICE_SORT_DAYS, True)
    assert list(asked.client_ids) == [ENERGI]


def test_htmx_gets_the_list_alone(ledger: House) -> None:
    answer = ledger.browser().get(
        "/reskontra?kundnr=&fakturanr=&visa=fakturor&visa=kunder&visa=fakturor", headers=FRAGMENT
    )
    assert "<html" not in text_of(answer)
    assert "HX-Request" in answer.headers["Vary"]
    assert answer.headers["HX-Push-Url"] == "/reskontra/", "the address says only what is asked for"


def test_pages_are_turned_forth_and_back(ledger: House) -> None:
    browser = ledger.browser()
    page = page_of(browser.get("/reskontra?filter=betalda&klient=1042"))
    onward = page.xpath("//a[@rel='next']/@href")[0]
    assert "klient=1042" in onward
    second = page_of(browser.get(onward))
    assert ledger.requests("SearchInvoices")[-1].page_token == "NEXT"
    assert "51–52" in second.xpath("//*[@class='table-foot']")[0].text_content()
    back = second.xpath("//a[@rel='prev']/@href")[0]
    assert "sida" not in back
    assert "filter=betalda" in back


def test_a_page_that_is_no_more_leads_to_the_first(ledger: House) -> None:
    ledger.answers["SearchInvoices"] = InvalidInput([FieldViolation("page_token", "BAD_TOKEN")])
    answer = ledger.browser().get("/reskontra?kundnr=7&sida=x")
    assert (answer.status_code, answer.location) == (303, "/reskontra/?kundnr=7")


def test_a_criterion_that_cannot_be_is_told_at_its_field(ledger: House) -> None:
    ledger.answers["SearchInvoices"] = InvalidInput(
        [FieldViolation("terms.customer_number", "TOO_LONG", {"max": "20"})]
    )
    answer = ledger.browser().get("/reskontra?kundnr=" + "9" * 30)
    assert answer.status_code == 422
    assert "KundNr är för långt. Högst 20 tecken." in text_of(answer)


def test_an_empty_result_says_the_way_on(ledger: House) -> None:
    ledger.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse()
    assert "Sök bland alla fakturor" in text_of(ledger.browser().get("/reskontra?filter=inkasso"))


def test_more_than_is_counted(ledger: House) -> None:
    ledger.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse(invoices=[a_line()], total_count=-1)
    assert "fler än 10 000" in text_of(ledger.browser().get("/reskontra"))


def test_a_ledger_that_does_not_answer_is_named(ledger: House) -> None:
    ledger.answers["SearchInvoices"] = Unavailable(neighbour="ledger")
    answer = ledger.browser().get("/reskontra")
    assert answer.status_code == 503
    assert "Reskontran svarar inte just nu" in text_of(answer)


def test_a_row_opens_the_dialog_which_stands_alone_for_htmx_and_over_the_list_otherwise(ledger: House) -> None:
    browser = ledger.browser()
    alone = text_of(browser.get(INVOICE, headers=DIALOG))
    assert "<html" not in alone
    page = page_of(browser.get(INVOICE + "?filter=inkasso"))
    [dialog] = page.xpath("//div[@id='dialog-host']/dialog")
    assert dialog.get("data-close-url") == "/reskontra/?filter=inkasso"
    assert page.xpath("//main//table[@id='fakturor']")
    assert "1\u00a0234,56\u00a0kr" in dialog.text_content()
    assert "Fiber 500/500" in dialog.text_content()


def test_an_invoice_of_somebody_else_is_not_there(ledger: House) -> None:
    ledger.answers["GetInvoice"] = NotFound("invoice")
    assert ledger.browser().get(INVOICE).status_code == 404


def test_boxes_open_in_the_order_pressed(ledger: House) -> None:
    page = page_of(ledger.browser().get(INVOICE + "?ruta=faktura&ruta=historik&ruta=x"))
    assert [one.text for one in page.xpath("//dialog//section//h2")] == [
        "Fakturainformation",
        "Fakturakopia",
        "Historik",
    ]


def test_handing_over_says_first_what_will_happen(ledger: House) -> None:
    box = text_of(ledger.browser().get(INVOICE + "?ruta=inkasso", headers=DIALOG))
    assert "<b>1\u00a0234,56\u00a0kr</b> på faktura 40718001 krävs in av Ylva Nattsjö" in box
    assert "Det går inte att ångra här" in box


def test_an_invoice_that_is_not_overdue_cannot_be_handed_over(ledger: House) -> None:
    ledger.answers["GetInvoice"] = invoices_pb2.GetInvoiceResponse(invoice=an_invoice(1, -3))
    assert "inkassoform" not in text_of(ledger.browser().get(INVOICE + "?ruta=inkasso", headers=DIALOG))


def test_handing_over_leads_back_to_the_dialog(ledger: House) -> None:
    ledger.answers["HandOverToCollection"] = invoices_pb2.HandOverToCollectionResponse()
    browser = ledger.browser()
    answer = browser.post(INVOICE + "/inkasso?filter=forfallna", data=ledger.form(browser, {"request_id": an_id(77)}))
    assert (answer.status_code, answer.location) == (303, INVOICE + "?filter=forfallna")
    [asked] = ledger.requests("HandOverToCollection")
    assert (asked.request_id, asked.client_id, asked.invoice_id) == (an_id(77), ENERGI, an_id(1))


def test_handing_over_needs_the_token_of_the_form(ledger: House) -> None:
    assert ledger.browser().post(INVOICE + "/inkasso", data={"request_id": an_id(1)}).status_code == 403
    assert not ledger.requests("HandOverToCollection")


def test_what_cannot_be_handed_over_any_more_is_told_in_the_dialog(ledger: House) -> None:
    ledger.answers["HandOverToCollection"] = CannotHandOver(because="NOTHING_REMAINS")
    browser = ledger.browser()
    answer = browser.post(INVOICE + "/inkasso", data=ledger.form(browser, {"request_id": an_id(77)}))
    assert answer.status_code == 409
    assert "Fakturan kan inte lämnas till inkasso.</strong> Den är betald." in text_of(answer)


def test_the_dialog_waits_for_the_case_number_and_then_links_to_it(ledger: House) -> None:
    browser = ledger.browser()
    in_collection = {"status": invoices_pb2.INVOICE_STATUS_COLLECTION}
    ledger.answers["GetInvoice"] = invoices_pb2.GetInvoiceResponse(invoice=an_invoice(line=in_collection))
    assert 'hx-trigger="load delay:1s"' in text_of(browser.get(INVOICE, headers=DIALOG))
    assert "hx-get" not in text_of(browser.get(INVOICE + "/arende?n=20")), "it does not ask for ever"
    known = an_invoice(line={**in_collection, "case_number": "2026-104"}, case_id=an_id(5))
    ledger.answers["GetInvoice"] = invoices_pb2.GetInvoiceResponse(invoice=known)
    line = text_of(browser.get(INVOICE + "/arende?n=3"))
    assert f'<a href="/inkasso/arende/{an_id(5)}">2026-104</a>' in line
    assert "hx-get" not in line


def test_the_copy_is_shown_in_the_window_and_only_there(ledger: House) -> None:
    ledger.answers["GetInvoiceCopy"] = lambda _: iter(
        [
            documents_pb2.GetInvoiceCopyResponse(chunk=b"%PDF-", file_name="faktura-40718001.pdf"),
            documents_pb2.GetInvoiceCopyResponse(chunk=b"1.7"),
        ]
    )
    browser = ledger.browser()
    answer = browser.get(INVOICE + "/kopia.pdf")
    assert (answer.data, answer.mimetype) == (b"%PDF-1.7", "application/pdf")
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"] == 'inline; filename="faktura-40718001.pdf"'
    assert browser.get(INVOICE + "/kopia.pdf?hamta=1").headers["Content-Disposition"].startswith("attachment")


def test_a_copy_that_cannot_be_made_says_so_in_the_frame(ledger: House) -> None:
    ledger.answers["GetInvoiceCopy"] = Unavailable(neighbour="reports")
    answer = ledger.browser().get(INVOICE + "/kopia.pdf")
    assert answer.status_code == 503
    assert "Dokument och rapporter svarar inte just nu" in text_of(answer)
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_a_protected_identity_shows_no_address(ledger: House) -> None:
    found = an_invoice(line={"customer_name": ""})
    found.customer.protected_identity = True
    ledger.answers["GetInvoice"] = invoices_pb2.GetInvoiceResponse(invoice=found)
    shown = text_of(ledger.browser().get(INVOICE, headers=DIALOG))
    assert "Åkervindevägen" not in shown
    assert "Adressen är skyddad" in shown


def test_officers_see_it_too(ledger: House) -> None:
    ledger.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"), kind=sessions_pb2.USER_KIND_OFFICER)
    assert ledger.browser().get("/reskontra").status_code == 200
