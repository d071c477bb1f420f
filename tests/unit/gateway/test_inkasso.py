"""Inkasso > Sök and Ärendeinformation (SPEC D-01 to D-05, Part 2 Sök inkasso)."""

from datetime import date

import pytest

from chassis import wire
from chassis.rpc_errors import RemoteError, Unavailable
from gateway.views.inkasso.case import masked
from kernel.errors import FieldViolation, InvalidInput, Kind, NotFound
from rf.auth.v1 import sessions_pb2
from rf.collection.v1 import cases_pb2, messages_pb2
from tests.unit.gateway.cases import a_case, a_case_line, a_debtor, a_part, an_event
from tests.unit.gateway.house import ALL, ENERGI, House, access
from tests.unit.gateway.reading import shown, table, words

FRAGMENT = {"HX-Request": "true", "HX-Target": "resultat"}
ASKED = "/inkasso/sok?visa=lista"
CASE = f"/inkasso/arende/{a_case_line().case_id}"


def found(*lines: cases_pb2.CaseLine, total: int | None = None, token: str = "") -> cases_pb2.SearchCasesResponse:
    return cases_pb2.SearchCasesResponse(
        cases=lines, total_count=len(lines) if total is None else total, next_page_token=token
    )


@pytest.fixture
def collection(house: House) -> House:
    house.answers["SearchCases"] = found(a_case_line(2), a_case_line(1), total=150, token="NEXT")
    house.answers["GetCase"] = cases_pb2.GetCaseResponse(case=a_case())
    house.answers["GetThread"] = messages_pb2.GetThreadResponse()
    return house


def test_the_form_has_the_fields_of_the_manual_and_asks_nothing_yet(collection: House) -> None:
    page = shown(collection.browser().get("/inkasso/sok"))
    assert [words(label) for label in page.xpath("//form[@id='sokning']//label[@class='form-label']")] == [
        "Ärendenummer", "Fakturanummer", "Kundnummer", "Gäldenär", "ID-nummer", "Registrerat från", "Registrerat till",
    ]  # fmt: skip
    assert collection.requests("SearchCases") == []


def test_the_result_has_the_nine_columns(collection: House) -> None:
    page = shown(collection.browser().get(ASKED))
    assert [words(cell) for cell in page.xpath("//table[@id='arenden']/thead//th")] == [
        "Ärendenummer", "Klient", "Gäldenär", "Tjänst", "Status", "Registrerat", "Kapital", "Kvarstående",
        "Handläggare",
    ]  # fmt: skip
    assert table(page, "arenden")[0] == [
        "4102", "Kvarnåsens Energi", "Ossian Brännvik", "Ombudsinkasso", "Registrerad", "2026-08-17", "1 849,12",
        "1 456,00", "Petra Sjögårde",
    ]  # fmt: skip
    assert "1–2 av 150 ärenden" in words(page)


def test_what_one_fills_in_is_what_is_asked(collection: House) -> None:
    collection.browser().get(
        "/inkasso/sok?arendenr=4101&fakturanr=40718624&kundnr=107994&galdenar=Bränn&idnr=701063-2391"
        "&regfran=2026-08-01&regtill=2026-08-31&status=aktiva"
    )
    (request,) = collection.requests("SearchCases")
    assert (request.number, request.invoice_number, request.customer_number) == ("4101", "40718624", "107994")
    assert (request.debtor_name, request.id_number) == ("Bränn", "701063-2391")
    assert request.registered_from == wire.from_date(date(2026, 8, 1))
    assert request.registered_to == wire.from_date(date(2026, 8, 31))
    assert request.activity == cases_pb2.CASE_ACTIVITY_ACTIVE
    assert list(request.client_ids) == []


def test_the_next_page_goes_on_where_this_one_ends(collection: House) -> None:
    browser = collection.browser()
    (url,) = shown(browser.get(ASKED)).xpath("//a[@rel='next']/@href")
    page = shown(browser.get(url))
    assert collection.requests("SearchCases")[1].page_token == "NEXT"
    assert "51–52 av 150" in words(page)


def test_a_place_that_is_gone_begins_again(collection: House) -> None:
    collection.answers["SearchCases"] = InvalidInput([FieldViolation("page_token", "BAD_TOKEN")])
    answer = collection.browser().get(f"{ASKED}&sida=x")
    assert (answer.status_code, answer.location) == (303, "/inkasso/sok?visa=lista")


def test_one_hit_goes_straight_to_the_case_and_back_to_the_search(collection: House) -> None:
    collection.answers["SearchCases"] = found(a_case_line())
    browser = collection.browser()
    answer = browser.get("/inkasso/sok?kundnr=107994")
    assert answer.location == f"{CASE}?ett=1&kundnr=107994&visa=lista"
    case = shown(browser.get(answer.location))
    assert words(case.xpath("//*[@data-toast]")[0]) == "Ett ärende hittades"
    (back,) = case.xpath("//div[@class='over']/a/@href")
    search = browser.get(back)
    assert search.status_code == 200
    assert shown(search).get_element_by_id("f-kundnr").get("value") == "107994"


