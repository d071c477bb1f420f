"""Kunduppgifter: its four boxes, and what one does in them (SPEC K-01 to K-14, R-08, I-14)."""

from datetime import date
from typing import Any

import pytest

from chassis import wire
from kernel.errors import DomainError, FieldViolation, InvalidInput, Kind, NotFound
from rf.auth.v1 import sessions_pb2
from rf.ledger.v1 import customer_overview_pb2, customer_search_pb2, customers_pb2, demand_stops_pb2, invoices_pb2
from rf.ledger.v1.customer_overview_pb2 import BalancePart, CustomerBalance, CustomerInvoice
from tests.unit.gateway.house import ALL, ENERGI, House, access, page_of, text_of
from tests.unit.gateway.invoices import a_customer, a_line, an_id, an_invoice
from tests.unit.gateway.reading import table, words

CUSTOMER = f"/reskontra/kund/{an_id(9001)}"
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-host"}
STOP = demand_stops_pb2.DemandStop(
    kind=demand_stops_pb2.DEMAND_STOP_KIND_BOTH, until_date=wire.from_date(date(2026, 12, 15)), reason="Tvist"
)
WRITTEN = {
    "k-typ": "privat", "k-fornamn": "Ylva", "k-efternamn": "Nattsjö", "k-idnr": "19860217-••••", "k-gata": "Nygatan 5",
    "k-postnr": "812 91", "k-ort": "Lidsjö", "k-land": "SE", "k-sprak": "en", "k-leverans": "post", "k-villkor": "15",
    "k-version": "3", "k-paminnelsesparr": "1",
}  # fmt: skip


def part(minor: int, count: int, currency: str = "SEK") -> BalancePart:
    return BalancePart(amount=wire.money(minor, currency), count=count)


def a_balance(currency: str = "SEK") -> CustomerBalance:
    return CustomerBalance(
        total=wire.money(434289, currency),
        not_due=part(122800, 2, currency),
        overdue=part(322489, 4, currency),
        only_overdue=part(84900, 1, currency),
        reminded=part(85325, 2, currency),
        collection=part(147456, 1, currency),
        interest=wire.money(4808, currency),
        overpaid=wire.money(-11000, currency),
    )


def an_overview(**changes: Any) -> customer_overview_pb2.GetCustomerOverviewResponse:
    credit: dict[str, Any] = {"kind": invoices_pb2.INVOICE_KIND_CREDIT, "remaining": wire.money(-5000)}
    one = CustomerInvoice(
        line=a_line(1), remaining_sek=wire.money(123456), fees_and_interest=wire.money(6373), has_copy=True, stop=STOP
    )
    return customer_overview_pb2.GetCustomerOverviewResponse(
        **{
            "customer": a_customer(
                version=3,
                first_name="Ylva",
                last_name="Nattsjö",
                direct_debit_since_date=wire.from_date(date(2024, 3, 1)),
            ),
            "balances": [a_balance()],
            "former_address_count": 2,
            "notes": [customers_pb2.CustomerNote(text="Ringde.\nBetalar fredag.", by="frida")],
            "invoices": [one, CustomerInvoice(line=a_line(2, **credit))],
            "open_count": 2,
            "invoice_count": 31,
            **changes,
        }
    )


@pytest.fixture
def ledger(house: House) -> House:
    house.answers["GetCustomerOverview"] = an_overview()
    house.answers["UpdateCustomer"] = customers_pb2.UpdateCustomerResponse()
    house.answers["AddCustomerNote"] = customers_pb2.AddCustomerNoteResponse()
    house.answers["ChangeInvoices"] = invoices_pb2.ChangeInvoicesResponse()
    house.answers["PreviewInvoiceChanges"] = invoices_pb2.PreviewInvoiceChangesResponse(
        invoices=[
            invoices_pb2.ChangedInvoice(
                invoice=a_line(1, status=invoices_pb2.INVOICE_STATUS_NOT_DUE),
                status_before=invoices_pb2.INVOICE_STATUS_OVERDUE,
                change=demand_stops_pb2.InvoiceChange(
                    due_date_before=wire.from_date(date(2026, 11, 12)), due_date=wire.from_date(date(2026, 12, 20))
                ),
            )
        ],
        etag="seen",
    )
    house.answers["SearchCustomers"] = customer_search_pb2.SearchCustomersResponse(total_count=0)
    house.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse(invoices=[a_line(1)], total_count=1)
    return house


