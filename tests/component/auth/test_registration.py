"""Skapa användare with a Pinkod, and Glömt lösenordet? (SPEC L-04, L-05, G-04)."""

import statistics
import time
from uuid import uuid4

import pytest

from chassis.jobs import Worker
from kernel.errors import DomainError
from rf.auth.v1 import pins_pb2, pins_pb2_grpc, registration_pb2, registration_pb2_grpc
from services.auth.jobs import send_reset_links
from services.auth.mail import MailAway
from services.auth.usecases.registration import RESET_JOB
from tests.component.auth.running import PASSWORD, a_person

NEW = "atta-tallar-i-rad"
BASE = "https://klientwebben.example"


@pytest.fixture(scope="module")
def client(auth):
    return auth.client("Ärlig AB")


@pytest.fixture(autouse=True)
def no_waiting(auth):
    auth.change("DELETE FROM sign_in_failure")


def registration(auth):
    return auth.stub(registration_pb2_grpc.RegistrationServiceStub, auth.service_token("gateway"))


def pins(auth, token=None):
    return auth.stub(pins_pb2_grpc.PinServiceStub, token or auth.administrator())


def a_pin(auth, client, *permissions, token=None, **more):
    request = pins_pb2.CreatePinRequest(
        request_id=str(uuid4()), client_id=client, permissions=permissions or ("ledger.read",), **more
    )
    return pins(auth, token).CreatePin(request)


def register(auth, pin, name="", *, request_id="", ip="192.0.2.7", password=PASSWORD, **person):
    request = registration_pb2.CreateUserWithPinRequest(
        request_id=request_id or str(uuid4()),
        pin=pin,
        user=a_person(name or f"u-{uuid4().hex[:8]}", **person),
        password=password,
        client_ip=ip,
    )
    return registration(auth).CreateUserWithPin(request).user


def refusal(call, *arguments, **more):
    with pytest.raises(DomainError) as refused:
        call(*arguments, **more)
    return refused.value


def state(auth, pin_id):
    request = pins_pb2.ListPinsRequest(page_size=200)
    return next(one for one in pins(auth).ListPins(request).pins if one.pin_id == pin_id).state


# -- PIN codes


def test_a_pin_makes_one_account_with_its_rights_at_its_client(auth, client):
    made = a_pin(auth, client, "ledger.read", "files.send")
    name = f"u-{uuid4().hex[:8]}"
    register(auth, made.code.lower().replace("-", " "), name)
    answer = auth.authorize(auth.sign_in(name))
    assert [(one.client_id, list(one.permissions)) for one in answer.clients] == [
        (client, ["ledger.read", "files.send"])
    ]
    assert refusal(register, auth, made.code).reason == "PIN_REFUSED"
    assert state(auth, made.pin.pin_id) == pins_pb2.PIN_STATE_USED
    actions = {row.action for row in auth.rows("SELECT action FROM audit_entry WHERE object_type = 'pin'")}
    assert {"pin.created", "pin.used"} <= actions


def test_a_pin_is_stored_only_as_a_hash(auth, client):
    made = a_pin(auth, client)
    secret = made.code.replace("-", "")[4:]
    kept = str([auth.rows(f"SELECT * FROM {table}") for table in ("pin_code", "request", "audit_entry")])
    assert secret not in kept
    assert made.code not in kept


def test_a_repeated_request_shows_the_same_pin_and_makes_one_account(auth, client):
    request = pins_pb2.CreatePinRequest(request_id=str(uuid4()), client_id=client, permissions=["ledger.read"])
    made = pins(auth).CreatePin(request)
    assert pins(auth).CreatePin(request).code == made.code
    name, request_id = f"u-{uuid4().hex[:8]}", str(uuid4())
    assert register(auth, made.code, name, request_id=request_id) == register(
        auth, made.code, name, request_id=request_id
    )


def test_ten_wrong_tries_lock_a_pin_for_good_also_for_who_has_it_right(auth, client):
    made = a_pin(auth, client)
    wrong = made.code[:-1] + ("0" if made.code[-1] != "0" else "1")
    for number in range(10):
        assert refusal(register, auth, wrong, ip=f"192.0.2.{number}").reason == "PIN_REFUSED"
    assert refusal(register, auth, made.code, ip="192.0.2.99").reason == "PIN_REFUSED"
    assert state(auth, made.pin.pin_id) == pins_pb2.PIN_STATE_LOCKED


