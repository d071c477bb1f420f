"""Kundregister (C-01, C-02): customers found by what is known of them, and those newly added marked."""

from typing import Any
from uuid import UUID

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from rf.ledger.v1 import customers_pb2
from tests.component.ledger.world import Desk, World, a_followed_up, faults

SORT = customers_pb2.CustomerRegisterSort.Value


def listed(desk: Desk, **terms: Any) -> list[customers_pb2.RegisteredCustomer]:
    """All pages."""
    found: list[customers_pb2.RegisteredCustomer] = []
    token = ""
    while True:
        answer = desk.customers.ListCustomers(customers_pb2.ListCustomersRequest(page_token=token, **terms))
        found += answer.customers
        token = answer.next_page_token
        if not token:
            assert answer.total_count == len(found)
            return found


def names(desk: Desk, **terms: Any) -> list[str]:
    return [one.customer.name for one in listed(desk, **terms)]


@pytest.fixture
def register(desk: Desk, client_id: UUID) -> Desk:
    """Four customers; the first has an invoice."""
    first = desk.customer(client_id, number="9", name="Örjan Zeta", street="Åvägen 1", town="Åmål", postcode="66230")
    desk.customer(client_id, number="10", name="Ylva Nattsjö", id_number="701063-2391", street="Älvgatan 2")
    company = {"kind": customers_pb2.PARTY_KIND_COMPANY, "id_number": "556036-0793"}
    desk.customer(client_id, number="A1", name="Kvarnåsens Fiber AB", street="Zenitgatan 3", **company)
    hidden = {"protected_identity": True, "street": "Älvgatan 9"}
    desk.customer(client_id, number="A2", name="Hemlig Person", **hidden)
    desk.invoice(client_id, a_followed_up(client_id, first.number, "1"))
    return desk


SEARCHES: dict[str, tuple[dict[str, str], list[str]]] = {
    "all": ({}, ["9", "10", "A1", "A2"]),
    "Kundnummer": ({"customer_number": "10"}, ["10"]),
    "beginning of Kundnummer": ({"customer_number": "A*"}, ["A1", "A2"]),
    "Namn, any word": ({"name": "nattsjö"}, ["10"]),
    "Namn, words in any order": ({"name": "fiber kvarn"}, ["A1"]),
    "ID-nummer": ({"id_number": "701063-2391"}, ["10"]),
    "organisation number": ({"id_number": "5560360793"}, ["A1"]),
    "Gatuadress": ({"street": "älvg"}, ["10"]),  # not of the protected identity
    "Ort": ({"town": "åm"}, ["9"]),
    "all must hold": ({"town": "åm", "name": "ylva"}, []),
    "number and name": ({"customer_number": "1*", "name": "ylva"}, ["10"]),
}


@pytest.mark.parametrize("case", SEARCHES)
def test_search_terms(register: Desk, case: str):
    """C-02."""
    terms, numbers = SEARCHES[case]
    for size in (1, 50):
        assert [one.customer.number for one in listed(register, page_size=size, **terms)] == numbers


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("NUMBER", ["9", "10", "A1", "A2"]),
        ("NAME", ["A2", "A1", "10", "9"]),
        ("ID_NUMBER", None),
        ("STREET", ["A2", "A1", "9", "10"]),
        ("POSTCODE", None),
        ("TOWN", None),
    ],
)
def test_every_column_sorts_page_by_page(register: Desk, sort: str, expected: list[str] | None, descending: bool):
    for size in (1, 3, 50):
        order = {"sort": SORT(f"CUSTOMER_REGISTER_SORT_{sort}"), "descending": descending}
        found = [one.customer.number for one in listed(register, page_size=size, **order)]
        assert sorted(found) == ["10", "9", "A1", "A2"]
        if expected:
            assert found == (expected[::-1] if descending else expected)


def test_those_without_invoices_are_marked_as_new(register: Desk):
    """C-01."""
    assert [one.is_new for one in listed(register)] == [False, True, True, True]


def test_a_protected_identity_shows_no_address(world: World, register: Desk, client_id: UUID):
    reader = world.user(client_id, may=[Permission.LEDGER_READ])
    [hidden] = [one.customer for one in listed(reader, customer_number="A2")]
    assert (hidden.street, hidden.postcode, hidden.town) == ("", "", "")


def test_only_ones_own_clients(world: World, register: Desk, client_id: UUID):
    assert listed(world.user(world.client())) == []
    both = world.user(client_id, world.client())
    assert len(listed(both)) == 4
    with pytest.raises(RemoteError, match="NOT_FOUND"):
        listed(world.user(world.client()), client_ids=[str(client_id)])


@pytest.mark.parametrize(
    ("terms", "field", "reason"),
    [
        ({"customer_number": "7 7"}, "customer_number", "FORMAT"),
        ({"name": "x"}, "name", "TOO_SHORT"),
        ({"id_number": "abc"}, "id_number", "FORMAT"),
        ({"street": "x" * 121}, "street", "TOO_LONG"),
        ({"town": "a\x07"}, "town", "CONTROL_CHARACTER"),
        ({"sort": 99}, "sort", "UNKNOWN"),
        ({"page_size": 201}, "page_size", "OUT_OF_RANGE"),
        ({"page_token": "x"}, "page_token", "BAD_TOKEN"),
    ],
)
def test_refused_with_the_field_named(desk: Desk, terms: dict[str, Any], field: str, reason: str):
    with pytest.raises(RemoteError) as error:
        desk.customers.ListCustomers(customers_pb2.ListCustomersRequest(**terms))
    assert faults(error.value) == {field: reason}


def test_looking_for_an_id_number_leaves_a_trace(world: World, register: Desk):
    names(register, id_number="701063-2391")
    rows = world.rows("SELECT action FROM audit_entry WHERE subject = :subject", subject=register.subject)
    assert ("customers.search_by_id_number",) in rows
