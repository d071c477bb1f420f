"""Who may manage the users of a client: administrators for all, a client's own where its terms let them."""

from uuid import UUID

from chassis.database import Tx
from chassis.permissions import Permission
from kernel.errors import NotFound, PermissionDenied, Violations
from services.auth.storage import clients as client_rows


def require(tx: Tx, *client_ids: UUID) -> None:
    """Raise unless the caller may manage the users of the clients: PermissionDenied, or NotFound for a stranger."""
    if tx.caller.everywhere & Permission.USERS_MANAGE.mask:
        if client_rows.existing(tx, client_ids) != set(client_ids):
            raise NotFound("client")
        return
    for client_id in client_ids:
        tx.caller.require(Permission.CLIENT_USERS, client_id)
    if client_rows.managing_own_users(tx, client_ids) != set(client_ids):
        raise PermissionDenied(Permission.CLIENT_USERS.label)


def managed(tx: Tx, wanted: UUID | None) -> list[UUID] | None:
    """The clients whose users the caller may manage, or the wanted one of them; None for all. Raises as ``require``."""
    if wanted is not None:
        require(tx, wanted)
        return [wanted]
    if tx.caller.everywhere & Permission.USERS_MANAGE.mask:
        return None
    mine = [one for one, bits in tx.caller.clients.items() if bits & Permission.CLIENT_USERS.mask]
    found = client_rows.managing_own_users(tx, mine)
    if not found:
        raise PermissionDenied(Permission.CLIENT_USERS.label)
    return [one for one in mine if one in found]


def require_own(tx: Tx, client_id: UUID, bits: int, field: str) -> None:
    """Raise InvalidInput (``NOT_YOURS_TO_GIVE``) for rights that a client's own administrator does not have there."""
    with Violations() as v:
        is_administrator = bool(tx.caller.everywhere & Permission.USERS_MANAGE.mask)
        v.require(field, is_administrator or not bits & ~tx.caller.clients.get(client_id, 0), "NOT_YOURS_TO_GIVE")
