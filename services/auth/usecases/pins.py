"""PIN codes: made and taken back by who manages a client's users, used by whoever makes an account."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.database import Tx, violated
from chassis.ids import uuid7
from chassis.permissions import CLIENT_PERMISSIONS
from kernel.errors import DomainError, Kind, NotFound, Violations
from services.auth.domain import pins
from services.auth.storage import pins as pin_rows
from services.auth.storage.pins import Checked, StoredPin
from services.auth.usecases import managing
from services.auth.usecases.rights import permission_bits
from services.auth.usecases.secret_maker import SecretMaker

ATTEMPTS = 8  # to find a beginning that no other code has
_NOBODYS = bytes(32)


class PinRefused(DomainError):
    """There is no such code, or it is used, revoked, locked or too old. Which of them is not said."""

    reason = "PIN_REFUSED"
    kind = Kind.DENIED


class PinUsed(DomainError):
    """Somebody has made an account with the code."""

    reason = "PIN_USED"
    kind = Kind.CONFLICT


class NoCodeFree(DomainError):
    """Every beginning that was tried is taken; another request tries others."""

    reason = "NO_CODE_FREE"
    kind = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class NewPin:
    """A code as it may be made."""

    client_id: UUID
    permissions: int
    lifetime: timedelta


def checked(client_id: UUID, permissions: Sequence[str], days: int) -> NewPin:
    """Raises InvalidInput."""
    with Violations() as v:
        bits = permission_bits(v, permissions, "permissions", CLIENT_PERMISSIONS)
        lifetime = pins.lifetime(v, days)
    return NewPin(client_id, bits, lifetime)


def create(tx: Tx, maker: SecretMaker, new: NewPin, request_id: UUID) -> StoredPin:
    """Make a code. Raises PermissionDenied, NotFound, NoCodeFree."""
    managing.require(tx, new.client_id)
    managing.require_own(tx, new.client_id, new.permissions, "permissions")
    pin_id = uuid7()
    for attempt in range(ATTEMPTS):
        code = maker.pin(tx.caller.subject, request_id, attempt)
        try:
            with tx.connection.begin_nested():
                pin_rows.insert(
                    tx, pin_id, new.client_id, pins.start(code), maker.pin_hash(code), new.permissions, new.lifetime
                )
        except IntegrityError as error:
            if violated(error) != "pin_code_start_key":
                raise
            continue
        tx.audit("pin.created", "pin", pin_id, new.client_id, permissions=new.permissions)
        return _found(tx, pin_id)
    raise NoCodeFree


def code_of(maker: SecretMaker, subject: str, request_id: UUID, start: str) -> str:
    """The code that ``create`` has made for a request, as it is printed."""
    codes = (maker.pin(subject, request_id, attempt) for attempt in range(ATTEMPTS))
    return pins.printed(next(code for code in codes if pins.start(code) == start))


def page(tx: Tx, client_id: UUID | None, before: UUID | None, limit: int) -> list[StoredPin]:
    """Codes of the clients that the caller manages. Raises PermissionDenied, NotFound."""
    return pin_rows.page(tx, managing.managed(tx, client_id), before, limit)


def revoke(tx: Tx, pin_id: UUID) -> StoredPin:
    """Take a code back. Raises NotFound, PermissionDenied, PinUsed."""
    stored = _found(tx, pin_id)
    managing.require(tx, stored.client_id)
    if stored.state == "used":
        raise PinUsed
    pin_rows.revoke(tx, pin_id)
    tx.audit("pin.revoked", "pin", pin_id, stored.client_id)
    return _found(tx, pin_id)


def match(tx: Tx, maker: SecretMaker, typed: str) -> Checked | None:
    """The open code that was typed, locked; a wrong secret of a code that exists counts against that code."""
    code = pins.typed(typed) or ""
    found = pin_rows.lock(tx, pins.start(code))
    same = hmac.compare_digest(maker.pin_hash(code), _NOBODYS if found is None else found.secret_hash)
    if found is not None and not same:
        pin_rows.count_wrong_try(tx, found.pin_id)
    return found if found is not None and same and found.is_open else None


def _found(tx: Tx, pin_id: UUID) -> StoredPin:
    stored = pin_rows.get(tx, pin_id)
    if stored is None:
        raise NotFound("pin")
    return stored
