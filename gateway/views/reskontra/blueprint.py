"""The blueprint that the pages of the tab share, and the client that a page is for."""

from flask import Blueprint, abort, g

from rf.auth.v1.sessions_pb2 import ClientAccess

reskontra = Blueprint("reskontra", __name__, url_prefix="/reskontra")


def client_numbered(number: str, *permissions: str) -> ClientAccess:
    """The person's client of that number, with one of the permissions; 404 for any other."""
    found = (g.session.numbered(number, permission) for permission in permissions)
    client: ClientAccess | None = next((one for one in found if one is not None), None)
    if client is None:
        abort(404)
    return client


def first_client(permission: str) -> ClientAccess:
    """The first of those that the chooser leaves and for which the person may do this; 403 for none."""
    usable = g.session.clients_with(permission)
    if not usable:
        abort(403)
    first: ClientAccess = usable[0]
    return first


def client_number(client_id: str) -> str:
    """The number of a client by its id, for addresses."""
    client = g.session.client(client_id)
    return client.number if client else ""


def may(permission: str, client_id: str) -> bool:
    """Whether the person may do this for the client."""
    client = g.session.client(client_id)
    return client is not None and permission in client.permissions
