"""Every page asks for a session and for the permission that it is for, but for the public ones written out here."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import uuid4

import grpc
import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from chassis.permissions import Permission
from chassis.settings import Secret
from gateway import security
from gateway.app import Settings, build
from gateway.neighbours import Neighbours
from gateway.presentation import asset
from rf.auth.v1 import credentials_pb2, credentials_pb2_grpc, sessions_pb2, sessions_pb2_grpc

PUBLIC = {
    "static": "style sheets, scripts, fonts and pictures: the same for everybody",
    "login.sign_in": "the page to sign in on",
    "login.do_sign_in": "what that page sends",
    "login.create_user": "the page to make an account on, with a Pinkod",
    "login.do_create_user": "what that page sends",
    "login.forgotten": "the page to ask for a link on",
    "login.do_forgotten": "what that page sends",
    "login.new_password": "the page that such a link leads to",
    "login.do_new_password": "what that page sends",
    "login.second_factor": "the second step of signing in",
    "login.do_second_factor": "what that page sends",
    "login.sign_out": "ends a session, also one that has ended already",
}
FOR_ALL_SIGNED_IN = {
    "login.stay": "keeps one's own session alive",
    "mina_sidor.start": "shows only what its reader may see",
    "mina_sidor.settings": "one's own choices and account",
    "mina_sidor.save_settings": "one's own choices",
    "mina_sidor.update_account": "one's own account",
    "mina_sidor.end_sessions": "one's own sessions",
    "mina_sidor.two_factor": "one's own second factor",
    "mina_sidor.start_two_factor": "one's own second factor",
    "mina_sidor.confirm_two_factor": "one's own second factor",
    "mina_sidor.remove_two_factor": "one's own second factor",
    "hjalp.chapters": "the manual",
    "sok.hits": "finds only what the services show to its reader",
    "sok.search": "finds only what the services show to its reader",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""On every answer that is not a built file: nothing of a person stays in a cache, nothing runs that is not ours."""
NOWHERE = "127.0.0.1:9"
SESSION = "a-session-token"
ALL = tuple(permission.label for permission in Permission)


@dataclass
class Auth(sessions_pb2_grpc.SessionServiceServicer, credentials_pb2_grpc.CredentialServiceServicer):
    """The neighbour: it knows one session, of a person with these permissions."""

    permissions: list[str] = field(default_factory=list)

    def Authorize(self, request, context):  # noqa: N802 - the proto's name
        access = sessions_pb2.ClientAccess(client_id=str(uuid4()), number="1042", permissions=self.permissions)
        user = sessions_pb2.User(user_id=str(uuid4()), user_name="lasare", kind=sessions_pb2.USER_KIND_CLIENT)
        return sessions_pb2.AuthorizeResponse(access_token="t", user=user, clients=[access], idle_seconds_left=1800)

    def ExchangeCredential(self, request, context):  # noqa: N802
        return credentials_pb2.ExchangeCredentialResponse(access_token="t", expires_in_seconds=60)


@pytest.fixture(scope="module")
def auth() -> Auth:
    return Auth()  # type: ignore[abstract]  # what is not asked of it, it need not know


