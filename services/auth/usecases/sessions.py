"""Sign-in, the question on every page, sign-out. Only the gateway may ask (permission ``sessions``)."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis import calls
from chassis.database import Database, Tx
from chassis.ids import uuid7
from chassis.permissions import ADMINISTRATOR_PERMISSIONS, OFFICER_PERMISSIONS, Permission, bitmap
from chassis.tokens import Caller, CallerKind, Signer
from kernel.errors import DomainError, Kind, Violations
from kernel.free_text import clean
from services.auth.domain import limits, passwords
from services.auth.domain.sessions import ENDED_UNKNOWN, idle_seconds_left
from services.auth.domain.users import MAX_CLIENTS, MAX_USER_NAME, UserKind, user_key
from services.auth.storage import clients as client_rows
from services.auth.storage import limits as limit_rows
from services.auth.storage import second_factors as factor_rows
from services.auth.storage import sessions as session_rows
from services.auth.storage import users as user_rows
from services.auth.storage.clients import Access
from services.auth.storage.sessions import Found, Place
from services.auth.storage.users import Login
from services.auth.usecases import second_factors, tries
from services.auth.usecases.audiences import checked_audience
from services.auth.usecases.hashing import PasswordHasher
from services.auth.usecases.second_factors import SecondFactorRefused
from services.auth.usecases.secret_maker import SecretMaker
from services.auth.usecases.tries import TooManySignIns

MAX_CLIENTS_IN_TOKEN = 100  # a call's metadata holds 8 KB
MAX_USER_AGENT = 200

APPROVALS = bitmap((Permission.LEDGER_APPROVE, Permission.COLLECTION_APPROVE, Permission.LEDGER_WRITE_OFF))
"""What a client's terms may withhold from sessions without a second factor."""

EVERYWHERE = {
    UserKind.CLIENT: 0,
    UserKind.OFFICER: bitmap(OFFICER_PERMISSIONS),
    UserKind.ADMINISTRATOR: bitmap(ADMINISTRATOR_PERMISSIONS),
}
"""What each kind of user may do for every client."""


class SignInRefused(DomainError):
    """The user name or the password is wrong, or the user is disabled. Which of them is not said."""

    reason = "SIGN_IN_REFUSED"
    kind = Kind.DENIED


class SessionEnded(DomainError):
    """The session is over. ``cause``: signed_out, idle, expired, disabled, password_changed, ended, or unknown."""

    reason = "SESSION_ENDED"
    kind = Kind.DENIED


@dataclass(frozen=True, slots=True)
class Authorized:
    """A live session as a page needs it."""

    token: str
    session: Found
    clients: Sequence[Access]
    idle_seconds_left: int

    @property
    def everywhere(self) -> int:
        """What the user may do whatever the client."""
        return EVERYWHERE[self.session.profile.kind] | self.session.everywhere


