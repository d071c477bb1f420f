"""The second factor of a person: an authenticator app, taken into use, asked for at sign-in, and given up."""

import time
from dataclasses import dataclass
from uuid import UUID

import pyotp

from chassis.database import Database, Tx
from kernel.errors import DomainError, Kind
from services.auth.domain import limits, second_factors
from services.auth.storage import limits as limit_rows
from services.auth.storage import second_factors as factor_rows
from services.auth.storage import sessions as session_rows
from services.auth.usecases import tries
from services.auth.usecases.people import Person
from services.auth.usecases.secret_maker import SecretMaker


class SecondFactorRefused(DomainError):
    """The code is wrong, or has been used."""

    reason = "SECOND_FACTOR_REFUSED"
    kind = Kind.DENIED


class SecondFactorExists(DomainError):
    """There is an app in use; it is removed before another one is taken."""

    reason = "SECOND_FACTOR_EXISTS"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class NewApp:
    """What an app is told once."""

    secret: str
    uri: str


def start(tx: Tx, maker: SecretMaker, who: Person, user_name: str) -> NewApp:
    """Make the secret of an app. Raises SecondFactorExists."""
    secret = pyotp.random_base32()
    if not factor_rows.put_app(tx, who.user_id, maker.seal(secret, str(who.user_id))):
        raise SecondFactorExists
    return NewApp(secret, second_factors.uri(secret, user_name))


def confirm(tx: Tx, maker: SecretMaker, who: Person, code: str, request_id: UUID) -> None:
    """Take the app into use. Raises SecondFactorRefused, SecondFactorExists."""
    app = factor_rows.lock_app(tx, who.user_id)
    if app is not None and app.confirmed:
        raise SecondFactorExists
    if app is None or not _uses_step(tx, maker, who.user_id, code):
        raise SecondFactorRefused
    codes = recovery_codes(maker, who, request_id)
    hashes = [maker.recovery_hash(second_factors.recovery_code(one) or "", str(who.user_id)) for one in codes]
    factor_rows.set_recovery_codes(tx, who.user_id, hashes)
    session_rows.mark_second_factor(tx, who.session_id)
    ended = session_rows.end_all(tx, who.user_id, "ended", but=who.session_id)
    tx.audit("user.second_factor_set", "user", who.user_id, None, ended_sessions=ended)


def recovery_codes(maker: SecretMaker, who: Person, request_id: UUID) -> list[str]:
    """The codes that ``confirm`` has given for a request."""
    return [maker.recovery_code(str(who.user_id), request_id, n) for n in range(second_factors.RECOVERY_CODES)]


def count_try(database: Database, user_id: UUID) -> bytes:
    """Count a try of a code as failed before it is checked; the key to forget it by. Raises TooManyTries."""
    key = limits.key("second factor", str(user_id))
    with database.everywhere() as tx:
        tries.count(tx, {key: limits.ACCOUNT})
    return key


def uses(tx: Tx, maker: SecretMaker, user_id: UUID, code: str) -> bool:
    """Whether this is a good code, of the app or for recovery; it then works no more."""
    if _uses_step(tx, maker, user_id, code):
        return True
    recovery = second_factors.recovery_code(code)
    if recovery is None:
        return False
    used = factor_rows.use_recovery_code(tx, user_id, maker.recovery_hash(recovery, str(user_id)))
    if used:
        left = factor_rows.recovery_codes_left(tx, user_id)
        tx.audit("user.recovery_code_used", "user", user_id, None, left=left)
    return used


def forget_tries(tx: Tx, key: bytes) -> None:
    """After a good code."""
    limit_rows.forget(tx, key)


def remove(tx: Tx, user_id: UUID) -> None:
    """Do without, from now on."""
    if factor_rows.remove(tx, user_id):
        tx.audit("user.second_factor_removed", "user", user_id, None)


def _uses_step(tx: Tx, maker: SecretMaker, user_id: UUID, code: str) -> bool:
    app = factor_rows.lock_app(tx, user_id)
    if app is None:
        return False
    secret = maker.unseal(app.sealed_secret, str(user_id))
    step = second_factors.step_of(secret, code, time.time(), app.last_step)
    if step is None:
        return False
    factor_rows.use_step(tx, user_id, step)
    return True
