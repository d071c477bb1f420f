"""Users and their rights, managed at Resultat Finans or, where its terms say so, by a client's own administrator."""

from uuid import uuid4

import pytest

from kernel.errors import DomainError
from rf.auth.v1 import (
    clients_pb2,
    clients_pb2_grpc,
    credentials_pb2,
    credentials_pb2_grpc,
    sessions_pb2,
    users_pb2,
    users_pb2_grpc,
)
from tests.component.auth.running import access


@pytest.fixture(scope="module")
def client(auth):
    return auth.client("Ärlig AB")


@pytest.fixture(scope="module")
def other(auth):
    return auth.client("Annan AB")


@pytest.fixture(scope="module")
def own(auth, client):
    """A token of the client's own administrator."""
    update_client(auth, client, "Ärlig AB", manages_own_users=True)
    auth.user("egen", {client: ["client.users", "ledger.read", "ledger.register"]})
    return auth.token_of("egen")


def update_client(auth, client, name, **terms):
    stub = auth.stub(clients_pb2_grpc.ClientServiceStub, auth.administrator())
    wanted = clients_pb2.Client(client_id=client, name=name, **terms)
    return stub.UpdateClient(clients_pb2.UpdateClientRequest(request_id=str(uuid4()), client=wanted)).client


def users(auth, token=None):
    return auth.stub(users_pb2_grpc.UserServiceStub, token or auth.administrator())


def refusal(call, *arguments, **more):
    with pytest.raises(DomainError) as refused:
        call(*arguments, **more)
    return refused.value


def a_user(auth, clients):
    name = f"u-{uuid4().hex[:8]}"
    return name, auth.user(name, clients)


def set_access(auth, user_id, clients, token=None):
    request = users_pb2.SetUserAccessRequest(request_id=str(uuid4()), user_id=user_id, clients=access(clients))
    return users(auth, token).SetUserAccess(request)


def rights(auth, session):
    return {one.client_id: list(one.permissions) for one in auth.authorize(session).clients}


def test_a_change_of_rights_holds_on_the_next_page_and_is_remembered(auth, client, other):
    name, user_id = a_user(auth, {client: ["ledger.read"]})
    session = auth.sign_in(name)
    assert set_access(auth, user_id, {client: ["ledger.read", "ledger.approve"], other: ["files.send"]}).changed == 2
    assert rights(auth, session) == {client: ["ledger.read", "ledger.approve"], other: ["files.send"]}
    set_access(auth, user_id, {client: []})
    assert rights(auth, session) == {other: ["files.send"]}
    told = auth.rows("SELECT details FROM audit_entry WHERE object_id = :id AND action = 'user.access_set'", id=user_id)
    assert {"permissions": 0, "before": 5} in [row.details for row in told]


def test_all_clients_are_set_or_none(auth, client):
    name, user_id = a_user(auth, {client: ["ledger.read"]})
    error = refusal(set_access, auth, user_id, {client: ["ledger.approve"], str(uuid4()): ["ledger.read"]})
    assert error.reason == "NOT_FOUND"
    assert rights(auth, auth.sign_in(name)) == {client: ["ledger.read"]}


def test_a_disabled_user_is_out_at_once_and_may_come_back(auth, client):
    name, user_id = a_user(auth, {client: ["ledger.read"]})
    session = auth.sign_in(name)
    for disabled in (True, False):
        request = users_pb2.SetUserDisabledRequest(request_id=str(uuid4()), user_id=user_id, disabled=disabled)
        users(auth).SetUserDisabled(request)
        if disabled:
            assert refusal(auth.authorize, session).details["cause"] == "disabled"
            assert refusal(auth.sign_in, name).reason == "SIGN_IN_REFUSED"
    auth.change("DELETE FROM sign_in_failure")
    auth.sign_in(name)
    assert refusal(auth.authorize, session).reason == "SESSION_ENDED", "what has ended stays so"


def test_nobody_shuts_themselves_out(auth):
    me = auth.caller(auth.administrator()).subject
    request = users_pb2.SetUserDisabledRequest(request_id=str(uuid4()), user_id=me, disabled=True)
    assert refusal(users(auth).SetUserDisabled, request).reason == "OWN_ACCOUNT"


def test_users_are_listed_page_by_page_with_their_last_login(auth, client):
    mark = uuid4().hex[:6]
    for place in range(3):
        auth.user(f"{mark}-{place}", {client: ["ledger.read"]})
    auth.sign_in(f"{mark}-1")
    first = users(auth).ListUsers(users_pb2.ListUsersRequest(begins_with=mark.upper(), page_size=2))
    rest = users(auth).ListUsers(
        users_pb2.ListUsersRequest(begins_with=mark, page_size=2, page_token=first.next_page_token)
    )
    found = [*first.users, *rest.users]
    assert [one.user.user_name for one in found] == [f"{mark}-{place}" for place in range(3)]
    assert [one.HasField("last_login_at") for one in found] == [False, True, False]
    assert not rest.next_page_token


def test_an_administrator_ends_the_sessions_of_a_user(auth, client):
    name, user_id = a_user(auth, {client: ["ledger.read"]})
    session = auth.sign_in(name)
    whole = users(auth).GetUser(users_pb2.GetUserRequest(user_id=user_id))
    assert (len(whole.sessions), whole.managed_whole) == (1, True)
    request = users_pb2.EndUserSessionsRequest(request_id=str(uuid4()), user_id=user_id)
    assert users(auth).EndUserSessions(request).ended == 1
    assert refusal(auth.authorize, session).details["cause"] == "ended"


