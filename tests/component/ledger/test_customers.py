"""Customers: added all or none, found as one types."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from rf.ledger.v1 import customers_pb2
from tests.component.ledger.world import Desk, World, a_customer, faults


def create(desk: Desk, client_id: UUID, *customers: customers_pb2.Customer) -> list[customers_pb2.Customer]:
    request = customers_pb2.CreateCustomersRequest(
        request_id=str(uuid4()), client_id=str(client_id), customers=customers
    )
    return list(desk.customers.CreateCustomers(request).customers)


def look_up(desk: Desk, client_id: UUID, query: str, size: int = 0) -> list[str]:
    """Names found, all pages."""
    found: list[str] = []
    token = ""
    while True:
        answer = desk.customers.LookUpCustomers(
            customers_pb2.LookUpCustomersRequest(
                client_id=str(client_id), query=query, page_size=size, page_token=token
            )
        )
        found += [one.name for one in answer.customers]
        token = answer.next_page_token
        if not token:
            return found


def test_numbers_come_from_the_series_or_are_given(desk: Desk, client_id: UUID):
    made = create(desk, client_id, a_customer(), a_customer(number="502"), a_customer(), a_customer(number="A-1"))
    assert [one.number for one in made] == ["501", "502", "503", "A-1"]
    assert create(desk, client_id, a_customer())[0].number == "504"


def test_an_id_may_be_given(desk: Desk, client_id: UUID):
    mine = str(uuid4())
    [made] = create(desk, client_id, a_customer(customer_id=mine))
    assert made.customer_id == mine
    get = customers_pb2.GetCustomerRequest(client_id=str(client_id), customer_id=mine)
    assert desk.customers.GetCustomer(get).customer == made
    with pytest.raises(RemoteError) as error:
        create(desk, client_id, a_customer(customer_id=mine))
    assert faults(error.value) == {"customers[0].customer_id": "TAKEN"}


def test_all_or_none(desk: Desk, client_id: UUID):
    create(desk, client_id, a_customer(number="7"))
    with pytest.raises(RemoteError) as error:
        create(desk, client_id, a_customer(), a_customer(number="7"), a_customer(number="8"), a_customer(number="8"))
    assert faults(error.value) == {
        "customers[1].number": "TAKEN",
        "customers[2].number": "TWICE",
        "customers[3].number": "TWICE",
    }
    assert look_up(desk, client_id, "8") == []


def test_what_is_stored_has_one_form(desk: Desk, client_id: UUID):
    [one] = create(
        desk,
        client_id,
        a_customer(name="  Åsa Ek ", id_number="701063-2391", postcode="812 91", phone="+46 8-123 45"),
    )
    assert (one.name, one.id_number, one.postcode, one.country_code) == ("Åsa Ek", "197010632391", "81291", "SE")


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no kind": ({"kind": 0}, "kind", "REQUIRED"),
    "unknown kind": ({"kind": 9}, "kind", "UNKNOWN"),
    "no name": ({"name": " "}, "name", "REQUIRED"),
    "long name": ({"name": "x" * 121}, "name", "TOO_LONG"),
    "control character": ({"name": "a\x07b"}, "name", "CONTROL_CHARACTER"),
    "check digit": ({"id_number": "701063-2392"}, "id_number", "CHECK_DIGIT"),
    "letters for an ID number": ({"id_number": "abc"}, "id_number", "FORMAT"),
    "postcode": ({"postcode": "1234"}, "postcode", "POSTCODE"),
    "no street": ({"street": ""}, "street", "REQUIRED"),
    "no town": ({"town": ""}, "town", "REQUIRED"),
    "country": ({"country_code": "Sverige"}, "country_code", "FORMAT"),
    "e-mail": ({"email": "a@b"}, "email", "FORMAT"),
    "phone": ({"phone": "ring me"}, "phone", "FORMAT"),
    "number": ({"number": "7 7"}, "number", "FORMAT"),
    "id": ({"customer_id": "7"}, "customer_id", "BAD_ID"),
    "long c/o": ({"care_of": "x" * 121}, "care_of", "TOO_LONG"),
    "another client": ({"client_id": str(UUID(int=7))}, "client_id", "OTHER_CLIENT"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_refused_with_the_field_named(desk: Desk, client_id: UUID, case: str):
    fields, field, reason = FAULTS[case]
    with pytest.raises(RemoteError) as error:
        create(desk, client_id, a_customer(), a_customer(**fields))
    assert faults(error.value) == {f"customers[1].{field}": reason}


def test_how_many_at_once(desk: Desk, client_id: UUID):
    assert len(create(desk, client_id, *[a_customer()] * 1_000)) == 1_000
    for count, reason in ((0, "REQUIRED"), (1_001, "TOO_MANY")):
        with pytest.raises(RemoteError) as error:
            create(desk, client_id, *[a_customer()] * count)
        assert faults(error.value) == {"customers": reason}


def test_look_up_finds_the_exact_number_first_and_names_in_swedish_order(desk: Desk, client_id: UUID):
    create(
        desk,
        client_id,
        a_customer(number="17", name="Zeta"),
        a_customer(number="170", name="Örn"),
        a_customer(number="171", name="Åström"),
        a_customer(number="9", name="17 sekunder"),
    )
    for size in (1, 2, 10):
        assert look_up(desk, client_id, "17", size) == ["Zeta", "17 sekunder", "Åström", "Örn"]
    assert look_up(desk, client_id, "åst") == ["Åström"]
    assert look_up(desk, client_id, "ÖRN") == ["Örn"]
    assert look_up(desk, client_id, "%") == []
    assert look_up(desk, client_id, "'") == []


@pytest.mark.parametrize("query", ["701063-2391", "19701063", "701063"])
def test_look_up_by_id_number(desk: Desk, client_id: UUID, query: str):
    create(desk, client_id, a_customer(name="Ek", id_number="701063-2391"), a_customer(name="Al"))
    assert look_up(desk, client_id, query) == ["Ek"]


def test_look_up_shields_protected_identities(desk: Desk, client_id: UUID):
    create(desk, client_id, a_customer(protected_identity=True, id_number="701063-2391", phone="08-1", email="a@b.se"))
    request = customers_pb2.LookUpCustomersRequest(client_id=str(client_id), query="Ylva")
    [one] = desk.customers.LookUpCustomers(request).customers
    assert one.protected_identity
    assert (one.street, one.postcode, one.town, one.phone, one.email, one.id_number) == ("",) * 6


def test_a_query_is_needed(desk: Desk, client_id: UUID):
    for query, reason in (("", "REQUIRED"), ("x" * 121, "TOO_LONG")):
        with pytest.raises(RemoteError) as error:
            look_up(desk, client_id, query)
        assert faults(error.value) == {"query": reason}


def test_rights(world: World, client_id: UUID):
    with pytest.raises(RemoteError, match="PERMISSION_DENIED"):
        create(world.user(client_id, may=[Permission.LEDGER_READ]), client_id, a_customer())
    with pytest.raises(RemoteError, match="NOT_FOUND"):
        create(world.user(uuid4()), client_id, a_customer())