def post(house: House, address: str, fields: dict[str, Any], **headers: str) -> Any:
    browser = house.browser()
    sent = house.form(browser, {"request_id": an_id(77), **fields})
    return browser.post(address, data=sent, headers={**DIALOG, **headers})


def test_it_has_four_boxes_over_the_list_that_it_was_opened_from(ledger: House) -> None:
    """K-01."""
    page = page_of(ledger.browser().get(CUSTOMER + "?filter=forfallna"))
    dialog = page.xpath("//dialog")[0]
    titles = [words(one) for one in dialog.xpath(".//h2")]
    assert [title.split(" ✱")[0] for title in titles] == ["Kunduppgifter", "Kundsaldo", "Noteringar", "Fakturor"]
    assert dialog.get("data-close-url") == "/reskontra/?filter=forfallna"
    assert page.xpath("//table[@id='fakturor']")
    assert words(dialog.xpath(".//h1")[0]) == "Ylva Nattsjö"


def test_contact_information_is_saved_whole_with_the_version_that_was_shown(ledger: House) -> None:
    """K-02, K-05."""
    answer = post(ledger, CUSTOMER + "?alla=1", WRITTEN)
    assert (answer.status_code, answer.location) == (303, CUSTOMER + "?alla=1&klart=sparad")
    [asked] = ledger.requests("UpdateCustomer")
    saved = asked.customer
    assert (saved.version, saved.first_name, saved.last_name, saved.street) == (3, "Ylva", "Nattsjö", "Nygatan 5")
    assert saved.id_number == "198602170006"  # its mask came back: it stays
    assert (saved.language_code, saved.payment_terms_days) == ("en", 15)
    assert (saved.reminder_block, saved.collection_block) == (True, False)
    assert asked.refuse_doublets


def test_the_form_knows_what_is_saved_so_that_the_star_can_tell(ledger: House) -> None:
    """K-03."""
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    assert page.xpath("//form[@id='kund-uppgifter'][@data-watch]//*[@data-star]")
    ledger.answers["UpdateCustomer"] = InvalidInput([FieldViolation("customer.postcode", "POSTCODE")])
    refused = page_of(post(ledger, CUSTOMER, {**WRITTEN, "k-postnr": "12"}))
    field = refused.get_element_by_id("f-k-postnr")
    assert (field.get("value"), field.get("data-saved"), field.get("aria-invalid")) == ("12", "812 91", "true")


def test_earlier_addresses_stand_beside(ledger: House) -> None:
    """K-04."""
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    link = page.get_element_by_id("visa-adresshistorik")
    assert words(link) == "Visa adresshistorik (2)"
    ledger.answers["ListCustomerAddresses"] = customers_pb2.ListCustomerAddressesResponse(
        addresses=[
            customers_pb2.CustomerAddress(
                from_date=wire.from_date(date(2020, 1, 1)), to_date=wire.from_date(date(2024, 2, 29)), street="Gamla 1",
                postcode="11122", town="Stockholm", country_code="SE", changed_by="frida",
            )
        ]
    )  # fmt: skip
    page = page_of(ledger.browser().get(link.get("href"), headers=DIALOG))
    assert table(page, "adresser") == [
        ["2020-01-01", "2024-02-29", "–", "Gamla 1", "111 22", "Stockholm", "SE", "frida"]
    ]
    assert "wide" in page.xpath("//dialog/@class")[0]


def test_direct_debit_is_a_fact_that_the_officer_sets(ledger: House) -> None:
    """K-06."""
    text = words(page_of(ledger.browser().get(CUSTOMER, headers=DIALOG)))
    assert "Autogiro Aktivt sedan 2024-03-01 Läggs upp av handläggare" in text


