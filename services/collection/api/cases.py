"""CaseService: message, use case, message."""

import grpc

from chassis import paging
from chassis.database import Database
from chassis.wire import to_uuid
from rf.collection.v1 import cases_pb2, cases_pb2_grpc
from services.collection.api import from_proto, to_proto
from services.collection.usecases import costs, opening, searching


class CaseServicer(cases_pb2_grpc.CaseServiceServicer):
    """Collection cases."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def SearchCases(
        self, request: cases_pb2.SearchCasesRequest, context: grpc.ServicerContext
    ) -> cases_pb2.SearchCasesResponse:
        clients, wanted, before, size = from_proto.search(request)
        with self.database.read() as tx:
            hits = searching.find(tx, clients, wanted, before, size)
        return cases_pb2.SearchCasesResponse(
            cases=[to_proto.line(row, remaining) for row, remaining in hits.lines],
            next_page_token=paging.token(hits.next_number) if hits.next_number is not None else "",
            total_count=hits.total,
        )

    def GetCase(self, request: cases_pb2.GetCaseRequest, context: grpc.ServicerContext) -> cases_pb2.GetCaseResponse:
        case_id = to_uuid(request.case_id, "case_id")
        with self.database.read() as tx:
            view = opening.open_case(tx, case_id)
        return cases_pb2.GetCaseResponse(case=to_proto.case(view))

    def AddCost(self, request: cases_pb2.AddCostRequest, context: grpc.ServicerContext) -> cases_pb2.AddCostResponse:
        cost = from_proto.cost(request)
        return self.database.once(
            request,
            cases_pb2.AddCostResponse,
            lambda tx: cases_pb2.AddCostResponse(case=to_proto.case(costs.add(tx, *cost))),
        )