def test_one_hit_changes_the_whole_page_also_for_htmx(collection: House) -> None:
    collection.answers["SearchCases"] = found(a_case_line())
    answer = collection.browser().get("/inkasso/sok?kundnr=107994", headers=FRAGMENT)
    assert answer.headers["HX-Redirect"].startswith(CASE)


def test_the_list_alone_is_what_htmx_gets(collection: House) -> None:
    text = collection.browser().get(ASKED, headers=FRAGMENT).get_data(as_text=True)
    assert "<html" not in text
    assert 'id="arenden"' in text


def test_nothing_found_says_so_and_shows_a_way_on(collection: House) -> None:
    collection.answers["SearchCases"] = found()
    page = shown(collection.browser().get("/inkasso/sok?galdenar=Ingen"))
    assert "Inga ärenden matchar" in words(page)
    assert page.xpath("//div[@class='empty']/a/@href") == ["/inkasso/sok?visa=lista"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("regfran=2026-13-45", "f-regfran"), ("regtill=abc", "f-regtill"), (f"galdenar={'x' * 121}", "f-galdenar")],
)
def test_bad_input_is_told_at_its_field(collection: House, query: str, field: str) -> None:
    answer = collection.browser().get(f"/inkasso/sok?{query}")
    assert answer.status_code == 422
    page = shown(answer)
    assert page.get_element_by_id(field).get("aria-invalid") == "true"
    assert words(page.get_element_by_id(f"{field}-error"))
    assert collection.requests("SearchCases") == []


@pytest.mark.parametrize(
    ("field", "reason", "element"),
    [
        ("number", "FORMAT", "f-arendenr"),
        ("id_number", "CHECK_DIGIT", "f-idnr"),
        ("registered_to", "BEFORE_FROM", "f-regtill"),
        ("debtor_name", "CONTROL_CHARACTER", "f-galdenar"),
        ("client_ids", "TOO_MANY", "f-arendenr"),
    ],
)
def test_what_the_service_refuses_is_told_at_its_field(
    collection: House, field: str, reason: str, element: str
) -> None:
    collection.answers["SearchCases"] = InvalidInput([FieldViolation(field, reason)])
    answer = collection.browser().get("/inkasso/sok?arendenr=1&idnr=2")
    assert answer.status_code == 422
    assert words(shown(answer).get_element_by_id(f"{element}-error"))


def test_a_chosen_client_narrows_the_search(collection: House) -> None:
    collection.browser().get(f"{ASKED}&klient=1042")
    assert list(collection.requests("SearchCases")[0].client_ids) == [ENERGI]


def test_a_chosen_client_without_the_right_is_not_taken_for_all(collection: House) -> None:
    collection.sign_in_as(
        access(ENERGI, "1042", "Energi", "ledger.read"), access(a_case_line().case_id, "1043", "Fiber", *ALL)
    )
    assert collection.browser().get(f"{ASKED}&klient=1042").status_code == 403
    assert collection.requests("SearchCases") == []


def test_staff_search_all_clients_also_those_that_the_session_does_not_name(collection: House) -> None:
    collection.sign_in_as(access(ENERGI, "1042", "Energi", *ALL), kind=sessions_pb2.USER_KIND_OFFICER)
    collection.answers["SearchCases"] = found(a_case_line(1, client_id=a_case_line().case_id), a_case_line(2))
    page = shown(collection.browser().get(ASKED))
    assert list(collection.requests("SearchCases")[0].client_ids) == []
    assert [row[1] for row in table(page, "arenden")] == ["", "Energi"]


def test_without_the_right_there_is_neither_page_nor_tab(collection: House) -> None:
    collection.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"))
    browser = collection.browser()
    assert browser.get("/inkasso/sok").status_code == 403
    assert browser.get(CASE).status_code == 403
    assert "Inkasso" not in words(shown(browser.get("/")).xpath("//ul[@class='tabs']")[0])


def test_another_clients_case_is_as_if_it_did_not_exist(collection: House) -> None:
    collection.answers["GetCase"] = NotFound("case")
    assert collection.browser().get(CASE).status_code == 404
    assert collection.browser().get("/inkasso/arende/nonsense").status_code == 404


def test_a_service_that_is_away_is_named(collection: House) -> None:
    collection.answers["SearchCases"] = Unavailable(neighbour="collection")
    answer = collection.browser().get(ASKED)
    assert answer.status_code == 503
    assert "Inkasso svarar inte just nu" in words(shown(answer))


def test_the_debt_is_a_table_that_adds_up_to_a_double_rule(collection: House) -> None:
    page = shown(collection.browser().get(CASE))
    assert table(page, "skuldtabell") == [
        ["Kapital", "1 849,12", "–", "614,56", "1 234,56"],
        ["Ränta", "–", "41,44", "–", "41,44"],
        ["Kostnader", "60,00", "180,00", "60,00", "180,00"],
        ["Summa", "1 909,12", "221,44", "674,56", "1 456,00 kr"],
    ]
    assert words(page.xpath("//table[@id='skuldtabell']//*[contains(@class, 'sum')]")[0]) == "1 456,00 kr"