def test_the_balance_is_split_by_step_and_currency(ledger: House) -> None:
    """K-07, K-08."""
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    assert words(page.get_element_by_id("kundsaldo-totalt")) == "4 342,89 kr"
    assert words(page.xpath("//*[@class='saldo-list mb-2']")[0]) == (
        "Ej förfallna 2 fakturor 1 228,00 Förfallna 4 fakturor 3 224,89 "
        "Förfallet, ej påmint 1 faktura 849,00 Förfallet, påminnelse 2 fakturor 853,25 "
        "Förfallet, inkasso 1 faktura 1 474,56 Upplupen ränta 48,08 Överbetalningar −110,00"
    )
    ledger.answers["GetCustomerOverview"] = an_overview(balances=[a_balance(), a_balance("EUR")])
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    assert page.xpath("//*[@data-currency]/@data-currency") == ["SEK", "EUR"]


def test_a_note_is_written_and_all_are_read_in_full(ledger: House) -> None:
    """K-09."""
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    assert page.xpath("//*[@class='note']/*[@class='words']/text()") == ["Ringde.\nBetalar fredag."]
    answer = post(ledger, CUSTOMER + "/notering", {"notering": "Rad 1\nRad 2"})
    assert answer.location == CUSTOMER + "?klart=notering"
    [asked] = ledger.requests("AddCustomerNote")
    assert (asked.client_id, asked.customer_id) == (ENERGI, an_id(9001))
    ledger.answers["AddCustomerNote"] = InvalidInput([FieldViolation("text", "REQUIRED")])
    refused = post(ledger, CUSTOMER + "/notering", {"notering": ""})
    assert refused.status_code == 422
    assert "Noteringen saknas." in text_of(refused)


def test_notes_are_not_for_officers(ledger: House) -> None:
    """K-10."""
    ledger.sign_in_as(access(ENERGI, "1042", "Energi", *ALL), kind=sessions_pb2.USER_KIND_OFFICER)
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    assert not page.xpath("//*[@id='noteringar']")


def test_only_open_items_are_shown_until_one_asks_for_all(ledger: House) -> None:
    """K-11."""
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    box = page.get_element_by_id("f-oppna")
    assert box.get("checked") is not None
    assert "2 öppna av 31" in words(page)
    other = page_of(ledger.browser().get(box.get("data-dialog-url"), headers=DIALOG))
    assert other.get_element_by_id("f-oppna").get("checked") is None
    assert [one.all_invoices for one in ledger.requests("GetCustomerOverview")] == [False, True]


def test_the_columns_of_the_invoices(ledger: House) -> None:
    """K-12, K-14."""
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    heads = [words(one) for one in page.xpath("//table[@id='kundfakturor']//th")]
    assert heads[1:] == [
        "FakturaNr", "Fakturadatum", "Förfallodatum", "Fakturabelopp", "Återstående, SEK", "Påminnelse/ränta",
        "Överbetalningar", "Typ", "Status", "Fakturakopia",
    ]  # fmt: skip
    first, credit = table(page, "kundfakturor")
    assert first[1:8] == ["40718001", "2026-10-13", "2026-11-12", "1 234,56 SEK", "1 234,56", "63,73 SEK", "–"]
    assert first[8] == "F Faktura"
    assert first[9].startswith("Förfallen")
    assert page.xpath("//table[@id='kundfakturor']//*[@aria-label='Kravstopp till 2026-12-15, Tvist']")
    assert page.xpath("//table[@id='kundfakturor']//a[contains(@href, 'kopia.pdf')]")
    assert credit[0] == ""  # a credit is neither stopped nor moved
    link = page.xpath("//table[@id='kundfakturor']//a[@class='row-link']/@href")[0]
    ledger.answers["GetInvoice"] = invoices_pb2.GetInvoiceResponse(invoice=an_invoice())
    invoice = page_of(ledger.browser().get(link, headers=DIALOG))
    back = invoice.xpath("//dialog/div[@class='head']//a[@data-dialog]")[0]
    assert (words(back), back.get("href")) == ("Ylva Nattsjö", CUSTOMER)


