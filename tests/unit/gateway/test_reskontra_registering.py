"""Registrera faktura, the journals and their receipts, Registrera transaktion, Oplacerade (SPEC N-01 to N-13)."""

import pytest

from chassis import wire
from chassis.rpc_errors import Unavailable
from kernel.errors import DomainError, FieldViolation, InvalidInput, Kind, NotFound
from rf.auth.v1 import sessions_pb2
from rf.ledger.v1 import customers_pb2, journals_pb2, payments_pb2, surplus_pb2, terms_pb2
from tests.unit.gateway.house import ALL, ENERGI, FIBER, House, access, page_of, text_of
from tests.unit.gateway.invoices import a_customer, an_id
from tests.unit.gateway.journals import JOURNAL, a_journal, a_payment
from tests.unit.gateway.registering import FORM, WRITTEN, answering, field, post

BUNT = f"/reskontra/bunt/1042/{JOURNAL}"


class Conflict(DomainError):
    kind = Kind.CONFLICT

    def __init__(self, reason: str, *violations: FieldViolation) -> None:
        super().__init__()
        self.reason = reason  # type: ignore[misc]
        self.violations = violations


@pytest.fixture
def ledger(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    return answering(house, monkeypatch)


def test_the_form_begins_with_today_and_the_terms_of_the_client(ledger: House) -> None:
    page = page_of(ledger.browser().get(FORM))
    written = [field(page, name).get("value") for name in ("fakturadatum", "villkor", "forfallodatum")]
    assert written == ["2026-11-24", "20", "2026-12-14"]
    assert field(page, "kundnr").get("required") is not None
    assert "must" in field(page, "fakturadatum").get("class")


def test_only_who_may_register_sees_it(ledger: House) -> None:
    ledger.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"))
    assert ledger.browser().get(FORM).status_code == 403
    assert post(ledger, FORM + "/spara", WRITTEN).status_code == 403


def test_a_client_without_the_right_is_not_there(ledger: House) -> None:
    ledger.sign_in_as(access(ENERGI, "1042", "Energi", *ALL), access(FIBER, "1043", "Fiber", "ledger.read"))
    assert post(ledger, FORM, {**WRITTEN, "klient": "1043"}).status_code == 404
    assert post(ledger, FORM + "/spara", {**WRITTEN, "klient": "9999"}).status_code == 404
    assert not ledger.requests("RegisterInvoices")


def test_what_is_wrong_comes_back_red_and_nothing_is_lost(ledger: House) -> None:
    ledger.answers["PreviewInvoice"] = InvalidInput([FieldViolation("draft.subject", "CONTROL_CHARACTER")])
    answer = post(ledger, FORM, {**WRITTEN, "rad-1-pris": "", "villkor": "x"})
    assert answer.status_code == 422
    page = page_of(answer)
    summary = page.xpath("//*[@data-error-summary]")[0]
    assert "Fakturan är inte sparad – 3 uppgifter behöver rättas" in summary.text_content()
    for link in summary.xpath(".//a/@href"):
        wrong = page.get_element_by_id(link[1:])
        assert wrong.get("aria-invalid") == "true"
        assert page.get_element_by_id(wrong.get("aria-describedby")).text_content().strip()
    assert field(page, "avser").get("value") == "El & fiber"
    assert field(page, "villkor").get("value") == "x"
    assert field(page, "rad-1-benamning").get("value") == "Fast avgift"


def test_a_right_form_leads_to_the_review_which_carries_it(ledger: House) -> None:
    answer = post(ledger, FORM, WRITTEN)
    assert answer.status_code == 200
    page = page_of(answer)
    assert page.xpath("//main//h1/text()") == ["Godkänn fakturan"]
    carried = {one.get("name"): one.get("value") for one in page.xpath("//form[@id='spara']//input")}
    assert carried["rad-1-pris"] == "39"
    assert carried["avser"] == "El & fiber"
    assert len(carried["request_id"]) == 36
    assert not ledger.requests("RegisterInvoices")


def test_change_on_the_review_leads_back_to_the_form_as_it_was(ledger: House) -> None:
    page = page_of(post(ledger, FORM, {**WRITTEN, "gor": "andra"}))
    assert field(page, "rad-1-pris").get("value") == "39"
    assert not page.xpath("//*[@data-error-summary]")


def test_save_puts_it_into_the_journal_and_leads_to_an_empty_form(ledger: House) -> None:
    answer = post(ledger, FORM + "/spara", {**WRITTEN, "request_id": an_id(3)})
    assert (answer.status_code, answer.location) == (303, FORM + "?utstallare=1042&klart=sparad")
    [asked] = ledger.requests("RegisterInvoices")
    assert (asked.request_id, asked.client_id) == (an_id(3), ENERGI)
    assert asked.invoices[0].rows[0].unit_price == "39"


def test_what_the_ledger_refuses_at_the_last_moment_is_a_fault_of_the_form(ledger: House) -> None:
    ledger.answers["RegisterInvoices"] = InvalidInput([FieldViolation("invoices[0].invoice_number", "TAKEN")])
    fields = {**WRITTEN, "tjanst": "reskontraservice", "fakturanr": "7", "netto": "1", "moms": "0", "belopp": "1"}
    answer = post(ledger, FORM + "/spara", fields)
    assert answer.status_code == 422
    assert "FakturaNr finns redan. Skriv ett annat." in text_of(answer)


def test_nothing_is_written_without_the_token_of_the_form(ledger: House) -> None:
    for url in (FORM, FORM + "/spara", BUNT + "/godkann", "/reskontra/kund/ny"):
        answer = ledger.browser().post(url, data=WRITTEN)
        assert answer.status_code == 403
        assert "Formuläret hade blivit för gammalt" in text_of(answer)


def test_a_ledger_that_does_not_answer_is_named_and_costs_nothing(ledger: House) -> None:
    ledger.answers["RegisterInvoices"] = Unavailable(neighbour="ledger")
    answer = post(ledger, FORM + "/spara", WRITTEN)
    assert answer.status_code == 503
    assert "Reskontran svarar inte just nu" in text_of(answer)


def test_rows_are_added_and_removed_without_a_script(ledger: House) -> None:
    page = page_of(post(ledger, FORM, {**WRITTEN, "gor": "ny-textrad"}))
    assert len(page.xpath("//tbody[@data-invoice-rows]/tr[@data-row]")) == 2
    page = page_of(post(ledger, FORM, {**WRITTEN, "gor": "ta-bort-rad:1"}))
    assert field(page, "rad-1-benamning").get("value") == ""


def test_a_name_that_means_one_customer_becomes_the_number(ledger: House) -> None:
    post(ledger, FORM, {**WRITTEN, "kundnr": "Ylva"})
    assert ledger.requests("PreviewInvoice")[0].draft.customer_number == "100445"


def test_a_name_that_means_several_is_asked_about(ledger: House) -> None:
    ledger.answers["LookUpCustomers"] = customers_pb2.LookUpCustomersResponse(
        customers=[a_customer(), a_customer(number="100446", name="Ylva Nordin")]
    )
    answer = post(ledger, FORM, {**WRITTEN, "kundnr": "Ylva"})
    assert answer.status_code == 422
    assert "KundNr stämmer på flera kunder. Välj en i listan." in text_of(answer)
    assert page_of(answer).xpath("//button[@value='kund:100446']")


def test_the_customer_appears_as_one_types(ledger: House) -> None:
    text = text_of(ledger.browser().get("/reskontra/kund/sok?klient=1042&kundnr=1004", headers={"HX-Request": "true"}))
    assert "<html" not in text
    assert "Åkervindevägen 12 B" in text
    assert "19860217-" in text
    assert "198602170006" not in text


def test_a_new_customer_is_made_without_leaving_the_form(ledger: House) -> None:
    new = {**WRITTEN, "ny-typ": "privat", "ny-namn": "Ny Person", "ny-gata": "G 1", "ny-postnr": "81290", "ny-ort": "L"}
    ledger.answers["CreateCustomers"] = InvalidInput([FieldViolation("customers[0].id_number", "CHECK_DIGIT")])
    answer = post(ledger, "/reskontra/kund/ny", {**new, "ny-idnr": "1", "kund_request_id": an_id(4)})
    assert answer.status_code == 422
    page = page_of(answer)
    assert "ID-nummer har fel kontrollsiffra. Kontrollera numret." in text_of(answer)
    assert field(page, "ny-namn").get("value") == "Ny Person"
    assert field(page, "rad-1-benamning").get("value") == "Fast avgift"

    made = a_customer(number="200001", name="Ny Person")
    ledger.answers["CreateCustomers"] = customers_pb2.CreateCustomersResponse(customers=[made])
    ledger.answers["LookUpCustomers"] = customers_pb2.LookUpCustomersResponse(customers=[made])
    page = page_of(post(ledger, "/reskontra/kund/ny", {**new, "kund_request_id": an_id(4)}))
    assert field(page, "kundnr").get("value") == "200001"
    assert not page.xpath("//*[@id='ny-kund']")
    assert ledger.requests("CreateCustomers")[-1].request_id == an_id(4)


def test_the_journal_stands_beside_with_its_count_and_sum(ledger: House) -> None:
    page = page_of(ledger.browser().get(FORM))
    side = page.get_element_by_id("fakturajournal")
    assert "bunt 1187" in side.text_content()
    assert "2 fakturor" in side.text_content()
    assert "98,00" in side.xpath(".//tfoot")[0].text_content()
    assert [row.xpath("td[1]")[0].text_content() for row in side.xpath(".//tbody/tr")] == ["A-17", "Ur serien"]
    assert side.xpath(".//form[@id='godkann-1187']//input[@name='version']/@value") == ["3"]


def test_other_clients_journals_are_pointed_at(ledger: House) -> None:
    other = a_journal(journal_id=an_id(9), client_id=FIBER, number=4)
    ledger.answers["ListOpenJournals"] = journals_pb2.ListOpenJournalsResponse(journals=[other, a_journal()])
    side = page_of(ledger.browser().get(FORM)).get_element_by_id("fakturajournal")
    assert "Även bunt 4 hos Kvarnåsens Fiber" in side.text_content()


def test_an_invoice_that_waits_is_changed_in_its_place(ledger: House) -> None:
    where = f"?utstallare=1042&bunt={JOURNAL}&post={an_id(502)}"
    page = page_of(ledger.browser().get(FORM + where))
    assert field(page, "rad-1-benamning").get("value") == "Fast avgift"
    answer = post(ledger, FORM + "/spara", {**WRITTEN, "bunt": JOURNAL, "post": an_id(502), "request_id": an_id(8)})
    assert answer.location.endswith("klart=andrad")
    [asked] = ledger.requests("ChangeInvoice")
    assert (asked.journal_id, asked.item_id) == (JOURNAL, an_id(502))
    assert ledger.browser().get(FORM + where.replace("502", "777")).status_code == 404


def test_remove_leads_back_to_where_it_was_pressed(ledger: House) -> None:
    url = BUNT + f"/post/{an_id(501)}/ta-bort"
    answer = post(ledger, url, {"tillbaka": FORM, "request_id": an_id(2)})
    assert (answer.status_code, answer.location) == (303, FORM)
    assert post(ledger, url, {"tillbaka": "https://example.org/"}).location == "/", "never away from here"
    ledger.answers["RemoveItem"] = NotFound("item")
    assert post(ledger, url, {"tillbaka": FORM}).status_code == 303, "gone already is as good"


def test_approving_leads_to_the_receipt(ledger: House) -> None:
    answer = post(ledger, BUNT + "/godkann", {"request_id": an_id(6), "version": "3"})
    assert (answer.status_code, answer.location) == (303, BUNT + "/kvitto")
    [asked] = ledger.requests("ApproveJournal")
    assert (asked.request_id, asked.client_id, asked.journal_id, asked.version) == (an_id(6), ENERGI, JOURNAL, 3)
    page = page_of(ledger.browser().get(answer.location))
    said = page.get_element_by_id("innehall").text_content()
    for part in ("2026-11-24 kl. 09.41", "frida", "2 fakturor", "98,00\u00a0kr", "ab" * 32):
        assert part in said
    assert page.xpath(f"//main//a[@href='/reskontra/faktura/{an_id(1)}']/text()") == ["40718001"]


def test_whoever_approves_again_sees_the_receipt_kindly(ledger: House) -> None:
    ledger.answers["ApproveJournal"] = Conflict("JOURNAL_ALREADY_APPROVED")
    answer = post(ledger, BUNT + "/godkann", {"request_id": an_id(6)})
    assert answer.status_code == 303
    assert "Bunten var redan godkänd. Den har bokförts en gång" in text_of(ledger.browser().get(answer.location))


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("JOURNAL_CHANGED", "Bunten har ändrats sedan sidan visades"),
        ("FOUR_EYES", "Bunten ska godkännas av någon annan"),
        ("JOURNAL_EMPTY", "Bunten är tom"),
    ],
)
def test_what_keeps_a_journal_from_approval_is_told_on_its_page(ledger: House, reason: str, text: str) -> None:
    ledger.answers["ApproveJournal"] = Conflict(reason)
    answer = post(ledger, BUNT + "/godkann", {"request_id": an_id(6)})
    assert answer.status_code == 409
    assert text in text_of(answer)


