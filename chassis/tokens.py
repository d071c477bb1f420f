"""Signed tokens (EdDSA, RFC 8037) that say who calls and for which clients. Signed by auth, checked offline.

Claims beside the registered ones: ``kind``, ``name``, ``cli`` (client UUID → permission bitmap), ``all`` (bitmap
that holds for every client: staff and services), ``sid`` (session).
"""

import json
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from chassis.permissions import Permission
from kernel.errors import NotFound, PermissionDenied

SERVICES = ("auth", "ledger", "collection", "reports", "files")  # whom a token may be for
LIFETIME_S = 60
REUSED_S = 15  # a token is given out for so long; three quarters of its life are left
CLOCK_SKEW_S = 5
ISSUER = "rf.auth"
_ALGORITHMS = ["Ed25519"]  # EdDSA on curve 25519, as RFC 9864 names it
_ALGORITHM = "Ed25519"


class CallerKind(Enum):
    """What kind of caller somebody is."""

    CLIENT_USER = "client"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"
    SERVICE = "service"


@dataclass(frozen=True)
class Caller:
    """Who calls: a person through the web, an internal system, or one of the services."""

    subject: str  # UUID of the user, or name of the service credential
    name: str
    kind: CallerKind
    clients: Mapping[UUID, int] = field(default_factory=dict)
    everywhere: int = 0  # bitmap that holds for every client
    session: str = ""
    token: str = field(default="", repr=False)

    @property
    def is_staff(self) -> bool:
        return self.kind in {CallerKind.OFFICER, CallerKind.ADMINISTRATOR}

    @property
    def sees_all_clients(self) -> bool:
        return self.everywhere != 0

    def may(self, permission: Permission, client_id: UUID) -> bool:
        return bool((self.clients.get(client_id, 0) | self.everywhere) & permission.mask)

    def require(self, permission: Permission, client_id: UUID) -> None:
        """Raise unless the caller may do this for the client.

        NotFound for a client that the token does not name: a stranger learns nothing about whether it exists.
        """
        if self.may(permission, client_id):
            return
        if client_id in self.clients or self.sees_all_clients:
            raise PermissionDenied(permission.label)
        raise NotFound("client")

    def require_everywhere(self, permission: Permission) -> None:
        """Raise unless the caller may do this at large: staff, internal systems, services."""
        if not self.everywhere & permission.mask:
            raise PermissionDenied(permission.label)

    def clients_with(self, permission: Permission, wanted: Sequence[UUID] = ()) -> list[UUID]:
        """The wanted clients, each checked; or, when none is named, all of the token that have the permission.

        A caller who sees all clients and names none gets an empty list, which means all: ask ``sees_all_clients``.
        """
        if wanted:
            for client_id in wanted:
                self.require(permission, client_id)
            return list(dict.fromkeys(wanted))
        allowed = [client_id for client_id, bits in self.clients.items() if bits & permission.mask]
        if not allowed and not self.everywhere & permission.mask:
            raise PermissionDenied(permission.label)
        return allowed


def system(service: str) -> Caller:
    """The caller of a service's own jobs and event handlers inside its own database."""
    return Caller(subject=service, name=service, kind=CallerKind.SERVICE)


class Signer:
    """Signs tokens; only auth holds the private key."""

    def __init__(self, private_key: Path) -> None:
        self._key = OKPKey.import_key(json.loads(private_key.read_text(encoding="utf-8")))
        self._signed: dict[Hashable, tuple[float, str]] = {}

    def sign_again(self, caller: Caller, audience: Sequence[str]) -> str:
        """A token that says just this: one signed in the last seconds if there is one, which a service knows already.

        What it says is what is true now, so that a change of rights still holds at once.
        """
        now = time.monotonic()
        rights = tuple(sorted(caller.clients.items()))
        says = (caller.subject, caller.name, caller.kind, rights, caller.everywhere, caller.session, tuple(audience))
        signed_at, token = self._signed.get(says, (0.0, ""))
        if not token or now - signed_at > REUSED_S:
            token = self.sign(caller, audience)
            if len(self._signed) > 10_000:
                self._signed = {key: one for key, one in self._signed.items() if now - one[0] < REUSED_S}
            self._signed[says] = (now, token)
        return token

    def sign(self, caller: Caller, audience: Sequence[str], lifetime_s: int = LIFETIME_S) -> str:
        """A token for the services named in ``audience``, valid for ``lifetime_s`` seconds from now."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": caller.subject,
            "aud": list(audience),
            "iat": now,
            "exp": now + lifetime_s,
            "kind": caller.kind.value,
            "name": caller.name,
            "cli": {str(client_id): bits for client_id, bits in caller.clients.items()},
            "all": caller.everywhere,
            "sid": caller.session,
        }
        header = {"alg": _ALGORITHM, "kid": self._key.kid or self._key.thumbprint()}
        return jwt.encode(header, claims, self._key, algorithms=_ALGORITHMS)


class InvalidToken(Exception):
    """The token is not ours, has ended, or is for somebody else."""


class Verifier:
    """Checks tokens offline with the public keys of auth; remembers the ones it has checked while they live."""

    def __init__(self, public_keys: Path, audience: str) -> None:
        self._keys = KeySet.import_key_set(json.loads(public_keys.read_text(encoding="utf-8")))
        self._audience = audience
        self._known: dict[str, tuple[int, int, Caller]] = {}

    def verify(self, token: str) -> Caller:
        """The caller that the token names. Raises InvalidToken.

        A token from the future is refused as one that has ended: this clock is behind, and would prolong its life.
        """
        now = time.time()
        known = self._known.get(token)
        if known is not None:
            if not _holds(known[0], known[1], now):
                raise InvalidToken("ended")
            return known[2]
        try:
            claims = jwt.decode(token, self._keys, algorithms=_ALGORITHMS).claims
            issued, expires = int(claims["iat"]), int(claims["exp"])
            if claims["iss"] != ISSUER or self._audience not in claims["aud"] or not _holds(issued, expires, now):
                raise InvalidToken("issuer, audience or time")
            caller = Caller(
                subject=claims["sub"],
                name=claims["name"],
                kind=CallerKind(claims["kind"]),
                clients={UUID(client_id): int(bits) for client_id, bits in claims["cli"].items()},
                everywhere=int(claims["all"]),
                session=claims["sid"],
                token=token,
            )
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise InvalidToken(type(error).__name__) from error
        if len(self._known) > 10_000:
            self._known = {t: entry for t, entry in self._known.items() if entry[1] > now}
        self._known[token] = (issued, expires, caller)
        return caller


def _holds(issued: int, expires: int, now: float) -> bool:
    return issued - LIFETIME_S <= now <= expires + CLOCK_SKEW_S