def test_nine_wrong_tries_do_not(auth, client):
    made = a_pin(auth, client)
    wrong = made.code[:-1] + ("0" if made.code[-1] != "0" else "1")
    for number in range(9):
        refusal(register, auth, wrong, ip=f"192.0.2.{number}")
    register(auth, made.code, ip="192.0.2.99")


def test_guessing_codes_from_one_address_must_wait(auth):
    reasons = [refusal(register, auth, f"{place:04}-ZZZZ-ZZZZ-ZZZZ").reason for place in range(13)]
    assert reasons[:10] == ["PIN_REFUSED"] * 10
    assert reasons[-1] == "TOO_MANY_TRIES"


def test_an_old_and_a_revoked_pin_are_refused_alike(auth, client):
    old, revoked = a_pin(auth, client), a_pin(auth, client)
    auth.change("UPDATE pin_code SET expires_at = now() WHERE pin_id = :id", id=old.pin.pin_id)
    request = pins_pb2.RevokePinRequest(request_id=str(uuid4()), pin_id=revoked.pin.pin_id)
    assert pins(auth).RevokePin(request).pin.state == pins_pb2.PIN_STATE_REVOKED
    for pin in (old.code, revoked.code, "", "x", "0000-0000-0000-0000", "🙂" * 16, "a" * 100_000):
        error = refusal(register, auth, pin)
        assert error.reason == "PIN_REFUSED" or [v.field for v in error.violations] == ["pin"]


def test_a_name_that_is_taken_leaves_the_pin_to_be_used(auth, client):
    made = a_pin(auth, client)
    name = f"u-{uuid4().hex[:8]}"
    auth.user(name, {client: ["ledger.read"]})
    assert refusal(register, auth, made.code, name).reason == "USER_NAME_TAKEN"
    register(auth, made.code)


def test_only_who_manages_users_makes_pins_and_a_clients_own_only_where_its_terms_say_so(auth, client):
    own, plain = f"u-{uuid4().hex[:8]}", f"u-{uuid4().hex[:8]}"
    other = auth.client("Annan AB")
    auth.user(own, {client: ["client.users", "ledger.read"]})
    auth.user(plain, {client: ["ledger.read"]})
    assert refusal(a_pin, auth, client, token=auth.token_of(own)).reason == "PERMISSION_DENIED"
    auth.change("UPDATE client SET manages_own_users = true WHERE client_id = :id", id=client)
    token = auth.token_of(own)
    a_pin(auth, client, token=token)
    error = refusal(a_pin, auth, client, "ledger.approve", token=token)
    assert [v.reason for v in error.violations] == ["NOT_YOURS_TO_GIVE"]
    assert refusal(a_pin, auth, other, token=token).reason == "NOT_FOUND"
    assert refusal(a_pin, auth, client, token=auth.token_of(plain)).reason == "PERMISSION_DENIED"
    assert {one.client_id for one in pins(auth, token).ListPins(pins_pb2.ListPinsRequest()).pins} == {client}


# -- forgotten passwords


class Box:
    """A letter box in the place of SMTP."""

    def __init__(self):
        self.letters = []
        self.away = False

    def send(self, to, subject, text):
        if self.away:
            raise MailAway
        self.letters.append((to, subject, text))


def ask(auth, who, ip="192.0.2.8"):
    request = registration_pb2.RequestPasswordResetRequest(request_id=str(uuid4()), name_or_email=who, client_ip=ip)
    return registration(auth).RequestPasswordReset(request)


def delivered(auth, box=None):
    """What the job has sent, once none is left."""
    box = box or Box()
    worker = Worker(auth.database, {RESET_JOB: send_reset_links(box, BASE)}, poll_s=0.02, first_retry_s=0.05)
    worker.start()
    deadline = time.monotonic() + 10
    while auth.rows("SELECT FROM job WHERE status = 'ready'") and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.stop()
    return box.letters


def token_in(letter):
    link = next(line for line in letter[2].splitlines() if line.startswith(BASE))
    return link.partition("?kod=")[2]


def choose(auth, token, password=NEW):
    request = registration_pb2.ResetPasswordRequest(
        request_id=str(uuid4()), token=token, new_password=password, client_ip="192.0.2.8"
    )
    return registration(auth).ResetPassword(request)


@pytest.fixture
def asa(auth, client):
    name = f"u-{uuid4().hex[:8]}"
    auth.user(name, {client: ["ledger.read"]}, email=f"{name}@example.se")
    return name


