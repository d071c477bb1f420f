"""Ärendestatistik (M-07, M-08): what is open by service, then by age, then one by one, and the latest cases (M-10)."""

from collections.abc import Iterable
from typing import Any, Final

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from gateway import preferences
from gateway.charts import AGES, SERVICES
from gateway.rendering import page
from gateway.session import needs
from gateway.views.inkasso.words import NO_STATUS
from gateway.views.inkasso.words import STATUS as CASE_STATUS
from gateway.views.mina_sidor.blueprint import mina_sidor
from gateway.views.mina_sidor.boxes import box, chosen_clients, on_its_own
from rf.collection.v1.cases_pb2 import SearchCasesRequest
from rf.reports.v1 import statistics_pb2 as pb
from rf.reports.v1.statistics_pb2 import CaseStatisticsLine

_SERVICE, _AGE = "COUNTED_SERVICE_", "AGE_"
SLUGS: Final = {"fakturaservice": "INVOICING", "reskontraservice": "LEDGER", "paminnelse": "REMINDER",
                "inkasso": "COLLECTION", "langtidsbevakning": "SURVEILLANCE"}  # fmt: skip
AGE_SLUGS: Final = {"ej-forfallet": "NOT_DUE", "30": "30", "60": "60", "90": "90", "180": "180", "365": "365",
                    "aldre": "OLDER"}  # fmt: skip
_OF: Final = {key: slug for slug, key in SLUGS.items()}
_OF_AGE: Final = {key: slug for slug, key in AGE_SLUGS.items()}
_DAYS: Final = {"NOT_DUE": ("", "0"), "30": ("1", "30"), "60": ("31", "60"), "90": ("61", "90"), "180": ("91", "180"),
                "365": ("181", "365"), "OLDER": ("366", "")}  # fmt: skip
_IN_REGISTER: Final = {"INVOICING": "faktura", "LEDGER": "reskontra"}  # Tjänst as Reskontra's search has it
_OUTSIDE_COLLECTION: Final = ("fakturering", "ej-forfallen", "forfallen", "paminnelse")


@mina_sidor.get("/startsida/arendestatistik")
@needs("ledger.read", "collection.read")
@on_its_own
def case_statistics() -> ResponseReturnValue:
    """By service, or of one service by age."""
    service = SLUGS.get(request.args.get("tjanst", ""), "")
    number = pb.CountedService.Value(_SERVICE + service) if service else pb.COUNTED_SERVICE_UNSPECIFIED
    answer = g.reports.statistics.GetCaseStatistics(
        pb.GetCaseStatisticsRequest(client_ids=chosen_clients(), service=number)
    )
    return box(
        "mina_sidor/_arendestatistik.html",
        "Ärendestatistik",
        service=SERVICES.get(service, ""),
        rows=[_row(line, service) for line in answer.lines],
        sums=_sums(answer.lines),
    )


@mina_sidor.get("/startsida/arendestatistik/arenden")
@needs("collection.read")
def cases_of_age() -> ResponseReturnValue:
    """The cases behind a row of Inkasso."""
    slug = request.args.get("alder", "")
    age = AGE_SLUGS.get(slug, "NOT_DUE")
    tokens = [token for token in request.args.getlist("sida") if token][-100:]
    answer = g.reports.statistics.ListCasesOfAge(
        pb.ListCasesOfAgeRequest(
            client_ids=g.session.scope("collection.read"),
            age=pb.Age.Value(_AGE + age),
            page_token=tokens[-1] if tokens else "",
        )
    )

    def at(pages: list[str]) -> str:
        return url_for("mina_sidor.cases_of_age", alder=_OF_AGE[age], sida=pages)

    return page(
        "mina_sidor/arenden.html",
        age=AGES[age],
        cases=answer.cases,
        clients_by_id={one.client_id: g.session.client_name(one.client_id) for one in answer.cases},
        previous_url=at(tokens[:-1]) if tokens else "",
        next_url=at([*tokens, answer.next_page_token]) if answer.next_page_token else "",
    )


@mina_sidor.get("/startsida/arendelista")
@needs("collection.read")
@on_its_own
def case_list() -> ResponseReturnValue:
    """The N latest registered cases."""
    latest = preferences.mine().latest_cases
    answer = g.collection.cases.SearchCases(
        SearchCasesRequest(client_ids=g.session.scope("collection.read"), page_size=latest)
    )
    rows = [
        {
            "line": line,
            "client": g.session.client_name(line.client_id),
            "status": CASE_STATUS.get(line.status, NO_STATUS),
            "url": url_for("inkasso.case", case_id=line.case_id),
        }
        for line in answer.cases
    ]
    return box("mina_sidor/_arendelista.html", "Ärendelista", rows=rows, latest=latest)


def service_url(service: str) -> str:
    """Ärendestatistik of one service."""
    return url_for("mina_sidor.case_statistics", tjanst=_OF[service])


def things_of_age_url(service: str, age: str) -> str:
    """The cases, or the open invoices of a service, of one age; of every service where none is said."""
    if service == "COLLECTION":
        return url_for("mina_sidor.cases_of_age", alder=_OF_AGE[age]) if g.session.may("collection.read") else ""
    if not g.session.may("ledger.read"):
        return ""
    first, last = _DAYS[age]
    return url_for(
        "reskontra.search",
        kvarstaende_fran="0,01",
        dagar_fran=first or None,
        dagar_till=last or None,
        tjanst=_IN_REGISTER.get(service),
        status=list(_OUTSIDE_COLLECTION) if service else None,
        visa="fakturor",
    )


def _row(line: CaseStatisticsLine, within: str) -> dict[str, Any]:
    service = pb.CountedService.Name(line.service).removeprefix(_SERVICE)
    age = pb.Age.Name(line.age).removeprefix(_AGE)
    return {
        "name": AGES[age] if within else SERVICES[service],
        "url": things_of_age_url(service, age) if within else service_url(service),
        "line": line,
        "currency": line.capital.currency_code,
        "percent": _percent(line.paid.minor_units, line.capital.minor_units),
    }


def _sums(lines: Iterable[CaseStatisticsLine]) -> list[dict[str, Any]]:
    """One sum per currency, that of kronor first: amounts of two currencies are never added up."""
    sums: dict[str, dict[str, Any]] = {}
    for line in sorted(lines, key=lambda one: one.capital.currency_code != "SEK"):
        code = line.capital.currency_code
        total = sums.setdefault(code, {"currency": code, "count": 0, "capital": 0, "paid": 0, "remaining": 0})
        total["count"] += line.count
        for part in ("capital", "paid", "remaining"):
            total[part] += getattr(line, part).minor_units
    for total in sums.values():
        total["percent"] = _percent(total["paid"], total["capital"])
    return list(sums.values())


def _percent(part: int, whole: int) -> int:
    return round(part * 100 / whole) if whole else 0
