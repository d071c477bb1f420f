"""Signing in: the manual's § 2, and what a guesser meets."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from chassis.rpc_client import Neighbour
from kernel.errors import DomainError
from rf.auth.v1 import sessions_pb2, sessions_pb2_grpc
from services.auth.domain import limits
from services.auth.usecases.hashing import PasswordHasher
from tests.component.auth.running import PASSWORD


@pytest.fixture(scope="module", autouse=True)
def asa(auth):
    client = auth.client("Ärlig AB")
    return auth.user("Åsa", {client: ["ledger.read"]})


def refusal(auth, user_name, password, client_ip="192.0.2.1"):
    with pytest.raises(DomainError) as refused:
        auth.sign_in(user_name, password, client_ip)
    return refused.value


def the_wait_is_over(auth):
    auth.change("UPDATE sign_in_failure SET blocked_until = now()")


def test_a_user_signs_in_however_the_name_is_typed(auth, asa):
    for typed in ("Åsa", "åsa", " ÅSA ", "A\u030asa"):
        assert auth.authorize(auth.sign_in(typed)).user.user_id == asa


def test_a_token_of_a_session_is_stored_only_as_a_hash(auth):
    token = auth.sign_in("åsa")
    assert token not in str(auth.rows("SELECT * FROM session"))
    assert auth.sign_in("åsa") != token


def test_wrong_password_unknown_user_and_disabled_user_get_the_same_answer(auth):
    name = f"avstangd-{uuid4().hex[:6]}"
    auth.user(name, {auth.client("Stängda AB"): ["ledger.read"]})
    auth.change("UPDATE user_account SET disabled_at = now() WHERE user_name = :name", name=name)
    answers = [
        refusal(auth, "åsa", "fel-losenord-helt", "192.0.2.11"),
        refusal(auth, "finns-inte", "fel-losenord-helt", "192.0.2.12"),
        refusal(auth, name, PASSWORD, "192.0.2.13"),
    ]
    assert {(a.reason, a.kind, str(a.details), a.violations) for a in answers} == {
        ("SIGN_IN_REFUSED", answers[0].kind, "{}", ())
    }


def test_an_unknown_user_takes_as_long_as_a_wrong_password(auth):
    def seconds(user_name, place):
        started = time.perf_counter()
        refusal(auth, user_name, "fel-losenord-helt", f"203.0.113.{place}")
        return time.perf_counter() - started

    seconds("åsa", 250)
    known = [seconds("åsa", place) for place in range(10)]
    unknown = [seconds(f"okand-{place}", 100 + place) for place in range(10)]
    assert 0.5 < statistics.median(known) / statistics.median(unknown) < 2


def test_the_sixth_wrong_try_must_wait_and_each_further_one_twice_as_long(auth):
    ip = "192.0.2.20"
    for _ in range(5):
        assert refusal(auth, "åsa", "fel-losenord-helt", ip).reason == "SIGN_IN_REFUSED"
    waits = []
    for _ in range(4):
        waiting = refusal(auth, "åsa", "fel-losenord-helt", ip)
        assert waiting.reason == "TOO_MANY_SIGN_INS"
        waits.append(int(waiting.details["retry_after_s"]))
        the_wait_is_over(auth)
        assert refusal(auth, "åsa", "fel-losenord-helt", ip).reason == "SIGN_IN_REFUSED"
    assert waits == [1, 2, 4, 8]


def test_while_one_must_wait_not_even_the_right_password_is_checked_but_nobody_else_waits(auth, second_copy):
    ip = "192.0.2.30"
    auth.user("granne", {auth.client("Grannens AB"): ["ledger.read"]})
    for _ in range(5):
        refusal(auth, "åsa", "fel-losenord-helt", ip)
    account, _ = limits.keys("åsa", ip)
    auth.change("UPDATE sign_in_failure SET blocked_until = now() + interval '1 minute' WHERE key = :k", k=account)
    assert refusal(auth, "åsa", PASSWORD, ip).reason == "TOO_MANY_SIGN_INS"
    assert refusal(second_copy, "åsa", PASSWORD, ip).reason == "TOO_MANY_SIGN_INS"  # all copies count as one
    assert auth.sign_in("åsa", client_ip="192.0.2.31")
    assert auth.sign_in("granne", client_ip=ip)
    the_wait_is_over(auth)
    assert auth.sign_in("åsa", client_ip=ip)
    assert refusal(auth, "åsa", "fel-losenord-helt", ip).reason == "SIGN_IN_REFUSED"  # the count began anew


def test_an_unknown_name_is_limited_like_a_known_one(auth):
    for _ in range(5):
        assert refusal(auth, "spoke", "fel-losenord-helt", "192.0.2.40").reason == "SIGN_IN_REFUSED"
    assert refusal(auth, "spoke", "fel-losenord-helt", "192.0.2.40").reason == "TOO_MANY_SIGN_INS"


def test_one_address_cannot_try_one_name_after_the_other_for_ever(auth):
    ip = "2001:db8:1:2::1"
    refusal(auth, "namn-0", "fel-losenord-helt", ip)
    auth.change(
        "UPDATE sign_in_failure SET failures = 29 WHERE failures = 1 "
        "AND last_failed_at = (SELECT max(last_failed_at) FROM sign_in_failure)"
    )
    assert refusal(auth, "namn-1", "fel-losenord-helt", ip).reason == "SIGN_IN_REFUSED"
    blocked = refusal(auth, "åsa", PASSWORD, "2001:db8:1:2:ffff::9")  # the same household
    assert blocked.reason == "TOO_MANY_SIGN_INS"
    assert auth.sign_in("åsa", client_ip="2001:db8:1:3::1")


def test_many_guesses_at_once_gain_nothing(auth):
    gateway = auth.service_token("gateway")
    stub = Neighbour("auth", auth.target, lambda: gateway).stub(sessions_pb2_grpc.SessionServiceStub)

    def guess(number):
        request = sessions_pb2.SignInRequest(user_name="åsa", password=f"gissning-{number}-hej", client_ip="192.0.2.50")
        try:
            stub.SignIn(request)
        except DomainError as error:
            return error.reason
        return "SIGNED_IN"

    with ThreadPoolExecutor(12) as pool:
        reasons = list(pool.map(guess, range(24)))
    assert set(reasons) <= {"SIGN_IN_REFUSED", "TOO_MANY_SIGN_INS", "OVERLOADED"}
    assert reasons.count("SIGN_IN_REFUSED") <= 6  # five free ones, and one more if a second went by


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"user_name": ""}, "user_name", "REQUIRED"),
        ({"user_name": "a" * 65}, "user_name", "TOO_LONG"),
        ({"user_name": "a\x00b"}, "user_name", "CONTROL_CHARACTER"),
        ({"password": ""}, "password", "REQUIRED"),
        ({"password": "a" * 257}, "password", "TOO_LONG"),
        ({"client_ip": ""}, "client_ip", "REQUIRED"),
        ({"client_ip": "999.0.0.1"}, "client_ip", "FORMAT"),
        ({"client_ip": "fe80::1%eth0"}, "client_ip", "FORMAT"),
    ],
)
def test_a_fault_in_what_was_typed_is_named(auth, changed, field, reason):
    typed = {"user_name": "åsa", "password": PASSWORD, "client_ip": "192.0.2.60", **changed}
    error = refusal(auth, **typed)
    assert [(v.field, v.reason) for v in error.violations] == [(field, reason)]


def test_a_password_is_hashed_anew_when_the_parameters_have_changed(auth, asa):
    weak = PasswordHasher(memory_kib=8 * 1024).hash(PASSWORD)
    auth.change("UPDATE user_account SET password_hash = :weak WHERE user_id = :id", weak=weak, id=asa)
    auth.sign_in("åsa")
    [[stored]] = auth.rows("SELECT password_hash FROM user_account WHERE user_id = :id", id=asa)
    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert auth.sign_in("åsa")


def test_the_start_page_knows_this_login_and_the_one_before(auth):
    auth.user("ny", {auth.client("Nya AB"): ["ledger.read"]})
    first = auth.authorize(auth.sign_in("ny"))
    assert not first.HasField("previous_login_at")
    refusal(auth, "ny", "fel-losenord-helt", "192.0.2.70")  # no login
    second = auth.authorize(auth.sign_in("ny"))
    assert second.previous_login_at == first.login_at
    assert second.login_at.ToDatetime() > first.login_at.ToDatetime()


def test_every_try_is_remembered_without_what_was_typed(auth, asa):
    refusal(auth, "hemligt-losenord", "fel-losenord-helt", "198.51.100.7")
    refusal(auth, "åsa", "fel-losenord-helt", "198.51.100.7")
    history = auth.rows("SELECT user_id, outcome FROM login_history WHERE client_ip = '198.51.100.7' ORDER BY at")
    assert [(str(row.user_id) if row.user_id else None, row.outcome) for row in history] == [
        (None, "refused"),
        (asa, "refused"),
    ]
    assert "hemligt" not in str(auth.rows("SELECT * FROM sign_in_failure"))
