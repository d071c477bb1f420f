"""How an answer is made: a page with the shell around it, or the fragment of it that htmx asked for.

What templates call is ``gateway.presentation``; here is only what needs the request.
"""

import time
from uuid import uuid4

from flask import Flask, Response, g, make_response, render_template, request, url_for

from gateway import presentation, session

DENSITIES = {"compact": "kompakt", "normal": "normal", "airy": "luftig"}


def install(app: Flask) -> None:
    app.before_request(_start_clock)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    presentation.equip(app.jinja_env)
    app.jinja_env.globals.update(new_request_id=lambda: str(uuid4()), response_time=response_time)
    app.context_processor(_shell)


def page(template: str, status: int = 200, **context: object) -> Response:
    """A page, or for htmx the fragment that it asked for; caches keep the two apart."""
    response = make_response(render_template(template, **context), status)
    response.vary.add("HX-Request")
    return response


def wants_fragment(target: str = "") -> bool:
    """Whether htmx asks, for the element with this id if one is named, rather than a person for a page."""
    headers = request.headers
    if headers.get("HX-Request") != "true" or "HX-History-Restore-Request" in headers:
        return False
    return not target or headers.get("HX-Target") == target


def response_time() -> str:
    """Seconds since the request came, in Swedish: 0,04."""
    return f"{time.perf_counter() - g.started:.2f}".replace(".", ",")


def _start_clock() -> None:
    g.started = time.perf_counter()


def _shell() -> dict[str, object]:
    current: session.Session | None = g.get("session")
    if current is None:
        return {"user": None, "session": None}
    user = current.user
    return {
        "user": {"name": f"{user.first_name} {user.last_name}".strip() or user.user_name},
        "theme": user.theme,
        "density": DENSITIES.get(user.density, "normal"),
        "session": {
            "idle_s": session.IDLE_S,
            "warn_s": session.WARN_S,
            "ping_url": url_for("login.stay"),
            "end_url": url_for("login.sign_in", utloggad="1"),  # the script adds next=…, the page to come back to
        },
        "logout_url": url_for("login.sign_out"),
    }