def test_what_is_marked_is_changed_after_its_consequence_was_shown(ledger: House) -> None:
    """K-13."""
    fields = {"faktura": an_id(1), "forfallodatum": "2026-12-20", "stopp": "bada", "upphor": ""}
    shown = post(ledger, CUSTOMER + "/fakturor/foljd", fields, **{"HX-Target": "foljd"})
    page = page_of(shown)
    assert "Förfallodatum 2026-12-20, var 2026-11-12. Status Ej förfallen, var Förfallen." in words(page)
    assert words(page.xpath("//button")[0]) == "Ändra 1 faktura"
    seen = {one.get("name"): one.get("value") for one in page.xpath("//input[@type='hidden']")}
    answer = post(ledger, CUSTOMER + "/fakturor", {**fields, **seen})
    assert answer.location == CUSTOMER + "?klart=andrade-1"
    [asked] = ledger.requests("ChangeInvoices")
    assert (asked.etag, list(asked.changes.invoice_ids)) == ("seen", [an_id(1)])
    assert asked.changes.stop.kind == demand_stops_pb2.DEMAND_STOP_KIND_BOTH
    other = post(ledger, CUSTOMER + "/fakturor", {**fields, **seen, "forfallodatum": "2026-12-30"})
    assert other.status_code == 422
    assert len(ledger.requests("ChangeInvoices")) == 1  # the consequence was of another day


def test_without_script_the_consequence_stands_in_the_dialog(ledger: House) -> None:
    fields = {"faktura": an_id(1), "stopp": "inkasso"}
    page = page_of(ledger.browser().post(CUSTOMER + "/fakturor/foljd", data=ledger.form(ledger.browser(), fields)))
    assert page.xpath("//dialog//*[@id='foljd']//button/@formaction") == [CUSTOMER + "/fakturor"]
    assert page.xpath("//dialog//input[@name='faktura'][@checked]/@value") == [an_id(1)]


def test_what_cannot_be_changed_says_which_invoice_and_why(ledger: House) -> None:
    ledger.answers["PreviewInvoiceChanges"] = InvalidInput([FieldViolation("changes.invoice_ids[0]", "SETTLED")])
    answer = post(ledger, CUSTOMER + "/fakturor/foljd", {"faktura": an_id(1), "forfallodatum": "+30"})
    assert answer.status_code == 422
    assert "Faktura 40718001 är betald." in text_of(answer)
    nothing = post(ledger, CUSTOMER + "/fakturor", {"faktura": an_id(1)})
    assert "Inget är valt att ändra." in text_of(nothing)
    none = post(ledger, CUSTOMER + "/fakturor", {"forfallodatum": "+30"})
    assert "Fakturor saknas. Markera minst en i tabellen." in text_of(none)
    assert ledger.requests("ChangeInvoices") == []


def test_two_who_change_the_same_customer_the_second_compares(ledger: House) -> None:
    class Meanwhile(DomainError):
        reason = "CUSTOMER_CHANGED_MEANWHILE"
        kind = Kind.CONFLICT

    ledger.answers["UpdateCustomer"] = Meanwhile()
    ledger.answers["GetCustomerOverview"] = an_overview(customer=a_customer(version=4, street="Tredje 3"))
    answer = post(ledger, CUSTOMER, WRITTEN)
    page = page_of(answer)
    assert answer.status_code == 409
    assert "Någon annan har ändrat kunden" in words(page)
    street = page.get_element_by_id("f-k-gata")
    assert (street.get("value"), street.get("data-saved")) == ("Nygatan 5", "Tredje 3")
    assert page.xpath("//input[@name='k-version']/@value") == ["4"]
    assert "Gatuadress: Tredje 3" in words(page)


def test_a_doublet_is_warned_for_once(ledger: House) -> None:
    taken = FieldViolation("customer.id_number", "ID_NUMBER_TAKEN", {"number": "100007"})
    ledger.answers["UpdateCustomer"] = InvalidInput([taken])
    page = page_of(post(ledger, CUSTOMER, {**WRITTEN, "k-idnr": "19450215-0009"}))
    assert "ID-nummer finns redan på kund 100007" in words(page)
    warned = page.xpath("//input[@name='k-dubblett']/@value")[0]
    post(ledger, CUSTOMER, {**WRITTEN, "k-idnr": "19450215-0009", "k-dubblett": warned})
    assert [one.refuse_doublets for one in ledger.requests("UpdateCustomer")] == [True, False]


