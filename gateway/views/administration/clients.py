"""Klienter: the tenants and their terms of access."""

from typing import Final
from uuid import UUID

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.forms.labels import Faults, Label, gather
from gateway.rendering import page
from gateway.session import needs
from gateway.views.administration.blueprint import administration
from kernel.errors import DomainError, FieldViolation, Kind
from rf.auth.v1.clients_pb2 import Client, CreateClientRequest, ListClientsRequest, UpdateClientRequest

SHOWN: Final = 100
LABELS: Final = {
    "nummer": Label("Klientnummer", "Skriv upp till tio siffror utan inledande nolla, t.ex. 1042."),
    "namn": Label("Namn", "Skriv företagets namn, t.ex. Kvarnåsens Energi AB."),
    "orgnr": Label("Organisationsnummer", "Skriv tio siffror, t.ex. 556016-0680."),
}
_FIELD_OF: Final = {"number": "nummer", "name": "namn", "organisation_number": "orgnr"}
_TAKEN: Final = {"CLIENT_NUMBER_TAKEN": "nummer", "ORGANISATION_NUMBER_TAKEN": "orgnr"}


@administration.get("/klienter")
@needs("clients.manage")
def clients() -> ResponseReturnValue:
    return _page()


@administration.post("/klienter")
@needs("clients.manage")
def create_client() -> ResponseReturnValue:
    """Lägg till."""
    written = {name: request.form.get(name, "").strip() for name in LABELS}
    client = Client(number=written["nummer"], name=written["namn"], organisation_number=written["orgnr"])
    try:
        g.auth.clients.CreateClient(CreateClientRequest(request_id=request.form.get("request_id", ""), client=client))
    except DomainError as error:
        return _page(422, _faults(error), written)
    return _done("tillagd")


@administration.post("/klienter/<uuid:client_id>")
@needs("clients.manage")
def change_client(client_id: UUID) -> ResponseReturnValue:
    """Spara a client's name and terms of access."""
    client = Client(
        client_id=str(client_id),
        name=request.form.get("namn", "").strip(),
        manages_own_users="egna_anvandare" in request.form,
        second_factor_for_approval="tvafaktor" in request.form,
    )
    try:
        g.auth.clients.UpdateClient(UpdateClientRequest(request_id=request.form.get("request_id", ""), client=client))
    except DomainError as error:
        return _page(422, changed=str(client_id), change_faults=_faults(error), changed_name=client.name)
    return _done("andrad")


def _faults(error: DomainError) -> Faults:
    if error.reason in _TAKEN:
        return gather([FieldViolation(_TAKEN[error.reason], "TAKEN")], {name: name for name in LABELS}, LABELS)
    if error.kind is not Kind.INVALID:
        raise error
    return gather(error.violations, _FIELD_OF, LABELS)


def _page(
    status: int = 200,
    faults: Faults | None = None,
    written: dict[str, str] | None = None,
    *,
    changed: str = "",
    change_faults: Faults | None = None,
    changed_name: str = "",
) -> Response:
    answer = g.auth.clients.ListClients(ListClientsRequest(page_size=SHOWN, page_token=request.args.get("fran", "")))
    token = answer.next_page_token
    return page(
        "administration/klienter.html",
        status,
        found=answer.clients,
        next_url=url_for("administration.clients", fran=token) if token else "",
        faults=faults or Faults(),
        written=written or {},
        changing=changed or request.args.get("andra", ""),
        change_faults=change_faults or Faults(),
        changed_name=changed_name,
        done=request.args.get("klart", ""),
    )


def _done(what: str) -> ResponseReturnValue:
    return redirect(url_for("administration.clients", klart=what), 303)
