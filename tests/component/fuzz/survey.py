"""What can be asked of the web: every route of its url map, with the links, fields and files that its own pages offer.

Nothing of a page is written down here. Somebody who is signed in walks from page to page; each link, form, button and
htmx attribute that is met becomes something to ask, remembered by its endpoint. What no page leads to is asked by its
rule alone, with ids that are known from elsewhere.
"""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

from flask import Flask
from lxml import html
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_cookie
from werkzeug.routing import Rule
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

HOST: Final = "localhost:8080"
KEPT: Final = 12  # things to ask of one endpoint
VISITS: Final = 3  # of one endpoint, with the same names in its query
POSTS: Final = ("hx-post", "data-draft", "action", "formaction")  # attributes with addresses that are not links
_TOKEN = re.compile(r'name="csrf[-_]token" (?:content|value)="([^"]*)"')

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Attached:
    """A file in a form."""

    name: str
    file_name: str
    content: bytes


@dataclass(frozen=True)
class Ask:
    """One request that a browser could send."""

    method: str
    path: str
    query: Pairs = ()
    fields: Pairs = ()
    files: tuple[Attached, ...] = ()
    headers: Pairs = ()

    @property
    def address(self) -> str:
        """Path and query as they are sent."""
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query)
        return f"{self.path}?{query}" if query else self.path

    def __str__(self) -> str:
        said = "".join(f"\n    {name}={value[:80]!r}" for name, value in self.fields[:40])
        sent = "".join(f"\n    {one.name}=file {one.file_name[:40]!r}, {len(one.content)} bytes" for one in self.files)
        return f"{self.method} {self.address[:600]}{said}{sent}"


