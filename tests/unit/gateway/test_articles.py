"""Artikelregister on the web (A-01, A-02), the look-up of an invoice row, and a journal that is taken back (B6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel.errors import DomainError, FieldViolation, InvalidInput, Kind
from rf.ledger.v1 import articles_pb2, journals_pb2
from tests.unit.gateway.house import ENERGI, House, page_of, text_of
from tests.unit.gateway.invoices import an_id
from tests.unit.gateway.journals import JOURNAL

REGISTER = "/reskontra/artikelregister"
RECEIPT = f"/reskontra/bunt/1042/{JOURNAL}/kvitto"
WRITTEN = {"klient": "1042", "artikelnummer": "EL-FAST", "beskrivning": "Fast avgift", "pris": "39,50", "moms": "25"}


def an_article(**fields: Any) -> articles_pb2.Article:
    values: dict[str, Any] = {
        "article_id": an_id(7),
        "client_id": ENERGI,
        "number": "EL-FAST",
        "description": "Fast avgift",
        "unit": "mån",
        "price": "39.5",
        "vat_percent": 25,
        "version": 3,
    }
    return articles_pb2.Article(**(values | fields))


@pytest.fixture
def ledger(house: House) -> House:
    house.answers["SearchArticles"] = articles_pb2.SearchArticlesResponse(articles=[an_article()])
    return house


def test_the_register_shows_its_columns_and_is_searched(ledger: House) -> None:
    """A-01."""
    page = page_of(ledger.browser().get(REGISTER + "?artikelnummer=el&beskrivning=fast"))
    cells = [cell.text_content() for cell in page.xpath("//table[@id='artiklar']/tbody/tr/td")][:6]
    assert cells == ["Kvarnåsens Energi", "EL-FAST", "Fast avgift", "mån", "39,50", "25 %"]
    [asked] = ledger.requests("SearchArticles")
    assert (asked.number, asked.description) == ("el", "fast")
    assert page.xpath("//*[@class='links']//a[@aria-current='page']/text()") == ["Artikelregister"]


def test_an_article_is_added_by_its_dialog(ledger: House) -> None:
    """A-02."""
    browser = ledger.browser()
    dialog = page_of(browser.get(REGISTER + "/ny"))
    yellow = {one.get("name") for one in dialog.xpath("//dialog//*[contains(@class, 'must')]")}
    assert yellow >= {"artikelnummer", "beskrivning", "pris", "moms"}
    ledger.answers["CreateArticles"] = articles_pb2.CreateArticlesResponse(articles=[an_article()])
    answer = browser.post(REGISTER + "/ny", data=ledger.form(browser, WRITTEN))
    assert (answer.status_code, answer.headers["Location"]) == (303, REGISTER + "?klart=tillagd")
    [asked] = ledger.requests("CreateArticles")
    assert (asked.articles[0].price, asked.articles[0].vat_percent) == ("39.5", 25)


def test_what_is_missing_is_red_and_nothing_is_cleared(ledger: House) -> None:
    browser = ledger.browser()
    written = {**WRITTEN, "artikelnummer": "", "pris": "tre"}
    page = page_of(browser.post(REGISTER + "/ny", data=ledger.form(browser, written)))
    assert page.xpath("//*[@id='f-ny-artikelnummer-error']")
    assert page.xpath("//*[@id='f-pris-error']")
    assert page.xpath("//input[@id='f-ny-beskrivning']/@value") == ["Fast avgift"]
    assert ledger.requests("CreateArticles") == []


def test_a_number_that_is_taken_is_told_at_its_field(ledger: House) -> None:
    browser = ledger.browser()
    ledger.answers["CreateArticles"] = InvalidInput([FieldViolation("articles[0].number", "TAKEN")])
    answer = browser.post(REGISTER + "/ny", data=ledger.form(browser, WRITTEN))
    assert answer.status_code == 422
    assert "Artikelnummer finns redan" in text_of(answer)


def test_an_invoice_row_is_shown_the_articles_that_begin_so(ledger: House) -> None:
    page = page_of(ledger.browser().get(REGISTER + "/traffar?klient=1042&sok=fa"))
    [hit] = page.xpath("//*[@role='option']")
    assert (hit.get("data-article"), hit.get("data-unit"), hit.get("data-price"), hit.get("data-vat")) == (
        "EL-FAST",
        "mån",
        "39,50",
        "25",
    )


def a_receipt(**fields: Any) -> journals_pb2.GetReceiptResponse:
    receipt = journals_pb2.Receipt(journal_id=JOURNAL, client_id=ENERGI, journal_number=12, item_count=1, **fields)
    receipt.kind = journals_pb2.JOURNAL_KIND_INVOICES
    return journals_pb2.GetReceiptResponse(receipt=receipt)


@pytest.mark.parametrize(("hours", "button"), [(1, "Återkalla bunt"), (-1, "Vänd bunt")])
def test_the_receipt_offers_what_the_nightly_run_allows(house: House, hours: int, button: str) -> None:
    """B6."""
    answer = a_receipt()
    answer.receipt.revocable_until.FromDatetime(datetime.now(UTC) + timedelta(hours=hours))
    house.answers["GetReceipt"] = answer
    page = page_of(house.browser().get(RECEIPT))
    assert [one.text_content() for one in page.xpath("//form[@id='aterkalla' or @id='vand']//button")] == [button]


def test_what_a_journal_has_been_built_upon_by_is_named(house: House) -> None:
    class BuiltUpon(DomainError):
        reason = "JOURNAL_BUILT_UPON"
        kind = Kind.CONFLICT
        violations = (FieldViolation("items[1]", "PAID", {"number": "1002"}),)

    house.answers["GetReceipt"] = a_receipt()
    house.answers["RevokeJournal"] = BuiltUpon()
    browser = house.browser()
    answer = browser.post(RECEIPT.replace("kvitto", "aterkalla"), data=house.form(browser, {"request_id": an_id(1)}))
    assert answer.status_code == 409
    assert "Faktura 1002 är betald. Återkalla betalningen först." in text_of(answer)
