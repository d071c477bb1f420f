"""The search box of the top row, and Hjälp (SPEC G-06, X-03; UI 5)."""

import pytest
from lxml.html import fragment_fromstring

from chassis.rpc_errors import Unavailable
from gateway import navigation
from gateway.views.hjalp import CHAPTERS
from kernel.errors import FieldViolation, InvalidInput
from rf.collection.v1 import cases_pb2
from rf.ledger.v1 import articles_pb2, customers_pb2, invoices_pb2
from tests.unit.gateway.cases import a_case_line
from tests.unit.gateway.house import ALL, ENERGI, FIBER, House, access
from tests.unit.gateway.invoices import a_customer, a_line, an_id
from tests.unit.gateway.reading import shown, words

CUSTOMER = f"/reskontra/kund/{an_id(9001)}"


@pytest.fixture
def numbers(house: House) -> House:
    """Invoice 40718001 and customer 100445 in the ledger, case 4101 in collection, article EL-1 in the register."""

    def invoices(request: invoices_pb2.SearchInvoicesRequest) -> invoices_pb2.SearchInvoicesResponse:
        start = request.terms.invoice_number.removesuffix("*")
        hit = request.invoice_number == "40718001" or (start and "40718001".startswith(start))
        hit = hit or request.terms.ocr_number == "4071800112"
        return invoices_pb2.SearchInvoicesResponse(invoices=[a_line(1)] if hit else [])

    def cases(request: cases_pb2.SearchCasesRequest) -> cases_pb2.SearchCasesResponse:
        if request.number and not request.number.isdigit():
            raise InvalidInput([FieldViolation("number", "FORMAT")])
        hit = request.number == "4101" or (request.debtor_name and "ylva nattsjö".startswith(request.debtor_name))
        return cases_pb2.SearchCasesResponse(cases=[a_case_line(1)] if hit else [])

    def customers(request: customers_pb2.ListCustomersRequest) -> customers_pb2.ListCustomersResponse:
        number = request.customer_number
        hit = number == "100445" or (number.endswith("*") and "100445".startswith(number[:-1]))
        hit = hit or bool(request.name and request.name.casefold() in "ylva nattsjö")
        found = [customers_pb2.RegisteredCustomer(customer=a_customer())] if hit else []
        return customers_pb2.ListCustomersResponse(customers=found)

    def articles(request: articles_pb2.SearchArticlesRequest) -> articles_pb2.SearchArticlesResponse:
        hit = any(part.startswith(request.query.casefold()) for part in ("el-1", "elhandel"))
        one = articles_pb2.Article(article_id=an_id(31), client_id=ENERGI, number="EL-1", description="Elhandel")
        return articles_pb2.SearchArticlesResponse(articles=[one] if hit else [])

    house.answers |= {
        "SearchInvoices": invoices,
        "SearchCases": cases,
        "ListCustomers": customers,
        "SearchArticles": articles,
    }
    return house


@pytest.mark.parametrize(
    ("wanted", "address"),
    [
        ("40718001", f"/reskontra/faktura/{a_line(1).invoice_id}"),
        ("4101", f"/inkasso/arende/{a_case_line(1).case_id}"),
        ("100445", CUSTOMER),
        ("4071800112", f"/reskontra/faktura/{a_line(1).invoice_id}"),
        ("el-1", f"/reskontra/artikelregister/1042/{an_id(31)}"),
        (" skicka  fil ", "/kommunikation/skicka-fil"),
        ("skicka", "/kommunikation/skicka-fil"),
        ("KOMMUNIKATION", "/kommunikation/skicka-fil"),
        ("inkasso", "/inkasso/sok"),
        ("reskontra", "/reskontra/"),
        ("startsida", "/"),
        ("hjälp", "/hjalp"),
        ("kortkommandon", "/hjalp#kortkommandon"),
    ],
)
def test_a_number_or_a_pages_name_leads_there(numbers: House, wanted: str, address: str) -> None:
    answer = numbers.browser().get("/sok", query_string={"q": wanted})
    assert (answer.status_code, answer.location) == (303, address)


