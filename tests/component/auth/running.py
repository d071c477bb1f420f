"""A running auth service, and what a test asks of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, text
from stdnum import luhn

from chassis.database import Database
from chassis.rpc_client import Neighbour
from chassis.tokens import LIFETIME_S, Caller, Verifier
from rf.auth.v1 import (
    clients_pb2,
    clients_pb2_grpc,
    credentials_pb2,
    credentials_pb2_grpc,
    sessions_pb2,
    sessions_pb2_grpc,
    users_pb2,
    users_pb2_grpc,
)
from services.auth import app
from services.auth.usecases import installation
from tests.stack import ServiceDatabase

PASSWORD = "sju-granar-i-rad"


@dataclass
class Auth:
    """A running auth service, and what a test asks of it."""

    settings: app.Settings
    database: Database
    target: str
    stored: ServiceDatabase
    tokens: dict[str, str] = field(default_factory=dict)
    made_at: dict[str, float] = field(default_factory=dict)  # of tokens, to renew them
    neighbours: dict[str | None, Neighbour] = field(default_factory=dict)
    clients: int = 0

    def stub(self, kind: Callable[..., Any], token: str | None) -> Any:
        if token not in self.neighbours:
            self.neighbours[token] = Neighbour("auth", self.target, None if token is None else lambda: token)
        return self.neighbours[token].stub(kind)

    def service_token(self, name: str) -> str:
        """A token of one of the house's own services, for auth; renewed before it ends."""
        if self._is_old(name):
            secret = (self.settings.credentials_dir / f"{name}.secret").read_text()
            self._keep(name, self.exchange(name, secret, "auth"))
        return self.tokens[name]

    def exchange(self, name: str, secret: str, *audience: str) -> str:
        request = credentials_pb2.ExchangeCredentialRequest(name=name, secret=secret, audience=audience)
        return str(self.stub(credentials_pb2_grpc.CredentialServiceStub, None).ExchangeCredential(request).access_token)

    @property
    def sessions(self) -> Any:
        return self.stub(sessions_pb2_grpc.SessionServiceStub, self.service_token("gateway"))

    def sign_in(self, user_name: str, password: str = PASSWORD, client_ip: str = "192.0.2.1") -> str:
        request = sessions_pb2.SignInRequest(user_name=user_name, password=password, client_ip=client_ip)
        return str(self.sessions.SignIn(request).session_token)

    def authorize(self, session: str, *audience: str, touch: bool = True, clients: tuple[str, ...] = ()) -> Any:
        request = sessions_pb2.AuthorizeRequest(
            session_token=session, audience=audience or ("auth",), touch=touch, client_ids=clients
        )
        return self.sessions.Authorize(request)

    def token_of(self, user_name: str, *audience: str) -> str:
        """A fresh token of a user who has just signed in."""
        return str(self.authorize(self.sign_in(user_name), *audience).access_token)

    def administrator(self) -> str:
        """A token of an administrator, made as the first one of the installation."""
        if "admin" not in self.tokens:
            token = installation.new_first_run_token(self.database)
            request = users_pb2.CreateFirstAdministratorRequest(
                first_run_token=token or "", user=a_person("admin", kind=0), password=PASSWORD
            )
            self.stub(users_pb2_grpc.UserServiceStub, None).CreateFirstAdministrator(request)
            self._keep("admin", self.token_of("admin"))
        elif "admin" in self.made_at and self._is_old("admin"):
            self._keep("admin", self.token_of("admin"))
        return self.tokens["admin"]

    def _is_old(self, name: str) -> bool:
        return name not in self.tokens or time.monotonic() - self.made_at.get(name, 0.0) > LIFETIME_S / 3

    def _keep(self, name: str, token: str) -> None:
        self.tokens[name], self.made_at[name] = token, time.monotonic()

    def client(self, name: str, number: str = "") -> str:
        """The id of a new client."""
        self.clients += 1
        stub = self.stub(clients_pb2_grpc.ClientServiceStub, self.administrator())
        client = clients_pb2.Client(
            number=number or str(1000 + self.clients),
            name=name,
            organisation_number=an_organisation_number(self.clients),
        )
        request = clients_pb2.CreateClientRequest(request_id=str(uuid4()), client=client)
        return str(stub.CreateClient(request).client.client_id)

    def user(self, user_name: str, clients: dict[str, list[str]], **person: Any) -> str:
        """The id of a new user with these permissions by client."""
        stub = self.stub(users_pb2_grpc.UserServiceStub, self.administrator())
        request = users_pb2.CreateUserRequest(
            request_id=str(uuid4()), user=a_person(user_name, **person), password=PASSWORD, clients=access(clients)
        )
        return str(stub.CreateUser(request).user.user_id)

    def caller(self, token: str, service: str = "auth") -> Caller:
        """What a service reads in a token."""
        return Verifier(self.settings.token_public_keys, service).verify(token)

    def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """What stands in the database, past row-level security."""
        engine = create_engine(self.stored.verify_url)
        with engine.connect() as connection:
            found = connection.execute(text(statement), parameters).all()
        engine.dispose()
        return list(found)

    def change(self, statement: str, **parameters: Any) -> None:
        """Change the database behind the service's back, as time or a later version would."""
        with self.database.everywhere() as tx:
            tx.execute(text(statement), parameters)


def an_organisation_number(serial: int) -> str:
    """A number of the right form that no organisation has."""
    digits = f"999900{serial:03}"
    return digits + str(luhn.calc_check_digit(digits))


def a_person(user_name: str, kind: Any = sessions_pb2.USER_KIND_CLIENT, **other: Any) -> sessions_pb2.User:
    person = {"first_name": "Åsa", "last_name": "Öberg", "email": "asa@example.se", **other}
    return sessions_pb2.User(user_name=user_name, kind=kind, **person)


def access(clients: dict[str, list[str]]) -> list[sessions_pb2.ClientAccess]:
    return [sessions_pb2.ClientAccess(client_id=client, permissions=names) for client, names in clients.items()]
