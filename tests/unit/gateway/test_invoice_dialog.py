"""Fakturainformation: the boxes that its buttons open, and what one does in them (SPEC I-01 to I-13; D-06)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis import wire
from chassis.business_day import today
from kernel.errors import FieldViolation, InvalidInput
from rf.collection.v1 import messages_pb2
from rf.collection.v1.cases_pb2 import GetCaseResponse, Officer
from rf.files.v1 import archive_pb2
from rf.ledger.v1 import demand_stops_pb2, invoices_pb2, journals_pb2, transactions_pb2
from rf.ledger.v1.invoices_pb2 import HistoryItem
from tests.unit.gateway.cases import a_case, a_case_line
from tests.unit.gateway.house import ALL, ENERGI, House, access, page_of, text_of
from tests.unit.gateway.invoices import a_line, an_id, an_invoice
from tests.unit.gateway.reading import words

INVOICE = f"/reskontra/faktura/{an_id(1)}"
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-host"}
AT = wire.from_time(datetime(2026, 11, 20, 8, 41, tzinfo=UTC))


def some_history() -> list[HistoryItem]:
    paid = transactions_pb2.TransactionDetail(
        date=wire.from_date(today()), amount=wire.money(60_000), overpaid=wire.money(10_000), channel="DIRECT",
        journal_number=7, journal_id=an_id(7), receipt_number=3,
    )  # fmt: skip
    letter = transactions_pb2.LetterDetail(
        document_id=an_id(9), kind="INVOICE_COPY", channel="POST", amount=wire.money(123456),
        due_date=wire.from_date(today()),
    )  # fmt: skip
    return [
        HistoryItem(at=AT, kind="DIRECT_PAYMENT", amount=wire.money(50_000), by="frida", voucher="B 12",
                    note="Kom via Swish", transaction=paid),
        HistoryItem(at=AT, kind="DOCUMENT_ARCHIVED", by="files", letter=letter),
        HistoryItem(at=AT, kind="REGISTERED", by="frida", note="Första"),
    ]  # fmt: skip


@pytest.fixture
def ledger(house: House) -> House:
    house.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse(
        invoices=[a_line(2), a_line(1), a_line(3)], total_count=3
    )
    house.answers["GetInvoice"] = invoices_pb2.GetInvoiceResponse(invoice=an_invoice(history=some_history()))
    house.answers["RegisterTransactions"] = journals_pb2.RegisterTransactionsResponse()
    house.answers["ChangeInvoices"] = invoices_pb2.ChangeInvoicesResponse()
    house.answers["SendMessage"] = messages_pb2.SendMessageResponse()
    house.answers["MarkThreadRead"] = messages_pb2.MarkThreadReadResponse()
    house.answers["GetThread"] = messages_pb2.GetThreadResponse(
        thread=messages_pb2.Thread(
            thread_id=an_id(8), message_count=2, unread_count=1, officer=Officer(name="Petra Sjögårde")
        ),
        messages=[
            messages_pb2.Message(place=2, side=2, author="petra", sent_at=AT, text="Jag väntar."),  # type: ignore[arg-type]
            messages_pb2.Message(place=1, side=1, author="frida", sent_at=AT, text="Kan vi vänta?"),  # type: ignore[arg-type]
        ],
    )
    return house


def post(house: House, address: str, fields: dict[str, Any]) -> Any:
    browser = house.browser()
    return browser.post(address, data=house.form(browser, {"request_id": an_id(77), **fields}), headers=DIALOG)


def test_it_opens_with_one_box_and_the_buttons_open_more(ledger: House) -> None:
    """I-01."""
    page = page_of(ledger.browser().get(INVOICE, headers=DIALOG))
    assert len(page.xpath("//section")) == 1
    assert [one.text_content().strip() for one in page.xpath("//*[@class='rail']/a")] == [
        "Transaktion", "Meddelande", "Visa historik", "Visa faktura", "Visa kundbild (nytt fönster)",
        "Lämna till inkasso",
    ]  # fmt: skip
    assert "GetThread" not in [name for name, _ in ledger.asked]


def test_fees_are_what_the_ledger_says(ledger: House) -> None:
    """I-04."""
    found = an_invoice(original_fee_sek=wire.money(24_000), remaining_fee_sek=wire.money(6_000))
    ledger.answers["GetInvoice"] = invoices_pb2.GetInvoiceResponse(invoice=found)
    text = words(page_of(ledger.browser().get(INVOICE, headers=DIALOG)))
    assert "Ursprunglig avgift 240,00 kr Återstående avgift 60,00 kr" in text


def test_uppdatera_saves_the_stop_with_its_day_and_reason(ledger: House) -> None:
    """I-06."""
    until = today() + timedelta(30)
    fields = {"kravstopp": "bada", "kravstopp_till": "+30", "kravstopp_orsak": "Tvist"}
    answer = post(ledger, INVOICE + "/kravstopp?ruta=historik", fields)
    assert (answer.status_code, answer.location) == (303, INVOICE + "?ruta=historik&klart=uppdaterad")
    [asked] = ledger.requests("ChangeInvoices")
    stop = asked.changes.stop
    assert (stop.kind, stop.reason) == (demand_stops_pb2.DEMAND_STOP_KIND_BOTH, "Tvist")
    assert stop.until_date == wire.from_date(until)
    assert list(asked.changes.invoice_ids) == [an_id(1)]


def test_a_stop_that_cannot_be_is_told_at_its_field_with_what_was_written(ledger: House) -> None:
    ledger.answers["ChangeInvoices"] = InvalidInput([FieldViolation("changes.stop.until_date", "PAST")])
    answer = post(ledger, INVOICE + "/kravstopp", {"kravstopp": "inkasso", "kravstopp_till": "2020-01-01"})
    assert answer.status_code == 422
    assert "Kravstopp upphör har redan varit." in text_of(answer)
    assert 'value="2020-01-01"' in text_of(answer)
    assert post(ledger, INVOICE + "/kravstopp", {"kravstopp": "inkasso", "kravstopp_till": "x"}).status_code == 422


def test_a_transaction_is_preset_with_what_remains_and_goes_into_the_journal(ledger: House) -> None:
    """I-07, I-08."""
    page = page_of(ledger.browser().get(INVOICE + "?ruta=transaktion", headers=DIALOG))
    assert page.get_element_by_id("f-rad-1-belopp").get("value") == "1\u00a0234,56"
    fields = {"rad-1-typ": "kredit", "rad-1-datum": "i", "rad-1-belopp": "100,50", "rad-1-notering": "Prisavdrag"}
    answer = post(ledger, INVOICE + "/transaktion?ruta=transaktion", fields)
    assert answer.location == INVOICE + "?klart=transaktion"
    [asked] = ledger.requests("RegisterTransactions")
    [draft] = asked.transactions
    assert (draft.invoice_number, draft.amount, draft.note) == ("40718001", wire.money(10_050), "Prisavdrag")
    assert (draft.kind, draft.date) == (transactions_pb2.TRANSACTION_KIND_CREDIT, wire.from_date(today()))
    told = page_of(ledger.browser().get(answer.location, headers=DIALOG))
    assert "inte godkänd" in words(told)
    assert told.xpath("//a[@href='/reskontra/registrera-transaktion']")


def test_what_the_ledger_refuses_is_told_in_the_box(ledger: House) -> None:
    ledger.answers["RegisterTransactions"] = InvalidInput([FieldViolation("transactions[0].amount", "OVER_CREDITED")])
    fields = {"rad-1-typ": "kredit", "rad-1-datum": "i", "rad-1-belopp": "9 999,00"}
    answer = post(ledger, INVOICE + "/transaktion?ruta=transaktion", fields)
    assert answer.status_code == 422
    assert "Belopp är större än det som är kvar på fakturan." in text_of(answer)
    other = post(ledger, INVOICE + "/transaktion?ruta=transaktion", {**fields, "rad-1-belopp": "abc"})
    assert other.status_code == 422


def test_whoever_may_only_read_sees_neither_transaction_nor_uppdatera(ledger: House) -> None:
    ledger.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"))
    page = page_of(ledger.browser().get(INVOICE + "?ruta=transaktion", headers=DIALOG))
    assert [one.text_content().strip() for one in page.xpath("//*[@class='rail']/a")] == [
        "Meddelande",
        "Visa historik",
        "Visa faktura",
        "Visa kundbild (nytt fönster)",
    ]
    assert not page.xpath("//form")
    assert post(ledger, INVOICE + "/transaktion", {}).status_code == 403


def test_the_thread_shows_the_officers_answer_and_is_then_read(ledger: House) -> None:
    """I-09."""
    page = page_of(ledger.browser().get(INVOICE + "?ruta=meddelande", headers=DIALOG))
    assert [words(one) for one in page.xpath("//ol[@class='thread']/li")] == [
        "frida · 2026-11-20 kl. 09.41 Kan vi vänta?",
        "petra , handläggare · 2026-11-20 kl. 09.41 Nytt Jag väntar.",
    ]
    assert "Till Petra Sjögårde" in words(page)
    [read] = ledger.requests("MarkThreadRead")
    assert (read.thread_id, read.place) == (an_id(8), 2)


def test_skicka_meddelande_sends_it_about_the_invoice(ledger: House) -> None:
    answer = post(ledger, INVOICE + "/meddelande?ruta=meddelande", {"meddelande": "Kunden\nbetalar fredag."})
    assert answer.location == INVOICE + "?ruta=meddelande&klart=meddelande"
    [sent] = ledger.requests("SendMessage")
    assert (sent.client_id, sent.subject.invoice_id) == (ENERGI, an_id(1))
    assert sent.text == "Kunden\nbetalar fredag."
    ledger.answers["SendMessage"] = InvalidInput([FieldViolation("text", "REQUIRED")])
    empty = post(ledger, INVOICE + "/meddelande?ruta=meddelande", {"meddelande": ""})
    assert empty.status_code == 422
    assert "Meddelandet saknas." in text_of(empty)


def test_a_row_of_the_history_unfolds_with_its_transaction(ledger: House) -> None:
    """I-10, I-12."""
    browser = ledger.browser()
    page = page_of(browser.get(INVOICE + "?ruta=historik", headers=DIALOG))
    rows = page.xpath("//table[@id='handelser']/tbody/tr")
    assert [words(row.xpath("td")[1]) for row in rows] == ["Direktbetalning", "Brev", "Registrerad"]
    url = rows[0].xpath(".//a/@href")[0]
    detail = words(page_of(browser.get(url, headers=DIALOG)).get_element_by_id("handelse-3"))
    assert "Fördelning 500,00 kr på fakturan, 100,00 kr överbetalt" in detail
    assert "Notering Kom via Swish Bunt och kvitto Bunt 7, kvitto 3" in detail
    note = words(page_of(browser.get(INVOICE + "?ruta=historik&handelse=1")).get_element_by_id("handelse-1"))
    assert note.startswith("Text Första")


def test_a_letter_opens_in_the_window(ledger: House) -> None:
    """I-11."""
    browser = ledger.browser()
    page = page_of(browser.get(INVOICE + "?ruta=historik&handelse=2&brev=1", headers=DIALOG))
    detail = page.get_element_by_id("handelse-2")
    assert "Brev Faktura, skickat med post Belopp i brevet 1 234,56 kr" in words(detail)
    [frame] = detail.xpath(".//iframe/@src")
    ledger.answers["FetchDocument"] = lambda _: iter(
        [
            archive_pb2.FetchDocumentResponse(head=archive_pb2.Document()),
            archive_pb2.FetchDocumentResponse(chunk=b"%PDF-"),
        ]
    )
    assert (browser.get(frame).data, browser.get(frame).mimetype) == (b"%PDF-", "application/pdf")
    assert browser.get(INVOICE + f"/brev/{an_id(10)}.pdf").status_code == 404  # no letter of this invoice


def test_the_neighbours_of_the_list_are_one_key_away(ledger: House) -> None:
    page = page_of(ledger.browser().get(INVOICE + "?filter=forfallna"))
    assert page.xpath("//dialog//a[@data-neighbour='previous']/@href") == [
        f"/reskontra/faktura/{an_id(2)}?filter=forfallna"
    ]
    assert page.xpath("//dialog//a[@data-neighbour='next']/@href") == [
        f"/reskontra/faktura/{an_id(3)}?filter=forfallna"
    ]


def test_a_note_to_the_officer_grows_under_its_link_in_the_case(ledger: House) -> None:
    """D-06."""
    ledger.sign_in_as(access(ENERGI, "1042", "Energi", *ALL))
    ledger.answers["GetCase"] = GetCaseResponse(case=a_case())
    case = f"/inkasso/arende/{a_case_line().case_id}"
    page = page_of(ledger.browser().get(case))
    assert words(page.xpath("//details[@id='notering']/summary")[0]).startswith("Lämna notering till handläggare")
    answer = post(ledger, case + "/notering", {"meddelande": "Vänta gärna."})
    assert answer.location == case + "?klart=notering"
    assert ledger.requests("SendMessage")[0].subject.case_id == a_case_line().case_id
