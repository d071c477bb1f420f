"""Two-factor sign-in by authenticator app, recovery codes, and approval rights that wait for it (SPEC part 3)."""

from uuid import uuid4

import pyotp
import pytest

from kernel.errors import DomainError
from rf.auth.v1 import accounts_pb2, accounts_pb2_grpc, sessions_pb2, users_pb2, users_pb2_grpc
from tests.component.auth.running import PASSWORD

IP = "192.0.2.30"


@pytest.fixture(scope="module")
def client(auth):
    return auth.client("Ärlig AB")


@pytest.fixture
def name(auth, client):
    name = f"u-{uuid4().hex[:8]}"
    auth.user(name, {client: ["ledger.read", "ledger.approve"]})
    return name


def own(auth, session):
    return auth.stub(accounts_pb2_grpc.AccountServiceStub, auth.authorize(session).access_token)


def refusal(call, *arguments, **more):
    with pytest.raises(DomainError) as refused:
        call(*arguments, **more)
    return refused.value


def start(stub, password=PASSWORD):
    return stub.StartTotp(accounts_pb2.StartTotpRequest(current_password=password, client_ip=IP))


def confirm(stub, code, request_id=""):
    request = accounts_pb2.ConfirmTotpRequest(request_id=request_id or str(uuid4()), code=code, client_ip=IP)
    return list(stub.ConfirmTotp(request).recovery_codes)


def with_app(auth, name):
    """A session with a second factor, the app's secret, and the recovery codes."""
    session = auth.sign_in(name)
    stub = own(auth, session)
    secret = start(stub).secret
    codes = confirm(stub, pyotp.TOTP(secret).now())
    auth.change("UPDATE totp SET last_step = 0")  # as if the step of that code were past
    return session, secret, codes


def begin(auth, name):
    request = sessions_pb2.SignInRequest(user_name=name, password=PASSWORD, client_ip=IP)
    return auth.sessions.SignIn(request)


def finish(auth, token, code):
    request = sessions_pb2.ConfirmSignInRequest(second_factor_token=token, code=code, client_ip=IP)
    return str(auth.sessions.ConfirmSignIn(request).session_token)


def test_with_an_app_a_password_alone_opens_nothing(auth, name):
    _, secret, _ = with_app(auth, name)
    begun = begin(auth, name)
    assert begun.session_token == ""
    assert refusal(auth.authorize, begun.second_factor_token).reason == "SESSION_ENDED"
    auth.authorize(finish(auth, begun.second_factor_token, pyotp.TOTP(secret).now()))
    assert refusal(finish, auth, begun.second_factor_token, pyotp.TOTP(secret).now()).reason == "SIGN_IN_ENDED"


def test_a_code_works_once_also_in_two_sign_ins(auth, name):
    _, secret, _ = with_app(auth, name)
    code = pyotp.TOTP(secret).now()
    first, second = begin(auth, name), begin(auth, name)
    finish(auth, first.second_factor_token, code)
    assert refusal(finish, auth, second.second_factor_token, code).reason == "SECOND_FACTOR_REFUSED"


@pytest.mark.parametrize("code", ["", "000000x", "12345", "١٢٣٤٥٦", "a" * 100_000, "0000-0000-0000-0000"])
def test_what_is_no_code_is_refused(auth, name, code):
    with_app(auth, name)
    assert refusal(finish, auth, begin(auth, name).second_factor_token, code).reason == "SECOND_FACTOR_REFUSED"


def test_guessing_codes_must_wait_whatever_the_sign_in(auth, name):
    _, secret, _ = with_app(auth, name)
    wrong = "000000" if pyotp.TOTP(secret).now() != "000000" else "111111"
    tokens = [begin(auth, name).second_factor_token for _ in range(3)] * 3
    reasons = [refusal(finish, auth, token, wrong).reason for token in tokens]
    assert reasons[:5] == ["SECOND_FACTOR_REFUSED"] * 5
    assert "TOO_MANY_TRIES" in reasons[5:]


