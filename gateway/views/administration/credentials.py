"""Systemkonton: credentials of internal systems. A secret is shown once, on the page that answers its making."""

from typing import Final

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.rendering import page
from gateway.session import needs
from gateway.views.administration.blueprint import FUNCTIONS, administration, in_words, managed_clients
from kernel.errors import DomainError, Kind
from rf.auth.v1.credentials_pb2 import CreateCredentialRequest, DisableCredentialRequest, ListCredentialsRequest

SHOWN: Final = 50
INCOMPLETE: Final = texts.ErrorText(
    "Systemkontot är inte skapat",
    "Skriv ett namn av 3 till 40 små bokstäver, siffror och bindestreck, och välj minst en funktion.",
)
TAKEN: Final = texts.ErrorText("Systemkontot är inte skapat", "Namnet finns redan. Skriv ett annat.")


@administration.get("/systemkonton")
@needs("users.manage")
def credentials() -> ResponseReturnValue:
    return _page()


@administration.post("/systemkonton")
@needs("users.manage")
def create_credential() -> ResponseReturnValue:
    """Skapa systemkonto."""
    name = request.form.get("namn", "").strip()
    permissions = [one for one in FUNCTIONS if one in request.form.getlist("funktion")]
    client_id = request.form.get("klient_id", "")
    try:
        made = g.auth.credentials.CreateCredential(
            CreateCredentialRequest(
                request_id=request.form.get("request_id", ""),
                name=name,
                client_ids=[client_id] if client_id else [],
                permissions=permissions,
            )
        )
    except DomainError as error:
        if error.reason == "CREDENTIAL_NAME_TAKEN":
            return _page(422, TAKEN)
        if error.kind is not Kind.INVALID:
            raise
        return _page(422, INCOMPLETE)
    return page("administration/systemkonto.html", name=name, secret=made.secret)


@administration.post("/systemkonton/<name>/stang")
@needs("users.manage")
def disable_credential(name: str) -> ResponseReturnValue:
    """Stäng av."""
    g.auth.credentials.DisableCredential(
        DisableCredentialRequest(request_id=request.form.get("request_id", ""), name=name)
    )
    return redirect(url_for("administration.credentials", klart="stangt"), 303)


def _page(status: int = 200, refused: texts.ErrorText | None = None) -> Response:
    answer = g.auth.credentials.ListCredentials(
        ListCredentialsRequest(page_size=SHOWN, page_token=request.args.get("fran", ""))
    )
    token = answer.next_page_token
    return page(
        "administration/systemkonton.html",
        status,
        found=[
            {
                "one": one,
                "functions": in_words(one.permissions) or "Husets egna",
                "clients": ", ".join(g.session.client_name(client_id) or "–" for client_id in one.client_ids) or "Alla",
            }
            for one in answer.credentials
        ],
        next_url=url_for("administration.credentials", fran=token) if token else "",
        clients_to_choose=[(one.client_id, f"{one.number} {one.name}") for one in managed_clients()],
        functions=FUNCTIONS,
        name=request.form.get("namn", ""),
        client_id=request.form.get("klient_id", ""),
        ticked=request.form.getlist("funktion"),
        refused=refused,
        done=request.args.get("klart", ""),
    )
