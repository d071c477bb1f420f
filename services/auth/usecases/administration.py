"""What administrators do with users, and a client's own administrators with those of that client."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Tx
from chassis.permissions import ADMINISTRATOR_PERMISSIONS, CLIENT_PERMISSIONS, Permission
from kernel.errors import DomainError, Kind, NotFound, PermissionDenied, Violations
from kernel.free_text import clean
from services.auth.domain.users import MAX_CLIENTS, MAX_USER_NAME, UserKind, user_key
from services.auth.storage import clients as client_rows
from services.auth.storage import sessions as session_rows
from services.auth.storage import user_lists
from services.auth.storage.clients import Access
from services.auth.storage.sessions import Listed
from services.auth.storage.user_lists import ListedUser
from services.auth.usecases import managing, registration, second_factors
from services.auth.usecases.rights import client_ids, permission_bits


class OwnAccount(DomainError):
    """Nobody shuts themselves out."""

    reason = "OWN_ACCOUNT"
    kind = Kind.CONFLICT


class NotReachable(DomainError):
    """The user has no address of e-mail, or may not sign in."""

    reason = "NOT_REACHABLE"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class WholeUser:
    """A user with what the caller may see of them."""

    user: ListedUser
    clients: Sequence[Access]
    sessions: Sequence[Listed]
    managed_whole: bool


def page(tx: Tx, client_id: UUID | None, begins_with: str, after: str, limit: int) -> list[ListedUser]:
    """Users that the caller manages. Raises PermissionDenied, NotFound, InvalidInput."""
    with Violations() as v, v.field("begins_with"):
        begins_with = clean(begins_with, MAX_USER_NAME)
    return user_lists.page(tx, managing.managed(tx, client_id), user_key(begins_with), after, limit)


def whole(tx: Tx, user_id: UUID, before: UUID | None, limit: int) -> WholeUser:
    """A user of the caller's. Raises NotFound, PermissionDenied."""
    user, clients = _of_caller(tx, user_id)
    managed = _managed_whole(tx, user, clients)
    sessions = session_rows.alive(tx, user_id, before, limit) if managed else []
    tx.audit("user.read", "user", user_id, None)
    return WholeUser(user, clients, sessions, managed)


def set_access(tx: Tx, user_id: UUID, wanted: Sequence[tuple[str, Sequence[str]]]) -> int:
    """Set what a user may do for some clients; for how many it is otherwise now.

    Raises PermissionDenied, NotFound, InvalidInput.
    """
    access = _checked_access(wanted)
    managing.require(tx, *access)
    user = _found(tx, user_id)
    user_lists.lock(tx, user_id)
    before = user_lists.access(tx, user_id, list(access))
    if not tx.caller.everywhere & Permission.USERS_MANAGE.mask and not all(before.get(one) for one in access):
        raise NotFound("user")  # whoever manages one client learns nothing about the users of others
    added = sum(1 for one, bits in access.items() if bits and not before.get(one))
    with Violations() as v:
        v.require("user_id", not user.profile.kind.is_staff, "NOT_FOR_STAFF")
        room = MAX_CLIENTS - user_lists.clients_of(tx, user_id)
        v.require("clients", added <= room, "TOO_MANY", max=MAX_CLIENTS)
    changed = {one: bits for one, bits in access.items() if bits != before.get(one, 0)}
    for client_id, bits in changed.items():
        # nor takes anybody what they do not have
        managing.require_own(tx, client_id, bits ^ before.get(client_id, 0), "clients")
        tx.audit("user.access_set", "user", user_id, client_id, permissions=bits, before=before.get(client_id, 0))
    user_lists.set_access(tx, user_id, changed)
    return len(changed)