def test_a_link_comes_by_user_name_or_address_and_works_once(auth, asa):
    session = auth.sign_in(asa)
    for who in (asa.upper(), f"{asa}@EXAMPLE.se"):
        ask(auth, who)
    first, second = delivered(auth)
    assert first[0] == f"{asa}@example.se"
    assert asa in first[2]
    choose(auth, token_in(second))
    auth.sign_in(asa, NEW)
    assert refusal(auth.authorize, session).details["cause"] == "password_changed"
    for letter in (first, second):
        assert refusal(choose, auth, token_in(letter)).reason == "RESET_REFUSED"


def test_a_link_is_good_for_thirty_minutes(auth, asa):
    ask(auth, asa)
    token = token_in(delivered(auth)[0])
    auth.change("UPDATE password_reset SET expires_at = expires_at - interval '30 minutes'")
    assert refusal(choose, auth, token).reason == "RESET_REFUSED"
    auth.sign_in(asa)


def test_a_bad_password_leaves_the_link_to_be_used(auth, asa):
    ask(auth, asa)
    token = token_in(delivered(auth)[0])
    assert [v.reason for v in refusal(choose, auth, token, "kort").violations] == ["TOO_SHORT"]
    choose(auth, token)


def test_neither_the_token_nor_the_address_is_stored_with_the_job_or_the_reset(auth, asa):
    ask(auth, asa)
    token = token_in(delivered(auth)[0])
    kept = str([auth.rows(f"SELECT * FROM {table}") for table in ("password_reset", "job", "request", "audit_entry")])
    assert token not in kept
    told = str([auth.rows(f"SELECT * FROM {table}") for table in ("password_reset", "job", "audit_entry")])
    assert f"{asa}@example.se" not in told


def test_known_and_unknown_get_the_same_answer_in_the_same_time(auth, asa):
    def seconds(who):
        auth.change("DELETE FROM sign_in_failure")
        started = time.perf_counter()
        assert ask(auth, who) == registration_pb2.RequestPasswordResetResponse()
        return time.perf_counter() - started

    seconds(asa)
    known = [seconds(asa) for _ in range(15)]
    unknown = [seconds(f"ingen-{number}@example.se") for number in range(15)]
    assert 0.5 < statistics.median(known) / statistics.median(unknown) < 2
    assert auth.rows("SELECT count(*) AS jobs FROM job WHERE status = 'ready'")[0].jobs >= 30
    delivered(auth)


def test_a_name_that_is_asked_for_again_and_again_gets_few_letters_and_the_same_answer(auth, asa):
    for number in range(8):
        ask(auth, asa, ip=f"192.0.2.{number}")
    assert 1 <= len(delivered(auth)) <= 4


def test_guessed_tokens_must_wait(auth):
    reasons = [refusal(choose, auth, f"gissning-{number}").reason for number in range(13)]
    assert reasons[0] == "RESET_REFUSED"
    assert reasons[-1] == "TOO_MANY_TRIES"


def test_a_letter_that_could_not_leave_leaves_later(auth, asa):
    ask(auth, asa)
    box = Box()
    box.away = True
    worker = Worker(auth.database, {RESET_JOB: send_reset_links(box, BASE)}, poll_s=0.02, first_retry_s=0.01)
    worker.start()
    time.sleep(0.3)
    worker.stop()
    assert auth.rows("SELECT FROM job WHERE status = 'ready'")
    auth.change("UPDATE job SET run_after = now()")
    box.away = False
    assert len(delivered(auth, box)) == 1


def test_a_new_address_of_e_mail_makes_links_to_the_old_one_useless(auth, asa):
    from tests.component.auth.test_accounts import update

    ask(auth, asa)
    token = token_in(delivered(auth)[0])
    update(auth, auth.sign_in(asa), email="ny@example.se", current_password=PASSWORD)
    assert refusal(choose, auth, token).reason == "RESET_REFUSED"


def test_only_the_gateway_may_ask(auth, asa):
    stub = auth.stub(registration_pb2_grpc.RegistrationServiceStub, auth.token_of(asa))
    request = registration_pb2.RequestPasswordResetRequest(
        request_id=str(uuid4()), name_or_email=asa, client_ip="192.0.2.8"
    )
    assert refusal(stub.RequestPasswordReset, request).reason == "PERMISSION_DENIED"
