"""Pinkoder: made, printed and taken back. A code is shown once, on the page that answers its making."""

from typing import Any, Final
from uuid import UUID

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.rendering import page
from gateway.session import needs
from gateway.views.administration.blueprint import (
    FUNCTIONS,
    USERS,
    administration,
    grantable,
    in_words,
    managed,
    managed_clients,
)
from kernel.errors import DomainError, Kind
from rf.auth.v1 import pins_pb2
from rf.auth.v1.pins_pb2 import CreatePinRequest, ListPinsRequest, Pin, RevokePinRequest

SHOWN: Final = 50
DEFAULT_DAYS: Final = "14"
MAX_DAYS: Final = 90
STATES: Final = {
    pins_pb2.PIN_STATE_OPEN: ("Gäller", "ok"),
    pins_pb2.PIN_STATE_USED: ("Använd", ""),
    pins_pb2.PIN_STATE_REVOKED: ("Återkallad", ""),
    pins_pb2.PIN_STATE_EXPIRED: ("För gammal", ""),
    pins_pb2.PIN_STATE_LOCKED: ("Låst", "err"),
}
INCOMPLETE: Final = texts.ErrorText(
    "Pinkoden är inte skapad", f"Välj klient, minst en funktion och ett antal dagar från 1 till {MAX_DAYS}."
)


@administration.get("/pinkoder")
@needs(*USERS)
def pins() -> ResponseReturnValue:
    return _page()


@administration.post("/pinkoder")
@needs(*USERS)
def create_pin() -> ResponseReturnValue:
    """Skapa Pinkod."""
    client_id, days = request.form.get("klient_id", ""), request.form.get("dagar", "").strip()
    permissions = [name for name in FUNCTIONS if name in request.form.getlist("funktion")]
    readable = days.isascii() and days.isdigit() and len(days) < 4
    if not client_id or not permissions or not readable or not 1 <= int(days) <= MAX_DAYS:
        return _page(422, INCOMPLETE)
    client = managed(client_id)
    try:
        made = g.auth.pins.CreatePin(
            CreatePinRequest(
                request_id=request.form.get("request_id", ""),
                client_id=client_id,
                permissions=permissions,
                days=int(days),
            )
        )
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        return _page(422, INCOMPLETE)
    return page(
        "administration/pinkod.html",
        code=made.code,
        pin=made.pin,
        client=client,
        functions=in_words(made.pin.permissions),
        sign_up_url=url_for("login.create_user"),
    )


@administration.post("/pinkoder/<uuid:pin_id>/aterkalla")
@needs(*USERS)
def revoke_pin(pin_id: UUID) -> ResponseReturnValue:
    """Återkalla."""
    try:
        g.auth.pins.RevokePin(RevokePinRequest(request_id=request.form.get("request_id", ""), pin_id=str(pin_id)))
    except DomainError as error:
        if error.reason != "PIN_USED":
            raise
        return _page(409, texts.reason(error))
    return redirect(url_for("administration.pins", klart="aterkallad"), 303)


def _page(status: int = 200, refused: texts.ErrorText | None = None) -> Response:
    answer = g.auth.pins.ListPins(ListPinsRequest(page_size=SHOWN, page_token=request.args.get("fran", "")))
    clients = managed_clients()
    token = answer.next_page_token
    return page(
        "administration/pinkoder.html",
        status,
        pins=[_shown(one) for one in answer.pins],
        next_url=url_for("administration.pins", fran=token) if token else "",
        clients_to_choose=[(one.client_id, f"{one.number} {one.name}") for one in clients],
        functions=grantable(clients[0]) if len(clients) == 1 else FUNCTIONS,
        client_id=request.form.get("klient_id", clients[0].client_id if len(clients) == 1 else ""),
        ticked=request.form.getlist("funktion"),
        days=request.form.get("dagar", DEFAULT_DAYS),
        refused=refused,
        done=request.args.get("klart", ""),
    )


def _shown(one: Pin) -> dict[str, Any]:
    words, chip = STATES.get(one.state, ("", ""))
    return {
        "pin": one,
        "client": g.session.client_name(one.client_id) or "–",
        "functions": in_words(one.permissions),
        "state": words,
        "chip": chip,
        "is_open": one.state == pins_pb2.PIN_STATE_OPEN,
    }
