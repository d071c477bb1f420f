"""What every template can use: filters for money and days, addresses of built assets, the shell around the page."""

import json
import time
from datetime import UTC, date
from functools import cache
from pathlib import Path
from uuid import uuid4

from flask import Flask, Response, g, make_response, render_template, request, url_for
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.business_day import STOCKHOLM
from gateway import session
from kernel import formats
from kernel.money import Money
from rf.type.v1 import date_pb2, money_pb2

DIST = Path(__file__).parent / "static" / "dist"
DENSITIES = {"compact": "kompakt", "normal": "normal", "airy": "luftig"}


def install(app: Flask) -> None:
    app.before_request(_start_clock)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        amount=formats.format_amount,
        money=lambda minor, currency="SEK": formats.format_money(Money(currency, minor)),
        date=day_text,
        time=moment_text,
        postcode=formats.format_postcode,
    )
    app.jinja_env.globals.update(asset=asset, new_request_id=lambda: str(uuid4()), response_time=response_time)
    app.context_processor(_shell)


def page(template: str, status: int = 200, **context: object) -> Response:
    """A page, or for htmx the fragment that it asked for; caches keep the two apart."""
    response = make_response(render_template(template, **context), status)
    response.vary.add("HX-Request")
    return response


def wants_fragment() -> bool:
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def day_text(day: date | date_pb2.Date | None) -> str:
    """A day as 2026-11-24; nothing for none."""
    if day is None:
        return ""
    if isinstance(day, date_pb2.Date):
        return f"{day.year:04}-{day.month:02}-{day.day:02}" if day.year else ""
    return formats.format_date(day)


def moment_text(stamp: Timestamp) -> str:
    """A protobuf Timestamp as Swedish local time: 2026-11-24 kl. 09.41."""
    local = stamp.ToDatetime(tzinfo=UTC).astimezone(STOCKHOLM)
    return f"{local:%Y-%m-%d} kl. {local:%H.%M}"


def money_of(message: money_pb2.Money) -> str:
    return formats.format_money(Money(message.currency_code, message.minor_units))


@cache
def _manifest() -> dict[str, str]:
    manifest: dict[str, str] = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def asset(name: str) -> str:
    """The address of a built file; its name carries the hash of its content."""
    return url_for("static", filename=f"dist/{_manifest()[name]}")


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
            "end_url": url_for("login.sign_in", utloggad="1"),
        },
        "logout_url": url_for("login.sign_out"),
    }