def test_faulty_items_are_named(ledger: House) -> None:
    ledger.answers["ApproveJournal"] = Conflict(
        "JOURNAL_HAS_FAULTS", FieldViolation("items[1].invoice_number", "TAKEN")
    )
    answer = post(ledger, BUNT + "/godkann", {"request_id": an_id(6)})
    assert "Post 2: FakturaNr finns redan. Skriv ett annat." in text_of(answer)


def test_an_approved_journal_leads_to_its_receipt(ledger: House) -> None:
    ledger.answers["GetJournal"] = journals_pb2.GetJournalResponse(journal=a_journal(approved=True))
    answer = ledger.browser().get(BUNT)
    assert (answer.status_code, answer.location) == (303, BUNT + "/kvitto")


def test_journals_of_somebody_else_are_not_there(ledger: House) -> None:
    ledger.answers |= {"GetJournal": NotFound("journal"), "GetReceipt": NotFound("receipt")}
    assert ledger.browser().get(BUNT).status_code == 404
    assert ledger.browser().get(BUNT + "/kvitto").status_code == 404
    assert ledger.browser().get(BUNT.replace("1042", "77")).status_code == 404


def test_four_eyes_send_to_somebody_else(ledger: House) -> None:
    ledger.answers["GetTerms"] = terms_pb2.GetTermsResponse(terms=terms_pb2.Terms(four_eyes=True))
    text = text_of(ledger.browser().get(FORM))
    assert "be någon annan öppna" in text
    assert "godkann-1187" not in text


