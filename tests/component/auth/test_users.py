"""Users, as administrators make them, and the first administrator of an installation."""

import hashlib
import re
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from kernel.errors import DomainError
from rf.auth.v1 import sessions_pb2, users_pb2, users_pb2_grpc
from services.auth import app
from services.auth.storage import credentials
from tests.component.auth.running import PASSWORD, a_person, access


@pytest.fixture(scope="module")
def client(auth):
    return auth.client("Ärlig AB")


def create(auth, clients, *, token=None, password=PASSWORD, request_id="", user_name="", **person):
    request = users_pb2.CreateUserRequest(
        request_id=request_id or str(uuid4()),
        user=a_person(user_name or f"u-{uuid4().hex[:8]}", **person),
        password=password,
        clients=access(clients),
    )
    return auth.stub(users_pb2_grpc.UserServiceStub, token or auth.administrator()).CreateUser(request).user


def refusal(auth, *arguments, **more):
    with pytest.raises(DomainError) as refused:
        create(auth, *arguments, **more)
    return refused.value


def first(auth, token, **person):
    request = users_pb2.CreateFirstAdministratorRequest(
        first_run_token=token, user=a_person("chef", **{"kind": 0, **person}), password=PASSWORD
    )
    return auth.stub(users_pb2_grpc.UserServiceStub, None).CreateFirstAdministrator(request).user


def printed(capsys):
    """The token that migrate has printed, on a line of its own; None if it has printed none."""
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    return next((line for line in lines if re.fullmatch(r"[\w-]{43}", line)), None)


def test_the_first_administrator_is_made_once_with_the_token_that_migrate_printed_last(auth, capsys):
    assert auth.rows("SELECT * FROM user_account") == []  # a production start has no account
    app.prepare(auth.settings)
    early = printed(capsys)
    app.prepare(auth.settings)
    token = printed(capsys)
    assert token not in str(auth.rows("SELECT * FROM first_run_token"))
    for wrong in ("", "gissning", early):
        with pytest.raises(DomainError) as refused:
            first(auth, wrong)
        assert refused.value.reason == "FIRST_RUN_TOKEN_REFUSED"
    with pytest.raises(DomainError) as refused:
        first(auth, token, kind=sessions_pb2.USER_KIND_OFFICER)
    assert [(v.field, v.reason) for v in refused.value.violations] == [("user.kind", "NOT_ADMINISTRATOR")]

    assert first(auth, token).kind == sessions_pb2.USER_KIND_ADMINISTRATOR  # a refused try has not used it up

    with pytest.raises(DomainError) as refused:
        first(auth, token)
    assert refused.value.reason == "FIRST_RUN_TOKEN_REFUSED"
    app.prepare(auth.settings)
    assert printed(capsys) is None
    auth.tokens["admin"] = auth.token_of("chef")


def test_a_demo_has_no_first_run_token(auth, capsys):
    app.prepare(replace(auth.settings, demo=True))
    assert printed(capsys) is None
    app.prepare(auth.settings)


def test_a_token_printed_earlier_makes_no_second_administrator(auth):
    token = "i" * 43
    with auth.database.everywhere() as tx:
        credentials.replace_first_run_token(tx, hashlib.sha256(token.encode()).digest())
    with pytest.raises(DomainError) as refused:
        first(auth, token)
    assert refused.value.reason == "FIRST_RUN_TOKEN_REFUSED"


def test_a_user_is_stored_told_and_remembered_without_the_password(auth, client):
    user = create(auth, {client: ["ledger.read", "files.send"]}, user_name="Ny.Kund", theme="dark", density="airy")
    assert str(UUID(user.user_id)) == user.user_id
    assert (user.user_name, user.email, user.theme, user.density) == ("Ny.Kund", "asa@example.se", "dark", "airy")
    [event] = auth.rows("SELECT * FROM outbox WHERE aggregate_id = :id", id=user.user_id)
    assert (event.type, event.client_id, event.seq) == ("rf.auth.v1.UserCreated", None, 1)
    assert user.user_id in str(bytes(event.payload))
    assert b"sa@example" not in bytes(event.payload)
    assert auth.rows("SELECT FROM audit_entry WHERE object_id = :id AND action = 'user.created'", id=user.user_id)
    everything = str([auth.rows(f"SELECT * FROM {table}") for table in ("user_account", "request", "audit_entry")])
    assert PASSWORD not in everything
    assert list(auth.authorize(auth.sign_in("ny.kund")).clients[0].permissions) == ["ledger.read", "files.send"]


def test_a_repeated_request_makes_one_user(auth, client):
    request_id = str(uuid4())
    asked = {"request_id": request_id, "user_name": "tvilling"}
    assert create(auth, {client: ["ledger.read"]}, **asked) == create(auth, {client: ["ledger.read"]}, **asked)
    assert refusal(auth, {client: ["ledger.approve"]}, **asked).reason == "REQUEST_ID_REUSED"


