"""Registrera transaktion: rows as one types, and the journal they wait in (SPEC T-01 to T-03)."""

from typing import Any

import pytest

from chassis import wire
from chassis.business_day import today
from kernel.errors import FieldViolation, InvalidInput
from rf.auth.v1.documents_pb2 import DOCUMENT_KIND_DRAFT
from rf.ledger.v1 import invoices_pb2, journals_pb2, transactions_pb2
from services.ledger.domain.journals import JournalHasFaults
from tests.unit.gateway.house import ENERGI, House, page_of, text_of
from tests.unit.gateway.invoices import a_line, an_id
from tests.unit.gateway.journals import JOURNAL, a_journal
from tests.unit.gateway.kept import Kept
from tests.unit.gateway.reading import words

PAGE = "/reskontra/registrera-transaktion"
WRITTEN = {
    "klient": "1042",
    "rad-1-fakturanr": "40718001", "rad-1-typ": "direkt", "rad-1-datum": "i",
    "rad-1-belopp": "3*100", "rad-1-notering": "",
    "rad-2-fakturanr": "40718002", "rad-2-typ": "kredit", "rad-2-datum": "i",
    "rad-2-belopp": "50 EUR", "rad-2-notering": "Rabatt",
    "rad-3-fakturanr": "", "rad-3-typ": "direkt", "rad-3-datum": "i", "rad-3-belopp": "", "rad-3-notering": "",
}  # fmt: skip


def an_item(place: int, note: str = "Kom via Swish") -> journals_pb2.JournalItem:
    draft = transactions_pb2.TransactionDraft(
        kind=transactions_pb2.TRANSACTION_KIND_DIRECT_PAYMENT,
        invoice_number=f"4071800{place}",
        date=wire.from_date(today()),
        amount=wire.money(10_000),
        note=note,
    )
    waits = transactions_pb2.RegisteredTransaction(
        draft=draft, invoice_id=an_id(place), customer_name="Ylva Nattsjö", remaining=wire.money(123_456)
    )
    return journals_pb2.JournalItem(item_id=an_id(500 + place), position=place, transaction=waits)


@pytest.fixture
def ledger(house: House) -> House:
    waiting = a_journal(kind=journals_pb2.JOURNAL_KIND_TRANSACTIONS, sums=[wire.money(20_000)])
    house.answers["ListOpenJournals"] = journals_pb2.ListOpenJournalsResponse(journals=[waiting])
    house.answers["GetJournal"] = journals_pb2.GetJournalResponse(journal=waiting, items=[an_item(1), an_item(2)])
    house.answers["SearchInvoices"] = lambda request: invoices_pb2.SearchInvoicesResponse(
        invoices=[a_line(1)] if request.invoice_number else []
    )
    house.answers["RegisterTransactions"] = journals_pb2.RegisterTransactionsResponse()
    house.answers["ChangeTransaction"] = journals_pb2.ChangeTransactionResponse()
    return house


def post(house: House, fields: dict[str, Any], address: str = PAGE) -> Any:
    browser = house.browser()
    return browser.post(address, data=house.form(browser, {"request_id": an_id(77), **fields}))


def test_several_are_saved_at_once_and_blank_rows_are_left_out(ledger: House) -> None:
    """T-01."""
    answer = post(ledger, WRITTEN)
    assert (answer.status_code, answer.location) == (303, PAGE + "?utstallare=1042&klart=2")
    [asked] = ledger.requests("RegisterTransactions")
    assert asked.client_id == ENERGI
    first, second = asked.transactions
    assert (first.invoice_number, first.amount, first.date) == (
        "40718001",
        wire.money(30_000),
        wire.from_date(today()),
    )
    assert (second.amount, second.note) == (wire.money(5_000, "EUR"), "Rabatt")
    assert second.kind == transactions_pb2.TRANSACTION_KIND_CREDIT


def test_faults_stand_at_their_rows_and_nothing_is_lost(ledger: House) -> None:
    ledger.answers["RegisterTransactions"] = InvalidInput(
        [
            FieldViolation("transactions[0].date", "FUTURE"),
            FieldViolation("transactions[1].amount.currency_code", "CURRENCY_MISMATCH"),
        ]
    )
    answer = post(ledger, WRITTEN)
    page = page_of(answer)
    assert answer.status_code == 422
    assert words(page.get_element_by_id("rad-1-datum-fel")).startswith("Datum på rad 1 har inte varit ännu.")
    assert "annan valuta än fakturan" in words(page.get_element_by_id("rad-2-belopp-fel"))
    assert page.get_element_by_id("f-rad-2-notering").get("value") == "Rabatt"
    bad = post(ledger, WRITTEN | {"rad-1-belopp": "abc", "rad-2-fakturanr": ""})
    assert bad.status_code == 422


