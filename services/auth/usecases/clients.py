"""The clients (klienter) as tenants."""

from sqlalchemy.exc import IntegrityError

from chassis import business_day
from chassis.database import Tx, violated
from chassis.ids import uuid7
from chassis.outbox import Event
from chassis.permissions import Permission
from chassis.wire import to_uuid
from kernel.errors import DomainError, Kind, NotFound, Violations
from rf.auth.v1 import events_pb2
from services.auth.domain.clients import checked_name, new_client
from services.auth.storage import clients
from services.auth.storage.clients import StoredClient


class ClientNumberTaken(DomainError):
    """Another client has the number."""

    reason = "CLIENT_NUMBER_TAKEN"
    kind = Kind.CONFLICT


class OrganisationNumberTaken(DomainError):
    """Another client has the organisation number."""

    reason = "ORGANISATION_NUMBER_TAKEN"
    kind = Kind.CONFLICT


class ClientIdTaken(DomainError):
    """There is a client with this id."""

    reason = "CLIENT_ID_TAKEN"
    kind = Kind.CONFLICT


_TAKEN: dict[str, type[DomainError]] = {
    "client_pkey": ClientIdTaken,
    "client_number_key": ClientNumberTaken,
    "client_organisation_number_key": OrganisationNumberTaken,
}


def create(tx: Tx, wanted_id: str, number: str, name: str, organisation_number: str) -> StoredClient:
    """Add a client, with an id of its own unless one is wanted.

    Raises PermissionDenied, InvalidInput, or one of the three that say what is taken.
    """
    tx.caller.require_everywhere(Permission.CLIENTS_MANAGE)
    client = new_client(number, name, organisation_number, business_day.today())
    client_id = to_uuid(wanted_id, "client.client_id") if wanted_id else uuid7()
    try:
        clients.insert(tx, client_id, client)
    except IntegrityError as error:
        taken = _TAKEN.get(violated(error))
        if taken is None:
            raise
        raise taken from None
    tx.audit("client.created", "client", client_id, client_id)
    message = events_pb2.ClientCreated(client_id=str(client_id), number=str(client.number))
    tx.publish(Event(client_id, "client", client_id, message))
    return StoredClient(client_id, client.number, client.name, client.organisation_number)


def update(tx: Tx, wanted_id: str, name: str, *, own_users: bool, second_factor: bool) -> StoredClient:
    """Change a client's name and terms of access. Raises PermissionDenied, InvalidInput, NotFound."""
    tx.caller.require_everywhere(Permission.CLIENTS_MANAGE)
    client_id = to_uuid(wanted_id, "client.client_id")
    with Violations() as v:
        name = checked_name(v, name)
    stored = clients.update(tx, client_id, name, (own_users, second_factor))
    if stored is None:
        raise NotFound("client")
    terms = {"manages_own_users": int(own_users), "second_factor_for_approval": int(second_factor)}
    tx.audit("client.changed", "client", client_id, client_id, **terms)
    return stored


def visible(tx: Tx, after: int, limit: int) -> list[StoredClient]:
    """The clients of the caller's token with a number above ``after``; all of them for whoever acts everywhere."""
    return clients.page(tx, None if tx.caller.sees_all_clients else tx.caller.clients.keys(), after, limit)