def test_a_number_of_several_clients_gives_the_list(numbers: House) -> None:
    numbers.answers["SearchInvoices"] = invoices_pb2.SearchInvoicesResponse(invoices=[a_line(1), a_line(2)])
    assert numbers.browser().get("/sok?q=4071").location == "/reskontra/?fakturanr=4071"


def test_a_customer_number_of_several_clients_gives_the_list(numbers: House) -> None:
    two = [customers_pb2.RegisteredCustomer(customer=a_customer(client_id=one)) for one in (ENERGI, FIBER)]
    numbers.answers["ListCustomers"] = customers_pb2.ListCustomersResponse(customers=two)
    assert numbers.browser().get("/sok?q=100445").location == "/reskontra/?kundnr=100445"


def found_as_one_types(house: House, wanted: str, client: str = "") -> dict[str, list[tuple[str, str]]]:
    """Title and address of each hit by its group."""
    answer = house.browser().get("/sok/traffar", query_string={"q": wanted, **({"klient": client} if client else {})})
    assert answer.status_code == 200
    page = fragment_fromstring(f"<div>{answer.get_data(as_text=True)}</div>")
    return {
        words(group.xpath("./div")[0]): [(words(one), one.get("href")) for one in group.xpath("./a")]
        for group in page.xpath("./div[@role='group']")
    }


@pytest.mark.parametrize(
    ("wanted", "groups"),
    [
        ("407", ["Fakturor"]),
        ("4071800112", ["Fakturor"]),
        ("1004", ["Kunder"]),
        ("ylva", ["Kunder", "Ärenden"]),
        ("4101", ["Ärenden"]),
        ("elh", ["Artiklar"]),
        ("EL-1", ["Artiklar"]),
        ("skicka", ["Sidor"]),
        ("registrera", ["Sidor"]),
        ("9", []),
        ("", []),
        ("x" * 41, []),
        ("a\x07", []),
    ],
)
def test_hits_stand_below_the_box_while_one_types(numbers: House, wanted: str, groups: list[str]) -> None:
    found = found_as_one_types(numbers, wanted)
    assert list(found) == groups
    assert all(address for hits in found.values() for _, address in hits)


def test_a_hit_says_whose_it_is_where_there_are_several_clients(numbers: House) -> None:
    [(title, address)] = found_as_one_types(numbers, "ylva")["Kunder"]
    assert "KundNr 100445" in title
    assert "Kvarnåsens Energi" in title
    assert address == CUSTOMER
    [(title, address)] = found_as_one_types(numbers, "ylva", "1042")["Kunder"]
    assert "Energi" not in title
    assert "klient=1042" in address
    assert list(numbers.requests("ListCustomers")[-1].client_ids) == [ENERGI]


def test_several_hits_and_enter_give_a_page_of_them(numbers: House) -> None:
    answer = numbers.browser().get("/sok?q=ylva")
    assert answer.status_code == 200
    links = shown(answer).xpath("//main//section[contains(@aria-labelledby, 'traffar')]//a/@href")
    assert links == [CUSTOMER, f"/inkasso/arende/{a_case_line(1).case_id}"]


def test_who_may_not_register_is_led_to_the_article_in_the_register(numbers: House) -> None:
    numbers.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"))
    [(_, address)] = found_as_one_types(numbers, "elh")["Artiklar"]
    assert address == "/reskontra/artikelregister?artikelnummer=EL-1"


def test_a_neighbour_that_does_not_answer_is_named_below_the_box(numbers: House) -> None:
    numbers.answers["SearchInvoices"] = Unavailable(neighbour="ledger")
    text = numbers.browser().get("/sok/traffar?q=ylva").get_data(as_text=True)
    assert "Reskontran svarar inte just nu" in text
    assert "Ärende 4101" in text


def test_the_box_is_a_combobox(numbers: House) -> None:
    [box] = shown(numbers.browser().get("/hjalp")).xpath("//input[@data-search]")
    assert (box.get("role"), box.get("aria-expanded"), box.get("aria-controls")) == ("combobox", "false", "sok-traffar")
    assert box.get("data-options") == "/sok/traffar"