def test_interest_that_a_late_booking_shortened_is_negative(collection: House) -> None:
    collection.answers["GetCase"] = cases_pb2.GetCaseResponse(case=a_case(interest=a_part(0, 0, 100)))
    rows = table(shown(collection.browser().get(CASE)), "skuldtabell")
    assert rows[1] == ["Ränta", "–", "–", "1,00", "−1,00"]


def test_the_case_says_who_owes_and_who_works_on_it(collection: House) -> None:
    page = shown(collection.browser().get(CASE))
    debtor, facts, officer = (words(page.get_element_by_id(key)) for key in ("galdenar", "uppgifter", "handlaggare"))
    assert "Ossian Brännvik Skogsfrugränd 7 812 93 Lidsjö" in debtor.replace("Gäldenär ", "")
    assert "070-174 06 12" in debtor
    assert "19701063-••••" in facts
    assert "2391" not in facts
    assert "Ombudsinkasso" in facts
    assert officer == "Handläggare Petra Sjögårde 08-465 004 22 petra@resultatfinans.example"


def test_the_interest_can_be_explained_period_by_period(collection: House) -> None:
    page = shown(collection.browser().get(CASE))
    (details,) = page.xpath("//details[@id='forklara-rantan']")
    rows = [[words(cell) for cell in row.xpath("./td")] for row in details.xpath(".//tbody/tr")]
    assert rows[0] == ["2026-08-14", "2026-09-30", "48", "10,00 %", "1 849,12", "24,32"]


def test_claims_lead_to_their_invoices_for_those_who_may_read_them(collection: House) -> None:
    claim = a_case().claims[0]
    page = shown(collection.browser().get(CASE))
    assert page.xpath("//table[@id='fordringar']//a/@href") == [f"/reskontra/faktura/{claim.invoice_id}"]
    collection.sign_in_as(access(ENERGI, "1042", "Energi", "collection.read"))
    page = shown(collection.browser().get(CASE))
    assert page.xpath("//table[@id='fordringar']//a") == []
    assert "40718624" in words(page)


def test_events_say_how_a_payment_was_settled(collection: House) -> None:
    page = shown(collection.browser().get(CASE))
    first = words(page.xpath("//ol[@class='timeline']/li[1]")[0])
    assert first == "Inbetalning 674,56 kr 2026-09-30 Avräknat: kostnader 60,00, kapital 614,56."


def test_a_payment_that_waits_and_the_end_of_a_case_are_told(collection: House) -> None:
    events = [an_event("CLOSED", date(2026, 11, 2)), an_event("INTEREST_RATE_MISSING", date(2026, 11, 1), 10000)]
    paid = {"status": cases_pb2.CASE_STATUS_PAID}
    collection.answers["GetCase"] = cases_pb2.GetCaseResponse(case=a_case(line=paid, events=events))
    text = words(shown(collection.browser().get(CASE)).xpath("//ol[@class='timeline']")[0])
    assert "Ärendet avslutat 2026-11-02 Slutbetald" in text
    assert "Inbetalning 100,00 kr väntar" in text


def test_a_missing_reference_rate_is_said(collection: House) -> None:
    collection.answers["GetCase"] = cases_pb2.GetCaseResponse(case=a_case(missing_reference_rate="2026H2"))
    assert "Referensräntan för andra halvåret 2026 är inte inlagd" in words(shown(collection.browser().get(CASE)))


def test_a_debtor_not_fetched_yet_is_said(collection: House) -> None:
    collection.answers["GetCase"] = cases_pb2.GetCaseResponse(case=a_case(debtors=[]))
    assert "inte hämtade från reskontran ännu" in words(shown(collection.browser().get(CASE)))


def test_of_a_protected_identity_nothing_else_is_shown(collection: House) -> None:
    hidden = a_debtor(protected_identity=True, name="", id_number="", street="Hemlig väg 1")
    collection.answers["GetCase"] = cases_pb2.GetCaseResponse(case=a_case(debtors=[hidden]))
    text = words(shown(collection.browser().get(CASE)))
    assert "Skyddad identitet" in text
    assert "Hemlig väg" not in text


@pytest.mark.parametrize(
    ("digits", "shown_as"),
    [("197010632391", "19701063-••••"), ("162021005489", "202100-5489"), ("", ""), ("7010632391", "701063-••••")],
)
def test_a_persons_number_is_masked_and_a_companys_is_not(digits: str, shown_as: str) -> None:
    assert masked(digits) == shown_as


def test_a_remote_fault_without_a_field_is_no_server_error(collection: House) -> None:
    collection.answers["SearchCases"] = RemoteError("SOMETHING", Kind.INVALID, {}, ())
    assert collection.browser().get(ASKED).status_code == 422
