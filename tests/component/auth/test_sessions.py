"""A session on every page: alive or over, and the token it gives."""

from uuid import UUID, uuid4

import pytest

from chassis.permissions import ADMINISTRATOR_PERMISSIONS, OFFICER_PERMISSIONS, Permission, bitmap
from chassis.tokens import CallerKind, InvalidToken
from kernel.errors import DomainError
from rf.auth.v1 import sessions_pb2


@pytest.fixture(scope="module")
def tenants(auth):
    """Three clients, whose order by number is not that of their names."""
    return {
        "Öst": auth.client("Öst AB", "7"),
        "Ärlig": auth.client("Ärlig AB", "1042"),
        "Zon": auth.client("Zon AB", "90"),
    }


@pytest.fixture(scope="module", autouse=True)
def people(auth, tenants):
    auth.user("alla", {tenants[name]: ["ledger.read", "ledger.approve"] for name in ("Öst", "Ärlig", "Zon")})
    auth.user("en", {tenants["Zon"]: ["ledger.read"]})
    auth.user("handlaggare", {}, kind=sessions_pb2.USER_KIND_OFFICER)


def cause(auth, session):
    with pytest.raises(DomainError) as ended:
        auth.authorize(session)
    assert ended.value.reason == "SESSION_ENDED"
    return ended.value.details["cause"]


def last_seen(auth, ago):
    auth.change(f"UPDATE session SET last_seen_at = now() - interval '{ago}' WHERE ended_at IS NULL")


def test_a_session_ends_after_more_than_half_an_hour_without_activity(auth):
    session = auth.sign_in("en")
    last_seen(auth, "29 minutes 55 seconds")
    assert auth.authorize(session).idle_seconds_left == 1800
    last_seen(auth, "31 minutes")
    assert cause(auth, session) == "idle"
    last_seen(auth, "1 second")
    assert cause(auth, session) == "idle"  # for good
    [[reason]] = auth.rows("SELECT ended_reason FROM session ORDER BY created_at DESC LIMIT 1")
    assert reason == "idle"


def test_polling_in_the_background_does_not_keep_a_session_alive(auth):
    session = auth.sign_in("en")
    last_seen(auth, "20 minutes")
    left = auth.authorize(session, touch=False).idle_seconds_left
    assert 600 <= left <= 630
    last_seen(auth, "31 minutes")
    with pytest.raises(DomainError):
        auth.authorize(session, touch=False)


def test_activity_is_written_at_most_every_half_minute(auth):
    session = auth.sign_in("en")
    seen = "SELECT last_seen_at FROM session ORDER BY created_at DESC LIMIT 1"
    before = auth.rows(seen)
    auth.authorize(session)
    assert auth.rows(seen) == before
    last_seen(auth, "31 seconds")
    auth.authorize(session)
    assert auth.rows(seen) > before


def test_however_active_a_session_ends_after_twelve_hours(auth):
    session = auth.sign_in("en")
    auth.change("UPDATE session SET created_at = now() - interval '12 hours 1 second' WHERE ended_at IS NULL")
    assert cause(auth, session) == "expired"


def test_signing_out_ends_the_session_on_the_server(auth):
    session, other = auth.sign_in("en"), auth.sign_in("en")
    for _ in range(2):
        auth.sessions.SignOut(sessions_pb2.SignOutRequest(session_token=session))
    assert cause(auth, session) == "signed_out"
    assert auth.authorize(other)


def test_a_token_that_was_never_given_is_no_session(auth):
    for token in ("", "x", "a" * 100_000, "\x00"):
        assert cause(auth, token) == "unknown"


def test_a_disabled_user_is_out_at_once(auth, tenants):
    user = auth.user("slutar", {tenants["Zon"]: ["ledger.read"]})
    session = auth.sign_in("slutar")
    auth.change("UPDATE user_account SET disabled_at = now() WHERE user_id = :id", id=user)
    assert cause(auth, session) == "disabled"


def test_a_change_of_rights_holds_on_the_next_page(auth, tenants):
    user = auth.user("byter", {tenants["Zon"]: ["ledger.read"], tenants["Öst"]: ["ledger.read"]})
    session = auth.sign_in("byter")
    auth.change("DELETE FROM membership WHERE user_id = :id AND client_id = :c", id=user, c=tenants["Öst"])
    auth.change("UPDATE membership SET permissions = 4 WHERE user_id = :id", id=user)
    answer = auth.authorize(session)
    assert [(one.name, list(one.permissions)) for one in answer.clients] == [("Zon AB", ["ledger.approve"])]
    assert auth.caller(answer.access_token).clients == {UUID(tenants["Zon"]): Permission.LEDGER_APPROVE.mask}


