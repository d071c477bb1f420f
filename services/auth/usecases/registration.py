"""What somebody may do before signing in: make an account with a PIN code, and choose a forgotten password anew.

Only the gateway may ask (permission ``sessions``), in its own name.
"""

import hashlib
import secrets
import time
from uuid import UUID

from chassis import calls
from chassis.database import Database, Tx
from chassis.ids import uuid7
from chassis.jobs import enqueue
from chassis.permissions import Permission
from kernel.errors import DomainError, Kind, Violations
from services.auth.domain import limits, passwords, resets
from services.auth.domain.users import Profile, user_key
from services.auth.storage import accounts as account_rows
from services.auth.storage import limits as limit_rows
from services.auth.storage import pins as pin_rows
from services.auth.storage import sessions as session_rows
from services.auth.storage import users as user_rows
from services.auth.usecases import pins, tries
from services.auth.usecases.hashing import PasswordHasher
from services.auth.usecases.pins import PinRefused
from services.auth.usecases.secret_maker import SecretMaker
from services.auth.usecases.users import insert

RESET_JOB = "password_reset"


class ResetRefused(DomainError):
    """The token is wrong, used or too old. Which of them is not said."""

    reason = "RESET_REFUSED"
    kind = Kind.DENIED


def with_pin(
    database: Database, hasher: PasswordHasher, maker: SecretMaker, profile: Profile, password: str, pin: str, ip: str
) -> str:
    """Check a PIN code, and hash the password of the account that it is for.

    Raises InvalidInput, PinRefused, TooManyTries, Overloaded.
    """
    calls.caller().require_everywhere(Permission.SESSIONS)
    with Violations() as v:
        v.present("pin", pin)
        with v.field("password"):
            password = passwords.chosen(password, profile.user_name)
        with v.field("client_ip"):
            ip = limits.address(ip)
    key = limits.place_key("pin", ip)
    with database.everywhere() as tx:
        tries.count(tx, {key: limits.PIN})
        is_good = pins.match(tx, maker, pin) is not None
        if is_good:
            limit_rows.give_back(tx, key)
    if not is_good:
        raise PinRefused
    with hasher.turn():
        return hasher.hash(password)


def create_with_pin(tx: Tx, maker: SecretMaker, profile: Profile, pin: str, password_hash: str) -> UUID:
    """Make the account and use up the code. Raises PinRefused, UserNameTaken."""
    good = pins.match(tx, maker, pin)
    if good is None:
        raise PinRefused
    user_id = insert(tx, profile, password_hash)
    user_rows.insert_memberships(tx, user_id, {good.client_id: good.permissions})
    pin_rows.use(tx, good.pin_id, user_id)
    tx.audit("pin.used", "pin", good.pin_id, good.client_id, user=str(user_id))
    return user_id


def ask_for_reset(database: Database, written: str, ip: str) -> list[UUID]:
    """Count the wish for a link, and find who gets one: nobody, too, when too many have been asked for.

    Known and unknown go the same way, and letters leave later from a job: nobody learns who has an account. Raises
    InvalidInput, and TooManyTries for an address of a browser that asks too often.
    """
    calls.caller().require_everywhere(Permission.SESSIONS)
    written = resets.name_or_email(written)
    with Violations() as v, v.field("client_ip"):
        ip = limits.address(ip)
    with database.everywhere() as tx:
        tries.count(tx, {limits.place_key("reset", ip): limits.RESET})
    try:
        with database.everywhere() as tx:
            found = account_rows.reachable(tx, user_key(written), written, resets.MOST_ACCOUNTS)
            keys = [limits.key("letters", str(user_id)) for user_id in found]
            tries.count(tx, dict.fromkeys(keys or [limits.key("letters", user_key(written))], limits.LETTERS))
    except tries.TooManyTries:
        return []
    return found


def queue_letters(tx: Tx, users: list[UUID]) -> None:
    """Queue one job, also when nobody gets a letter."""
    payload = {"users": [str(user_id) for user_id in users], "asked_at": int(time.time())}
    enqueue(tx, RESET_JOB, str(uuid7()), payload)
    for user_id in users:
        tx.audit("user.reset_asked", "user", user_id, None)


def new_token(tx: Tx, user_id: UUID) -> str:
    """A token that chooses a new password for a user; only its hash is stored."""
    token = secrets.token_urlsafe(32)
    account_rows.add_reset(tx, user_id, _hash(token))
    return token


def checked_reset(database: Database, hasher: PasswordHasher, token: str, password: str, ip: str) -> str:
    """Check a token and hash the new password. Raises InvalidInput, ResetRefused, TooManyTries, Overloaded."""
    calls.caller().require_everywhere(Permission.SESSIONS)
    with Violations() as v, v.field("client_ip"):
        ip = limits.address(ip)
    key = limits.place_key("reset token", ip)
    with database.everywhere() as tx:
        tries.count(tx, {key: limits.RESET})
        found = account_rows.lock_reset(tx, _hash(token))
        if found is not None:
            limit_rows.give_back(tx, key)
    if found is None:
        raise ResetRefused
    with Violations() as v, v.field("new_password"):
        password = passwords.chosen(password, found.profile.user_name)
    with hasher.turn():
        return hasher.hash(password)


def reset(tx: Tx, token: str, password_hash: str) -> None:
    """Choose a new password, end all sessions, use up the token. Raises ResetRefused."""
    found = account_rows.lock_reset(tx, _hash(token))
    if found is None:
        raise ResetRefused
    account_rows.set_password(tx, found.user_id, password_hash)
    ended = session_rows.end_all(tx, found.user_id, "password_changed")
    tx.audit("user.password_reset", "user", found.user_id, None, ended_sessions=ended)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
