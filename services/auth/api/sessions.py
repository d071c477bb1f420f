"""SessionService."""

import grpc

from chassis.database import Database
from chassis.tokens import Signer
from chassis.wire import to_uuids
from rf.auth.v1 import sessions_pb2, sessions_pb2_grpc
from services.auth.api import to_proto
from services.auth.storage.sessions import Place
from services.auth.usecases import sessions
from services.auth.usecases.hashing import PasswordHasher
from services.auth.usecases.secret_maker import SecretMaker


class SessionServicer(sessions_pb2_grpc.SessionServiceServicer):
    """Sign-in, the question on every page, sign-out."""

    def __init__(self, database: Database, hasher: PasswordHasher, signer: Signer, maker: SecretMaker) -> None:
        self._database = database
        self._hasher = hasher
        self._signer = signer
        self._maker = maker

    def SignIn(self, request: sessions_pb2.SignInRequest, context: grpc.ServicerContext) -> sessions_pb2.SignInResponse:
        place = Place(request.client_ip, request.user_agent)
        done = sessions.sign_in(self._database, self._hasher, request.user_name, request.password, place)
        return sessions_pb2.SignInResponse(
            session_token=done.session_token, second_factor_token=done.second_factor_token
        )

    def ConfirmSignIn(
        self, request: sessions_pb2.ConfirmSignInRequest, context: grpc.ServicerContext
    ) -> sessions_pb2.ConfirmSignInResponse:
        place = Place(request.client_ip, request.user_agent)
        token = sessions.confirm_sign_in(self._database, self._maker, request.second_factor_token, request.code, place)
        return sessions_pb2.ConfirmSignInResponse(session_token=token)

    def Authorize(
        self, request: sessions_pb2.AuthorizeRequest, context: grpc.ServicerContext
    ) -> sessions_pb2.AuthorizeResponse:
        client_ids = to_uuids(request.client_ids, "client_ids")
        answer = sessions.authorize(
            self._database, self._signer, request.session_token, request.audience, client_ids, touch=request.touch
        )
        return to_proto.authorized(answer)

    def SignOut(
        self, request: sessions_pb2.SignOutRequest, context: grpc.ServicerContext
    ) -> sessions_pb2.SignOutResponse:
        sessions.sign_out(self._database, request.session_token)
        return sessions_pb2.SignOutResponse()
