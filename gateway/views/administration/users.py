"""Användare: the list, and one user with the matrix of rights and what can be done about the account."""

from typing import Any, Final
from uuid import UUID

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.rendering import page
from gateway.session import needs
from gateway.views.administration.blueprint import (
    FUNCTIONS,
    STAFF_FUNCTIONS,
    USERS,
    administration,
    grantable,
    managed,
    managed_clients,
)
from gateway.views.mina_sidor.settings import browser_name
from kernel.errors import DomainError, Kind
from rf.auth.v1 import sessions_pb2
from rf.auth.v1.sessions_pb2 import ClientAccess
from rf.auth.v1.users_pb2 import (
    EndUserSessionsRequest,
    GetUserRequest,
    ListUsersRequest,
    RemoveSecondFactorRequest,
    SendPasswordResetRequest,
    SetStaffPermissionsRequest,
    SetUserAccessRequest,
    SetUserDisabledRequest,
)

SHOWN: Final = 50
FIRST: Final = ("ledger.read",)  # of a client that is added; the rest is ticked in its row
MAX_SEARCH: Final = 64
KINDS: Final = {
    sessions_pb2.USER_KIND_CLIENT: "Klientanvändare",
    sessions_pb2.USER_KIND_OFFICER: "Handläggare",
    sessions_pb2.USER_KIND_ADMINISTRATOR: "Administratör",
}


@administration.get("/anvandare")
@needs(*USERS)
def users() -> ResponseReturnValue:
    wanted = request.args.get("sok", "").strip()[:MAX_SEARCH]
    chosen = request.args.get("klient", "")
    client_id = next((one.client_id for one in managed_clients() if one.number == chosen), "")
    try:
        answer = g.auth.users.ListUsers(
            ListUsersRequest(
                client_id=client_id,
                begins_with=wanted,
                page_size=SHOWN,
                page_token=request.args.get("fran", ""),
            )
        )
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        return page("administration/anvandare.html", 422, users=[], wanted=wanted, kinds=KINDS, next_url="")
    token = answer.next_page_token
    next_url = url_for("administration.users", fran=token, sok=wanted or None) if token else ""
    return page(
        "administration/anvandare.html",
        users=answer.users,
        wanted=wanted,
        kinds=KINDS,
        next_url=next_url,
        may_add_users=g.session.may_at_large("users.manage"),
    )


@administration.get("/anvandare/<uuid:user_id>")
@needs(*USERS)
def user(user_id: UUID) -> ResponseReturnValue:
    return _page(user_id)


@administration.post("/anvandare/<uuid:user_id>/rattigheter")
@needs(*USERS)
def set_access(user_id: UUID) -> ResponseReturnValue:
    """Spara rättigheter: every client of the matrix at once, and one that is added."""
    shown = [managed(client_id) for client_id in request.form.getlist("klienter")]
    wanted = [ClientAccess(client_id=one.client_id, permissions=_ticked(one)) for one in shown]
    if added := request.form.get("ny_klient", ""):
        wanted.append(ClientAccess(client_id=managed(added).client_id, permissions=FIRST))
    try:
        g.auth.users.SetUserAccess(SetUserAccessRequest(request_id=_request_id(), user_id=str(user_id), clients=wanted))
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        reasons = {violation.reason for violation in error.violations}
        return _page(user_id, 422, NOT_YOURS if "NOT_YOURS_TO_GIVE" in reasons else texts.reason(error))
    return _done(user_id, "rattigheter")


NOT_YOURS: Final = texts.ErrorText(
    "Rättigheterna är inte sparade", "Du kan bara ge och ta de funktioner som du själv har hos klienten."
)


@administration.post("/anvandare/<uuid:user_id>/personal")
@needs("users.manage")
def set_staff_permissions(user_id: UUID) -> ResponseReturnValue:
    """Spara what an officer may do beyond the others."""
    permissions = [name for name in STAFF_FUNCTIONS if name in request.form.getlist("personal")]
    g.auth.users.SetStaffPermissions(
        SetStaffPermissionsRequest(request_id=_request_id(), user_id=str(user_id), permissions=permissions)
    )
    return _done(user_id, "rattigheter")