def test_a_user_name_belongs_to_one_person_however_it_is_written(auth, client):
    create(auth, {client: ["ledger.read"]}, user_name="Örjan")
    assert refusal(auth, {client: ["ledger.read"]}, user_name="o\u0308RJAN").reason == "USER_NAME_TAKEN"


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"user_name": " "}, "user.user_name", "REQUIRED"),
        ({"user_name": "a" * 65}, "user.user_name", "TOO_LONG"),
        ({"user_name": "två ord"}, "user.user_name", "FORMAT"),
        ({"user_name": "a\nb"}, "user.user_name", "CONTROL_CHARACTER"),
        ({"first_name": ""}, "user.first_name", "REQUIRED"),
        ({"last_name": "a" * 61}, "user.last_name", "TOO_LONG"),
        ({"email": "asa"}, "user.email", "FORMAT"),
        ({"email": f"{'a' * 250}@b.se"}, "user.email", "TOO_LONG"),
        ({"kind": 0}, "user.kind", "REQUIRED"),
        ({"kind": 99}, "user.kind", "REQUIRED"),
        ({"theme": "pink"}, "user.theme", "UNKNOWN"),
        ({"density": "x"}, "user.density", "UNKNOWN"),
        ({"password": ""}, "password", "REQUIRED"),
        ({"password": "elva tecken"}, "password", "TOO_SHORT"),
        ({"password": "a" * 257}, "password", "TOO_LONG"),
        ({"password": "PassWord1234"}, "password", "TOO_COMMON"),
        ({"password": "sju-granar-i-skogen", "user_name": "Sju-Granar-I-Skogen"}, "password", "SAME_AS_NAME"),
    ],
)
def test_a_fault_is_named_by_its_field(auth, client, changed, field, reason):
    error = refusal(auth, {client: ["ledger.read"]}, **changed)
    assert [(v.field, v.reason) for v in error.violations] == [(field, reason)]


@pytest.mark.parametrize(
    ("clients", "kind", "field", "reason"),
    [
        ({}, sessions_pb2.USER_KIND_CLIENT, "clients", "REQUIRED"),
        ({"x": ["ledger.read"]}, sessions_pb2.USER_KIND_CLIENT, "clients[0].client_id", "BAD_ID"),
        ({"": ["ledger.read"]}, sessions_pb2.USER_KIND_CLIENT, "clients[0].client_id", "REQUIRED"),
        ({str(UUID(int=7)): ["ledger.read"]}, sessions_pb2.USER_KIND_CLIENT, "clients[0].client_id", "NOT_FOUND"),
        ({str(UUID(int=7)): []}, sessions_pb2.USER_KIND_CLIENT, "clients[0].permissions", "REQUIRED"),
        ({str(UUID(int=7)): ["x"]}, sessions_pb2.USER_KIND_CLIENT, "clients[0].permissions[0]", "UNKNOWN"),
        ({str(UUID(int=7)): ["sessions"]}, sessions_pb2.USER_KIND_CLIENT, "clients[0].permissions[0]", "UNKNOWN"),
        ({str(UUID(int=7)): ["ledger.read"]}, sessions_pb2.USER_KIND_OFFICER, "clients", "NOT_FOR_STAFF"),
    ],
)
def test_rights_that_cannot_be_given_are_refused(auth, clients, kind, field, reason):
    error = refusal(auth, clients, kind=kind)
    assert [(v.field, v.reason) for v in error.violations] == [(field, reason)]


def test_one_client_stands_once_in_a_users_rights(auth, client):
    request = users_pb2.CreateUserRequest(
        request_id=str(uuid4()),
        user=a_person("dubbel"),
        password=PASSWORD,
        clients=[*access({client: ["ledger.read"]}), *access({client.upper(): ["ledger.approve"]})],
    )
    with pytest.raises(DomainError) as refused:
        auth.stub(users_pb2_grpc.UserServiceStub, auth.administrator()).CreateUser(request)
    assert [(v.field, v.reason) for v in refused.value.violations] == [("clients[1].client_id", "DUPLICATE")]


def test_the_demos_password_passes(auth, client):
    create(auth, {client: ["ledger.read"]}, user_name="demo", password="demo-klientwebb")
    assert auth.sign_in("demo", "demo-klientwebb")


def test_only_who_manages_users_makes_one_and_others_learn_nothing(auth, client):
    create(auth, {client: ["ledger.read"]}, user_name="vanlig")
    create(auth, {}, user_name="officer", kind=sessions_pb2.USER_KIND_OFFICER)
    for token in (auth.token_of("vanlig"), auth.token_of("officer"), auth.service_token("gateway")):
        error = refusal(auth, {}, token=token, password="")
        assert (error.reason, error.violations) == ("PERMISSION_DENIED", ())