@pytest.fixture(scope="module")
def app(auth: Auth) -> Iterator[Flask]:
    """The whole web; of its neighbours only auth answers."""
    server = grpc.server(ThreadPoolExecutor(4))
    sessions_pb2_grpc.add_SessionServiceServicer_to_server(auth, server)
    credentials_pb2_grpc.add_CredentialServiceServicer_to_server(auth, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    values = Settings(
        web_listen=NOWHERE,
        http_listen=NOWHERE,
        base_url="http://localhost",
        credential=Secret("the gateway's"),
        auth_target=f"127.0.0.1:{port}",
        ledger_target=NOWHERE,
        collection_target=NOWHERE,
        reports_target=NOWHERE,
        files_target=NOWHERE,
    )
    yield build(values, Neighbours(values))
    server.stop(None).wait()


@pytest.fixture(scope="module")
def let_through(app: Flask, auth: Auth) -> dict[str, TestResponse]:
    """What each page answers to somebody with all permissions; no neighbour but auth is there."""
    auth.permissions = list(ALL)
    return {rule.endpoint: ask(app, rule, signed_in=True) for rule in routes(app) if rule.endpoint != "static"}


def routes(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def permissions(app: Flask, rule: Rule) -> tuple[str, ...] | None:
    """What a page is for; empty for all signed in, None when nobody said."""
    found: tuple[str, ...] | None = getattr(app.view_functions[rule.endpoint], "needs", None)
    return found


def ask(app: Flask, rule: Rule, *, signed_in: bool) -> TestResponse:
    """What a route answers, its address filled with ids that do not exist."""
    values = {name: uuid4() if "UUID" in type(kind).__name__ else "1" for name, kind in rule._converters.items()}
    client = app.test_client()
    headers = {}
    if signed_in:
        client.set_cookie("session", SESSION)
        with app.app_context():
            headers["X-CSRF-Token"] = base64.urlsafe_b64encode(bytes(16) + security._digest(SESSION)).decode()
    method = "POST" if "POST" in (rule.methods or ()) else "GET"
    _, path = rule.build(values, append_unknown=False) or ("", "")
    return client.open(path, method=method, headers=headers)


def test_every_page_asks_for_a_session_but_the_public_ones(app: Flask) -> None:
    public = {
        rule.endpoint
        for rule in routes(app)
        if rule.endpoint == "static" or getattr(app.view_functions[rule.endpoint], "is_public", False)
    }
    assert public == PUBLIC.keys()
    silent = [rule.endpoint for rule in routes(app) if rule.endpoint not in public and permissions(app, rule) is None]
    assert silent == [], "mark the view with @needs(…), or with @public and a reason here"


def test_pages_for_everybody_who_is_signed_in_are_few(app: Flask) -> None:
    assert {rule.endpoint for rule in routes(app) if permissions(app, rule) == ()} == FOR_ALL_SIGNED_IN.keys()


def test_permissions_of_pages_exist(app: Flask) -> None:
    asked = {name for rule in routes(app) for name in permissions(app, rule) or ()}
    assert asked <= set(ALL)


def test_every_route_reads_or_posts(app: Flask) -> None:
    methods = {rule.endpoint: (rule.methods or set()) - {"HEAD", "OPTIONS"} for rule in routes(app)}
    assert {name: used for name, used in methods.items() if len(used) != 1 or not used <= {"GET", "POST"}} == {}


def test_nobody_sees_a_page_without_a_session(app: Flask) -> None:
    shown = {}
    for rule in routes(app):
        if rule.endpoint in PUBLIC:
            continue
        response = ask(app, rule, signed_in=False)
        away = response.status_code == 303 and response.headers["Location"].startswith("/logga-in")
        if not away and response.status_code != 403:  # a form without a session has no token of its own either
            shown[rule.endpoint] = response.status_code
    assert shown == {}


def test_nobody_sees_a_page_without_its_permission(app: Flask, auth: Auth) -> None:
    shown = {}
    for rule in routes(app):
        needed = permissions(app, rule)
        if not needed:
            continue
        auth.permissions = [name for name in ALL if name not in needed]
        if (status := ask(app, rule, signed_in=True).status_code) != 403:
            shown[rule.endpoint] = status
    assert shown == {}


def test_with_its_permission_a_page_is_let_through(app: Flask, let_through: dict[str, TestResponse]) -> None:
    """So the refusal above is the permission's: behind it the ledger does not answer here, which is another text."""
    statuses = {rule.endpoint: let_through[rule.endpoint].status_code for rule in routes(app) if permissions(app, rule)}
    assert statuses
    assert {name for name, status in statuses.items() if status in {401, 403}} == set()


def test_every_answer_tells_the_browser_what_to_refuse(app: Flask, let_through: dict[str, TestResponse]) -> None:
    policies = {security.CSP, security.FRAMED_CSP, security.PDF_CSP}
    strangers = {name: ask(app, rule, signed_in=False) for rule in routes(app) if (name := rule.endpoint) != "static"}
    for answers in (let_through, strangers):
        for endpoint, answer in answers.items():
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, endpoint
            assert answer.headers["Content-Security-Policy"] in policies, endpoint


def test_no_policy_lets_others_in() -> None:
    for policy in (security.CSP, security.FRAMED_CSP, security.PDF_CSP):
        assert policy.startswith("default-src 'none'")
        assert not any(word in policy for word in ("unsafe", "*", "http:", "https:", "blob:"))
    assert "frame-ancestors 'none'" in security.CSP


def test_built_files_are_kept_for_ever_and_are_what_they_say(app: Flask) -> None:
    with app.test_client().get(asset("klientwebb.js")) as answer:
        headers = answer.headers
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert app.test_client().get("/static/dist/../../app.py").status_code == 404
    assert app.test_client().get("/static/dist/finns-inte.js").headers["Cache-Control"] == "no-store"