def _checked_access(wanted: Sequence[tuple[str, Sequence[str]]]) -> dict[UUID, int]:
    with Violations() as v:
        v.present("clients", list(wanted))
        v.require("clients", len(wanted) <= MAX_CLIENTS, "TOO_MANY", max=MAX_CLIENTS)
        fields = [f"clients[{index}]" for index in range(len(wanted))]
        ids = client_ids(v, [client_id for client_id, _ in wanted], [f"{field}.client_id" for field in fields])
        bits = [
            permission_bits(v, names, f"{field}.permissions", CLIENT_PERMISSIONS) if names else 0
            for (_, names), field in zip(wanted, fields, strict=True)
        ]
    return dict(zip(ids, bits, strict=True))


def set_staff_permissions(tx: Tx, user_id: UUID, permissions: Sequence[str]) -> None:
    """What an officer may do beyond the others. Raises PermissionDenied, NotFound, InvalidInput."""
    tx.caller.require_everywhere(Permission.USERS_MANAGE)
    user = _found(tx, user_id)
    with Violations() as v:
        bits = permission_bits(v, permissions, "permissions", ADMINISTRATOR_PERMISSIONS) if permissions else 0
        v.require("user_id", user.profile.kind is UserKind.OFFICER, "NOT_OFFICER")
        v.require("permissions", not bits & ~tx.caller.everywhere, "NOT_YOURS_TO_GIVE")
    user_lists.set_everywhere(tx, user_id, bits)
    tx.audit("user.staff_permissions_set", "user", user_id, None, permissions=bits, before=user.everywhere)


def set_disabled(tx: Tx, user_id: UUID, *, disabled: bool) -> None:
    """Shut a user out, or let them in again. Raises PermissionDenied, NotFound, OwnAccount."""
    _require_whole(tx, user_id)
    if tx.caller.subject == str(user_id):
        raise OwnAccount
    user_lists.set_disabled(tx, user_id, disabled=disabled)
    ended = session_rows.end_all(tx, user_id, "disabled") if disabled else 0
    tx.audit("user.disabled" if disabled else "user.enabled", "user", user_id, None, ended_sessions=ended)


def end_sessions(tx: Tx, user_id: UUID) -> int:
    """End all sessions of a user; how many lived. Raises PermissionDenied, NotFound."""
    _require_whole(tx, user_id)
    ended = session_rows.end_all(tx, user_id, "ended")
    tx.audit("user.sessions_ended", "user", user_id, None, sessions=ended)
    return ended


def remove_second_factor(tx: Tx, user_id: UUID) -> None:
    """For who has lost it: do without, and end all sessions. Raises PermissionDenied, NotFound."""
    _require_whole(tx, user_id)
    second_factors.remove(tx, user_id)
    session_rows.end_all(tx, user_id, "ended")


def send_reset(tx: Tx, user_id: UUID) -> None:
    """Send a user a link to choose a new password. Raises PermissionDenied, NotFound, NotReachable."""
    user = _require_whole(tx, user_id)
    if user.disabled or not user.profile.email:
        raise NotReachable
    registration.queue_letters(tx, [user_id])


def _require_whole(tx: Tx, user_id: UUID) -> ListedUser:
    user, clients = _of_caller(tx, user_id)
    if not _managed_whole(tx, user, clients):
        raise PermissionDenied(Permission.USERS_MANAGE.label)
    return user


def _of_caller(tx: Tx, user_id: UUID) -> tuple[ListedUser, list[Access]]:
    """A user, and the user's clients that the caller manages."""
    managed = managing.managed(tx, None)
    user = _found(tx, user_id)
    clients = client_rows.of_user(tx, user_id, MAX_CLIENTS)
    if managed is not None:
        clients = [one for one in clients if one.client_id in managed]
        if not clients:
            raise NotFound("user")
    return user, clients


def _managed_whole(tx: Tx, user: ListedUser, clients: Sequence[Access]) -> bool:
    if tx.caller.everywhere & Permission.USERS_MANAGE.mask:
        return True
    return not user.profile.kind.is_staff and user_lists.clients_of(tx, user.user_id) == len(clients)


def _found(tx: Tx, user_id: UUID) -> ListedUser:
    found = user_lists.get(tx, user_id)
    if found is None:
        raise NotFound("user")
    return found
