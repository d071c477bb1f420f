"""StatisticsService: translate, call, translate."""

from datetime import date
from uuid import UUID

import grpc

from chassis import paging
from chassis.business_day import today
from chassis.database import Database
from chassis.wire import from_date, money, refuse, to_uuid, to_uuids
from rf.reports.v1 import statistics_pb2, statistics_pb2_grpc
from services.reports.domain.statistics import YEARS, Bucket, Line, Statistic
from services.reports.storage.statistics import AnyRow
from services.reports.usecases import statistics

_STATISTIC, _SERVICE, _AGE = "STATISTIC_", "COUNTED_SERVICE_", "AGE_"


class StatisticsServicer(statistics_pb2_grpc.StatisticsServiceServicer):
    """The read models of the statistics."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def GetStatistic(
        self, request: statistics_pb2.GetStatisticRequest, context: grpc.ServicerContext
    ) -> statistics_pb2.GetStatisticResponse:
        statistic = Statistic[_word(statistics_pb2.Statistic, request.statistic, "statistic", _STATISTIC)]
        day = today()
        year = request.year or day.year
        if year not in YEARS:
            raise refuse("year", "OUT_OF_RANGE")
        with self._database.read() as tx:
            found = statistics.get(tx, statistic, to_uuids(request.client_ids, "client_ids"), year, day)
        with_amount = statistic is Statistic.AMOUNT_BY_AGE
        buckets = [_bucket(bucket, with_amount=with_amount) for bucket in found]
        return statistics_pb2.GetStatisticResponse(buckets=buckets, day=from_date(day))

    def GetCaseStatistics(
        self, request: statistics_pb2.GetCaseStatisticsRequest, context: grpc.ServicerContext
    ) -> statistics_pb2.GetCaseStatisticsResponse:
        service = None
        if request.service:
            service = _word(statistics_pb2.CountedService, request.service, "service", _SERVICE)
        with self._database.read() as tx:
            found = statistics.case_statistics(tx, to_uuids(request.client_ids, "client_ids"), service, today())
        return statistics_pb2.GetCaseStatisticsResponse(lines=[_line(line) for line in found])

    def ListCasesOfAge(
        self, request: statistics_pb2.ListCasesOfAgeRequest, context: grpc.ServicerContext
    ) -> statistics_pb2.ListCasesOfAgeResponse:
        age = _word(statistics_pb2.Age, request.age, "age", _AGE)
        clients, size = to_uuids(request.client_ids, "client_ids"), paging.size(request.page_size)
        after = _after(request.page_token)
        with self._database.read() as tx:
            rows, more = statistics.cases_of_age(tx, clients, age, today(), after, size)
        token = paging.token(rows[-1].due_date.isoformat(), str(rows[-1].case_id)) if more else ""
        return statistics_pb2.ListCasesOfAgeResponse(cases=[_case(row) for row in rows], next_page_token=token)


def _word(enum: object, number: int, field: str, prefix: str) -> str:
    """The name of a number without its prefix. Raises InvalidInput."""
    if not number:
        raise refuse(field, "REQUIRED")
    try:
        name: str = enum.Name(number)  # type: ignore[attr-defined]  # protobuf's wrapper of any enum
    except ValueError:
        raise refuse(field, "UNKNOWN") from None
    return name.removeprefix(prefix)


def _after(token: str) -> tuple[date, UUID] | None:
    found = paging.key(token, (str, str))
    if found is None:
        return None
    try:
        return date.fromisoformat(str(found[0])), to_uuid(str(found[1]), "page_token")
    except ValueError:
        raise refuse("page_token", "BAD_TOKEN") from None


def _bucket(bucket: Bucket, *, with_amount: bool) -> statistics_pb2.Bucket:
    amount = money(bucket.minor) if with_amount else None
    return statistics_pb2.Bucket(key=bucket.key, count=bucket.count, amount=amount)


def _line(line: Line) -> statistics_pb2.CaseStatisticsLine:
    return statistics_pb2.CaseStatisticsLine(
        service=statistics_pb2.CountedService.Value(_SERVICE + line.service),
        age=statistics_pb2.Age.Value(_AGE + line.age) if line.age else statistics_pb2.AGE_UNSPECIFIED,
        count=line.count,
        capital=money(line.capital_minor, line.currency),
        paid=money(line.capital_minor - line.remaining_minor, line.currency),
        remaining=money(line.remaining_minor, line.currency),
    )


def _case(row: AnyRow) -> statistics_pb2.CaseOfAge:
    return statistics_pb2.CaseOfAge(
        case_id=str(row.case_id),
        client_id=str(row.client_id),
        number=row.number,
        due_date=from_date(row.due_date),
        capital=money(row.capital_minor, row.currency),
        remaining=money(row.remaining_minor, row.currency),
    )
