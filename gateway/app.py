"""Wires the web: settings, neighbours, session at the edge, security, errors and the views of each tab.

The gateway owns no database and no rule: it asks the services and turns their answers into Swedish pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from chassis import health, logs, settings
from chassis.garbage import settle_down
from chassis.settings import Secret
from gateway import errors, navigation, rendering, security, session
from gateway.admission import Admission
from gateway.neighbours import Neighbours
from gateway.views import BLUEPRINTS

MAX_BODY_BYTES = 66 * 1024 * 1024  # a file of 64 MiB in its form
MAX_FORM_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """The gateway's settings; targets are where the services answer."""

    web_listen: str
    http_listen: str
    base_url: str
    credential: Secret
    auth_target: str
    ledger_target: str
    collection_target: str
    reports_target: str
    files_target: str
    log_format: str = "json"
    trusted_hops: int = 0  # proxies before us that note whom they speak for; 0: whoever connects is the client


def create(environment: Mapping[str, str] | None = None) -> Flask:
    """The WSGI application of one process; opens its channels and its page for operations."""
    values = settings.read(Settings) if environment is None else settings.read(Settings, environment)
    logs.configure("gateway", values.log_format)
    app = build(values, Neighbours(values))
    pages = health.HealthServer(values.http_listen, {"auth": app.extensions["neighbours"].ping})
    pages.start()
    settle_down()
    pages.accept()
    return app


def build(values: Settings, neighbours: Neighbours) -> Flask:
    """The application around its neighbours."""
    app = Flask("gateway", root_path=str(Path(__file__).parent))
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        BASE_URL=values.base_url,
    )
    app.url_map.strict_slashes = False
    app.extensions["neighbours"] = neighbours
    if values.trusted_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=values.trusted_hops, x_proto=0)  # type: ignore[method-assign]
    app.wsgi_app = Admission(app.wsgi_app, MAX_BODY_BYTES)  # type: ignore[method-assign]  # Flask's own way to wrap itself
    session.install(app)  # first who it is, so that a refusal comes as a page of theirs
    security.install(app, values.credential)
    errors.install(app)
    rendering.install(app)
    navigation.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
