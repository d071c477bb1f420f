"""PeriodService: translate, call, translate."""

from datetime import date

import grpc

from chassis import paging
from chassis.database import Database, Tx
from chassis.wire import from_date, refuse, to_date, to_uuid
from rf.ledger.v1 import periods_pb2, periods_pb2_grpc
from services.ledger.domain.periods import first_of_month
from services.ledger.usecases import periods


class PeriodServicer(periods_pb2_grpc.PeriodServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def ClosePeriod(
        self, request: periods_pb2.ClosePeriodRequest, context: grpc.ServicerContext
    ) -> periods_pb2.ClosePeriodResponse:
        client_id = to_uuid(request.client_id, "client_id")
        day = to_date(request.day, "day")
        if day is None:
            raise refuse("day", "REQUIRED")
        month = first_of_month(day)

        def close(tx: Tx) -> periods_pb2.ClosePeriodResponse:
            periods.close(tx, client_id, month)
            return periods_pb2.ClosePeriodResponse(month=from_date(month))

        return self.database.once(request, periods_pb2.ClosePeriodResponse, close)

    def ListClosedPeriods(
        self, request: periods_pb2.ListClosedPeriodsRequest, context: grpc.ServicerContext
    ) -> periods_pb2.ListClosedPeriodsResponse:
        client_id = to_uuid(request.client_id, "client_id")
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [str])
        with self.database.read() as tx:
            found = periods.list_closed(tx, client_id, _day(str(key[0])) if key else None, size + 1)
        more = paging.token(found[size - 1].isoformat()) if len(found) > size else ""
        answer = periods_pb2.ListClosedPeriodsResponse(next_page_token=more)
        for month in found[:size]:
            answer.months.add(year=month.year, month=month.month, day=month.day)
        return answer


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refuse("page_token", "BAD_TOKEN") from None
