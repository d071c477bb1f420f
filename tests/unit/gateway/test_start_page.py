"""The start page and its boxes (SPEC M-01, M-02, M-06 to M-11, S-1 to S-9)."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chassis import wire
from chassis.rpc_errors import Unavailable
from gateway import charts
from gateway.charts import AGES, ticks
from gateway.preferences import STATISTICS
from rf.auth.v1 import documents_pb2
from rf.collection.v1 import cases_pb2
from rf.reports.v1 import statistics_pb2 as pb
from tests.unit.gateway.cases import a_case_line
from tests.unit.gateway.house import ENERGI, House, access
from tests.unit.gateway.reading import shown, table, words

HTMX = {"HX-Request": "true"}


def chosen(house: House, **choices: Any) -> None:
    document = documents_pb2.Document(body=json.dumps(choices))
    house.answers["GetDocument"] = documents_pb2.GetDocumentResponse(document=document)


def boxes(house: House) -> list[str]:
    page = shown(house.browser().get("/"))
    return [box.get("hx-get") for box in page.xpath("//main//*[@hx-trigger='load']")]


def buckets(statistic: str) -> pb.GetStatisticResponse:
    """What reports answers: 1, 2, 3 … in the buckets of the statistic."""
    keys = {
        "new_cases": [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)],
        "active_by_service": list(charts.SERVICES),
        "debtors_by_age": list(charts._DEBTORS),
        "own_or_agent": ["OWN", "AGENT"],
    }
    keys["closed_cases"] = keys["invoices_per_month"] = keys["new_cases"]
    amounts = statistic == "amount_by_invoice_age"
    return pb.GetStatisticResponse(
        buckets=[
            pb.Bucket(key=key, count=n, amount=wire.money(n * 10_000_000) if amounts else None)
            for n, key in enumerate(keys.get(statistic, list(AGES)), start=1)
        ],
        day=wire.from_date(date(2026, 11, 24)),
    )


def a_line(service: Any, minor: int, paid: int = 0, currency: str = "SEK", **more: Any) -> pb.CaseStatisticsLine:
    return pb.CaseStatisticsLine(
        service=service,
        count=3,
        capital=wire.money(minor, currency),
        paid=wire.money(paid, currency),
        remaining=wire.money(minor - paid, currency),
        **more,
    )


def test_it_welcomes_and_says_when_one_signed_in_now_and_before(house: House) -> None:
    """M-01."""
    answer = house.answers["Authorize"]
    answer.login_at.FromDatetime(datetime(2026, 11, 24, 7, 12, tzinfo=UTC))
    answer.previous_login_at.FromDatetime(datetime(2026, 11, 23, 14, 47, tzinfo=UTC))
    page = shown(house.browser().get("/"))
    assert words(page.xpath("//h1")[0]) == "Välkommen, Frida"
    logins = "Inloggad tisdag 2026-11-24 kl. 08.12. Föregående inloggning måndag 2026-11-23 kl. 15.47."
    assert words(page.xpath("//*[@class='under']")[0]) == logins
    chosen(house, welcome=False)
    page = shown(house.browser().get("/"))
    assert words(page.xpath("//h1")[0]) == "Startsida"
    assert words(page.xpath("//*[@class='under']")[0]) == logins  # M-06: this stays


def test_only_the_chosen_boxes_stand_there_in_the_manuals_order(house: House) -> None:
    """M-07, M-09, M-10: by the user's choices; each box is a request of its own."""
    assert boxes(house) == [
        "/startsida/arendestatistik",
        "/startsida/arendelista",
        "/startsida/statistik/new_cases",
        "/startsida/statistik/amount_by_invoice_age",
        "/startsida/statistik/invoices_per_month",
    ]
    chosen(house, case_statistics=False, case_list=False, chosen_statistics=["own_or_agent", "new_cases"])
    assert boxes(house) == ["/startsida/statistik/new_cases", "/startsida/statistik/own_or_agent"]
    chosen(house, case_statistics=False, case_list=False, statistics=False)
    assert boxes(house) == []
    assert "Processa frågelista" not in words(shown(house.browser().get("/")))  # M-11: no such page yet


