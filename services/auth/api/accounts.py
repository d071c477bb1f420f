"""AccountService."""

import hashlib
from contextlib import suppress
from uuid import UUID

import grpc

from chassis import paging
from chassis.database import Database, Tx
from chassis.wire import from_time, to_uuid
from rf.auth.v1 import accounts_pb2, accounts_pb2_grpc
from services.auth.api import from_proto, to_proto
from services.auth.storage import second_factors as factor_rows
from services.auth.usecases import accounts, second_factors
from services.auth.usecases.accounts import Change, Wanted, WrongPassword
from services.auth.usecases.hashing import PasswordHasher
from services.auth.usecases.people import person
from services.auth.usecases.secret_maker import SecretMaker


class AccountServicer(accounts_pb2_grpc.AccountServiceServicer):
    """One's own account."""

    def __init__(self, database: Database, hasher: PasswordHasher, maker: SecretMaker) -> None:
        self._database = database
        self._hasher = hasher
        self._maker = maker

    def GetOwnAccount(
        self, request: accounts_pb2.GetOwnAccountRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.GetOwnAccountResponse:
        who = person()
        with self._database.read() as tx:
            found = accounts.account(tx, who)
            has_factor = factor_rows.in_use(tx, who.user_id)
            codes_left = factor_rows.recovery_codes_left(tx, who.user_id)
        return accounts_pb2.GetOwnAccountResponse(
            user=to_proto.user(found.user_id, found.profile),
            password_changed_at=from_time(found.password_changed_at),
            second_factor=has_factor,
            recovery_codes_left=codes_left,
        )

    def StartTotp(
        self, request: accounts_pb2.StartTotpRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.StartTotpResponse:
        who = person()
        there = accounts.check_password(self._database, self._hasher, who, request.current_password, request.client_ip)
        with self._database.read() as tx:
            app = second_factors.start(tx, self._maker, who, there.profile.user_name)
        return accounts_pb2.StartTotpResponse(secret=app.secret, uri=app.uri)

    def ConfirmTotp(
        self, request: accounts_pb2.ConfirmTotpRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.ConfirmTotpResponse:
        who = person()
        request_id = to_uuid(request.request_id, "request_id")
        key = second_factors.count_try(self._database, who.user_id)

        def confirm(tx: Tx) -> accounts_pb2.ConfirmTotpResponse:  # what is kept for a repeat; without the codes
            second_factors.confirm(tx, self._maker, who, request.code, request_id)
            return accounts_pb2.ConfirmTotpResponse()

        self._database.once(request, accounts_pb2.ConfirmTotpResponse, confirm)
        with self._database.read() as tx:
            second_factors.forget_tries(tx, key)
        codes = second_factors.recovery_codes(self._maker, who, request_id)
        return accounts_pb2.ConfirmTotpResponse(recovery_codes=codes)

    def RemoveTotp(
        self, request: accounts_pb2.RemoveTotpRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.RemoveTotpResponse:
        who = person()
        accounts.check_password(self._database, self._hasher, who, request.current_password, request.client_ip)

        def remove(tx: Tx) -> accounts_pb2.RemoveTotpResponse:
            second_factors.remove(tx, who.user_id)
            return accounts_pb2.RemoveTotpResponse()

        rest = accounts_pb2.RemoveTotpRequest(request_id=request.request_id, client_ip=request.client_ip)
        mark = hashlib.sha256(rest.SerializeToString(deterministic=True)).digest()
        return self._database.once(request, accounts_pb2.RemoveTotpResponse, remove, mark)

    def UpdateOwnAccount(
        self, request: accounts_pb2.UpdateOwnAccountRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.UpdateOwnAccountResponse:
        who = person()
        wanted = Wanted(from_proto.contact(request), request.current_password, request.new_password, request.client_ip)
        change: Change | None = None

        def update(tx: Tx) -> accounts_pb2.UpdateOwnAccountResponse:
            if change is None:
                raise WrongPassword
            profile, ended = accounts.change(tx, who, change)
            return accounts_pb2.UpdateOwnAccountResponse(user=to_proto.user(who.user_id, profile), ended_sessions=ended)

        with suppress(WrongPassword):  # a repeat of what has succeeded finds another one, and gets the first answer
            change = accounts.checked(self._database, self._hasher, who, wanted)
        return self._database.once(request, accounts_pb2.UpdateOwnAccountResponse, update, _without_secrets(request))

    def SetOwnAppearance(
        self, request: accounts_pb2.SetOwnAppearanceRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.SetOwnAppearanceResponse:
        who = person()

        def choose(tx: Tx) -> accounts_pb2.SetOwnAppearanceResponse:
            accounts.set_appearance(tx, who, request.theme, request.density)
            return accounts_pb2.SetOwnAppearanceResponse()

        return self._database.once(request, accounts_pb2.SetOwnAppearanceResponse, choose)

    def ListOwnSessions(
        self, request: accounts_pb2.ListOwnSessionsRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.ListOwnSessionsResponse:
        who = person()
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [str])
        with self._database.read() as tx:
            found = accounts.own_sessions(tx, who, _before(key), size + 1)
        return accounts_pb2.ListOwnSessionsResponse(
            sessions=[to_proto.session(one, current=who.session_id) for one in found[:size]],
            next_page_token=paging.token(str(found[size - 1].session_id)) if len(found) > size else "",
        )

    def EndOwnSessions(
        self, request: accounts_pb2.EndOwnSessionsRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.EndOwnSessionsResponse:
        who = person()
        session_id = to_uuid(request.session_id, "session_id") if request.session_id else None

        def end(tx: Tx) -> accounts_pb2.EndOwnSessionsResponse:
            return accounts_pb2.EndOwnSessionsResponse(ended=accounts.end_sessions(tx, who, session_id))

        return self._database.once(request, accounts_pb2.EndOwnSessionsResponse, end)


def _before(key: paging.Key | None) -> UUID | None:
    return to_uuid(str(key[0]), "page_token") if key else None


def _without_secrets(request: accounts_pb2.UpdateOwnAccountRequest) -> bytes:
    """What a repeat is told by. A stored quick hash of a password would be one to guess from."""
    rest = accounts_pb2.UpdateOwnAccountRequest()
    rest.CopyFrom(request)
    for name in ("current_password", "new_password"):
        rest.ClearField(name)
    return hashlib.sha256(rest.SerializeToString(deterministic=True)).digest()