def test_transactions_of_files_wait_to_be_approved(ledger: House) -> None:
    head = a_journal(kind=journals_pb2.JOURNAL_KIND_TRANSACTIONS, source="betalningar.xml")
    part = payments_pb2.PaymentPart(
        invoice_id=an_id(1), invoice_number="40718001", amount=wire.money(50000), by_case=True, customer_name="Ylva"
    )
    items = [
        journals_pb2.JournalItem(
            item_id=an_id(601), position=1, payment=a_payment(payments_pb2.MATCH_VERDICT_OCR, parts=[part])
        ),
        journals_pb2.JournalItem(
            item_id=an_id(602),
            position=2,
            payment=a_payment(payments_pb2.MATCH_VERDICT_UNPLACED, surplus=wire.money(50000)),
        ),
    ]
    ledger.answers["ListOpenJournals"] = journals_pb2.ListOpenJournalsResponse(journals=[head])
    ledger.answers["GetJournal"] = journals_pb2.GetJournalResponse(journal=head, items=items)
    page = page_of(ledger.browser().get("/reskontra/registrera-transaktion"))
    said = page.get_element_by_id("innehall").text_content()
    for text in ("fil betalningar.xml", "40718001", "genom ärendet", "blir en oplacerad betalning", "2 betalningar"):
        assert text in said
    assert page.xpath("//form[@id='godkann-1187']")
    its_own = page_of(ledger.browser().get(BUNT))
    assert its_own.xpath("//*[@class='links']//a[@aria-current='page']/text()") == ["Registrera transaktion"]
    assert ledger.requests("ListOpenJournals")[0].kind == journals_pb2.JOURNAL_KIND_TRANSACTIONS


