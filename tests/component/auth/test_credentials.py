"""Credentials: what services and internal systems trade for tokens."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from chassis.permissions import ADMINISTRATOR_PERMISSIONS, CLIENT_PERMISSIONS, OFFICER_PERMISSIONS, Permission, bitmap
from chassis.tokens import CallerKind
from kernel.errors import DomainError
from rf.auth.v1 import credentials_pb2, credentials_pb2_grpc
from services.auth import app
from services.auth.usecases.installation import WeakSecret


def create(auth, *, token=None, request_id="", name="", clients=(), permissions=("ledger.read",)):
    request = credentials_pb2.CreateCredentialRequest(
        request_id=request_id or str(uuid4()),
        name=name or f"system-{uuid4().hex[:8]}",
        client_ids=clients,
        permissions=permissions,
    )
    return auth.stub(credentials_pb2_grpc.CredentialServiceStub, token or auth.administrator()).CreateCredential(
        request
    )


def refusal(auth, *arguments, **more):
    with pytest.raises(DomainError) as refused:
        create(auth, *arguments, **more)
    return refused.value


def exchange_refusal(auth, name, secret, *audience):
    with pytest.raises(DomainError) as refused:
        auth.exchange(name, secret, *audience)
    return refused.value


@pytest.mark.parametrize(
    ("name", "permissions"),
    [
        ("gateway", [Permission.SESSIONS]),
        ("auth", [Permission.EVENTS]),
        ("ledger", [Permission.EVENTS]),
        ("collection", [Permission.EVENTS, Permission.LEDGER_READ, Permission.CUSTOMERS_PROTECTED]),
        (
            "reports",
            [
                *(Permission.EVENTS, Permission.LEDGER_READ, Permission.CUSTOMERS_PROTECTED),
                *(Permission.DOCUMENTS_STORE, Permission.FILES_FETCH),
            ],
        ),
        ("files", [Permission.EVENTS]),
    ],
)
def test_each_part_of_the_house_may_do_what_it_needs_and_no_more(auth, name, permissions):
    caller = auth.caller(auth.service_token(name))
    assert (caller.subject, caller.kind, caller.clients) == (name, CallerKind.SERVICE, {})
    assert caller.everywhere == bitmap(permissions)


def test_a_wrong_secret_and_an_unknown_name_get_the_same_answer(auth):
    answers = [
        exchange_refusal(auth, name, secret, "auth")
        for name, secret in (("gateway", "fel"), ("okand", "fel"), ("", ""), ("\x00", "x"), ("gateway", ""))
    ]
    assert {(a.reason, str(a.details)) for a in answers} == {("CREDENTIAL_REFUSED", "{}")}


def test_a_token_is_only_for_services_that_exist(auth):
    for audience, field in (((), "audience"), (("gateway",), "audience[0]"), (("auth", "x"), "audience[1]")):
        error = exchange_refusal(auth, "gateway", "fel", *audience)
        assert [v.field for v in error.violations] == [field]


def test_there_is_no_demo_credential_in_production(auth, capsys):
    secret = (auth.settings.credentials_dir / "demo.secret").read_text()
    assert exchange_refusal(auth, "demo", secret, "auth").reason == "CREDENTIAL_REFUSED"
    app.prepare(replace(auth.settings, demo=True))
    everywhere = auth.caller(auth.exchange("demo", secret, "auth")).everywhere
    assert everywhere == bitmap([*CLIENT_PERMISSIONS, *OFFICER_PERMISSIONS, *ADMINISTRATOR_PERMISSIONS])
    app.prepare(auth.settings)
    assert exchange_refusal(auth, "demo", secret, "auth").reason == "CREDENTIAL_REFUSED"


def test_a_changed_file_rotates_the_secret_and_the_old_one_stays_good_for_a_while(auth, tmp_path):
    old, new = "gammal-" * 6, "ny-nyckel-" * 4
    for secret in (old, new, new):
        (tmp_path / "files.secret").write_text(f"{secret}\n")
        app.prepare(replace(auth.settings, credentials_dir=tmp_path))
    assert auth.exchange("files", old, "auth")
    assert auth.exchange("files", new, "auth")
    auth.change("UPDATE credential SET previous_until = now() WHERE name = 'files'")
    assert exchange_refusal(auth, "files", old, "auth").reason == "CREDENTIAL_REFUSED"
    assert auth.exchange("files", new, "auth")
    app.prepare(auth.settings)


def test_a_strange_file_makes_no_credential_and_a_weak_secret_stops_the_start(auth, tmp_path):
    (tmp_path / "frammande.secret").write_text("x" * 43)
    app.prepare(replace(auth.settings, credentials_dir=tmp_path))
    assert exchange_refusal(auth, "frammande", "x" * 43, "auth").reason == "CREDENTIAL_REFUSED"
    (tmp_path / "gateway.secret").write_text("kort")
    with pytest.raises(WeakSecret):
        app.prepare(replace(auth.settings, credentials_dir=tmp_path))


def test_an_internal_system_trades_its_secret_for_what_it_was_given(auth):
    client, other = auth.client("Ärlig AB"), auth.client("Annan AB")
    secret = create(auth, name="bokforing", clients=[client], permissions=["ledger.read", "ledger.register"]).secret
    caller = auth.caller(auth.exchange("bokforing", secret, "ledger"), "ledger")
    assert (caller.name, caller.kind, caller.everywhere) == ("bokforing", CallerKind.SERVICE, 0)
    assert caller.clients == {UUID(client): bitmap([Permission.LEDGER_READ, Permission.LEDGER_REGISTER])}
    assert not caller.may(Permission.LEDGER_READ, UUID(other))

    secret = create(auth, name="for-alla", permissions=["clients.manage"]).secret
    caller = auth.caller(auth.exchange("for-alla", secret, "auth"))
    assert (caller.clients, caller.everywhere) == ({}, Permission.CLIENTS_MANAGE.mask)


def test_a_repeat_shows_the_same_secret_although_only_its_hash_is_stored(auth):
    request_id = str(uuid4())
    secret = create(auth, request_id=request_id, name="upprepad").secret
    assert len(secret) == 43
    assert create(auth, request_id=request_id, name="upprepad").secret == secret
    assert create(auth).secret != secret
    stored = auth.rows("SELECT * FROM request") + auth.rows("SELECT * FROM credential")
    assert secret not in str(stored)
    assert refusal(auth, request_id=request_id, name="annat-namn").reason == "REQUEST_ID_REUSED"


def test_a_name_belongs_to_one_credential_and_some_to_the_house(auth):
    create(auth, name="upptagen")
    for name in ("upptagen", "gateway", "demo"):
        assert refusal(auth, name=name).reason == "CREDENTIAL_NAME_TAKEN"


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"name": "ab"}, "name", "FORMAT"),
        ({"name": "a" * 41}, "name", "FORMAT"),
        ({"name": "Åäö"}, "name", "FORMAT"),
        ({"name": "abc\n"}, "name", "FORMAT"),
        ({"permissions": []}, "permissions", "REQUIRED"),
        ({"permissions": ["ledger.read", "x"]}, "permissions[1]", "UNKNOWN"),
        ({"permissions": ["sessions"]}, "permissions[0]", "UNKNOWN"),
        ({"permissions": ["events"]}, "permissions[0]", "UNKNOWN"),
        ({"permissions": ["documents.store"]}, "permissions[0]", "UNKNOWN"),
        ({"clients": ["x"]}, "client_ids[0]", "BAD_ID"),
        ({"clients": [str(UUID(int=7))]}, "client_ids[0]", "NOT_FOUND"),
        ({"clients": [str(UUID(int=7))], "permissions": ["users.manage"]}, "permissions[0]", "UNKNOWN"),
        ({"clients": [str(UUID(int=n)) for n in range(101)]}, "client_ids", "TOO_MANY"),
        ({"request_id": "x"}, "request_id", "BAD_ID"),
    ],
)
def test_a_fault_is_named_by_its_field(auth, changed, field, reason):
    error = refusal(auth, **changed)
    assert [(v.field, v.reason) for v in error.violations] == [(field, reason)]


def test_only_who_manages_users_makes_a_credential(auth):
    for name in ("gateway", "reports"):
        assert refusal(auth, token=auth.service_token(name)).reason == "PERMISSION_DENIED"
