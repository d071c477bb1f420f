"""The session at the edge: an opaque cookie, and one question to auth on each page.

Every route asks for a session except those marked ``@public``; ``@needs`` names the permission that a page is for.
The services decide again for themselves: this only spares people pages that they cannot use.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Final, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue

from chassis.calls import Unauthenticated
from gateway.neighbours import Neighbours
from kernel.errors import DomainError, Kind
from rf.auth.v1 import sessions_pb2
from rf.auth.v1.sessions_pb2 import ClientAccess, User

AUDIENCE = ("auth", "ledger", "collection", "reports", "files")
IDLE_S = 30 * 60
WARN_S = 28 * 60
COOKIE = "session"
MAX_PATH: Final = 2_000
BACKGROUND: Final = "X-Background"  # of a page that asks by itself: no activity of anybody's

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Session:
    """Who is signed in, and for which clients the page is."""

    token: str
    access_token: str
    user: User
    clients: tuple[ClientAccess, ...]
    chosen: tuple[ClientAccess, ...]  # those of the chooser: one, or all
    answer: sessions_pb2.AuthorizeResponse

    def may(self, permission: str) -> bool:
        """The person may do this for at least one client, or at large."""
        return self.may_at_large(permission) or any(permission in client.permissions for client in self.clients)

    def may_at_large(self, permission: str) -> bool:
        """The person may do this whatever the client: staff."""
        return permission in self.answer.permissions

    def withholds(self, permissions: Sequence[str]) -> bool:
        """A client's terms keep one of these from the person until a second factor is shown."""
        return any(permission in client.withheld for client in self.clients for permission in permissions)

    def clients_with(self, permission: str) -> list[ClientAccess]:
        """The chosen clients for which the person may do this."""
        return [client for client in self.chosen if permission in client.permissions]

    def client(self, client_id: str) -> ClientAccess | None:
        return self._by_id.get(client_id)

    def client_name(self, client_id: str) -> str:
        """For columns; empty for a client that the session does not name (staff see more than it holds)."""
        client = self.client(client_id)
        return client.name if client else ""

    def numbered(self, number: str, permission: str) -> ClientAccess | None:
        """The client of that number, if the person may do this for it."""
        return next((one for one in self.clients if one.number == number and permission in one.permissions), None)

    def scope(self, permission: str) -> list[str]:
        """Client ids for a question; empty, which means all of the token's, where nothing narrows them.

        Answers 403 where the chosen client is one for which the person may not ask.
        """
        usable = self.clients_with(permission)
        if not usable:
            abort(403)
        return [] if len(usable) == len(self.clients) else [client.client_id for client in usable]

    @cached_property
    def _by_id(self) -> dict[str, ClientAccess]:
        return {client.client_id: client for client in self.clients}

    @property
    def is_staff(self) -> bool:
        return self.user.kind != sessions_pb2.USER_KIND_CLIENT


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that answers without a session; the policy test lists them."""
    view.is_public = True  # type: ignore[attr-defined]  # read by _enter and the policy test
    return view


def needs(*permissions: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Show a page only to those who have one of the permissions for some client; without any, to all signed in."""

    def wrap(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if permissions and not any(g.session.may(permission) for permission in permissions):
                g.needs_second_factor = g.session.withholds(permissions)
                abort(403)
            return view(*args, **kwargs)

        guarded.needs = permissions  # type: ignore[attr-defined]  # read by the policy test
        return guarded

    return wrap


def neighbours() -> Neighbours:
    return cast("Neighbours", current_app.extensions["neighbours"])


def install(app: Flask) -> None:
    """Ask auth before each view, and put the neighbours where views find them."""
    app.before_request(_enter)
    app.url_defaults(_keep_client)


def start(response: Response, session_token: str) -> Response:
    """Give the browser its session. A new one at every sign-in."""
    response.set_cookie(cookie_name(), session_token, secure=is_https(), httponly=True, samesite="Lax", path="/")
    return response


def end(response: Response) -> Response:
    response.delete_cookie(cookie_name(), path="/")
    return response


def close_before() -> None:
    """End what this browser had until now: a session never outlives the sign-in after it."""
    if token := session_token():
        g.auth.sessions.SignOut(sessions_pb2.SignOutRequest(session_token=token))


def is_https() -> bool:
    """Whether people reach the web by https."""
    return bool(current_app.config["BASE_URL"].startswith("https://"))


def host_cookie(name: str) -> str:
    """``__Host-name`` where the address is https: then no other name of the domain can set it."""
    return f"__Host-{name}" if is_https() else name


def cookie_name() -> str:
    return host_cookie(COOKIE)


def session_token() -> str:
    return request.cookies.get(cookie_name(), "")


def local_path(target: str) -> str:
    """The target if it is a path of ours, else the start page: never an open redirect.

    A second slash, of either kind, would begin a host; browsers take tabs and line ends out before they look.
    """
    is_ours = target.startswith("/") and target[1:2] not in {"/", "\\"}
    return target if is_ours and target.isprintable() and len(target) <= MAX_PATH else "/"


def _enter() -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    all_of_them = neighbours()
    g.auth, g.ledger, g.collection = all_of_them.auth, all_of_them.ledger, all_of_them.collection
    g.reports, g.files = all_of_them.reports, all_of_them.files
    g.session = None
    if request.endpoint == "static" or view is None or getattr(view, "is_public", False):
        return None
    token = session_token()
    try:
        g.session = authorize(token, touch=BACKGROUND not in request.headers) if token else None
    except Unauthenticated:
        g.session = None
    except DomainError as error:
        if error.kind is not Kind.DENIED:
            raise
    return None if g.session is not None else to_sign_in()


def authorize(token: str, *, touch: bool = True) -> Session:
    """Ask auth whether the session lives. Raises Unauthenticated or a DomainError of kind DENIED when not."""
    answer = g.auth.sessions.Authorize(
        sessions_pb2.AuthorizeRequest(session_token=token, audience=AUDIENCE, touch=touch)
    )
    clients = tuple(answer.clients)
    number = request.args.get("klient", "")
    chosen = tuple(client for client in clients if client.number == number) or clients
    return Session(token, answer.access_token, answer.user, clients, chosen, answer)


def to_sign_in() -> ResponseReturnValue:
    """Off to the sign-in page, and back to the same page afterwards."""
    back = request.full_path.rstrip("?") if request.method == "GET" else _path_of(request.referrer or "/")
    address = url_for("login.sign_in", next=local_path(back), utloggad="1" if session_token() else None)
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)


def _path_of(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:  # what a browser would not send
        return "/"


def _keep_client(endpoint: str, values: dict[str, object]) -> None:
    """The chosen client is part of every address, so that links keep it."""
    if endpoint.startswith(("static", "login.")) or "klient" in values:
        return
    number = request.args.get("klient") if has_request_context() else None
    if number and g.get("session") is not None:
        values["klient"] = number
