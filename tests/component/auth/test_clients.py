"""Clients as tenants: who may add one, and who sees which."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from kernel.errors import DomainError
from rf.auth.v1 import clients_pb2, clients_pb2_grpc, events_pb2
from tests.component.auth.running import an_organisation_number


@pytest.fixture(scope="module")
def create(auth):
    stub = auth.stub(clients_pb2_grpc.ClientServiceStub, auth.administrator())

    def create(request_id="", **client):
        asked = {"number": "500", "name": "Femhundra AB", "organisation_number": an_organisation_number(900), **client}
        request = clients_pb2.CreateClientRequest(
            request_id=request_id or str(uuid4()), client=clients_pb2.Client(**asked)
        )
        return stub.CreateClient(request).client

    return create


def listed(auth, token, **request):
    return auth.stub(clients_pb2_grpc.ClientServiceStub, token).ListClients(clients_pb2.ListClientsRequest(**request))


def test_a_client_is_stored_told_and_remembered(auth, create):
    wanted = str(uuid4())
    request_id = str(uuid4())
    number = an_organisation_number(901)
    client = create(
        request_id, client_id=wanted, number="9999999999", name=" Ärlig AB ", organisation_number=f"16{number}"
    )
    assert (client.client_id, client.number, client.name) == (wanted, "9999999999", "Ärlig AB")
    assert client.organisation_number == number
    events = auth.rows("SELECT * FROM outbox WHERE aggregate_id = :id", id=wanted)
    assert [(e.aggregate_type, e.seq, str(e.client_id), e.type) for e in events] == [
        ("client", 1, wanted, "rf.auth.v1.ClientCreated")
    ]
    told = events_pb2.ClientCreated.FromString(bytes(events[0].payload))
    assert (told.client_id, told.number) == (wanted, "9999999999")
    assert auth.rows("SELECT FROM audit_entry WHERE object_id = :id AND action = 'client.created'", id=wanted)


def test_a_repeated_request_makes_one_client(auth, create):
    request_id = str(uuid4())
    asked = {"number": "501", "organisation_number": an_organisation_number(902)}
    assert create(request_id, **asked) == create(request_id, **asked)
    with pytest.raises(DomainError) as refused:
        create(request_id, **asked, name="Annan AB")
    assert refused.value.reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"number": ""}, "client.number", "REQUIRED"),
        ({"number": "12345678901"}, "client.number", "FORMAT"),
        ({"number": "-1"}, "client.number", "FORMAT"),
        ({"number": "0"}, "client.number", "FORMAT"),
        ({"number": "١٢"}, "client.number", "FORMAT"),
        ({"name": " "}, "client.name", "REQUIRED"),
        ({"name": "a" * 121}, "client.name", "TOO_LONG"),
        ({"name": "a\x00"}, "client.name", "CONTROL_CHARACTER"),
        ({"organisation_number": ""}, "client.organisation_number", "REQUIRED"),
        ({"organisation_number": "2021005488"}, "client.organisation_number", "CHECK_DIGIT"),
        ({"organisation_number": "1" * 1000}, "client.organisation_number", "FORMAT"),
        ({"client_id": "x"}, "client.client_id", "BAD_ID"),
    ],
)
def test_a_fault_is_named_by_its_field(create, changed, field, reason):
    with pytest.raises(DomainError) as refused:
        create(**changed)
    assert [(v.field, v.reason) for v in refused.value.violations] == [(field, reason)]


def test_number_organisation_number_and_id_belong_to_one_client(create):
    taken = create(number="502", organisation_number=an_organisation_number(903))
    other = an_organisation_number(904)
    for changed, reason in (
        ({"number": "502", "organisation_number": other}, "CLIENT_NUMBER_TAKEN"),
        ({"number": "503", "organisation_number": taken.organisation_number}, "ORGANISATION_NUMBER_TAKEN"),
        ({"number": "503", "organisation_number": other, "client_id": taken.client_id}, "CLIENT_ID_TAKEN"),
    ):
        with pytest.raises(DomainError) as refused:
            create(**changed)
        assert refused.value.reason == reason


def test_a_client_user_sees_the_own_clients_only(auth):
    mine, theirs = auth.client("Min AB"), auth.client("Deras AB")
    auth.user("agare", {mine: ["ledger.read"]})
    auth.user("granne", {theirs: ["ledger.read"]})
    for user, client in (("agare", mine), ("granne", theirs)):
        assert [one.client_id for one in listed(auth, auth.token_of(user)).clients] == [client]


def test_a_token_without_clients_sees_none(auth):
    auth.user("vilse", {auth.client("Vilses AB"): ["ledger.read"]})
    token = auth.authorize(auth.sign_in("vilse"), clients=(str(uuid4()),)).access_token
    assert not listed(auth, token).clients


def test_below_the_code_the_database_shows_no_other_clients(auth):
    mine = auth.client("Låst AB")
    with auth.database.system([]) as tx:
        assert tx.execute(counting("client")).scalar_one() == 0
        assert tx.execute(counting("membership")).scalar_one() == 0
        assert tx.execute(counting("credential_client")).scalar_one() == 0
    with auth.database.system([mine]) as tx:
        assert tx.execute(counting("client")).scalar_one() == 1


def counting(table):
    return text(f"SELECT count(*) FROM {table}")


def test_staff_and_services_page_through_all_clients_by_number(auth):
    for _ in range(4):
        auth.client("En till AB")
    for token in (auth.administrator(), auth.service_token("gateway"), auth.service_token("ledger")):
        found, page = [], ""
        while True:
            answer = listed(auth, token, page_size=3, page_token=page)
            found += [int(one.number) for one in answer.clients]
            page = answer.next_page_token
            if not page:
                break
            assert len(answer.clients) == 3
        assert found == sorted(row.number for row in auth.rows("SELECT number FROM client"))


@pytest.mark.parametrize(
    ("request_fields", "field"),
    [({"page_size": -1}, "page_size"), ({"page_size": 201}, "page_size"), ({"page_token": "x"}, "page_token")],
)
def test_a_page_that_cannot_be_is_refused(auth, request_fields, field):
    with pytest.raises(DomainError) as refused:
        listed(auth, auth.administrator(), **request_fields)
    assert [v.field for v in refused.value.violations] == [field]


def test_only_who_manages_clients_adds_one(auth):
    auth.user("vanlig", {auth.client("Vanliga AB"): ["ledger.read"]})
    for token in (auth.token_of("vanlig"), auth.service_token("gateway"), auth.service_token("ledger")):
        with pytest.raises(DomainError) as refused:
            auth.stub(clients_pb2_grpc.ClientServiceStub, token).CreateClient(
                clients_pb2.CreateClientRequest(request_id=str(uuid4()))
            )
        assert refused.value.reason == "PERMISSION_DENIED"
