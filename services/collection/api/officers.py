"""OfficerService: message, use case, message."""

import grpc

from chassis.database import Database
from rf.collection.v1 import officers_pb2, officers_pb2_grpc
from services.collection.api import from_proto, to_proto
from services.collection.usecases import officers


class OfficerServicer(officers_pb2_grpc.OfficerServiceServicer):
    """Officers and their clients."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def SetOfficer(
        self, request: officers_pb2.SetOfficerRequest, context: grpc.ServicerContext
    ) -> officers_pb2.SetOfficerResponse:
        officer, clients = from_proto.officer(request)
        return self.database.once(
            request,
            officers_pb2.SetOfficerResponse,
            lambda tx: officers_pb2.SetOfficerResponse(
                officer=to_proto.officer(officers.set_officer(tx, officer, clients))
            ),
        )