def test_the_invoice_is_looked_up_as_one_types(ledger: House) -> None:
    answer = ledger.browser().get(PAGE + "/faktura?klient=1042&rad-1-fakturanr=40718001")
    assert words(page_of(answer)) == "Ylva Nattsjö · KundNr 100445 · 1 234,56 kr kvar"
    ledger.answers["SearchInvoices"] = InvalidInput([FieldViolation("invoice_number", "TOO_LONG")])
    none = ledger.browser().get(PAGE + "/faktura?klient=1042&rad-1-fakturanr=" + "9" * 50)
    assert "Ingen faktura har numret." in text_of(none)


def test_what_waits_is_a_table_with_andra_and_ta_bort_and_its_foot(ledger: House) -> None:
    """T-02."""
    page = page_of(ledger.browser().get(PAGE))
    assert "Registrerade transaktioner" in [words(one) for one in page.xpath("//h2")]
    rows = page.xpath("//table[@id='poster-1187']/tbody/tr")
    assert words(rows[1]).startswith("40718001 Ylva Nattsjö Direktbetalning")
    assert page.xpath("//table[@id='poster-1187']/tfoot//td")[0].text_content() == "2 transaktioner"
    change = rows[1].xpath(".//a[@title='Ändra']/@href")[0]
    form = page_of(ledger.browser().get(change)).get_element_by_id("transaktioner")
    assert form.xpath(".//input[@name='rad-1-belopp']/@value") == ["100,00"]
    fields = {"bunt": JOURNAL, "post": an_id(501), **{k: v for k, v in WRITTEN.items() if k[:5] in {"klien", "rad-1"}}}
    assert post(ledger, fields).location == PAGE + "?utstallare=1042&klart=andrad"
    [asked] = ledger.requests("ChangeTransaction")
    assert (asked.journal_id, asked.item_id, asked.transaction.amount) == (JOURNAL, an_id(501), wire.money(30_000))


def test_a_bunt_that_cannot_be_approved_names_the_faults_beside_their_rows(ledger: House) -> None:
    """T-03."""
    ledger.answers["ApproveJournal"] = JournalHasFaults((FieldViolation("items[1].amount", "OVER_CREDITED"),))
    answer = post(ledger, {"version": "3"}, f"/reskontra/bunt/1042/{JOURNAL}/godkann")
    assert answer.status_code == 409
    rows = page_of(answer).xpath("//table[@id='poster-1187']/tbody/tr")
    assert [row.get("class") for row in rows] == [None, None, "mend"]
    assert words(rows[2]) == "Belopp är större än det som är kvar på fakturan. Minska beloppet."


def test_more_rows_than_fit_are_refused_whole(ledger: House) -> None:
    """None is left out silently."""
    many = {f"rad-{row}-fakturanr": "1" for row in range(101)}
    answer = post(ledger, {"klient": "1042", **many})
    assert answer.status_code == 422
    assert "högst 100 transaktioner" in text_of(answer)
    assert not ledger.requests("RegisterTransactions")


def test_what_was_written_is_there_again_until_it_is_saved(ledger: House) -> None:
    """B10; one draft for each client, as in Registrera faktura."""
    kept = Kept(ledger)
    written = {"klient": "1042", "utkast_av": "1042", "rad-1-fakturanr": "40718001", "rad-1-notering": "Swish"}
    sent = {**written, "draft_focus": "rad-1-belopp"}
    assert post(ledger, sent, PAGE + "/utkast").status_code == 204
    page = page_of(ledger.browser().get(PAGE))
    assert page.xpath("//input[@name='rad-1-notering']/@value") == ["Swish"]
    assert page.get_element_by_id("transaktioner").get("data-draft-at") == "rad-1-belopp"
    assert post(ledger, {**written, "rad-1-belopp": "x"}).status_code == 422
    assert kept.keys(DOCUMENT_KIND_DRAFT) == [f"transaktion/{ENERGI}"]
    saved = {**written, "rad-1-typ": "direkt", "rad-1-datum": "i", "rad-1-belopp": "100"}
    assert post(ledger, saved).status_code == 303
    assert kept.keys(DOCUMENT_KIND_DRAFT) == []
