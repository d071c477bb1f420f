"""One's own account: contact details, password, appearance, sessions."""

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Database, Tx
from kernel.errors import DomainError, Kind, NotFound, Violations
from services.auth.domain import limits, passwords
from services.auth.domain.users import Contact, Profile, appearance, contact
from services.auth.storage import accounts as account_rows
from services.auth.storage import limits as limit_rows
from services.auth.storage import sessions as session_rows
from services.auth.storage.accounts import Account
from services.auth.storage.sessions import Listed
from services.auth.usecases import tries
from services.auth.usecases.hashing import PasswordHasher
from services.auth.usecases.people import Person


class WrongPassword(DomainError):
    """The current password is another one."""

    reason = "WRONG_PASSWORD"
    kind = Kind.DENIED


@dataclass(frozen=True, slots=True)
class Change:
    """What an account becomes, checked; ``new_hash`` is empty where the password stays."""

    written: Contact
    new_hash: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants changed of their own account, as it came."""

    written: Contact
    current_password: str
    new_password: str
    client_ip: str


def account(tx: Tx, who: Person) -> Account:
    """The account of a person. Raises NotFound."""
    found = account_rows.find(tx, who.user_id)
    if found is None:
        raise NotFound("user")
    return found


def checked(database: Database, hasher: PasswordHasher, who: Person, wanted: Wanted) -> Change:
    """The change, checked: with the current password where the e-mail address or the password becomes another.

    Holds no connection while hashing. Raises InvalidInput, WrongPassword, TooManyTries, Overloaded.
    """
    with database.unscoped() as tx:
        there = account(tx, who)
    password = ""
    with Violations() as v:
        written = contact(v, "", wanted.written, email_required=True)
        if wanted.new_password:
            with v.field("new_password"):
                password = passwords.chosen(wanted.new_password, there.profile.user_name)
        needed = bool(wanted.new_password) or written.email != there.profile.email
        if needed and v.present("current_password", wanted.current_password):
            with v.field("current_password"):
                passwords.normalised(wanted.current_password)
        with v.field("client_ip"):
            client_ip = limits.address(wanted.client_ip)
    if not needed:
        return Change(written, "")
    with hasher.turn():
        _check(database, hasher, there, wanted.current_password, client_ip)
        return Change(written, hasher.hash(password) if password else "")


def check_password(database: Database, hasher: PasswordHasher, who: Person, password: str, client_ip: str) -> Account:
    """The person's account, whose password this is. Raises WrongPassword, TooManyTries, InvalidInput, Overloaded."""
    with database.unscoped() as tx:
        there = account(tx, who)
    with Violations() as v:
        if v.present("current_password", password):
            with v.field("current_password"):
                passwords.normalised(password)
        with v.field("client_ip"):
            client_ip = limits.address(client_ip)
    with hasher.turn():
        _check(database, hasher, there, password, client_ip)
    return there


def _check(database: Database, hasher: PasswordHasher, there: Account, password: str, client_ip: str) -> None:
    key = limits.key("own password", str(there.user_id), client_ip)
    with database.unscoped() as tx:
        tries.count(tx, {key: limits.ACCOUNT})
    if not hasher.matches(there.password_hash, passwords.normalised(password)):
        raise WrongPassword
    with database.unscoped() as tx:
        limit_rows.forget(tx, key)


def change(tx: Tx, who: Person, wanted: Change) -> tuple[Profile, int]:
    """Store a change that ``checked`` has let through, and how many other sessions a new password has ended."""
    before = account(tx, who).profile
    account_rows.set_contact(tx, who.user_id, wanted.written)
    changed = [name for name in ("first_name", "last_name", "email", "phone") if _differs(before, wanted.written, name)]
    if changed:
        tx.audit("user.contact_changed", "user", who.user_id, None, fields=",".join(changed))
    if "email" in changed:
        account_rows.drop_resets(tx, who.user_id)
    ended = 0
    if wanted.new_hash:
        account_rows.set_password(tx, who.user_id, wanted.new_hash)
        ended = session_rows.end_all(tx, who.user_id, "password_changed", but=who.session_id)
        tx.audit("user.password_changed", "user", who.user_id, None, ended_sessions=ended)
    return account(tx, who).profile, ended


def set_appearance(tx: Tx, who: Person, theme: str, density: str) -> None:
    """How the pages look from now on. Raises InvalidInput."""
    with Violations() as v:
        appearance(v, "", theme, density)
    account_rows.set_appearance(tx, who.user_id, theme, density)


def own_sessions(tx: Tx, who: Person, before: UUID | None, limit: int) -> list[Listed]:
    """The person's live sessions, the latest first."""
    return session_rows.alive(tx, who.user_id, before, limit)


def end_sessions(tx: Tx, who: Person, session_id: UUID | None) -> int:
    """End one of the person's sessions, or all but the one that asks; how many lived."""
    if session_id is None:
        ended = session_rows.end_all(tx, who.user_id, "ended", but=who.session_id)
    else:
        ended = session_rows.end_one(tx, who.user_id, session_id, "ended")
    tx.audit("user.sessions_ended", "user", who.user_id, None, sessions=ended)
    return ended


def _differs(before: Profile, after: Contact, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))
