"""UserService."""

import hashlib

import grpc

from chassis import calls
from chassis.database import Database, Tx
from chassis.permissions import Permission
from rf.auth.v1 import sessions_pb2, users_pb2, users_pb2_grpc
from services.auth.api import from_proto, to_proto
from services.auth.usecases import users
from services.auth.usecases.hashing import PasswordHasher


class UserServicer(users_pb2_grpc.UserServiceServicer):
    """People with a login."""

    def __init__(self, database: Database, hasher: PasswordHasher) -> None:
        self._database = database
        self._hasher = hasher

    def CreateUser(
        self, request: users_pb2.CreateUserRequest, context: grpc.ServicerContext
    ) -> users_pb2.CreateUserResponse:
        calls.caller().require_everywhere(Permission.USERS_MANAGE)  # before a fault in the input is told
        profile = from_proto.profile(request.user)
        user = users.checked(calls.caller(), profile, request.password, from_proto.access(request.clients))
        with self._hasher.turn():
            password_hash = self._hasher.hash(user.password)

        def create(tx: Tx) -> users_pb2.CreateUserResponse:
            return users_pb2.CreateUserResponse(user=to_proto.user(users.create(tx, user, password_hash), profile))

        return self._database.once(request, users_pb2.CreateUserResponse, create, _without_password(request))

    def CreateFirstAdministrator(
        self, request: users_pb2.CreateFirstAdministratorRequest, context: grpc.ServicerContext
    ) -> users_pb2.CreateFirstAdministratorResponse:
        users.may_be_first(self._database, request.first_run_token)
        asked = sessions_pb2.User()
        asked.CopyFrom(request.user)
        asked.kind = asked.kind or sessions_pb2.USER_KIND_ADMINISTRATOR
        user = users.first_administrator(from_proto.profile(asked), request.password)
        with self._hasher.turn():
            password_hash = self._hasher.hash(user.password)
        user_id = users.create_first(self._database, request.first_run_token, user.profile, password_hash)
        return users_pb2.CreateFirstAdministratorResponse(user=to_proto.user(user_id, user.profile))


def _without_password(request: users_pb2.CreateUserRequest) -> bytes:
    """What a repeat is told by. A stored quick hash of a password would be one to guess from."""
    rest = users_pb2.CreateUserRequest()
    rest.CopyFrom(request)
    rest.ClearField("password")
    return hashlib.sha256(rest.SerializeToString(deterministic=True)).digest()
