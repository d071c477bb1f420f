"""What protects the edge: CSRF tokens, the Content-Security-Policy and the other headers."""

import base64
import hashlib
import hmac
import secrets

from flask import Flask, Response, abort, current_app, g, request

from chassis.settings import Secret
from gateway import session

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'"
)
FRAMED_CSP = CSP.replace("frame-ancestors 'none'", "frame-ancestors 'self'")  # a page that stands in a frame of ours
PDF_CSP = "default-src 'none'; frame-ancestors 'self'; object-src 'self'"
COOKIE = "csrf"  # only for the pages before sign-in
_MASK_BYTES = 16


def install(app: Flask, secret: Secret) -> None:
    """Check every POST, and put the headers on every answer."""
    app.extensions["csrf_key"] = hashlib.sha256(b"csrf:" + secret.reveal().encode()).digest()
    app.before_request(_check)
    app.after_request(_headers)
    app.jinja_env.globals["csrf_token"] = csrf_token


def csrf_token() -> str:
    """A token for this session's forms, masked anew each time so that compression tells nothing of it."""
    mask = secrets.token_bytes(_MASK_BYTES)
    digest = _digest(_binding(make=True))
    return base64.urlsafe_b64encode(mask + bytes(a ^ b for a, b in zip(digest, mask, strict=True))).decode()


def _binding(*, make: bool) -> str:
    """What a token belongs to: the session, or a cookie of its own before there is one."""
    token = session.session_token()
    if token and g.get("session") is not None:
        return token
    value: str = g.get("csrf_cookie") or request.cookies.get(cookie_name(), "")
    if not value and make:
        value = secrets.token_urlsafe(16)
        g.csrf_cookie = value
    return value


def _digest(binding: str) -> bytes:
    key: bytes = current_app.extensions["csrf_key"]
    return hmac.digest(key, binding.encode(), "sha256")[:_MASK_BYTES]


def _check() -> None:
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    try:
        raw = base64.urlsafe_b64decode(given.encode())
    except ValueError:
        raw = b""
    mask, masked = raw[:_MASK_BYTES], raw[_MASK_BYTES:]
    if len(masked) == _MASK_BYTES:
        digest = bytes(a ^ b for a, b in zip(mask, masked, strict=True))
        if any(hmac.compare_digest(digest, _digest(binding)) for binding in _bindings()):
            return
    g.csrf_failed = True
    abort(403)


def _bindings() -> list[str]:
    """What a form's token may belong to: the session; the cookie only where no session is asked for.

    Otherwise who can plant a cookie, from another name of our domain, could send forms in somebody's session.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    before = request.cookies.get(cookie_name(), "") if getattr(view, "is_public", False) else ""
    return [binding for binding in (session.session_token(), before) if binding]


def cookie_name() -> str:
    return session.host_cookie(COOKIE)


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "SAMEORIGIN"  # for what does not know frame-ancestors
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if session.is_https():
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static" and response.status_code == 200:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        headers["Cache-Control"] = "no-store"
    value = g.get("csrf_cookie")
    if value:
        response.set_cookie(cookie_name(), value, secure=session.is_https(), httponly=True, samesite="Strict", path="/")
    return response
