"""Ny användare: an account made at Resultat Finans. Nobody chooses its password but its owner, by a link."""

import secrets
from typing import Final
from uuid import uuid4

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.forms.account import AccountForm
from gateway.rendering import page
from gateway.session import needs
from gateway.views.administration.blueprint import FUNCTIONS, administration, managed, managed_clients
from gateway.views.administration.users import KINDS
from kernel.errors import DomainError, Kind
from rf.auth.v1 import sessions_pb2
from rf.auth.v1.sessions_pb2 import ClientAccess, User
from rf.auth.v1.users_pb2 import CreateUserRequest, SendPasswordResetRequest

MUST: Final = ("anvandarnamn", "fornamn", "efternamn", "epost")
NO_RIGHTS: Final = texts.ErrorText("Användaren är inte skapad", "Välj en klient och minst en funktion.")


@administration.get("/ny-anvandare")
@needs("users.manage")
def new_user() -> ResponseReturnValue:
    return _form(AccountForm({}))


@administration.post("/ny-anvandare")
@needs("users.manage")
def create_user() -> ResponseReturnValue:
    """Skapa användare, and send the link by which its owner chooses the password."""
    form = AccountForm.read(request.form)
    form.require(*MUST)
    chosen = request.form.get("slag", "")
    kind = next((one for one in KINDS if str(int(one)) == chosen), sessions_pb2.USER_KIND_CLIENT)
    clients = []
    if kind == sessions_pb2.USER_KIND_CLIENT:
        permissions = [name for name in FUNCTIONS if name in request.form.getlist("funktion")]
        client_id = request.form.get("klient_id", "")
        if not client_id or not permissions:
            return _form(form, 422, NO_RIGHTS)
        clients = [ClientAccess(client_id=managed(client_id).client_id, permissions=permissions)]
    if form.faults:
        return _form(form, 422)
    try:
        made = g.auth.users.CreateUser(
            CreateUserRequest(
                request_id=request.form.get("request_id", ""),
                user=User(
                    user_name=form.value("anvandarnamn"),
                    first_name=form.value("fornamn"),
                    last_name=form.value("efternamn"),
                    email=form.value("epost"),
                    phone=form.value("telefon"),
                    kind=kind,
                ),
                password=secrets.token_urlsafe(48),
                clients=clients,
            )
        ).user
    except DomainError as error:
        if error.reason == "USER_NAME_TAKEN":
            form.fault("anvandarnamn", "TAKEN")
        else:
            form.refuse(error.violations)
        if error.kind not in {Kind.INVALID, Kind.CONFLICT} or not form.faults:
            raise
        return _form(form, 422)
    g.auth.users.SendPasswordReset(SendPasswordResetRequest(request_id=str(uuid4()), user_id=made.user_id))
    return redirect(url_for("administration.user", user_id=made.user_id, klart="skapad"), 303)


def _form(form: AccountForm, status: int = 200, refused: texts.ErrorText | None = None) -> ResponseReturnValue:
    return page(
        "administration/ny_anvandare.html",
        status,
        form=form,
        refused=refused,
        kinds=[(str(int(kind)), words) for kind, words in KINDS.items()],
        kind=request.form.get("slag", "1"),
        clients_to_choose=[(one.client_id, f"{one.number} {one.name}") for one in managed_clients()],
        client_id=request.form.get("klient_id", ""),
        functions=FUNCTIONS,
        ticked=request.form.getlist("funktion"),
    )
