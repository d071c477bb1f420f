"""Kundregister on the web (SPEC C-01 to C-03)."""

from typing import Any

import pytest

from kernel.errors import FieldViolation, InvalidInput
from rf.ledger.v1 import customer_overview_pb2, customers_pb2
from tests.unit.gateway.house import ENERGI, House, access, page_of, text_of
from tests.unit.gateway.invoices import a_customer, an_id
from tests.unit.gateway.reading import table, words

REGISTER = "/reskontra/kundregister"
WRITTEN = {
    "k-klient": "1042", "k-typ": "foretag", "k-namn": "Bygg & Puts AB", "k-idnr": "556677-8899", "k-gata": "Torget 1",
    "k-postnr": "81290", "k-ort": "Lidsjö", "k-land": "se", "k-sprak": "sv", "k-leverans": "post",
}  # fmt: skip


@pytest.fixture
def ledger(house: House) -> House:
    house.answers["ListCustomers"] = customers_pb2.ListCustomersResponse(
        customers=[
            customers_pb2.RegisteredCustomer(customer=a_customer()),
            customers_pb2.RegisteredCustomer(
                customer=a_customer(customer_id=an_id(9002), number="100446", id_number=""), is_new=True
            ),
        ],
        next_page_token="more",
        total_count=-1,
    )
    house.answers["CreateCustomers"] = customers_pb2.CreateCustomersResponse(customers=[a_customer(number="100447")])
    return house


def post(house: House, fields: dict[str, Any]) -> Any:
    browser = house.browser()
    return browser.post(REGISTER + "/ny", data=house.form(browser, {"request_id": an_id(77), **fields}))


def test_the_register_shows_its_columns_and_marks_the_new(ledger: House) -> None:
    """C-01."""
    page = page_of(ledger.browser().get(REGISTER))
    first, new = table(page, "kundregister")
    assert first[1:] == ["100445", "Ylva Nattsjö", "19860217-••••", "Åkervindevägen 12 B", "812 91", "Lidsjö"]
    assert new[1] == "100446 Ny"
    assert page.xpath("//*[@class='links']//a[@aria-current='page']/text()") == ["Kundregister"]
    assert "av fler än 10 000 kunder" in words(page)


def test_it_is_searched_by_all_its_terms_and_pages_keep_them(ledger: House) -> None:
    """C-02."""
    query = "kundnr=1004*&namn=natt&idnr=1986&gata=åker&ort=lid&sort=namn&ordning=fallande"
    page = page_of(ledger.browser().get(f"{REGISTER}?{query}"))
    [asked] = ledger.requests("ListCustomers")
    assert (asked.customer_number, asked.name, asked.id_number, asked.street, asked.town) == (
        "1004*", "natt", "1986", "åker", "lid",
    )  # fmt: skip
    assert (asked.sort, asked.descending) == (customers_pb2.CUSTOMER_REGISTER_SORT_NAME, True)
    ledger.browser().get(page.xpath("//a[@rel='next']/@href")[0])
    assert ledger.requests("ListCustomers")[1].page_token == "more"
    assert ledger.requests("ListCustomers")[1].town == "lid"


def test_a_term_that_cannot_be_used_is_told_at_its_field(ledger: House) -> None:
    ledger.answers["ListCustomers"] = InvalidInput([FieldViolation("id_number", "TOO_SHORT", {"min": "4"})])
    answer = ledger.browser().get(REGISTER + "?idnr=19")
    assert answer.status_code == 422
    assert words(page_of(answer).get_element_by_id("f-idnr-error")) == "ID-nummer är för kort. Minst 4 tecken."


def test_a_customer_is_added_by_kundinformation(ledger: House) -> None:
    """C-03."""
    page = page_of(ledger.browser().get(REGISTER + "/ny"))
    yellow = {one.get("name") for one in page.xpath("//dialog//*[contains(@class, 'must')][@name]")}
    assert yellow == {"k-klient", "k-fornamn", "k-efternamn", "k-namn", "k-gata", "k-postnr", "k-ort", "k-land"}
    answer = post(ledger, WRITTEN)
    assert (answer.status_code, answer.location) == (303, REGISTER + "?kundnr=100447&klart=tillagd")
    [asked] = ledger.requests("CreateCustomers")
    [added] = asked.customers
    assert (asked.client_id, added.name, added.country_code, added.number) == (ENERGI, "Bygg & Puts AB", "SE", "")


def test_what_is_missing_or_taken_is_red_at_its_field_and_nothing_is_cleared(ledger: House) -> None:
    ledger.answers["CreateCustomers"] = InvalidInput(
        [FieldViolation("customers[0].number", "TAKEN"), FieldViolation("customers[0].street", "REQUIRED")]
    )
    answer = post(ledger, {**WRITTEN, "k-kundnr": "100445", "k-gata": ""})
    page = page_of(answer)
    assert answer.status_code == 422
    assert words(page.get_element_by_id("f-k-kundnr-error")) == "KundNr finns redan. Skriv ett annat."
    assert words(page.get_element_by_id("f-k-gata-error")).startswith("Gatuadress saknas.")
    assert page.get_element_by_id("f-k-namn").get("value") == "Bygg & Puts AB"


def test_a_doublet_is_warned_for_once(ledger: House) -> None:
    taken = FieldViolation("customers[0].id_number", "ID_NUMBER_TAKEN", {"number": "100007"})
    ledger.answers["CreateCustomers"] = InvalidInput([taken])
    page = page_of(post(ledger, WRITTEN))
    assert "ID-nummer finns redan på kund 100007. Spara igen om det ändå ska vara så." in words(page)
    warned = page.xpath("//input[@name='k-dubblett']/@value")[0]
    post(ledger, {**WRITTEN, "k-dubblett": warned})
    post(ledger, {**WRITTEN, "k-idnr": "556677-0000", "k-dubblett": warned})
    assert [one.refuse_doublets for one in ledger.requests("CreateCustomers")] == [True, False, True]


def test_kunduppgifter_opens_over_the_register(ledger: House) -> None:
    ledger.answers["GetCustomerOverview"] = customer_overview_pb2.GetCustomerOverviewResponse(customer=a_customer())
    url = page_of(ledger.browser().get(REGISTER + "?ort=lid")).xpath("//a[@class='row-link']/@href")[0]
    page = page_of(ledger.browser().get(url))
    assert page.xpath("//table[@id='kundregister']")
    assert page.xpath("//dialog/@data-close-url") == [REGISTER + "?ort=lid"]
    assert page.xpath("//*[@class='links']//a[@aria-current='page']/text()") == ["Kundregister"]


def test_whoever_may_only_read_adds_nothing(ledger: House) -> None:
    ledger.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"))
    assert "Lägg till" not in text_of(ledger.browser().get(REGISTER))
    assert ledger.browser().get(REGISTER + "/ny").status_code == 403
    assert post(ledger, WRITTEN).status_code == 403