def test_clients_stand_in_swedish_order_with_the_users_permissions(auth):
    answer = auth.authorize(auth.sign_in("alla"))
    assert [(one.name, one.number) for one in answer.clients] == [
        ("Zon AB", "90"),
        ("Ärlig AB", "1042"),
        ("Öst AB", "7"),
    ]
    assert list(answer.clients[0].permissions) == ["ledger.read", "ledger.approve"]
    assert (answer.user.user_name, answer.user.first_name, answer.user.last_name) == ("alla", "Åsa", "Öberg")


def test_a_token_says_who_for_which_clients_and_only_to_the_services_asked_for(auth, tenants):
    answer = auth.authorize(auth.sign_in("alla"), "ledger", "files")
    caller = auth.caller(answer.access_token, "ledger")
    bits = bitmap([Permission.LEDGER_READ, Permission.LEDGER_APPROVE])
    assert caller.clients == {UUID(client): bits for client in tenants.values()}
    assert (caller.subject, caller.name, caller.kind) == (answer.user.user_id, "alla", CallerKind.CLIENT_USER)
    assert caller.everywhere == 0
    assert str(UUID(caller.session)) == caller.session
    assert auth.caller(answer.access_token, "files").subject == caller.subject
    with pytest.raises(InvalidToken):
        auth.caller(answer.access_token, "collection")


def test_a_page_narrows_its_token_to_some_clients_and_never_gets_a_strangers(auth, tenants):
    wanted = (tenants["Zon"], tenants["Öst"], str(uuid4()))
    token = auth.authorize(auth.sign_in("en"), clients=wanted).access_token
    assert list(auth.caller(token).clients) == [UUID(tenants["Zon"])]
    nothing = auth.authorize(auth.sign_in("en"), clients=(tenants["Öst"],))
    assert auth.caller(nothing.access_token).clients == {}


def test_staff_act_for_every_client_and_see_all_of_them(auth):
    for name, permissions in (("handlaggare", OFFICER_PERMISSIONS), ("admin", ADMINISTRATOR_PERMISSIONS)):
        answer = auth.authorize(auth.sign_in(name))
        caller = auth.caller(answer.access_token)
        assert (caller.everywhere, caller.clients, caller.is_staff) == (bitmap(permissions), {}, True)
        assert [one.name for one in answer.clients] == ["Zon AB", "Ärlig AB", "Öst AB"]
        assert set(answer.clients[0].permissions) == {permission.label for permission in permissions}


def test_a_user_of_many_clients_gets_a_token_for_the_first_hundred_that_still_travels(auth):
    auth.change(
        "INSERT INTO client (client_id, number, name, sort_key, organisation_number) "
        "SELECT gen_random_uuid(), 2000 + n, 'Kund ' || n, 'kund ' || 1000 - n, 6000000000 + n "
        "FROM generate_series(1, 150) n"
    )
    user = auth.user("manga", {str(row.client_id): ["ledger.read"] for row in many(auth)})
    answer = auth.authorize(auth.sign_in("manga"))
    assert len(answer.clients) == 150
    assert len(answer.access_token) < 7_500
    caller = auth.caller(answer.access_token)
    assert caller.subject == user
    assert set(caller.clients) == {row.client_id for row in many(auth)[:100]}


def many(auth):
    return auth.rows("SELECT client_id FROM client WHERE number BETWEEN 2001 AND 2150 ORDER BY number")


@pytest.mark.parametrize(
    ("audience", "clients", "field", "reason"),
    [
        (("gateway",), (), "audience[0]", "UNKNOWN"),
        (("ledger", "x"), (), "audience[1]", "UNKNOWN"),
        (("ledger",) * 6, (), "audience", "TOO_MANY"),
        (("ledger",), ("1042",), "client_ids[0]", "BAD_ID"),
        (("ledger",), (str(UUID(int=0)),) * 101, "client_ids", "TOO_MANY"),
    ],
)
def test_a_wrong_question_is_refused_with_its_field(auth, audience, clients, field, reason):
    session = auth.sign_in("en")
    with pytest.raises(DomainError) as refused:
        auth.authorize(session, *audience, clients=clients)
    assert [(v.field, v.reason) for v in refused.value.violations] == [(field, reason)]
