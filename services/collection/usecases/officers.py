"""Officers (handläggare) and whose new cases they get."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from chassis.permissions import Permission
from services.collection.storage import officers
from services.collection.storage.officers import Officer


def set_officer(tx: Tx, officer: Officer, clients: Sequence[UUID]) -> Officer:
    """Add or change an officer; the clients named, and no others, are theirs. Raises PermissionDenied."""
    tx.caller.require_everywhere(Permission.OFFICERS_MANAGE)
    officers.put(tx, officer)
    officers.assign(tx, officer.user_id, clients)
    tx.audit("collection.officer_set", "officer", officer.user_id, None, clients=len(clients))
    return officer
