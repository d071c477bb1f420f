"""Clients that auth knows, and people who have signed in with rights for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from benchmarks.stand import MAY, Stand
from chassis.rpc_client import Neighbour, ServiceToken
from chassis.tokens import SERVICES
from rf.auth.v1 import clients_pb2, clients_pb2_grpc, sessions_pb2, sessions_pb2_grpc, users_pb2, users_pb2_grpc

PASSWORD = "mätning av väntan"  # noqa: S105 - lives as long as the run


@dataclass(frozen=True)
class Person:
    """A user with a session, and the same rights towards the ledger."""

    name: str
    clients: Sequence[UUID]
    cookie: str
    ledger: Any


def register(stand: Stand, clients: Sequence[UUID], first_number: int) -> None:
    """Let auth know clients, numbered from there on."""
    stub = _auth(stand, "demo").stub(clients_pb2_grpc.ClientServiceStub)
    for place, client_id in enumerate(clients):
        client = clients_pb2.Client(
            client_id=str(client_id),
            number=str(first_number + place),
            name=f"Klienten {first_number + place} AB",
            organisation_number=_organisation_number(first_number + place),
        )
        stub.CreateClient(clients_pb2.CreateClientRequest(request_id=str(uuid4()), client=client))


def sign_in(stand: Stand, name: str, clients: Sequence[UUID]) -> Person:
    """A new user who may do what a benchmark does for these clients, signed in."""
    login = name.replace(" ", "-")
    user = sessions_pb2.User(
        user_name=login, first_name="Ulla", last_name="Ek", email="u@example.se", kind=sessions_pb2.USER_KIND_CLIENT
    )
    may = [permission.label for permission in MAY]
    access = [sessions_pb2.ClientAccess(client_id=str(client_id), permissions=may) for client_id in clients]
    _auth(stand, "demo").stub(users_pb2_grpc.UserServiceStub).CreateUser(
        users_pb2.CreateUserRequest(request_id=str(uuid4()), user=user, password=PASSWORD, clients=access)
    )
    signed_in = (
        _auth(stand, "gateway")
        .stub(sessions_pb2_grpc.SessionServiceStub)
        .SignIn(sessions_pb2.SignInRequest(user_name=login, password=PASSWORD, client_ip="127.0.0.1"))
    )
    return Person(name, clients, signed_in.session_token, stand.ledger(clients))


def _auth(stand: Stand, caller: str) -> Neighbour:
    house = stand.house.settings
    target = house.targets("auth")
    secret = house.keys.credential(caller).read_text().strip()
    return Neighbour("auth", target, ServiceToken(target, caller, secret, SERVICES))


def _organisation_number(place: int) -> str:
    digits = f"556{place:06d}"
    total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