class Visitor:
    """Somebody with a browser that keeps cookies and the forms' guard."""

    def __init__(self, app: Flask, name: str, address: str) -> None:
        self.app = app
        self.name = name
        self.cookies: dict[str, str] = {}
        self.address = address
        self.token = ""

    def sign_in(self, password: str) -> None:
        """As a person does."""
        self.must(Ask("GET", "/logga-in"))
        fields = (("user_name", self.name), ("password", password), ("next", "/"))
        answer = self.must(Ask("POST", "/logga-in", fields=fields))
        assert answer.status_code == 303, f"{self.name} cannot sign in: {answer.status_code}"
        assert self.must(Ask("GET", "/")).status_code == 200

    def must(self, ask: Ask) -> Response:
        """What the web answers to a request that any client can send."""
        answer = self.ask(ask)
        assert answer is not None
        return answer

    def ask(self, ask: Ask, *, token: str | None = None) -> Response | None:
        """What the web answers; None for what no client can send. ``token`` instead of the last page's guard."""
        given = self.token if token is None else token
        options: dict[str, Any] = {"headers": list(ask.headers), "environ_base": {"REMOTE_ADDR": self.address}}
        if ask.method not in {"GET", "HEAD", "OPTIONS"}:
            options["data"] = self._body(ask, given)
            if ask.files:
                options["content_type"] = "multipart/form-data"
        try:
            environ = EnvironBuilder(ask.address, method=ask.method, base_url=f"http://{HOST}", **options).get_environ()
        except (ValueError, UnicodeError):
            return None
        environ.setdefault("HTTP_COOKIE", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        with closing(environ["wsgi.input"]):
            pieces, status, headers = run_wsgi_app(self.app, environ, buffered=True)
        answer = Response(pieces, status, headers)
        for cookie in answer.headers.getlist("Set-Cookie"):
            self.cookies |= parse_cookie(cookie.partition(";")[0])
        if answer.mimetype == "text/html" and (found := _TOKEN.search(answer.get_data(as_text=True))):
            self.token = found.group(1)
        return answer

    @staticmethod
    def _body(ask: Ask, token: str) -> dict[str, list[Any]]:
        body: dict[str, list[Any]] = defaultdict(list)
        for name, value in ask.fields:
            body[name].append(value)
        if token:
            body["csrf_token"] = [token]
        for one in ask.files:
            body[one.name].append((BytesIO(one.content), one.file_name))
        return body

    @property
    def session(self) -> str:
        """The secret in the cookie."""
        return self.cookies.get("session", "")


@dataclass
class Survey:
    """What has been found to ask, by endpoint."""

    app: Flask
    found: dict[str, list[Ask]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def rules(self) -> list[Rule]:
        """Every route but the files that are the same for everybody."""
        return [rule for rule in self.app.url_map.iter_rules() if rule.endpoint != "static"]

    def endpoint(self, ask: Ask) -> str:
        """Whose request it is; empty for nobody's."""
        adapter = self.app.url_map.bind(HOST)
        try:
            endpoint, _ = adapter.match(ask.path, method=ask.method)
        except HTTPException:
            return ""
        return str(endpoint)

    def add(self, ask: Ask) -> bool:
        """Remember; says whether it is of a kind that was not met before."""
        endpoint = self.endpoint(ask)
        if endpoint in {"", "static"}:
            return False
        kept = self.found[endpoint]
        alike = [one for one in kept if _shape(one) == _shape(ask)]
        if len(alike) >= VISITS or ask in kept or len(kept) >= KEPT:
            return False
        kept.append(ask)
        return True

    def walk(self, visitor: Visitor, *, post: Callable[[Ask], bool] = lambda _: False) -> None:
        """Visit page after page until nothing new is met; forms are only sent where ``post`` says so."""
        plain = [rule for rule in self.rules() if not rule.arguments and "GET" in _methods(rule)]
        waiting = deque(Ask("GET", _path(rule, {})) for rule in plain if rule.rule != "/logga-in")
        for ask in waiting:
            self.add(ask)
        while waiting:
            ask = waiting.popleft()
            if ask.method != "GET" and not post(ask):
                continue
            answer = visitor.must(ask)
            self.answered[self.endpoint(ask)].add(answer.status_code)
            for further in offered(ask, answer):
                if self.add(further):
                    waiting.append(further)

    def complete(self, values: Callable[[str], str]) -> None:
        """For rules that no page led to: the rule alone; ``values`` gives an argument by its name."""
        for rule in self.rules():
            if not self.found[rule.endpoint]:
                given = {name: values(name) for name in rule.arguments}
                method = "POST" if "POST" in _methods(rule) else "GET"
                self.found[rule.endpoint].append(Ask(method, _path(rule, given)))

    def all(self) -> Iterator[Ask]:
        """Everything."""
        for asks in self.found.values():
            yield from asks


def offered(ask: Ask, answer: Response) -> Iterator[Ask]:
    """What an answer offers to ask next."""
    if location := answer.headers.get("Location") or answer.headers.get("HX-Redirect"):
        yield from _link(ask, location, "GET")
    if answer.mimetype != "text/html" or not answer.get_data().strip():
        return
    page: Any = html.document_fromstring(answer.get_data(as_text=True))
    for element in page.iter("*"):
        for name, address in element.items():
            if name not in POSTS and address.startswith(("/", "?")):  # whatever the attribute is called
                yield from _link(ask, address, "GET")
        for name in ("hx-post", "data-draft"):
            if address := element.get(name):
                yield from _link(ask, address, "POST", _fields(_form_of(element)))
    for form in page.iter("form"):
        yield from _sent(ask, form)


def _sent(ask: Ask, form: Any) -> Iterator[Ask]:
    """A form as its page would send it, once by each of its buttons."""
    fields, files = _fields(form), _files(form)
    buttons = [one for one in form.iter("button", "input") if one.get("type", "submit") in {"submit", "image"}]
    buttons = [one for one in buttons if one.tag == "button" or one.get("type") in {"submit", "image"}]
    for button in buttons or [form]:
        pressed: Pairs = ((button.get("name"), button.get("value", "")),) if button.get("name") else ()
        address = button.get("formaction") or form.get("action") or ask.address
        method = (button.get("formmethod") or form.get("method") or "get").upper()
        if method == "GET":
            yield from _link(ask, address.partition("?")[0], "GET", query=fields + pressed)
        else:
            yield from _link(ask, address, "POST", fields + pressed, files)


def _link(
    ask: Ask, address: str, method: str, fields: Pairs = (), files: tuple[Attached, ...] = (), query: Pairs = ()
) -> Iterator[Ask]:
    try:
        parts = urlsplit(urljoin(f"http://{HOST}{ask.address}", address))
    except ValueError:  # an attribute that holds what was typed
        return
    if parts.netloc == HOST and parts.scheme == "http":
        pairs = tuple(parse_qsl(parts.query, keep_blank_values=True))
        yield Ask(method, parts.path or "/", pairs + query, fields, files)


def _fields(form: Any) -> Pairs:
    """Names and values of what would be sent, without the guard; an empty form for None."""
    found: list[tuple[str, str]] = []
    for one in form.iter("input", "select", "textarea") if form is not None else ():
        name, kind = one.get("name"), one.get("type", "text")
        if not name or name == "csrf_token" or kind in {"submit", "image", "file", "button", "reset"}:
            continue
        if one.tag == "select":
            options = one.xpath(".//option")
            chosen = [option for option in options if option.get("selected") is not None] or options[:1]
            found += [(name, option.get("value", option.text_content())) for option in chosen]
        elif one.tag == "textarea":
            found.append((name, one.text_content()))
        elif kind not in {"checkbox", "radio"} or one.get("checked") is not None:
            found.append((name, one.get("value", "on" if kind in {"checkbox", "radio"} else "")))
    return tuple(found)


def _files(form: Any) -> tuple[Attached, ...]:
    names = [one.get("name") for one in form.iter("input") if one.get("type") == "file" and one.get("name")]
    return tuple(Attached(name, "fil.txt", b"") for name in names)


def _form_of(element: Any) -> Any:
    while element is not None and element.tag != "form":
        element = element.getparent()
    return element


def _shape(ask: Ask) -> tuple[object, ...]:
    return ask.method, frozenset(name for name, _ in ask.query), frozenset(name for name, _ in ask.fields)


def _methods(rule: Rule) -> set[str]:
    return set(rule.methods or ())


def _path(rule: Rule, values: Mapping[str, str]) -> str:
    """A rule's path with these arguments, whether or not they are of the kind that it asks for."""
    return re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", lambda match: quote(values.get(match.group(1), "1"), safe=""), rule.rule)


def with_fields(ask: Ask, **values: str) -> Ask:
    """The same with some fields set."""
    kept = tuple((name, value) for name, value in ask.fields if name not in values)
    return replace(ask, fields=(*kept, *values.items()))
