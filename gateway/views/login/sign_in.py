"""Logga in and Logga ut (manual §2, §8)."""

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from gateway import session
from gateway.rendering import page
from gateway.session import public
from gateway.views.login import second_factor
from gateway.views.login.blueprint import login
from kernel.errors import DomainError, Kind
from rf.auth.v1 import sessions_pb2

MAX_USER_AGENT = 200
WRONG = "Användarnamnet eller lösenordet stämmer inte. Kontrollera båda och försök igen."
TOO_MANY = "För många försök. Vänta en stund och försök igen."
DONE = {
    "konto": "Ditt konto är skapat. Logga in med användarnamnet och lösenordet som du valde.",
    "losenord": "Ditt nya lösenord gäller. Logga in med det.",
}


@login.get("/logga-in")
@public
def sign_in() -> ResponseReturnValue:
    target = session.local_path(request.args.get("next", "/"))
    ended = "utloggad" in request.args and target != "/"
    done = DONE.get(request.args.get("klart", ""), "")
    return page("login/logga_in.html", next=target, ended=ended, done=done, user_name="", error="")


@login.post("/logga-in")
@public
def do_sign_in() -> ResponseReturnValue:
    user_name, password = request.form.get("user_name", "").strip(), request.form.get("password", "")
    target = session.local_path(request.form.get("next", "/"))
    if not user_name or not password:
        return page(
            "login/logga_in.html", 422, next=target, user_name=user_name, error="Fyll i både användarnamn och lösenord."
        )
    try:
        answer = g.auth.sessions.SignIn(
            sessions_pb2.SignInRequest(
                user_name=user_name,
                password=password,
                client_ip=request.remote_addr or "",
                user_agent=str(request.user_agent)[:MAX_USER_AGENT],
            )
        )
    except DomainError as error:
        if error.kind is Kind.UNAVAILABLE:
            raise
        status, text = (429, TOO_MANY) if error.kind is Kind.EXHAUSTED else (422, WRONG)
        return page("login/logga_in.html", status, next=target, user_name=user_name, error=text)
    if answer.second_factor_token:
        return second_factor.begin(answer.second_factor_token, target)
    session.close_before()
    return session.start(Response(status=303, headers={"Location": target}), answer.session_token)


@login.post("/logga-ut")
@public
def sign_out() -> ResponseReturnValue:
    session.close_before()
    return session.end(Response(status=303, headers={"Location": url_for("login.sign_in")}))


@login.post("/fortsatt")
@session.needs()
def stay() -> ResponseReturnValue:
    """The button of the warning at 28 minutes: the question to auth has just kept the session alive."""
    return Response(status=204)
