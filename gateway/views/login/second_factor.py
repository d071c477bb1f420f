"""The second step of signing in: a code of the authenticator app, or a recovery code."""

from typing import Final

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from gateway import session, texts
from gateway.rendering import page
from gateway.session import public
from gateway.views.login.blueprint import login
from kernel.errors import DomainError, Kind
from rf.auth.v1.sessions_pb2 import ConfirmSignInRequest

COOKIE: Final = "second"
WAITS_S: Final = 5 * 60
MAX_USER_AGENT: Final = 200
WRONG: Final = "Koden stämmer inte eller är redan använd. Skriv den som appen visar nu."
MISSING: Final = "Kod saknas. Skriv de sex siffrorna ur appen, eller en reservkod."


def begin(token: str, target: str) -> Response:
    """Keep the token of a sign-in whose password was right, and ask for the code."""
    response = Response(status=303, headers={"Location": url_for("login.second_factor", next=target)})
    response.set_cookie(
        _cookie_name(), token, max_age=WAITS_S, secure=session.is_https(), httponly=True, samesite="Strict", path="/"
    )
    return response


@login.get("/logga-in/kod")
@public
def second_factor() -> ResponseReturnValue:
    target = session.local_path(request.args.get("next", "/"))
    if not request.cookies.get(_cookie_name()):
        return _from_start(target)
    return page("login/kod.html", next=target, error="")


@login.post("/logga-in/kod")
@public
def do_second_factor() -> ResponseReturnValue:
    target = session.local_path(request.form.get("next", "/"))
    token, code = request.cookies.get(_cookie_name(), ""), request.form.get("kod", "").strip()
    if not token:
        return _from_start(target)
    if not code:
        return page("login/kod.html", 422, next=target, error=MISSING)
    try:
        answer = g.auth.sessions.ConfirmSignIn(
            ConfirmSignInRequest(
                second_factor_token=token,
                code=code,
                client_ip=request.remote_addr or "",
                user_agent=str(request.user_agent)[:MAX_USER_AGENT],
            )
        )
    except DomainError as error:
        if error.reason == "SIGN_IN_ENDED":
            return _from_start(target)
        if error.kind is Kind.EXHAUSTED:
            told = texts.reason(error)
            return page("login/kod.html", 429, next=target, error=f"{told.title}. {told.text}")
        if error.kind is not Kind.DENIED:
            raise
        return page("login/kod.html", 422, next=target, error=WRONG)
    session.close_before()
    return _forget(session.start(Response(status=303, headers={"Location": target}), answer.session_token))


def _from_start(target: str) -> Response:
    return _forget(Response(status=303, headers={"Location": url_for("login.sign_in", next=target)}))


def _forget(response: Response) -> Response:
    response.delete_cookie(_cookie_name(), path="/")
    return response


def _cookie_name() -> str:
    return session.host_cookie(COOKIE)
