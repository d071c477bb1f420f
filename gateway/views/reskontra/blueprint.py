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


def client_number(client_id: str) -> str:
    """The number of a client by its id, for addresses."""
    client = g.session.client(client_id)
    return client.number if client else ""