class SignInEnded(DomainError):
    """The sign-in has waited too long for its second factor, or is confirmed already."""

    reason = "SIGN_IN_ENDED"
    kind = Kind.DENIED


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The token of a session, or of a sign-in that waits for its second factor; the other is empty."""

    session_token: str = ""
    second_factor_token: str = ""


def sign_in(database: Database, hasher: PasswordHasher, user_name: str, password: str, place: Place) -> SignedIn:
    """Open a session and answer with its token, or with one to confirm the sign-in where there is a second factor.

    Known and unknown names go the same way: the same statements, one hash, the same error. The try is counted as
    failed before it is checked, so that many at once gain nothing.
    Raises SignInRefused, TooManySignIns, Overloaded, InvalidInput.
    """
    calls.caller().require_everywhere(Permission.SESSIONS)
    with Violations() as v:
        with v.field("user_name"):
            user_name = clean(user_name, MAX_USER_NAME)
            v.present("user_name", user_name)
        with v.field("password"):
            password = passwords.normalised(password)
        with v.field("client_ip"):
            place = Place(limits.address(place.client_ip), _one_line(place.user_agent))
    key, client_ip = user_key(user_name), place.client_ip
    with hasher.turn():
        login = _begin(database, key, client_ip)
        matches = hasher.matches(None if login is None else login.password_hash, password)
        if login is not None and matches and hasher.is_outdated(login.password_hash):
            with database.everywhere() as tx:
                user_rows.replace_hash(tx, login.user_id, login.password_hash, hasher.hash(password))
    if login is None or not matches:
        with database.everywhere() as tx:
            session_rows.record_login(tx, uuid7(), None if login is None else login.user_id, client_ip, "refused")
        raise SignInRefused
    return _open(database, login, key, place)


def _begin(database: Database, key: str, client_ip: str) -> Login | None:
    """Count the try and look for the user. Raises TooManySignIns."""
    account, address = limits.keys(key, client_ip)
    with database.everywhere() as tx:
        tries.count(tx, {account: limits.ACCOUNT, address: limits.ADDRESS}, TooManySignIns)
        return user_rows.login(tx, key)


def confirm_sign_in(database: Database, maker: SecretMaker, token: str, code: str, place: Place) -> str:
    """Open the session of a sign-in whose second factor is shown.

    Raises SignInEnded, SecondFactorRefused, TooManyTries, InvalidInput.
    """
    calls.caller().require_everywhere(Permission.SESSIONS)
    with Violations() as v, v.field("client_ip"):
        place = Place(limits.address(place.client_ip), _one_line(place.user_agent))
    with database.everywhere() as tx:
        user_id = factor_rows.waiting(tx, _hash(token))
    if user_id is None:
        raise SignInEnded
    key = second_factors.count_try(database, user_id)
    session_token = secrets.token_urlsafe(32)
    with database.everywhere() as tx:
        good = second_factors.uses(tx, maker, user_id, code)
        if good:
            if not factor_rows.stop_waiting(tx, _hash(token)):
                raise SignInEnded
            if not session_rows.start(tx, uuid7(), _hash(session_token), user_id, place, second_factor=True):
                raise SignInEnded  # disabled in the meantime
            second_factors.forget_tries(tx, key)
        session_rows.record_login(tx, uuid7(), user_id, place.client_ip, "signed_in" if good else "refused")
    if not good:
        raise SecondFactorRefused
    return session_token


def _open(database: Database, login: Login, key: str, place: Place) -> SignedIn:
    token = secrets.token_urlsafe(32)
    with database.everywhere() as tx:
        if factor_rows.in_use(tx, login.user_id):
            if login.disabled:
                raise SignInRefused
            factor_rows.wait(tx, login.user_id, _hash(token))
            limit_rows.forgive(tx, *limits.keys(key, place.client_ip))
            return SignedIn(second_factor_token=token)
        if not session_rows.start(tx, uuid7(), _hash(token), login.user_id, place):
            raise SignInRefused  # disabled, also if only just now
        session_rows.record_login(tx, uuid7(), login.user_id, place.client_ip, "signed_in")
        limit_rows.forgive(tx, *limits.keys(key, place.client_ip))
    return SignedIn(session_token=token)


def authorize(
    database: Database,
    signer: Signer,
    session_token: str,
    audience: Sequence[str],
    client_ids: Sequence[UUID],
    *,
    touch: bool,
) -> Authorized:
    """The user of a live session with a token for the services of a page.

    Rights are read anew each time, so that a change holds at once. ``client_ids`` narrows the token (not the list);
    clients that are not the user's are left out of it. Raises SessionEnded, InvalidInput.
    """
    calls.caller().require_everywhere(Permission.SESSIONS)
    services = checked_audience(audience)
    with Violations() as v:
        v.require("client_ids", len(client_ids) <= MAX_CLIENTS_IN_TOKEN, "TOO_MANY", max=MAX_CLIENTS_IN_TOKEN)
    with database.everywhere() as tx:
        found = session_rows.look_up(tx, _hash(session_token), touch=touch)
        clients = [] if found is None or found.ended is not None else _clients(tx, found)
    if found is None or found.ended is not None:
        raise SessionEnded(cause=ENDED_UNKNOWN if found is None else found.ended)
    caller = Caller(
        subject=str(found.user_id),
        name=found.profile.user_name,
        kind=CallerKind(found.profile.kind.value),
        clients={} if found.profile.kind.is_staff else _named_in_token(clients, client_ids),
        everywhere=EVERYWHERE[found.profile.kind] | found.everywhere,
        session=str(found.session_id),
    )
    left = idle_seconds_left(found.since_written_s, touched=touch)
    return Authorized(signer.sign_again(caller, services), found, clients, left)


def sign_out(database: Database, session_token: str) -> None:
    """End a session for good; one that is over stays so."""
    calls.caller().require_everywhere(Permission.SESSIONS)
    with database.everywhere() as tx:
        session_rows.end(tx, _hash(session_token), "signed_out")


def _clients(tx: Tx, found: Found) -> list[Access]:
    if found.profile.kind.is_staff:
        return client_rows.of_staff(tx, EVERYWHERE[found.profile.kind] | found.everywhere, MAX_CLIENTS)
    found_clients = client_rows.of_user(tx, found.user_id, MAX_CLIENTS)
    return [_by_its_terms(client, second_factor=found.second_factor) for client in found_clients]


def _by_its_terms(client: Access, *, second_factor: bool) -> Access:
    """What the client's terms let its users do of what they have been given, and what waits for a second factor."""
    given = client.permissions & ~(0 if client.manages_own_users else Permission.CLIENT_USERS.mask)
    withheld = given & APPROVALS if client.second_factor_for_approval and not second_factor else 0
    return replace(client, permissions=given & ~withheld, withheld=withheld)


def _named_in_token(clients: Sequence[Access], wanted: Sequence[UUID]) -> dict[UUID, int]:
    """The wanted clients with their rights; when none is named, the first hundred by number."""
    if wanted:
        asked = set(wanted)
        return {client.client_id: client.permissions for client in clients if client.client_id in asked}
    first = sorted(clients, key=lambda client: client.number)[:MAX_CLIENTS_IN_TOKEN]
    return {client.client_id: client.permissions for client in first}


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _one_line(user_agent: str) -> str:
    """What a browser calls itself, which anybody may make up, as it may be kept and shown."""
    return "".join(letter for letter in user_agent[:MAX_USER_AGENT] if letter.isprintable())