def test_whoever_may_only_read_sees_the_facts_and_no_controls(ledger: House) -> None:
    ledger.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"))
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    assert not page.xpath("//form[@method='post']//input | //button[@type='submit']")
    assert "Åkervindevägen 12 B" in words(page)
    for address in ("", "/notering", "/fakturor", "/fakturor/foljd"):
        assert post(ledger, CUSTOMER + address, {}).status_code == 403


def test_rights_for_another_client_do_not_help(ledger: House) -> None:
    ledger.sign_in_as(
        access(ENERGI, "1042", "Energi", "ledger.read"), access(an_id(3), "1043", "Fiber", "ledger.register")
    )
    assert post(ledger, CUSTOMER, WRITTEN).status_code == 403
    assert ledger.requests("UpdateCustomer") == []


def test_a_customer_of_another_client_does_not_exist(ledger: House) -> None:
    ledger.answers["GetCustomerOverview"] = NotFound("customer")
    assert ledger.browser().get(CUSTOMER).status_code == 404
    assert post(ledger, CUSTOMER, WRITTEN).status_code == 404


def test_what_is_shielded_is_neither_shown_nor_written_over(ledger: House) -> None:
    hidden = a_customer(id_number="", street="", postcode="", town="", protected_identity=True, version=3)
    ledger.answers["GetCustomerOverview"] = an_overview(customer=hidden, is_shielded=True, former_address_count=0)
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    assert not page.xpath("//*[@id='f-k-gata' or @id='f-k-idnr' or @id='visa-adresshistorik']")
    post(ledger, CUSTOMER, {name: value for name, value in WRITTEN.items() if name not in {"k-gata", "k-postnr"}})
    [asked] = ledger.requests("UpdateCustomer")
    assert (asked.customer.street, asked.customer.protected_identity) == ("", True)


def test_an_id_number_is_masked_until_somebody_asks_to_see_it(ledger: House) -> None:
    page = page_of(ledger.browser().get(CUSTOMER, headers=DIALOG))
    assert page.get_element_by_id("f-k-idnr").get("value") == "19860217-••••"
    eye = page.xpath("//a[contains(., 'Visa ID-nummer')]/@href")[0]
    shown = page_of(ledger.browser().get(eye, headers=DIALOG))
    assert shown.get_element_by_id("f-k-idnr").get("value") == "19860217-0006"


def test_fakturainformation_shows_the_customer_in_a_new_window(ledger: House) -> None:
    """I-14."""
    ledger.answers["GetInvoice"] = invoices_pb2.GetInvoiceResponse(invoice=an_invoice())
    page = page_of(ledger.browser().get(f"/reskontra/faktura/{an_id(1)}", headers=DIALOG))
    [link] = [one for one in page.xpath("//*[@class='rail']/a") if "Visa kundbild" in one.text_content()]
    assert (link.get("href"), link.get("target")) == (CUSTOMER, "_blank")


def test_a_row_of_the_search_opens_it(ledger: House) -> None:
    """R-08."""
    line = customer_search_pb2.CustomerLine(
        customer_id=an_id(9001), client_id=ENERGI, number="100445", original=wire.money(100, "EUR")
    )
    ledger.answers["SearchCustomers"] = customer_search_pb2.SearchCustomersResponse(customers=[line], total_count=1)
    page = page_of(ledger.browser().get("/reskontra/?visa=kunder&namn=ylva"))
    [row] = page.xpath("//table[@id='kunder']//a[@class='row-link']")
    assert row.get("href") == f"{CUSTOMER}?kundrad=EUR&visa=kunder&namn=ylva"
    dialog = page_of(ledger.browser().get(row.get("href"), headers=DIALOG)).xpath("//dialog")[0]
    assert dialog.get("data-row") == f"{an_id(9001)}-EUR"
    listed = page_of(ledger.browser().get("/reskontra/"))
    assert listed.xpath("//table[@id='fakturor']//a[@data-key-of-row='k']/@href") == [CUSTOMER]
