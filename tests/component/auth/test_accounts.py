"""One's own account: contact details, password, sessions (SPEC M-05, L-02, L-03)."""

from uuid import uuid4

import pytest

from kernel.errors import DomainError
from rf.auth.v1 import accounts_pb2, accounts_pb2_grpc
from tests.component.auth.running import PASSWORD

NEW = "atta-tallar-i-rad"


@pytest.fixture(scope="module")
def client(auth):
    return auth.client("Ärlig AB")


@pytest.fixture
def name(auth, client):
    name = f"u-{uuid4().hex[:8]}"
    auth.user(name, {client: ["ledger.read"]})
    return name


def own(auth, session):
    return auth.stub(accounts_pb2_grpc.AccountServiceStub, auth.authorize(session).access_token)


def update(auth, session, *, request_id="", **changed):
    asked = {"first_name": "Åsa", "last_name": "Öberg", "email": "asa@example.se", "client_ip": "192.0.2.9", **changed}
    request = accounts_pb2.UpdateOwnAccountRequest(request_id=request_id or str(uuid4()), **asked)
    return own(auth, session).UpdateOwnAccount(request)


def refusal(call, *arguments, **more):
    with pytest.raises(DomainError) as refused:
        call(*arguments, **more)
    return refused.value


def test_contact_details_are_changed_without_the_password_but_the_address_of_resets_is_not(auth, name):
    session = auth.sign_in(name)
    assert update(auth, session, first_name="Asta", phone="08-465 004 10").user.phone == "08-465 004 10"
    assert auth.authorize(session).user.first_name == "Asta"
    error = refusal(update, auth, session, email="annan@example.se")
    assert [(v.field, v.reason) for v in error.violations] == [("current_password", "REQUIRED")]
    assert refusal(update, auth, session, email="annan@example.se", current_password="fel-losenord-helt").reason == (
        "WRONG_PASSWORD"
    )
    assert update(auth, session, email="annan@example.se", current_password=PASSWORD).user.email == "annan@example.se"


def test_a_new_password_holds_at_once_and_ends_every_other_session(auth, name):
    session, elsewhere = auth.sign_in(name), auth.sign_in(name)
    assert update(auth, session, current_password=PASSWORD, new_password=NEW).ended_sessions == 1
    auth.authorize(session)
    ended = refusal(auth.authorize, elsewhere)
    assert (ended.reason, ended.details["cause"]) == ("SESSION_ENDED", "password_changed")
    assert refusal(auth.sign_in, name).reason == "SIGN_IN_REFUSED"
    auth.sign_in(name, NEW)
    everything = str([auth.rows(f"SELECT * FROM {table}") for table in ("user_account", "request", "audit_entry")])
    assert NEW not in everything
    assert auth.rows("SELECT FROM audit_entry WHERE action = 'user.password_changed'")


def test_a_repeated_change_of_password_gets_the_first_answer(auth, name):
    session, request_id = auth.sign_in(name), str(uuid4())
    asked = {"request_id": request_id, "current_password": PASSWORD, "new_password": NEW}
    assert update(auth, session, **asked) == update(auth, session, **asked)


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"first_name": ""}, "first_name", "REQUIRED"),
        ({"email": ""}, "email", "REQUIRED"),
        ({"email": "asa"}, "email", "FORMAT"),
        ({"phone": "ring mig"}, "phone", "FORMAT"),
        ({"new_password": "kort", "current_password": PASSWORD}, "new_password", "TOO_SHORT"),
        ({"new_password": "PassWord1234", "current_password": PASSWORD}, "new_password", "TOO_COMMON"),
        ({"new_password": "a" * 1_000_000, "current_password": PASSWORD}, "new_password", "TOO_LONG"),
        ({"new_password": NEW, "current_password": "a" * 1_000_000}, "current_password", "TOO_LONG"),
    ],
)
def test_a_fault_is_named_by_its_field(auth, client, changed, field, reason):
    name = f"u-{uuid4().hex[:8]}"
    auth.user(name, {client: ["ledger.read"]})
    error = refusal(update, auth, auth.sign_in(name), **changed)
    assert (field, reason) in [(v.field, v.reason) for v in error.violations]


def test_who_sits_down_at_an_open_session_cannot_guess_the_password_for_long(auth, name):
    session = auth.sign_in(name)
    asked = {"current_password": "fel-losenord-helt", "new_password": NEW}
    reasons = [refusal(update, auth, session, **asked).reason for _ in range(6)]
    assert reasons[:5] == ["WRONG_PASSWORD"] * 5
    assert refusal(update, auth, session, **asked).reason == "TOO_MANY_TRIES"
    auth.sign_in(name)  # the account itself is not locked


def test_sessions_are_listed_with_their_browser_and_ended_one_by_one_or_all(auth, name):
    first, second, mine = (auth.sign_in(name) for _ in range(3))
    stub = own(auth, mine)
    listed = stub.ListOwnSessions(accounts_pb2.ListOwnSessionsRequest()).sessions
    assert [one.current for one in listed] == [True, False, False]
    assert listed[0].client_ip == "192.0.2.1"
    stub.EndOwnSessions(accounts_pb2.EndOwnSessionsRequest(request_id=str(uuid4()), session_id=listed[2].session_id))
    assert refusal(auth.authorize, first).details["cause"] == "ended"
    auth.authorize(second)
    answer = stub.EndOwnSessions(accounts_pb2.EndOwnSessionsRequest(request_id=str(uuid4())))
    assert answer.ended == 1
    assert refusal(auth.authorize, second).reason == "SESSION_ENDED"
    auth.authorize(mine)


def test_nobody_sees_or_ends_the_sessions_of_another(auth, client, name):
    other = f"u-{uuid4().hex[:8]}"
    auth.user(other, {client: ["ledger.read"]})
    theirs = auth.sign_in(other)
    their_id = auth.caller(auth.authorize(theirs).access_token).session
    stub = own(auth, auth.sign_in(name))
    answer = stub.EndOwnSessions(accounts_pb2.EndOwnSessionsRequest(request_id=str(uuid4()), session_id=their_id))
    assert answer.ended == 0
    auth.authorize(theirs)


def test_a_service_has_no_account(auth):
    stub = auth.stub(accounts_pb2_grpc.AccountServiceStub, auth.service_token("gateway"))
    assert refusal(stub.GetOwnAccount, accounts_pb2.GetOwnAccountRequest()).reason == "PERMISSION_DENIED"


def test_the_pages_look_as_somebody_has_chosen(auth, name):
    session = auth.sign_in(name)
    stub = own(auth, session)
    stub.SetOwnAppearance(
        accounts_pb2.SetOwnAppearanceRequest(request_id=str(uuid4()), theme="dark", density="compact")
    )
    user = auth.authorize(session).user
    assert (user.theme, user.density) == ("dark", "compact")
    request = accounts_pb2.SetOwnAppearanceRequest(request_id=str(uuid4()), theme="rosa")
    assert [v.field for v in refusal(stub.SetOwnAppearance, request).violations] == ["theme"]
