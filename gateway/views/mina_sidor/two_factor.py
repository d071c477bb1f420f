"""Tvåfaktorsinloggning: an authenticator app taken into use, with recovery codes, or given up."""

import io
from typing import Final

import segno
from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from gateway import texts
from gateway.forms.account import LABELS
from gateway.rendering import page
from gateway.session import needs
from gateway.views.mina_sidor.blueprint import mina_sidor
from kernel.errors import DomainError, FieldViolation, Kind
from rf.auth.v1.accounts_pb2 import ConfirmTotpRequest, GetOwnAccountRequest, RemoveTotpRequest, StartTotpRequest

WRONG_CODE: Final = "Koden stämmer inte. Skriv de sex siffror som appen visar nu."


@mina_sidor.get("/installningar/tvafaktor")
@needs()
def two_factor() -> ResponseReturnValue:
    return _page()


@mina_sidor.post("/installningar/tvafaktor/borja")
@needs()
def start_two_factor() -> ResponseReturnValue:
    """Lägg till app: the QR code to scan."""
    try:
        made = g.auth.accounts.StartTotp(
            StartTotpRequest(current_password=request.form.get("nuvarande", ""), client_ip=request.remote_addr or "")
        )
    except DomainError as error:
        return _refused(error)
    return _scan(made.secret, made.uri)


@mina_sidor.post("/installningar/tvafaktor/bekrafta")
@needs()
def confirm_two_factor() -> ResponseReturnValue:
    """Bekräfta with a code of the app; answers with the recovery codes, which are shown once."""
    secret, uri = request.form.get("hemlighet", ""), request.form.get("adress", "")
    try:
        answer = g.auth.accounts.ConfirmTotp(
            ConfirmTotpRequest(
                request_id=request.form.get("request_id", ""),
                code=request.form.get("kod", "").strip(),
                client_ip=request.remote_addr or "",
            )
        )
    except DomainError as error:
        if error.reason == "SECOND_FACTOR_REFUSED":
            return _scan(secret, uri, WRONG_CODE, 422)
        return _refused(error)
    return page("mina_sidor/reservkoder.html", codes=answer.recovery_codes)


@mina_sidor.post("/installningar/tvafaktor/ta-bort")
@needs()
def remove_two_factor() -> ResponseReturnValue:
    """Ta bort app."""
    try:
        g.auth.accounts.RemoveTotp(
            RemoveTotpRequest(
                request_id=request.form.get("request_id", ""),
                current_password=request.form.get("nuvarande", ""),
                client_ip=request.remote_addr or "",
            )
        )
    except DomainError as error:
        return _refused(error)
    return redirect(url_for("mina_sidor.two_factor", klart="borta"), 303)


def _refused(error: DomainError) -> ResponseReturnValue:
    """What stands at the field of the password, or above it."""
    if error.kind in {Kind.EXHAUSTED, Kind.CONFLICT}:
        return _page(texts.STATUS[error.kind], refused=texts.reason(error))
    if error.reason != "WRONG_PASSWORD" and error.kind is not Kind.INVALID:
        raise error
    empty = not request.form.get("nuvarande")
    violation = FieldViolation("", "REQUIRED" if empty else "WRONG_PASSWORD")
    label = LABELS["nuvarande"]
    return _page(422, fault=texts.fault(violation, label.text, label.example))


def _page(status: int = 200, *, fault: str = "", refused: texts.ErrorText | None = None) -> Response:
    account = g.auth.accounts.GetOwnAccount(GetOwnAccountRequest())
    return page(
        "mina_sidor/tvafaktor.html",
        status,
        has_app=account.second_factor,
        codes_left=account.recovery_codes_left,
        wanted_by=[client.name for client in g.session.clients if client.withheld],
        fault=fault,
        refused=refused,
        done=request.args.get("klart", ""),
    )


def _scan(secret: str, uri: str, fault: str = "", status: int = 200) -> Response:
    readable = uri.startswith("otpauth://totp/") and uri.isprintable() and len(uri) < 500
    return page(
        "mina_sidor/tvafaktor_app.html",
        status,
        secret=secret,
        uri=uri,
        qr=qr_code(uri) if readable else "",
        fault=fault,
    )


def qr_code(text: str) -> Markup:
    """A QR code as a drawing without styles."""
    drawing = io.BytesIO()
    segno.make(text, error="m").save(
        drawing,
        kind="svg",
        xmldecl=False,
        svgclass="qr",
        lineclass=None,
        scale=5,
        border=4,
        light="#fff",
        title="QR-kod",
    )
    return Markup(drawing.getvalue().decode())  # noqa: S704 - made of squares, not of the text