def test_the_chosen_client_stays_chosen(numbers: House) -> None:
    answer = numbers.browser().get("/sok?q=40718001&klient=1042")
    assert answer.location.endswith("?klient=1042")
    assert list(numbers.requests("SearchInvoices")[0].client_ids) == [ENERGI]


@pytest.mark.parametrize("wanted", ["99", "finns inte", "<b>", "a' OR 1=1"])
def test_nothing_found_says_where_one_can_search(numbers: House, wanted: str) -> None:
    answer = numbers.browser().get("/sok", query_string={"q": wanted})
    assert answer.status_code == 200
    page = shown(answer)
    assert f"Ingenting hittades för ”{wanted}”" in words(page).replace("” ", "”")
    assert {"/reskontra/", "/inkasso/sok"} <= set(page.xpath("//main//a/@href"))


@pytest.mark.parametrize(("wanted", "status"), [("", 200), ("x" * 41, 422), ("a\x07", 422)])
def test_what_cannot_be_searched_for_is_told_at_the_field(numbers: House, wanted: str, status: int) -> None:
    answer = numbers.browser().get("/sok", query_string={"q": wanted})
    assert answer.status_code == status
    assert words(shown(answer).get_element_by_id("f-q-error"))
    assert numbers.requests("SearchInvoices") == []


def test_only_what_one_may_read_is_asked(numbers: House) -> None:
    numbers.sign_in_as(access(ENERGI, "1042", "Energi", "collection.read"))
    browser = numbers.browser()
    assert browser.get("/sok?q=4101").status_code == 303
    assert browser.get("/sok?q=skicka fil").status_code == 200
    assert numbers.requests("SearchInvoices") == []


def test_a_chosen_client_without_the_right_is_not_asked_about(numbers: House) -> None:
    numbers.sign_in_as(access(ENERGI, "1042", "Energi", "files.send"), access(FIBER, "1043", "Fiber", *ALL))
    assert numbers.browser().get("/sok?q=40718001&klient=1042").status_code == 200
    assert numbers.requests("SearchInvoices") == []


def test_one_neighbour_away_is_named_and_the_other_still_found(numbers: House) -> None:
    numbers.answers["SearchInvoices"] = Unavailable(neighbour="ledger")
    browser = numbers.browser()
    assert browser.get("/sok?q=4101").status_code == 303
    answer = browser.get("/sok?q=99")
    assert answer.status_code == 503
    assert words(shown(answer)).count("Reskontran svarar inte just nu") == 1


def test_every_page_has_the_box_and_the_help_of_its_own_chapter(numbers: House) -> None:
    browser = numbers.browser()
    page = shown(browser.get("/inkasso/sok"))
    assert page.xpath("//form[@class='search']/@action") == ["/sok"]
    assert page.xpath("//a[@target='_blank']/@href") == ["/hjalp#inkasso-sok"]


def test_every_link_has_a_chapter_and_every_chapter_is_written(house: House) -> None:
    anchors = [key for key, _ in CHAPTERS]
    assert {link.help for tab in navigation.TABS for link in tab.links} <= set(anchors)
    page = shown(house.browser().get("/hjalp"))
    assert page.xpath("//section/@id") == anchors
    assert [url[1:] for url in page.xpath("//nav[@aria-label='Kapitel']//a/@href")] == anchors


def test_help_says_why_some_links_may_be_absent(house: House) -> None:
    text = words(shown(house.browser().get("/hjalp")).get_element_by_id("oplacerade-betalningar"))
    assert "visas bara när ni enligt ert avtal har bankkontot själva" in text


def test_the_help_is_searched_by_words(house: House) -> None:
    """X-03."""
    page = shown(house.browser().get("/hjalp?ord=SIE kontoplan"))
    assert [words(heading) for heading in page.xpath("//main//section//h2")] == ["Kontoplan"]
    page = shown(house.browser().get("/hjalp?ord=<b>xyzzy"))
    assert "Inget kapitel innehåller det" in words(page)
    assert page.xpath("//input[@name='ord']")[0].get("value") == "<b>xyzzy"
