"""Every error as a page in Swedish: what is wrong, what became of the work, and the way on.

Faults in a form's fields are the form's own business (``texts.faults``); here is what is left.
"""

import uuid

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from chassis import logs
from chassis.calls import Unauthenticated
from gateway import session, texts
from gateway.rendering import page
from kernel.errors import DomainError

log = logs.get(__name__)


def install(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unforeseen)


def _domain_error(error: DomainError) -> ResponseReturnValue:
    if isinstance(error, Unauthenticated) and request.endpoint != "login.sign_in":
        return session.to_sign_in()
    status = texts.STATUS[error.kind]
    log.info("refused", page=request.endpoint, reason=error.reason, status=status)  # a path may hold what was typed
    return _page(status, texts.reason(error))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status in {301, 302, 303, 304, 307, 308}:
        return error.get_response()
    if g.get("csrf_failed"):
        return _page(403, texts.CSRF)
    if g.get("needs_second_factor"):
        return _page(403, texts.NEEDS_SECOND_FACTOR)
    return _page(status, texts.HTTP.get(status, texts.HTTP[500]))


def _unforeseen(error: Exception) -> ResponseReturnValue:
    reference = uuid.uuid4().hex[:12]
    log.error("page failed", page=request.endpoint, reference=reference, exc_info=error)
    return _page(500, texts.HTTP[500], reference)


def _page(status: int, text: texts.ErrorText, reference: str = "") -> Response:
    again = session.local_path(request.full_path.rstrip("?"))
    response = page("fel/fel.html", status, error=text, reference=reference, path=again)
    if status in {429, 503}:
        response.headers["Retry-After"] = "5"
    return response