def test_without_transactions_the_page_says_where_they_come_from(ledger: House) -> None:
    ledger.answers["ListOpenJournals"] = journals_pb2.ListOpenJournalsResponse()
    assert "Inga transaktioner väntar" in text_of(ledger.browser().get("/reskontra/registrera-transaktion"))


def test_unplaced_payments_are_for_those_who_hold_their_own_account(ledger: House) -> None:
    url = "/reskontra/oplacerade-betalningar"
    assert ledger.browser().get(url).status_code == 404
    assert "Oplacerade betalningar" not in text_of(ledger.browser().get(FORM))


def test_unplaced_payments_say_so_while_the_ledger_does_not_answer(ledger: House) -> None:
    gone = Unavailable(neighbour="ledger")
    ledger.answers |= {"GetTerms": gone, "ListUnplaced": gone}
    assert ledger.browser().get("/reskontra/oplacerade-betalningar").status_code == 503


def test_unplaced_payments_are_listed(ledger: House) -> None:
    ledger.answers["GetTerms"] = terms_pb2.GetTermsResponse(terms=terms_pb2.Terms(holds_bank_account=True))
    payment = a_payment(payments_pb2.MATCH_VERDICT_UNPLACED).payment
    payment.references.add(value="4711")
    ledger.answers["ListUnplaced"] = surplus_pb2.ListUnplacedResponse(
        payments=[payments_pb2.UnplacedPayment(client_id=ENERGI, payment=payment, remaining=wire.money(50000))],
        next_page_token="N",
    )
    page = page_of(ledger.browser().get("/reskontra/oplacerade-betalningar"))
    row = [cell.text_content() for cell in page.xpath("//table[@id='oplacerade']/tbody/tr/td")]
    assert row == [
        "",
        "Kvarnåsens Energi",
        "2026-11-24",
        "500,00",
        "500,00",
        "SEK",
        "Ylva Nattsjö",
        "4711",
        "–",
        "camt.054",
    ]
    assert page.xpath("//a[@rel='next']/@href") == ["/reskontra/oplacerade-betalningar?sida=N"]
    assert page.xpath("//*[@class='links']//a[@aria-current='page']/text()") == ["Oplacerade betalningar"]


def test_staff_see_unplaced_payments_of_every_client(ledger: House) -> None:
    ledger.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"), kind=sessions_pb2.USER_KIND_OFFICER)
    ledger.answers["ListUnplaced"] = surplus_pb2.ListUnplacedResponse()
    assert "Inga oplacerade betalningar" in text_of(ledger.browser().get("/reskontra/oplacerade-betalningar"))


def test_no_page_of_the_tab_has_anything_inline(ledger: House) -> None:
    review = post(ledger, FORM, WRITTEN)
    for answer in (
        ledger.browser().get(FORM),
        review,
        ledger.browser().get(BUNT),
        ledger.browser().get(BUNT + "/kvitto"),
    ):
        page = page_of(answer)
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), [one for one in ids if ids.count(one) > 1]
        assert not page.xpath("//style | //script[not(@src)] | //*[@style] | //@*[starts-with(name(), 'on')]")
        labelled = set(page.xpath("//label/@for"))
        for control in page.xpath("//input[not(@type='hidden')] | //select | //textarea"):
            assert control.get("aria-label") or control.get("id") in labelled, control.get("name")
