"""The drafts of Registrera faktura and Registrera transaktion: one for each client, opened wherever one comes back.

A form sends itself while one types (UI 1, 4.4); of a waiting item that is changed, the draft is the item's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import g, request

from gateway import drafts
from gateway.drafts import Draft
from gateway.views.reskontra.blueprint import client_numbered, first_client
from rf.auth.v1.sessions_pb2 import ClientAccess

REGISTER: Final = "ledger.register"
CLIENT_BEFORE: Final = "utkast_av"
"""Field with the number of the client that the page was made for: its draft moves with the form."""


@dataclass(frozen=True)
class Opened:
    """What a page begins with: its client, the draft of that client, and further clients that drafts wait for."""

    client: ClientAccess
    draft: Draft | None = None
    others: Sequence[ClientAccess] = ()


def opened(form: str) -> Opened:
    """For the client of the address; else the one with the newest draft, else the first."""
    documents = drafts.kept(form)
    usable = g.session.clients_with(REGISTER)
    waiting = {one.number: documents[place] for one in usable if (place := _place(form, one)) in documents}
    number = request.args.get("utstallare", "")
    if not number and (latest := drafts.newest(waiting.values())) is not None:
        number = next(number for number, document in waiting.items() if document is latest)
    client = client_numbered(number, REGISTER) if number else first_client(REGISTER)
    draft = drafts.opened(documents.get(_place(form, client, request.args.get("post", ""))))
    return Opened(client, draft, [one for one in usable if one.number in waiting and one.number != client.number])


def keep(form: str, client: ClientAccess) -> bool:
    """Keep the posted form as the draft of the client; False if it could not be."""
    item_id = request.form.get("post", "")
    before = g.session.numbered(request.form.get(CLIENT_BEFORE, ""), REGISTER) or client
    return drafts.move(_place(form, before, item_id), _place(form, client, item_id), request.form)


def drop(form: str, client: ClientAccess) -> None:
    """The posted form is saved, or thrown away."""
    drafts.drop(_place(form, client, request.form.get("post", "")))


def _place(form: str, client: ClientAccess, item_id: str = "") -> str:
    return drafts.key(form, client.client_id, item_id)
