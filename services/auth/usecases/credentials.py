"""Credentials: a name and a secret that services and internal systems trade for tokens."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from re import compile as regex
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.database import Database, Tx, violated
from chassis.permissions import ADMINISTRATOR_PERMISSIONS, CLIENT_PERMISSIONS, Permission
from chassis.tokens import LIFETIME_S, Caller, CallerKind, Signer
from kernel.errors import DomainError, Kind, NotFound, Violations
from services.auth.storage import clients as client_rows
from services.auth.storage import credentials as credential_rows
from services.auth.storage.credentials import ListedCredential
from services.auth.usecases.audiences import checked_audience
from services.auth.usecases.installation import RESERVED_NAMES
from services.auth.usecases.rights import client_ids, permission_bits

MAX_CLIENTS_OF_CREDENTIAL = 100  # all of them stand in its tokens

_NAME = regex(r"[a-z0-9-]{3,40}")
_NOBODYS = hashlib.sha256(b"no credential").digest()


class CredentialRefused(DomainError):
    """There is no such credential, or its secret is another. Which of them is not said."""

    reason = "CREDENTIAL_REFUSED"
    kind = Kind.DENIED


class CredentialNameTaken(DomainError):
    """Another credential has the name, or it is kept for the house itself."""

    reason = "CREDENTIAL_NAME_TAKEN"
    kind = Kind.CONFLICT


class CredentialOfTheHouse(DomainError):
    """The house cannot work without it; its file rotates it."""

    reason = "CREDENTIAL_OF_THE_HOUSE"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential as it may be stored."""

    name: str
    everywhere: int
    clients: Mapping[UUID, int]


def exchange(database: Database, signer: Signer, name: str, secret: str, audience: Sequence[str]) -> tuple[str, int]:
    """A token for a secret, and its life in seconds. Raises CredentialRefused, InvalidInput.

    Secrets are 256 bits of chance, so a plain hash keeps them, and guessing needs no limit.
    """
    services = checked_audience(audience)
    if not _NAME.fullmatch(name):
        raise CredentialRefused
    with database.everywhere() as tx:
        credential = credential_rows.find(tx, name)
    shown = secret_hash(secret)
    known = (_NOBODYS,) if credential is None else credential.hashes
    good = [hmac.compare_digest(shown, one) for one in known]
    if credential is None or not any(good):
        raise CredentialRefused
    caller = Caller(name, name, CallerKind.SERVICE, credential.clients, credential.everywhere)
    return signer.sign(caller, services), LIFETIME_S


def checked(caller: Caller, name: str, clients: Sequence[str], permissions: Sequence[str]) -> NewCredential:
    """A credential for an internal system; none gets what only the house's own services may.

    Raises PermissionDenied, CredentialNameTaken, InvalidInput.
    """
    caller.require_everywhere(Permission.USERS_MANAGE)
    with Violations() as v:
        if v.present("name", name):
            v.require("name", bool(_NAME.fullmatch(name)), "FORMAT")
        v.require("client_ids", len(clients) <= MAX_CLIENTS_OF_CREDENTIAL, "TOO_MANY", max=MAX_CLIENTS_OF_CREDENTIAL)
        ids = client_ids(v, clients, [f"client_ids[{index}]" for index in range(len(clients))])
        allowed = CLIENT_PERMISSIONS if clients else (*CLIENT_PERMISSIONS, *ADMINISTRATOR_PERMISSIONS)
        bits = permission_bits(v, permissions, "permissions", allowed)
    if name in RESERVED_NAMES:
        raise CredentialNameTaken
    return NewCredential(name, 0 if ids else bits, dict.fromkeys(ids, bits))


def create(tx: Tx, credential: NewCredential, secret: str) -> None:
    """Store a credential that ``checked`` has let through. Raises CredentialNameTaken, InvalidInput."""
    known = client_rows.existing(tx, list(credential.clients))
    with Violations() as v:
        for index, client_id in enumerate(credential.clients):
            v.require(f"client_ids[{index}]", client_id in known, "NOT_FOUND")
    try:
        credential_rows.insert(tx, credential.name, secret_hash(secret), credential.everywhere, credential.clients)
    except IntegrityError as error:
        if violated(error) != "credential_pkey":
            raise
        raise CredentialNameTaken from None
    tx.audit("credential.created", "credential", credential.name, None, clients=len(credential.clients))


def page(tx: Tx, after: str, limit: int) -> list[ListedCredential]:
    """Credentials by name. Raises PermissionDenied."""
    tx.caller.require_everywhere(Permission.USERS_MANAGE)
    return credential_rows.page(tx, after, limit)


def disable(tx: Tx, name: str) -> None:
    """Let a credential be traded no more. Raises PermissionDenied, NotFound, CredentialOfTheHouse."""
    tx.caller.require_everywhere(Permission.USERS_MANAGE)
    if not _NAME.fullmatch(name) or not credential_rows.exists(tx, name):
        raise NotFound("credential")
    if name in RESERVED_NAMES:
        raise CredentialOfTheHouse
    credential_rows.disable(tx, [name])
    tx.audit("credential.disabled", "credential", name, None)


def secret_hash(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).digest()
