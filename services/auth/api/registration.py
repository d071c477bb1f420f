"""RegistrationService."""

import hashlib
from contextlib import suppress

import grpc

from chassis import calls
from chassis.database import Database, Tx
from chassis.permissions import Permission
from rf.auth.v1 import registration_pb2, registration_pb2_grpc, sessions_pb2
from services.auth.api import from_proto, to_proto
from services.auth.usecases import registration
from services.auth.usecases.hashing import PasswordHasher
from services.auth.usecases.pins import PinRefused
from services.auth.usecases.registration import ResetRefused
from services.auth.usecases.secret_maker import SecretMaker


class RegistrationServicer(registration_pb2_grpc.RegistrationServiceServicer):
    """Before signing in."""

    def __init__(self, database: Database, hasher: PasswordHasher, maker: SecretMaker) -> None:
        self._database = database
        self._hasher = hasher
        self._maker = maker

    def CreateUserWithPin(
        self, request: registration_pb2.CreateUserWithPinRequest, context: grpc.ServicerContext
    ) -> registration_pb2.CreateUserWithPinResponse:
        calls.caller().require_everywhere(Permission.SESSIONS)  # before a fault in the input is told
        asked = sessions_pb2.User(
            user_name=request.user.user_name,
            first_name=request.user.first_name,
            last_name=request.user.last_name,
            email=request.user.email,
            phone=request.user.phone,
            kind=sessions_pb2.USER_KIND_CLIENT,
        )
        profile = from_proto.profile(asked, email_required=True)
        password_hash = ""

        def create(tx: Tx) -> registration_pb2.CreateUserWithPinResponse:
            if not password_hash:
                raise PinRefused
            user_id = registration.create_with_pin(tx, self._maker, profile, request.pin, password_hash)
            return registration_pb2.CreateUserWithPinResponse(user=to_proto.user(user_id, profile))

        with suppress(PinRefused):  # a repeat of what has succeeded finds its code used, and gets the first answer
            password_hash = registration.with_pin(
                self._database, self._hasher, self._maker, profile, request.password, request.pin, request.client_ip
            )
        mark = _fingerprint(request, "pin", "password")
        return self._database.once(request, registration_pb2.CreateUserWithPinResponse, create, mark)

    def RequestPasswordReset(
        self, request: registration_pb2.RequestPasswordResetRequest, context: grpc.ServicerContext
    ) -> registration_pb2.RequestPasswordResetResponse:
        users = registration.ask_for_reset(self._database, request.name_or_email, request.client_ip)

        def queue(tx: Tx) -> registration_pb2.RequestPasswordResetResponse:
            registration.queue_letters(tx, users)
            return registration_pb2.RequestPasswordResetResponse()

        return self._database.once(request, registration_pb2.RequestPasswordResetResponse, queue)

    def ResetPassword(
        self, request: registration_pb2.ResetPasswordRequest, context: grpc.ServicerContext
    ) -> registration_pb2.ResetPasswordResponse:
        password_hash = ""

        def reset(tx: Tx) -> registration_pb2.ResetPasswordResponse:
            if not password_hash:
                raise ResetRefused
            registration.reset(tx, request.token, password_hash)
            return registration_pb2.ResetPasswordResponse()

        with suppress(ResetRefused):  # as above
            password_hash = registration.checked_reset(
                self._database, self._hasher, request.token, request.new_password, request.client_ip
            )
        mark = _fingerprint(request, "token", "new_password")
        return self._database.once(request, registration_pb2.ResetPasswordResponse, reset, mark)


def _fingerprint(
    request: registration_pb2.CreateUserWithPinRequest | registration_pb2.ResetPasswordRequest, *secret: str
) -> bytes:
    """What a repeat is told by. A stored quick hash of a secret would be one to guess from."""
    rest = type(request)()
    rest.CopyFrom(request)  # type: ignore[arg-type]  # of its own type
    for name in secret:
        rest.ClearField(name)  # type: ignore[arg-type]  # fields of either
    return hashlib.sha256(rest.SerializeToString(deterministic=True)).digest()