@administration.post("/anvandare/<uuid:user_id>/avstangning")
@needs(*USERS)
def set_disabled(user_id: UUID) -> ResponseReturnValue:
    """Stäng av, or Öppna igen."""
    disabled = request.form.get("avstangd") == "1"
    try:
        g.auth.users.SetUserDisabled(
            SetUserDisabledRequest(request_id=_request_id(), user_id=str(user_id), disabled=disabled)
        )
    except DomainError as error:
        if error.kind is not Kind.CONFLICT:
            raise
        return _page(user_id, 409, texts.reason(error))
    return _done(user_id, "avstangd" if disabled else "oppnad")


@administration.post("/anvandare/<uuid:user_id>/inloggningar")
@needs(*USERS)
def end_user_sessions(user_id: UUID) -> ResponseReturnValue:
    """Avsluta alla inloggningar."""
    g.auth.users.EndUserSessions(EndUserSessionsRequest(request_id=_request_id(), user_id=str(user_id)))
    return _done(user_id, "utloggad")


@administration.post("/anvandare/<uuid:user_id>/losenordslank")
@needs(*USERS)
def send_reset(user_id: UUID) -> ResponseReturnValue:
    """Skicka länk för nytt lösenord."""
    try:
        g.auth.users.SendPasswordReset(SendPasswordResetRequest(request_id=_request_id(), user_id=str(user_id)))
    except DomainError as error:
        if error.kind is not Kind.CONFLICT:
            raise
        return _page(user_id, 409, texts.reason(error))
    return _done(user_id, "lank")


@administration.post("/anvandare/<uuid:user_id>/tvafaktor")
@needs(*USERS)
def remove_second_factor(user_id: UUID) -> ResponseReturnValue:
    """Ta bort tvåfaktor, for who has lost the phone and the recovery codes."""
    g.auth.users.RemoveSecondFactor(RemoveSecondFactorRequest(request_id=_request_id(), user_id=str(user_id)))
    return _done(user_id, "tvafaktor")


def _page(user_id: UUID, status: int = 200, refused: texts.ErrorText | None = None) -> Response:
    found = g.auth.users.GetUser(GetUserRequest(user_id=str(user_id), page_size=20))
    person = found.user.user
    there = {one.client_id for one in found.clients}
    return page(
        "administration/anvandaren.html",
        status,
        found=found,
        person=person,
        kind=KINDS.get(person.kind, ""),
        is_client_user=person.kind == sessions_pb2.USER_KIND_CLIENT,
        is_officer=person.kind == sessions_pb2.USER_KIND_OFFICER,
        may_staff=g.session.may_at_large("users.manage"),
        functions=FUNCTIONS,
        staff_functions=STAFF_FUNCTIONS,
        rows=[_row(one) for one in found.clients],
        to_add=[
            (one.client_id, f"{one.number} {one.name}")
            for one in managed_clients()
            if one.client_id not in there and g.session.may_at_large("users.manage")
        ],
        sessions=[{"one": one, "browser": browser_name(one.user_agent)} for one in found.sessions],
        refused=refused,
        done=request.args.get("klart", ""),
    )


def _row(one: ClientAccess) -> dict[str, Any]:
    mine = g.session.client(one.client_id)
    return {"client": one, "grantable": FUNCTIONS if mine is None else grantable(mine)}


def _ticked(client: ClientAccess) -> list[str]:
    ticked = request.form.getlist(f"r-{client.client_id}")
    return [name for name in FUNCTIONS if name in ticked]


def _request_id() -> str:
    return request.form.get("request_id", "")


def _done(user_id: UUID, what: str) -> ResponseReturnValue:
    return redirect(url_for("administration.user", user_id=user_id, klart=what), 303)