def test_a_box_that_one_may_not_read_is_not_there(house: House) -> None:
    house.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"))
    assert boxes(house) == ["/startsida/arendestatistik", "/startsida/statistik/invoices_per_month"]
    assert house.browser().get("/startsida/arendelista").status_code == 403
    assert house.browser().get("/startsida/statistik/new_cases").status_code == 403


@pytest.mark.parametrize("name", list(STATISTICS))
def test_each_statistic_is_a_chart_with_a_name_and_the_same_as_a_table(house: House, name: str) -> None:
    """M-09, S-1 to S-9."""
    house.answers["GetStatistic"] = buckets(name)
    box = shown(house.browser().get(f"/startsida/statistik/{name}", headers=HTMX))
    assert words(box.xpath("//h2")[0]) == STATISTICS[name]
    [chart] = box.xpath("//svg[@class='chart']")
    assert chart.get("aria-label").startswith(STATISTICS[name])
    as_table = shown(house.browser().get(f"/startsida/statistik/{name}?som=tabell", headers=HTMX))
    assert not as_table.xpath("//svg[@class='chart']")
    rows = as_table.xpath("//tbody/tr")
    assert len(rows) == (
        12 if len(house.answers["GetStatistic"].buckets) == 24 else len(house.answers["GetStatistic"].buckets)
    )
    assert house.requests("GetStatistic")[0].statistic == charts.BY_NAME[name].number


def test_a_statistic_of_nothing_says_so_and_does_not_fall(house: House) -> None:
    for name in STATISTICS:
        empty = buckets(name)
        for bucket in empty.buckets:
            bucket.count = 0
            bucket.ClearField("amount")
        house.answers["GetStatistic"] = empty
        answer = house.browser().get(f"/startsida/statistik/{name}", headers=HTMX)
        assert answer.status_code == 200, name


def test_ages_lead_to_the_invoices_and_cases_behind(house: House) -> None:
    house.answers["GetStatistic"] = buckets("invoices_by_age")
    box = shown(house.browser().get("/startsida/statistik/invoices_by_age", headers=HTMX))
    assert "dagar_fran=31&dagar_till=60" in box.xpath("//svg//a")[2].get("href")
    house.answers["GetStatistic"] = buckets("new_cases")
    box = shown(house.browser().get("/startsida/statistik/new_cases", headers=HTMX))
    assert "regfran=2026-02-01&regtill=2026-02-28" in box.xpath("//svg//a")[1].get("href")


def test_case_statistics_go_from_service_to_age_to_the_list(house: House) -> None:
    """M-07, M-08: Tjänst, Antal, Kapital, Inbetalt, Kvarstående, Andel betald; no sum over two currencies."""
    ledger, collection = pb.COUNTED_SERVICE_LEDGER, pb.COUNTED_SERVICE_COLLECTION
    house.answers["GetCaseStatistics"] = pb.GetCaseStatisticsResponse(
        lines=[a_line(ledger, 100_000, 25_000), a_line(ledger, 7_000, currency="EUR"), a_line(collection, 50_000)]
    )
    box = shown(house.browser().get("/startsida/arendestatistik", headers=HTMX))
    assert [words(cell) for cell in box.xpath("//thead//th")] == [
        "Tjänst", "Antal", "Kapital", "Inbetalt", "Kvarstående", "Andel betald",
    ]  # fmt: skip
    assert table(box, "arendestatistik") == [
        ["Reskontraservice", "3", "1 000,00", "250,00", "750,00", "25 %"],
        ["Reskontraservice EUR", "3", "70,00", "0,00", "70,00", "0 %"],
        ["Inkasso", "3", "500,00", "0,00", "500,00", "0 %"],
        ["Summa SEK", "6", "1 500,00", "250,00", "1 250,00", "17 %"],
        ["Summa EUR", "3", "70,00", "0,00", "70,00", "0 %"],
    ]
    into = box.xpath("//tbody//a")[0].get("href")
    aged = [a_line(ledger, 100, age=pb.AGE_NOT_DUE), a_line(ledger, 200, age=pb.AGE_OLDER)]
    house.answers["GetCaseStatistics"] = pb.GetCaseStatisticsResponse(lines=aged)
    page = shown(house.browser().get(into))  # as a page of its own
    assert house.requests("GetCaseStatistics")[-1].service == ledger
    assert words(page.xpath("//h1")[0]) == "Ärendestatistik"
    links = [link.get("href") for link in page.xpath("//table//tbody//a")]
    assert all("tjanst=reskontra" in link and "kvarstaende_fran=" in link for link in links)
    assert "dagar_till=0" in links[0]
    assert "dagar_fran=366" in links[1]


