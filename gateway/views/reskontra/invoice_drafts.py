"""The draft of Registrera faktura: kept while one types, opened again wherever the person comes back (UI 1, 4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from gateway import drafts
from gateway.drafts import Draft
from gateway.forms.invoice import InvoiceForm
from gateway.session import needs
from gateway.views.reskontra.blueprint import client_numbered, first_client, reskontra
from rf.auth.v1.sessions_pb2 import ClientAccess

REGISTER: Final = "ledger.register"
FORM: Final = "faktura"
CLIENT_BEFORE: Final = "utkast_av"
"""Field with the number of the client that the page was made for: its draft moves with the form."""


@dataclass(frozen=True)
class Opened:
    """What a page begins with: its client, the draft of that client, and further clients that drafts wait for."""

    client: ClientAccess
    draft: Draft | None = None
    others: Sequence[ClientAccess] = ()


def opened() -> Opened:
    """For the client of the address; else the one with the newest draft, else the first."""
    documents = drafts.kept(FORM)
    usable = g.session.clients_with(REGISTER)
    waiting = {one.number: documents[place] for one in usable if (place := _place(one)) in documents}
    number = request.args.get("utstallare", "")
    if not number and (latest := drafts.newest(waiting.values())) is not None:
        number = next(number for number, document in waiting.items() if document is latest)
    client = client_numbered(number, REGISTER) if number else first_client(REGISTER)
    draft = drafts.opened(documents.get(_place(client, request.args.get("post", ""))))
    return Opened(client, draft, [one for one in usable if one.number in waiting and one.number != client.number])


@reskontra.post("/registrera-faktura/utkast")
@needs(REGISTER)
def keep_invoice_draft() -> ResponseReturnValue:
    """What the page sends by itself when a field is left, and while one types."""
    form = InvoiceForm.read(request.form)  # what could not be opened again is not kept
    client = client_numbered(form.value("klient"), REGISTER)
    return Response(status=204 if keep(client) else 503)


def keep(client: ClientAccess) -> bool:
    """Keep the posted form as the draft of the client."""
    item_id = request.form.get("post", "")
    before = g.session.numbered(request.form.get(CLIENT_BEFORE, ""), REGISTER) or client
    return drafts.move(_place(before, item_id), _place(client, item_id), request.form)


def drop(client: ClientAccess) -> None:
    """The posted form is saved, or thrown away."""
    drafts.drop(_place(client, request.form.get("post", "")))


def _place(client: ClientAccess, item_id: str = "") -> str:
    return drafts.key(FORM, client.client_id, item_id)
