"""Glömt lösenordet? and the page that its link leads to (manual §2.2; SPEC part 2: never a password by mail)."""

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.forms.account import HELP_TO_CHOOSE, AccountForm
from gateway.rendering import page
from gateway.session import public
from gateway.views.login.blueprint import login
from kernel.errors import DomainError, Kind
from rf.auth.v1.registration_pb2 import RequestPasswordResetRequest, ResetPasswordRequest

MISSING = "Användarnamn eller e-post saknas. Skriv det ena, t.ex. asa.oberg@foretaget.se."
UNREADABLE = "Användarnamnet eller adressen går inte att läsa. Skriv t.ex. asa.oberg@foretaget.se."
REFUSED = texts.ErrorText(
    "Länken gäller inte längre",
    "Den fungerar en gång och i 30 minuter. Be om en ny under Glömt lösenordet?",
)


@login.get("/glomt-losenord")
@public
def forgotten() -> ResponseReturnValue:
    return page("login/glomt_losenord.html", written="", fault="", sent="skickad" in request.args)


@login.post("/glomt-losenord")
@public
def do_forgotten() -> ResponseReturnValue:
    """The same answer whether anybody has the name or address."""
    written = request.form.get("namn_eller_epost", "").strip()
    fault, status = "" if written else MISSING, 422
    if written:
        try:
            g.auth.registration.RequestPasswordReset(
                RequestPasswordResetRequest(
                    request_id=request.form.get("request_id", ""),
                    name_or_email=written,
                    client_ip=request.remote_addr or "",
                )
            )
        except DomainError as error:
            if error.reason == "TOO_MANY_TRIES":
                fault, status = f"{texts.reason(error).title}. {texts.reason(error).text}", 429
            elif error.kind is Kind.INVALID:
                fault = UNREADABLE
            else:
                raise
    if fault:
        return page("login/glomt_losenord.html", status, written=written, fault=fault, sent=False)
    return redirect(url_for("login.forgotten", skickad="1"), 303)


@login.get("/nytt-losenord")
@public
def new_password() -> ResponseReturnValue:
    return _form(AccountForm({}), request.args.get("kod", ""))


@login.post("/nytt-losenord")
@public
def do_new_password() -> ResponseReturnValue:
    form, token = AccountForm.read(request.form), request.form.get("kod", "")
    form.require("losenord", "igen")
    form.same_twice()
    if form.faults:
        return _form(form, token, 422)
    try:
        g.auth.registration.ResetPassword(
            ResetPasswordRequest(
                request_id=request.form.get("request_id", ""),
                token=token,
                new_password=form.password,
                client_ip=request.remote_addr or "",
            )
        )
    except DomainError as error:
        if error.reason == "RESET_REFUSED":
            return _form(form, "", 422, REFUSED)
        if error.reason == "TOO_MANY_TRIES":
            return _form(form, token, 429, texts.reason(error))
        form.refuse(error.violations)
        if error.kind is not Kind.INVALID or not form.faults:
            raise
        return _form(form, token, 422)
    return redirect(url_for("login.sign_in", klart="losenord"), 303)


def _form(
    form: AccountForm, token: str, status: int = 200, refused: texts.ErrorText | None = None
) -> ResponseReturnValue:
    return page(
        "login/nytt_losenord.html", status, form=form, token=token, refused=refused, password_help=HELP_TO_CHOOSE
    )
