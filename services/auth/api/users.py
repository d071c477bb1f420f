"""UserService."""

import hashlib
from collections.abc import Callable
from typing import Protocol, TypeVar
from uuid import UUID

import grpc
from google.protobuf.message import Message

from chassis import calls, paging
from chassis.database import Database, HasRequestId, Tx
from chassis.permissions import Permission, labels
from chassis.wire import to_uuid
from rf.auth.v1 import sessions_pb2, users_pb2, users_pb2_grpc
from services.auth.api import from_proto, to_proto
from services.auth.usecases import administration, users
from services.auth.usecases.hashing import PasswordHasher

A = TypeVar("A", bound=Message)


class OfUser(HasRequestId, Protocol):
    """A message of an RPC that does something with a user."""

    user_id: str


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

    def ListUsers(
        self, request: users_pb2.ListUsersRequest, context: grpc.ServicerContext
    ) -> users_pb2.ListUsersResponse:
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [str])
        client_id = to_uuid(request.client_id, "client_id") if request.client_id else None
        with self._database.read() as tx:
            found = administration.page(tx, client_id, request.begins_with, str(key[0]) if key else "", size + 1)
        return users_pb2.ListUsersResponse(
            users=[to_proto.listed_user(one) for one in found[:size]],
            next_page_token=paging.token(found[size - 1].key) if len(found) > size else "",
        )

    def GetUser(self, request: users_pb2.GetUserRequest, context: grpc.ServicerContext) -> users_pb2.GetUserResponse:
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [str])
        before = to_uuid(str(key[0]), "page_token") if key else None
        with self._database.read() as tx:
            found = administration.whole(tx, to_uuid(request.user_id, "user_id"), before, size + 1)
        more = len(found.sessions) > size
        return users_pb2.GetUserResponse(
            user=to_proto.listed_user(found.user),
            clients=[to_proto.access(one) for one in found.clients],
            staff_permissions=labels(found.user.everywhere),
            sessions=[to_proto.session(one) for one in found.sessions[:size]],
            managed_whole=found.managed_whole,
            next_page_token=paging.token(str(found.sessions[size - 1].session_id)) if more else "",
        )

    def SetUserAccess(
        self, request: users_pb2.SetUserAccessRequest, context: grpc.ServicerContext
    ) -> users_pb2.SetUserAccessResponse:
        wanted = from_proto.access(request.clients)
        return self._once(
            request,
            users_pb2.SetUserAccessResponse,
            lambda tx, user: users_pb2.SetUserAccessResponse(changed=administration.set_access(tx, user, wanted)),
        )

    def SetStaffPermissions(
        self, request: users_pb2.SetStaffPermissionsRequest, context: grpc.ServicerContext
    ) -> users_pb2.SetStaffPermissionsResponse:
        return self._once(
            request,
            users_pb2.SetStaffPermissionsResponse,
            lambda tx, user: administration.set_staff_permissions(tx, user, request.permissions),
        )

    def SetUserDisabled(
        self, request: users_pb2.SetUserDisabledRequest, context: grpc.ServicerContext
    ) -> users_pb2.SetUserDisabledResponse:
        return self._once(
            request,
            users_pb2.SetUserDisabledResponse,
            lambda tx, user: administration.set_disabled(tx, user, disabled=request.disabled),
        )

    def EndUserSessions(
        self, request: users_pb2.EndUserSessionsRequest, context: grpc.ServicerContext
    ) -> users_pb2.EndUserSessionsResponse:
        return self._once(
            request,
            users_pb2.EndUserSessionsResponse,
            lambda tx, user: users_pb2.EndUserSessionsResponse(ended=administration.end_sessions(tx, user)),
        )

    def RemoveSecondFactor(
        self, request: users_pb2.RemoveSecondFactorRequest, context: grpc.ServicerContext
    ) -> users_pb2.RemoveSecondFactorResponse:
        return self._once(request, users_pb2.RemoveSecondFactorResponse, administration.remove_second_factor)

    def SendPasswordReset(
        self, request: users_pb2.SendPasswordResetRequest, context: grpc.ServicerContext
    ) -> users_pb2.SendPasswordResetResponse:
        return self._once(request, users_pb2.SendPasswordResetResponse, administration.send_reset)

    def _once(self, request: OfUser, kind: type[A], act: Callable[[Tx, UUID], A | None]) -> A:
        """An act on a user, once; where it tells nothing, an empty answer."""
        user_id = to_uuid(request.user_id, "user_id")
        return self._database.once(request, kind, lambda tx: act(tx, user_id) or kind())


def _without_password(request: users_pb2.CreateUserRequest) -> bytes:
    """What a repeat is told by. A stored quick hash of a password would be one to guess from."""
    rest = users_pb2.CreateUserRequest()
    rest.CopyFrom(request)
    rest.ClearField("password")
    return hashlib.sha256(rest.SerializeToString(deterministic=True)).digest()
