"""People with a login."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.database import Database, Tx, violated
from chassis.ids import uuid7
from chassis.outbox import Event
from chassis.permissions import CLIENT_PERMISSIONS, Permission
from chassis.tokens import Caller
from kernel.errors import DomainError, Kind, Violations
from rf.auth.v1 import events_pb2
from services.auth.domain import passwords
from services.auth.domain.users import MAX_CLIENTS, Profile, UserKind
from services.auth.storage import clients as client_rows
from services.auth.storage import credentials as credential_rows
from services.auth.storage import users as user_rows
from services.auth.usecases.rights import client_ids, permission_bits


class UserNameTaken(DomainError):
    """Another user has the name, however it is written."""

    reason = "USER_NAME_TAKEN"
    kind = Kind.CONFLICT


class FirstRunTokenRefused(DomainError):
    """The token is not the one printed last, has been used, or there is an administrator already."""

    reason = "FIRST_RUN_TOKEN_REFUSED"
    kind = Kind.DENIED


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user who may be stored once the password is hashed and the clients are found."""

    profile: Profile
    password: str
    access: Mapping[UUID, int]


def checked(caller: Caller, profile: Profile, password: str, access: Sequence[tuple[str, Sequence[str]]]) -> NewUser:
    """A new user of an administrator's. ``access``: client id and names of permissions, as in ``clients``.

    Raises PermissionDenied, InvalidInput.
    """
    caller.require_everywhere(Permission.USERS_MANAGE)
    with Violations() as v:
        with v.field("password"):
            password = passwords.chosen(password, profile.user_name)
        if profile.kind.is_staff:
            v.require("clients", not access, "NOT_FOR_STAFF")  # what staff may do follows from their kind
        elif v.present("clients", list(access)):
            v.require("clients", len(access) <= MAX_CLIENTS, "TOO_MANY", max=MAX_CLIENTS)
        fields = [f"clients[{index}]" for index in range(len(access))]
        ids = client_ids(v, [client_id for client_id, _ in access], [f"{field}.client_id" for field in fields])
        bits = [
            permission_bits(v, names, f"{field}.permissions", CLIENT_PERMISSIONS)
            for (_, names), field in zip(access, fields, strict=True)
        ]
    return NewUser(profile, password, dict(zip(ids, bits, strict=True)))


def create(tx: Tx, user: NewUser, password_hash: str) -> UUID:
    """Store a user that ``checked`` has let through. Raises UserNameTaken, or InvalidInput for unknown clients."""
    known = client_rows.existing(tx, list(user.access))
    with Violations() as v:
        for index, client_id in enumerate(user.access):
            v.require(f"clients[{index}].client_id", client_id in known, "NOT_FOUND")
    user_id = insert(tx, user.profile, password_hash)
    if user.access:
        user_rows.insert_memberships(tx, user_id, user.access)
    return user_id


def may_be_first(database: Database, token: str) -> None:
    """Raise FirstRunTokenRefused unless the token may make the first administrator: before anything costly is done."""
    with database.everywhere() as tx:
        _require_first_run_token(tx, token)


def create_first(database: Database, token: str, profile: Profile, password_hash: str) -> UUID:
    """Make the first administrator and use up the token. Raises FirstRunTokenRefused, UserNameTaken."""
    with database.everywhere() as tx:
        _require_first_run_token(tx, token)
        credential_rows.use_first_run_token(tx, _hash(token))
        return insert(tx, profile, password_hash)


def _require_first_run_token(tx: Tx, token: str) -> None:
    if not credential_rows.holds_first_run_token(tx, _hash(token)) or user_rows.has_administrator(tx):
        raise FirstRunTokenRefused


def insert(tx: Tx, profile: Profile, password_hash: str) -> UUID:
    """Add an account and tell of it. Raises UserNameTaken."""
    user_id = uuid7()
    try:
        user_rows.insert(tx, user_id, profile, password_hash)
    except IntegrityError as error:
        if violated(error) != "user_account_user_key_key":
            raise
        raise UserNameTaken from None
    tx.audit("user.created", "user", user_id, None, kind=profile.kind.value)
    tx.publish(Event(None, "user", user_id, events_pb2.UserCreated(user_id=str(user_id))))
    return user_id


def first_administrator(profile: Profile, password: str) -> NewUser:
    """The first administrator, checked. Raises InvalidInput."""
    with Violations() as v:
        v.require("user.kind", profile.kind is UserKind.ADMINISTRATOR, "NOT_ADMINISTRATOR")
        with v.field("password"):
            password = passwords.chosen(password, profile.user_name)
    return NewUser(profile, password, {})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