def test_a_sign_in_waits_five_minutes_for_its_second_factor(auth, name):
    _, secret, _ = with_app(auth, name)
    begun = begin(auth, name)
    auth.change("UPDATE waiting_sign_in SET created_at = created_at - interval '5 minutes'")
    assert refusal(finish, auth, begun.second_factor_token, pyotp.TOTP(secret).now()).reason == "SIGN_IN_ENDED"


def test_a_recovery_code_works_once_however_it_is_typed(auth, name):
    _, _, codes = with_app(auth, name)
    assert len(set(codes)) == 10
    finish(auth, begin(auth, name).second_factor_token, codes[0].lower().replace("-", " "))
    again = begin(auth, name).second_factor_token
    assert refusal(finish, auth, again, codes[0]).reason == "SECOND_FACTOR_REFUSED"
    session = finish(auth, again, codes[1])
    left = own(auth, session).GetOwnAccount(accounts_pb2.GetOwnAccountRequest())
    assert (left.second_factor, left.recovery_codes_left) == (True, 8)


def test_secrets_are_stored_neither_plain_nor_in_the_trail(auth, name):
    _, secret, codes = with_app(auth, name)
    tables = ("totp", "recovery_code", "waiting_sign_in", "request", "audit_entry")
    kept = str([auth.rows(f"SELECT * FROM {table}") for table in tables])
    assert secret not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_an_app_needs_the_password_to_come_and_to_go_and_ends_other_sessions(auth, name):
    other = auth.sign_in(name)
    session = auth.sign_in(name)
    stub = own(auth, session)
    assert refusal(start, stub, "fel-losenord-helt").reason == "WRONG_PASSWORD"
    secret = start(stub).secret
    assert refusal(confirm, stub, "").reason == "SECOND_FACTOR_REFUSED"
    request_id = str(uuid4())
    codes = confirm(stub, pyotp.TOTP(secret).now(), request_id)
    assert confirm(stub, pyotp.TOTP(secret).now(), request_id) == codes, "a repeat gets the first answer"
    assert refusal(auth.authorize, other).reason == "SESSION_ENDED"
    assert refusal(start, stub).reason == "SECOND_FACTOR_EXISTS"
    wrong = accounts_pb2.RemoveTotpRequest(request_id=str(uuid4()), current_password="fel-losenord", client_ip=IP)
    assert refusal(stub.RemoveTotp, wrong).reason == "WRONG_PASSWORD"
    right = accounts_pb2.RemoveTotpRequest(request_id=str(uuid4()), current_password=PASSWORD, client_ip=IP)
    stub.RemoveTotp(right)
    auth.authorize(auth.sign_in(name))


def test_where_the_terms_say_so_approval_waits_for_the_second_factor(auth, name, client):
    def rights(session):
        one = auth.authorize(session).clients[0]
        return list(one.permissions), list(one.withheld)

    auth.change("UPDATE client SET second_factor_for_approval = true WHERE client_id = :id", id=client)
    try:
        session = auth.sign_in(name)
        assert rights(session) == (["ledger.read"], ["ledger.approve"])
        assert auth.caller(auth.authorize(session).access_token).clients.popitem()[1] == 1, "nor does the token say it"
        session, _, _ = with_app(auth, name)
        assert rights(session) == (["ledger.read", "ledger.approve"], [])
    finally:
        auth.change("UPDATE client SET second_factor_for_approval = false WHERE client_id = :id", id=client)


def test_an_administrator_takes_a_lost_app_away(auth, name):
    session, _, _ = with_app(auth, name)
    user_id = auth.caller(auth.authorize(session).access_token).subject
    users = auth.stub(users_pb2_grpc.UserServiceStub, auth.token_of("admin"))
    assert users.GetUser(users_pb2.GetUserRequest(user_id=user_id)).user.second_factor
    users.RemoveSecondFactor(users_pb2.RemoveSecondFactorRequest(request_id=str(uuid4()), user_id=user_id))
    assert refusal(auth.authorize, session).reason == "SESSION_ENDED"
    auth.authorize(auth.sign_in(name))
    assert auth.rows("SELECT FROM audit_entry WHERE action = 'user.second_factor_removed'")
