"""The blueprint of the pages that manage users and rights, and the manual's names of permissions."""

from collections.abc import Mapping, Sequence
from typing import Final

from flask import Blueprint, abort, g

from rf.auth.v1.sessions_pb2 import ClientAccess

administration = Blueprint("administration", __name__, url_prefix="/administration")

USERS: Final = ("users.manage", "client.users")
"""Permissions of whoever manages users: of all clients, or of some whose terms let them."""

FUNCTIONS: Final[Mapping[str, str]] = {
    "chart_of_accounts": "Kontoplan",
    "ledger.read": "Reskontra",
    "ledger.register": "Registrera faktura och transaktion",
    "ledger.approve": "Godkänn Bunt",
    "ledger.write_off": "Skriv av överskott",
    "customers.protected": "Skyddad identitet",
    "collection.read": "Inkasso, Sök",
    "collection.register": "Registrera ärende och betalning",
    "collection.approve": "Godkänn bunt i Inkasso",
    "files.send": "Skicka fil",
    "files.fetch": "Hämta fil",
    "client.users": "Användare och Pinkoder",
}
"""What a client's users may be given, by the manual's functions, in the order of its tabs."""

STAFF_FUNCTIONS: Final[Mapping[str, str]] = {
    "clients.manage": "Klienter",
    "users.manage": "Användare, Pinkoder och systemkonton",
    "terms.manage": "Klienters villkor",
    "rates.manage": "Referensräntor",
    "officers.manage": "Handläggare",
    "dead_letters": "Händelser som fastnat",
    "audit.read": "Spårbarhet",
}
"""What an officer may be given beyond what all officers may."""


def managed_clients() -> Sequence[ClientAccess]:
    """The clients of the session whose users the person manages; of staff, those that the session names."""
    if g.session.may_at_large("users.manage"):
        return list(g.session.clients)
    return [client for client in g.session.clients if "client.users" in client.permissions]


def managed(client_id: str) -> ClientAccess:
    """One of them. Answers 404 for others."""
    found = next((one for one in managed_clients() if one.client_id == client_id), None)
    return found or abort(404)


def grantable(client: ClientAccess) -> Mapping[str, str]:
    """What the person may give at a client: staff everything, a client's own administrator what they have there."""
    if g.session.may_at_large("users.manage"):
        return FUNCTIONS
    return {name: words for name, words in FUNCTIONS.items() if name in client.permissions}


def in_words(permissions: Sequence[str]) -> str:
    """Permissions as a list of functions."""
    return ", ".join(words for name, words in {**FUNCTIONS, **STAFF_FUNCTIONS}.items() if name in permissions)