def test_a_row_of_inkasso_leads_to_its_cases_one_by_one(house: House) -> None:
    """M-08: all the way to one case."""
    house.answers["GetCaseStatistics"] = pb.GetCaseStatisticsResponse(
        lines=[a_line(pb.COUNTED_SERVICE_COLLECTION, 100, age=pb.AGE_90)]
    )
    box = shown(house.browser().get("/startsida/arendestatistik?tjanst=inkasso", headers=HTMX))
    case_id = a_case_line().case_id
    house.answers["ListCasesOfAge"] = pb.ListCasesOfAgeResponse(
        cases=[
            pb.CaseOfAge(
                case_id=case_id,
                client_id=ENERGI,
                number="100001",
                due_date=wire.from_date(date(2026, 9, 1)),
                capital=wire.money(50_000),
                remaining=wire.money(20_000),
            )
        ],
        next_page_token="NEXT",
    )
    page = shown(house.browser().get(box.xpath("//tbody//a")[0].get("href")))
    assert house.requests("ListCasesOfAge")[-1].age == pb.AGE_90
    assert table(page, "arenden") == [["100001", "Kvarnåsens Energi", "2026-09-01", "500,00", "300,00", "200,00"]]
    assert page.xpath("//table//a")[0].get("href") == f"/inkasso/arende/{case_id}"
    house.browser().get(page.xpath("//a[@rel='next']")[0].get("href"))
    assert house.requests("ListCasesOfAge")[-1].page_token == "NEXT"


def test_the_latest_cases_as_many_as_one_has_chosen(house: House) -> None:
    """M-10: Visa de senaste."""
    chosen(house, latest_cases=7)
    house.answers["SearchCases"] = cases_pb2.SearchCasesResponse(cases=[a_case_line(2), a_case_line(1, debtor_name="")])
    box = shown(house.browser().get("/startsida/arendelista", headers=HTMX))
    assert house.requests("SearchCases")[0].page_size == 7
    assert [words(cell) for cell in box.xpath("//thead//th")] == [
        "Ärendenr", "Gäldenär", "Klient", "Registrerat", "Kapital", "Status",
    ]  # fmt: skip
    assert table(box, "arendelista")[1] == [
        "4101", "Visas inte", "Kvarnåsens Energi", "2026-08-17", "1 849,12", "Registrerad",
    ]  # fmt: skip


def test_a_service_that_does_not_answer_takes_its_box_only(house: House) -> None:
    house.answers["GetStatistic"] = Unavailable(what="reports")
    answer = house.browser().get("/startsida/statistik/new_cases", headers=HTMX)
    assert answer.status_code == 200  # so that the box is put in its place
    assert "svarar inte" in words(shown(answer))
    assert house.browser().get("/startsida/statistik/new_cases").status_code == 503
    assert house.browser().get("/").status_code == 200


def test_an_unknown_statistic_is_no_page(house: House) -> None:
    assert house.browser().get("/startsida/statistik/finns-inte").status_code == 404


@pytest.mark.parametrize(("top", "marks"), [(0, [0, 1]), (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (262, [0, 100, 200, 300])])
def test_an_axis_begins_at_zero_and_has_round_marks(top: int, marks: list[int]) -> None:
    assert ticks(top) == marks
