"""Logga in and Logga ut (manual §2, §8)."""

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue

from gateway import session
from gateway.rendering import page
from gateway.session import public
from kernel.errors import DomainError, Kind
from rf.auth.v1 import sessions_pb2

login = Blueprint("login", __name__)

WRONG = "Användarnamnet eller lösenordet stämmer inte. Kontrollera båda och försök igen."
TOO_MANY = "För många försök. Vänta en stund och försök igen."


@login.get("/logga-in")
@public
def sign_in() -> ResponseReturnValue:
    target = session.local_path(request.args.get("next", "/"))
    ended = "utloggad" in request.args and target != "/"
    return page("logga_in.html", next=target, ended=ended, user_name="", error="")


@login.post("/logga-in")
@public
def do_sign_in() -> ResponseReturnValue:
    user_name, password = request.form.get("user_name", "").strip(), request.form.get("password", "")
    target = session.local_path(request.form.get("next", "/"))
    if not user_name or not password:
        return page(
            "logga_in.html", 422, next=target, user_name=user_name, error="Fyll i både användarnamn och lösenord."
        )
    try:
        answer = g.auth.sessions.SignIn(
            sessions_pb2.SignInRequest(user_name=user_name, password=password, client_ip=request.remote_addr or "")
        )
    except DomainError as error:
        if error.kind is Kind.UNAVAILABLE:
            raise
        status, text = (429, TOO_MANY) if error.kind is Kind.EXHAUSTED else (422, WRONG)
        return page("logga_in.html", status, next=target, user_name=user_name, error=text)
    _end_session()  # what this browser had before: a session never outlives the sign-in after it
    return session.start(Response(status=303, headers={"Location": target}), answer.session_token)


@login.post("/logga-ut")
@public
def sign_out() -> ResponseReturnValue:
    _end_session()
    return session.end(Response(status=303, headers={"Location": url_for("login.sign_in")}))


def _end_session() -> None:
    if token := session.session_token():
        g.auth.sessions.SignOut(sessions_pb2.SignOutRequest(session_token=token))


@login.post("/fortsatt")
@session.needs()
def stay() -> ResponseReturnValue:
    """The button of the warning at 28 minutes: the question to auth has just kept the session alive."""
    return Response(status=204)