def test_an_administrator_starts_a_reset_without_seeing_or_choosing_anything(auth, client):
    _, user_id = a_user(auth, {client: ["ledger.read"]})
    users(auth).SendPasswordReset(users_pb2.SendPasswordResetRequest(request_id=str(uuid4()), user_id=user_id))
    assert auth.rows("SELECT FROM job WHERE kind = 'password_reset' AND payload::text LIKE :id", id=f"%{user_id}%")


def test_an_officer_may_be_given_more_and_a_client_user_not(auth, client):
    name = f"o-{uuid4().hex[:8]}"
    user_id = auth.user(name, {}, kind=sessions_pb2.USER_KIND_OFFICER)
    request = users_pb2.SetStaffPermissionsRequest(
        request_id=str(uuid4()), user_id=user_id, permissions=["users.manage"]
    )
    users(auth).SetStaffPermissions(request)
    token = auth.token_of(name)
    assert "users.manage" in auth.authorize(auth.sign_in(name)).permissions
    assert users(auth, token).ListUsers(users_pb2.ListUsersRequest()).users
    _, plain = a_user(auth, {client: ["ledger.read"]})
    wrong = users_pb2.SetStaffPermissionsRequest(request_id=str(uuid4()), user_id=plain, permissions=["users.manage"])
    assert [v.reason for v in refusal(users(auth).SetStaffPermissions, wrong).violations] == ["NOT_OFFICER"]


# -- a client's own administrator


def test_a_clients_own_administrator_sees_only_that_clients_users_and_rights(auth, client, other, own):
    _, ours = a_user(auth, {client: ["ledger.read"]})
    _, both = a_user(auth, {client: ["ledger.read"], other: ["ledger.read"]})
    _, theirs = a_user(auth, {other: ["ledger.read"]})
    listed = {one.user.user_id for one in users(auth, own).ListUsers(users_pb2.ListUsersRequest(page_size=200)).users}
    assert {ours, both} <= listed
    assert theirs not in listed
    seen = users(auth, own).GetUser(users_pb2.GetUserRequest(user_id=both))
    assert [one.client_id for one in seen.clients] == [client]
    assert not seen.managed_whole
    assert refusal(users(auth, own).GetUser, users_pb2.GetUserRequest(user_id=theirs)).reason == "NOT_FOUND"
    assert refusal(set_access, auth, theirs, {client: ["ledger.read"]}, own).reason == "NOT_FOUND"
    assert refusal(set_access, auth, both, {other: ["ledger.read"]}, own).reason == "NOT_FOUND"
    shut = users_pb2.SetUserDisabledRequest(request_id=str(uuid4()), user_id=both, disabled=True)
    assert refusal(users(auth, own).SetUserDisabled, shut).reason == "PERMISSION_DENIED"
    users(auth, own).SetUserDisabled(
        users_pb2.SetUserDisabledRequest(request_id=str(uuid4()), user_id=ours, disabled=True)
    )


def test_nobody_gives_a_right_that_they_do_not_have(auth, client, own):
    _, user_id = a_user(auth, {client: ["ledger.read"]})
    set_access(auth, user_id, {client: ["ledger.read", "ledger.register"]}, own)
    for wanted in (["ledger.read", "ledger.approve"], ["ledger.write_off"]):
        error = refusal(set_access, auth, user_id, {client: wanted}, own)
        assert [v.reason for v in error.violations] == ["NOT_YOURS_TO_GIVE"]
    me = auth.caller(own).subject
    assert refusal(set_access, auth, me, {client: ["ledger.approve"]}, own).violations


def test_where_the_terms_do_not_say_so_the_right_is_none(auth):
    plain = auth.client("Vanlig AB")
    auth.user("vanlig", {plain: ["client.users", "ledger.read"]})
    session = auth.sign_in("vanlig")
    assert rights(auth, session) == {plain: ["ledger.read"]}
    token = auth.authorize(session).access_token
    assert refusal(users(auth, token).ListUsers, users_pb2.ListUsersRequest()).reason == "PERMISSION_DENIED"
    assert update_client(auth, plain, "Vanlig Ö AB", manages_own_users=True).name == "Vanlig Ö AB"
    assert rights(auth, session) == {plain: ["ledger.read", "client.users"]}


def test_neither_officers_nor_client_users_manage_users(auth, client):
    auth.user("en-officer", {}, kind=sessions_pb2.USER_KIND_OFFICER)
    auth.user("en-lasare", {client: ["ledger.read"]})
    for name in ("en-officer", "en-lasare"):
        token = auth.token_of(name)
        assert refusal(users(auth, token).ListUsers, users_pb2.ListUsersRequest()).reason == "PERMISSION_DENIED"


# -- credentials


def test_a_credential_is_listed_without_its_secret_and_disabled(auth):
    stub = auth.stub(credentials_pb2_grpc.CredentialServiceStub, auth.administrator())
    made = stub.CreateCredential(
        credentials_pb2.CreateCredentialRequest(request_id=str(uuid4()), name="bokforing", permissions=["ledger.read"])
    )
    listed = {one.name: one for one in stub.ListCredentials(credentials_pb2.ListCredentialsRequest()).credentials}
    assert list(listed["bokforing"].permissions) == ["ledger.read"]
    assert listed["gateway"].of_the_house
    assert made.secret not in str(listed)
    stub.DisableCredential(credentials_pb2.DisableCredentialRequest(request_id=str(uuid4()), name="bokforing"))
    assert refusal(auth.exchange, "bokforing", made.secret, "auth").reason == "CREDENTIAL_REFUSED"
    wrong = credentials_pb2.DisableCredentialRequest(request_id=str(uuid4()), name="gateway")
    assert refusal(stub.DisableCredential, wrong).reason == "CREDENTIAL_OF_THE_HOUSE"
