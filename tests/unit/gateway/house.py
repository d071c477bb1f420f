"""The gateway before neighbours that answer from a table: real stubs, channels and errors, no services behind them.

``house.answers["SearchInvoices"] = message`` (or a function of the request, or a DomainError to raise); what was asked
stands in ``house.asked``.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import grpc
from flask import Flask
from flask.testing import FlaskClient
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from grpc_status import rpc_status
from lxml import html

from chassis.rpc_errors import to_status
from chassis.settings import Secret
from gateway.app import Settings, build
from gateway.neighbours import Neighbours
from kernel.errors import DomainError, NotFound
from rf.auth.v1 import (
    accounts_pb2,
    clients_pb2,
    credentials_pb2,
    pins_pb2,
    registration_pb2,
    sessions_pb2,
    users_pb2,
)
from rf.auth.v1 import documents_pb2 as kept_pb2
from rf.collection.v1 import cases_pb2, messages_pb2
from rf.files.v1 import archive_pb2, uploads_pb2
from rf.ledger.v1 import accounts_pb2 as chart_pb2
from rf.ledger.v1 import (
    articles_pb2,
    customer_overview_pb2,
    customer_search_pb2,
    customers_pb2,
    invoices_pb2,
    journals_pb2,
    payments_pb2,
    surplus_pb2,
    terms_pb2,
)  # fmt: skip
from rf.reports.v1 import documents_pb2, exports_pb2, statistics_pb2

FILES: Final = (
    accounts_pb2, clients_pb2, credentials_pb2, users_pb2, pins_pb2, registration_pb2, sessions_pb2, kept_pb2,
    cases_pb2, messages_pb2,
    archive_pb2, uploads_pb2, chart_pb2, articles_pb2,
    customers_pb2, invoices_pb2, journals_pb2, payments_pb2, surplus_pb2, terms_pb2, documents_pb2,
    customer_overview_pb2, customer_search_pb2, exports_pb2, statistics_pb2,
)  # fmt: skip
ENERGI: Final = "01930000-0000-7000-8000-000000001042"
FIBER: Final = "01930000-0000-7000-8000-000000001043"
ALL: Final = ("ledger.read", "ledger.register", "ledger.approve", "collection.read", "collection.register",
              "files.send", "files.fetch")  # fmt: skip


class House:
    """Neighbours that answer from a table, and the web before them."""

    def __init__(self, app: Flask, answers: dict[str, Any], asked: list[tuple[str, Any]]) -> None:
        self.app = app
        self.answers = answers
        self.asked = asked

    def requests(self, name: str) -> list[Any]:
        """The requests that an RPC was asked with."""
        return [request for asked, request in self.asked if asked == name]

    def browser(self, *, signed_in: bool = True) -> FlaskClient:
        """A browser, signed in as somebody with rights for two clients."""
        client = self.app.test_client()
        if signed_in:
            client.set_cookie("session", "token-of-the-session")
        return client

    def form(self, client: FlaskClient, fields: dict[str, Any]) -> dict[str, Any]:
        """A form's fields with what guards it, as a page gave it."""
        text = client.get("/").get_data(as_text=True)
        return {"csrf_token": text.split('name="csrf-token" content="')[1].split('"')[0], **fields}

    def sign_in_as(self, *clients: sessions_pb2.ClientAccess, kind: int = sessions_pb2.USER_KIND_CLIENT) -> None:
        """Who the session is of, from now on."""
        self.answers["Authorize"] = authorized(*clients, kind=kind)


def text_of(answer: Any) -> str:
    """What was answered, as text."""
    text: str = answer.get_data(as_text=True)
    return text


def page_of(answer: Any) -> Any:
    """What was answered, as a parsed page."""
    return html.document_fromstring(text_of(answer))


def access(client_id: str, number: str, name: str, *permissions: str) -> sessions_pb2.ClientAccess:
    return sessions_pb2.ClientAccess(client_id=client_id, number=number, name=name, permissions=permissions)


def authorized(*clients: sessions_pb2.ClientAccess, kind: int) -> sessions_pb2.AuthorizeResponse:
    return sessions_pb2.AuthorizeResponse(
        access_token="token-of-the-page",
        user=sessions_pb2.User(user_name="frida", first_name="Frida", last_name="Ahlgård", kind=kind),  # type: ignore[arg-type]
        clients=clients,
        idle_seconds_left=1800,
    )


@contextmanager
def open_house() -> Iterator[House]:
    """A house whose neighbours answer until the block ends."""
    answers: dict[str, Any] = {
        "ExchangeCredential": credentials_pb2.ExchangeCredentialResponse(access_token="own", expires_in_seconds=900),
        "Authorize": authorized(
            access(ENERGI, "1042", "Kvarnåsens Energi", *ALL),
            access(FIBER, "1043", "Kvarnåsens Fiber", *ALL),
            kind=sessions_pb2.USER_KIND_CLIENT,
        ),
    }
    asked: list[tuple[str, Any]] = []
    server = grpc.server(ThreadPoolExecutor(4))
    for file in FILES:
        for service in file.DESCRIPTOR.services_by_name.values():
            handlers = {method.name: _handler(method, answers, asked) for method in service.methods}
            server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service.full_name, handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    target = f"127.0.0.1:{port}"
    settings = Settings("", "", "http://localhost:8080", Secret("x" * 32), target, target, target, target, target)
    try:
        app = build(settings, Neighbours(settings))
        app.testing = False
        yield House(app, answers, asked)
    finally:
        server.stop(None).wait()


def _handler(method: MethodDescriptor, answers: dict[str, Any], asked: list[tuple[str, Any]]) -> Any:
    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        asked.append((method.name, request))
        found = answers.get(method.name, NotFound("answer"))
        try:
            if callable(found):
                found = found(request)
            if isinstance(found, DomainError):
                raise found
        except DomainError as error:
            context.abort_with_status(rpc_status.to_status(to_status(error)))
        return found

    read = GetMessageClass(method.input_type).FromString
    write = GetMessageClass(method.output_type).SerializeToString
    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(answer, read, write)
    if method.client_streaming:
        return grpc.stream_unary_rpc_method_handler(answer, read, write)
    return grpc.unary_unary_rpc_method_handler(answer, read, write)
