"""TermsService: translate, call, translate."""

import grpc

from chassis import paging
from chassis.database import Database, Tx
from chassis.wire import to_uuid
from rf.ledger.v1 import terms_pb2, terms_pb2_grpc
from services.ledger.api import from_proto, to_proto
from services.ledger.usecases import terms


class TermsServicer(terms_pb2_grpc.TermsServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def SetTerms(self, request: terms_pb2.SetTermsRequest, context: grpc.ServicerContext) -> terms_pb2.SetTermsResponse:
        return self.database.once(
            request,
            terms_pb2.SetTermsResponse,
            lambda tx: terms_pb2.SetTermsResponse(
                terms=to_proto.terms(terms.set_terms(tx, from_proto.terms(request.terms)))
            ),
        )

    def GetTerms(self, request: terms_pb2.GetTermsRequest, context: grpc.ServicerContext) -> terms_pb2.GetTermsResponse:
        client_id = to_uuid(request.client_id, "client_id")
        with self.database.read() as tx:
            return terms_pb2.GetTermsResponse(terms=to_proto.terms(terms.get_terms(tx, client_id)))

    def SetReferenceRate(
        self, request: terms_pb2.SetReferenceRateRequest, context: grpc.ServicerContext
    ) -> terms_pb2.SetReferenceRateResponse:
        half_year, basis_points, source = from_proto.rate(request.rate)
        rate = terms_pb2.ReferenceRate(half_year=half_year, basis_points=basis_points, source=source)

        def enter(tx: Tx) -> terms_pb2.SetReferenceRateResponse:
            terms.set_reference_rate(tx, half_year, basis_points, source)
            return terms_pb2.SetReferenceRateResponse(rate=rate)

        return self.database.once(request, terms_pb2.SetReferenceRateResponse, enter)

    def ListReferenceRates(
        self, request: terms_pb2.ListReferenceRatesRequest, context: grpc.ServicerContext
    ) -> terms_pb2.ListReferenceRatesResponse:
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [str])
        with self.database.read() as tx:
            rows = terms.list_reference_rates(tx, str(key[0]) if key else "", size + 1)
        rates = [
            terms_pb2.ReferenceRate(half_year=row.half_year, basis_points=row.basis_points, source=row.source)
            for row in rows[:size]
        ]
        more = paging.token(rates[-1].half_year) if len(rows) > size else ""
        return terms_pb2.ListReferenceRatesResponse(rates=rates, next_page_token=more)
