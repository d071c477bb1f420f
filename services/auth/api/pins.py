"""PinService."""

import grpc

from chassis import calls, paging
from chassis.database import Database, Tx
from chassis.wire import to_uuid
from rf.auth.v1 import pins_pb2_grpc
from rf.auth.v1.pins_pb2 import (
    CreatePinRequest,
    CreatePinResponse,
    ListPinsRequest,
    ListPinsResponse,
    RevokePinRequest,
    RevokePinResponse,
)
from services.auth.api import to_proto
from services.auth.usecases import pins
from services.auth.usecases.secret_maker import SecretMaker


class PinServicer(pins_pb2_grpc.PinServiceServicer):
    """PIN codes."""

    def __init__(self, database: Database, maker: SecretMaker) -> None:
        self._database = database
        self._maker = maker

    def CreatePin(self, request: CreatePinRequest, context: grpc.ServicerContext) -> CreatePinResponse:
        request_id = to_uuid(request.request_id, "request_id")
        new = pins.checked(to_uuid(request.client_id, "client_id"), request.permissions, request.days)

        def create(tx: Tx) -> CreatePinResponse:  # what is kept for a repeat; without the code
            return CreatePinResponse(pin=to_proto.pin(pins.create(tx, self._maker, new, request_id)))

        answer = self._database.once(request, CreatePinResponse, create)
        answer.code = pins.code_of(self._maker, calls.caller().subject, request_id, answer.pin.start)
        return answer

    def ListPins(self, request: ListPinsRequest, context: grpc.ServicerContext) -> ListPinsResponse:
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [str])
        client_id = to_uuid(request.client_id, "client_id") if request.client_id else None
        before = to_uuid(str(key[0]), "page_token") if key else None
        with self._database.read() as tx:
            found = pins.page(tx, client_id, before, size + 1)
        return ListPinsResponse(
            pins=[to_proto.pin(one) for one in found[:size]],
            next_page_token=paging.token(str(found[size - 1].pin_id)) if len(found) > size else "",
        )

    def RevokePin(self, request: RevokePinRequest, context: grpc.ServicerContext) -> RevokePinResponse:
        pin_id = to_uuid(request.pin_id, "pin_id")

        def revoke(tx: Tx) -> RevokePinResponse:
            return RevokePinResponse(pin=to_proto.pin(pins.revoke(tx, pin_id)))

        return self._database.once(request, RevokePinResponse, revoke)
