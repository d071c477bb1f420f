"""Skapa användare: an account with a Pinkod (manual §2.1)."""

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.forms.account import HELP_TO_CHOOSE, AccountForm
from gateway.rendering import page
from gateway.session import public
from gateway.views.login.blueprint import login
from kernel.errors import DomainError, Kind
from rf.auth.v1.registration_pb2 import CreateUserWithPinRequest
from rf.auth.v1.sessions_pb2 import User

MUST = ("pinkod", "anvandarnamn", "fornamn", "efternamn", "epost", "losenord", "igen")


@login.get("/skapa-anvandare")
@public
def create_user() -> ResponseReturnValue:
    return _form(AccountForm({}))


@login.post("/skapa-anvandare")
@public
def do_create_user() -> ResponseReturnValue:
    form = AccountForm.read(request.form)
    form.require(*MUST)
    form.same_twice()
    if form.faults:
        return _form(form, 422)
    try:
        g.auth.registration.CreateUserWithPin(
            CreateUserWithPinRequest(
                request_id=request.form.get("request_id", ""),
                pin=form.value("pinkod"),
                user=User(
                    user_name=form.value("anvandarnamn"),
                    first_name=form.value("fornamn"),
                    last_name=form.value("efternamn"),
                    email=form.value("epost"),
                    phone=form.value("telefon"),
                ),
                password=form.password,
                client_ip=request.remote_addr or "",
            )
        )
    except DomainError as error:
        return _refused(form, error)
    return redirect(url_for("login.sign_in", klart="konto"), 303)


def _refused(form: AccountForm, error: DomainError) -> ResponseReturnValue:
    if error.reason == "USER_NAME_TAKEN":
        form.fault("anvandarnamn", "TAKEN")
    elif error.reason == "PIN_REFUSED":
        form.fault("pinkod", "PIN_REFUSED")
    elif error.reason == "TOO_MANY_TRIES":
        return _form(form, 429, texts.reason(error))
    else:
        form.refuse(error.violations)
        if error.kind is not Kind.INVALID or not form.faults:
            raise error
    return _form(form, 422)


def _form(form: AccountForm, status: int = 200, refused: texts.ErrorText | None = None) -> ResponseReturnValue:
    return page("login/skapa_anvandare.html", status, form=form, refused=refused, password_help=HELP_TO_CHOOSE)
