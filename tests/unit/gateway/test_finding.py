"""The search box of the top row, and Hjälp (SPEC G-06, X-03; UI 5)."""

import pytest

from chassis.rpc_errors import Unavailable
from gateway import navigation
from gateway.views.hjalp import CHAPTERS
from kernel.errors import FieldViolation, InvalidInput
from rf.collection.v1 import cases_pb2
from rf.ledger.v1 import invoices_pb2
from tests.unit.gateway.cases import a_case_line
from tests.unit.gateway.house import ALL, ENERGI, FIBER, House, access
from tests.unit.gateway.invoices import a_line
from tests.unit.gateway.reading import shown, words


@pytest.fixture
def numbers(house: House) -> House:
    """Invoice 40718001 and customer 100445 in the ledger, case 4101 in collection."""

    def invoices(request: invoices_pb2.SearchInvoicesRequest) -> invoices_pb2.SearchInvoicesResponse:
        hit = request.invoice_number == "40718001" or request.customer_number == "100445"
        return invoices_pb2.SearchInvoicesResponse(invoices=[a_line(1)] if hit else [])

    def cases(request: cases_pb2.SearchCasesRequest) -> cases_pb2.SearchCasesResponse:
        if not request.number.isdigit():
            raise InvalidInput([FieldViolation("number", "FORMAT")])
        return cases_pb2.SearchCasesResponse(cases=[a_case_line(1)] if request.number == "4101" else [])

    house.answers |= {"SearchInvoices": invoices, "SearchCases": cases}
    return house


@pytest.mark.parametrize(
    ("wanted", "address"),
    [
        ("40718001", f"/reskontra/faktura/{a_line(1).invoice_id}"),
        ("4101", f"/inkasso/arende/{a_case_line(1).case_id}"),
        ("100445", "/reskontra/?kundnr=100445"),
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
