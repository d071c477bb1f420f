"""Inställningar: what the start page shows (Spara), who one is (Uppdatera), where one is signed in (manual §3.2)."""

from typing import Any, Final
from uuid import uuid4

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import preferences, texts
from gateway.forms.account import HELP_TO_CHOOSE, AccountForm
from gateway.forms.settings import DENSITIES, THEMES, SettingsForm
from gateway.preferences import STATISTICS
from gateway.rendering import page
from gateway.session import needs
from gateway.views.mina_sidor.blueprint import mina_sidor
from kernel.errors import DomainError, Kind
from rf.auth.v1.accounts_pb2 import (
    EndOwnSessionsRequest,
    ListOwnSessionsRequest,
    SessionInfo,
    SetOwnAppearanceRequest,
    UpdateOwnAccountRequest,
)

SHOWN_SESSIONS: Final = 20
_BROWSERS: Final = (("Firefox/", "Firefox"), ("Edg/", "Edge"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS: Final = (
    ("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


@mina_sidor.get("/installningar")
@needs()
def settings() -> ResponseReturnValue:
    return _page()


@mina_sidor.post("/installningar/sida")
@needs()
def save_settings() -> ResponseReturnValue:
    """Spara."""
    form = SettingsForm.read(request.form)
    if form.faults:
        return _page(422, form=form)
    preferences.save(form.chosen, request.form.get("request_id", ""))
    user = g.session.user
    if (form.theme, form.density) != (user.theme, user.density or "normal"):
        g.auth.accounts.SetOwnAppearance(
            SetOwnAppearanceRequest(request_id=str(uuid4()), theme=form.theme, density=form.density)
        )
    return _done("sparat")


@mina_sidor.post("/installningar/uppgifter")
@needs()
def update_account() -> ResponseReturnValue:
    """Uppdatera: contact details, and a new password where one is written."""
    form = AccountForm.read(request.form)
    form.require("fornamn", "efternamn", "epost")
    form.same_twice()
    refused, status = None, 422
    if not form.faults:
        try:
            g.auth.accounts.UpdateOwnAccount(
                UpdateOwnAccountRequest(
                    request_id=request.form.get("request_id", ""),
                    first_name=form.value("fornamn"),
                    last_name=form.value("efternamn"),
                    email=form.value("epost"),
                    phone=form.value("telefon"),
                    current_password=form.current,
                    new_password=form.password,
                    client_ip=request.remote_addr or "",
                )
            )
        except DomainError as error:
            if error.reason == "WRONG_PASSWORD":
                form.fault("nuvarande", "WRONG_PASSWORD")
            elif error.reason == "TOO_MANY_TRIES":
                refused, status = texts.reason(error), 429
            else:
                form.refuse(error.violations)
                if error.kind is not Kind.INVALID or not form.faults:
                    raise
        else:
            return _done("losenord" if form.password else "uppdaterat")
    return _page(status, account=form, refused=refused)


@mina_sidor.post("/installningar/inloggningar/avsluta")
@needs()
def end_sessions() -> ResponseReturnValue:
    """Avsluta one, or all the others where none is named."""
    g.auth.accounts.EndOwnSessions(
        EndOwnSessionsRequest(
            request_id=request.form.get("request_id", ""), session_id=request.form.get("inloggning", "")
        )
    )
    return _done("avslutad")


def _page(
    status: int = 200,
    *,
    form: SettingsForm | None = None,
    account: AccountForm | None = None,
    refused: texts.ErrorText | None = None,
) -> Response:
    user = g.session.user
    sessions = g.auth.accounts.ListOwnSessions(ListOwnSessionsRequest(page_size=SHOWN_SESSIONS)).sessions
    written = {"fornamn": user.first_name, "efternamn": user.last_name, "epost": user.email, "telefon": user.phone}
    return page(
        "mina_sidor/installningar.html",
        status,
        form=form or SettingsForm.of(preferences.mine(), user.theme, user.density),
        account=account or AccountForm(written),
        saved=written,
        refused=refused,
        user_name=user.user_name,
        statistics=STATISTICS,
        themes=THEMES,
        densities=DENSITIES,
        sessions=[_shown(one) for one in sessions],
        password_help=HELP_TO_CHOOSE,
        done=request.args.get("klart", ""),
    )


def _done(what: str) -> ResponseReturnValue:
    return redirect(url_for("mina_sidor.settings", klart=what), 303)


def _shown(one: SessionInfo) -> dict[str, Any]:
    return {"one": one, "browser": browser_name(one.user_agent)}


def browser_name(user_agent: str) -> str:
    """``Firefox på Windows``; what cannot be told is not guessed."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "Okänd webbläsare")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} på {system}" if system else browser
