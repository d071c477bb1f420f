"""Spara ändringar (K-02, K-04 to K-06), Noteringar (K-09, K-10) and doublets (C-03)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from chassis.wire import from_date
from rf.ledger.v1 import customers_pb2, events_pb2
from rf.ledger.v1.customers_pb2 import Customer
from tests.component.ledger.world import TODAY, Desk, World, a_customer, a_followed_up, faults

NOBODY = "701063-2391"  # Skatteverket's own example


def save(desk: Desk, customer: Customer, *, refuse_doublets: bool = False, **fields: Any) -> Customer:
    wanted = Customer()
    wanted.CopyFrom(customer)
    for name, value in fields.items():
        setattr(wanted, name, value)
    request = customers_pb2.UpdateCustomerRequest(
        request_id=str(uuid4()), customer=wanted, refuse_doublets=refuse_doublets
    )
    saved: Customer = desk.customers.UpdateCustomer(request).customer
    return saved


def look(desk: Desk, customer: Customer) -> Customer:
    request = customers_pb2.GetCustomerRequest(client_id=customer.client_id, customer_id=customer.customer_id)
    found: Customer = desk.customers.GetCustomer(request).customer
    return found


def addresses(desk: Desk, customer: Customer, size: int = 0) -> list[customers_pb2.CustomerAddress]:
    found: list[customers_pb2.CustomerAddress] = []
    token = ""
    while True:
        request = customers_pb2.ListCustomerAddressesRequest(
            client_id=customer.client_id, customer_id=customer.customer_id, page_size=size, page_token=token
        )
        answer = desk.customers.ListCustomerAddresses(request)
        found += answer.addresses
        token = answer.next_page_token
        if not token:
            return found


def add_note(desk: Desk, customer: Customer, text: str) -> customers_pb2.CustomerNote:
    request = customers_pb2.AddCustomerNoteRequest(
        request_id=str(uuid4()), client_id=customer.client_id, customer_id=customer.customer_id, text=text
    )
    note: customers_pb2.CustomerNote = desk.customers.AddCustomerNote(request).note
    return note


def notes(desk: Desk, customer: Customer, size: int = 0, token: str = "") -> customers_pb2.ListCustomerNotesResponse:
    request = customers_pb2.ListCustomerNotesRequest(
        client_id=customer.client_id, customer_id=customer.customer_id, page_size=size, page_token=token
    )
    answer: customers_pb2.ListCustomerNotesResponse = desk.customers.ListCustomerNotes(request)
    return answer


def test_every_detail_is_saved(world: World, desk: Desk, client_id: UUID):
    """K-02: every field of Kundinformation."""
    made = desk.customer(client_id)
    assert (made.first_name, made.last_name, made.version) == ("Ylva", "Ek", 1)
    wanted: dict[str, Any] = {
        "name": "",
        "first_name": "Åsa Maria",
        "last_name": "Öberg",
        "id_number": NOBODY,
        "care_of": "Ek",
        "street": "Storgatan 1",
        "postcode": "11122",
        "town": "Stockholm",
        "email": "asa@example.se",
        "phone": "070-174 06 31",
        "language_code": "en",
        "payment_terms_days": 20,
        "delivery": customers_pb2.DELIVERY_KIND_EMAIL,
        "reminder_block": True,
        "collection_block": True,
    }
    saved = save(desk, made, **wanted)
    assert saved.version == 2
    found = look(desk, made)
    assert found == saved
    expected = wanted | {"name": "Åsa Maria Öberg", "id_number": "197010632391"}
    assert {name: getattr(found, name) for name in expected} == expected
    assert [one.customer_id for one in world.told(client_id, events_pb2.CustomerChanged)] == [made.customer_id]
    assert save(desk, saved) == saved
    assert len(world.told(client_id, events_pb2.CustomerChanged)) == 1


def test_a_person_becomes_a_company(desk: Desk, client_id: UUID):
    made = desk.customer(client_id)
    company: dict[str, Any] = {"kind": customers_pb2.PARTY_KIND_COMPANY, "name": "Ek & Co AB"}
    company |= {"first_name": "", "last_name": ""}
    saved = save(desk, made, **company)
    assert (saved.kind, saved.name, saved.first_name) == (customers_pb2.PARTY_KIND_COMPANY, "Ek & Co AB", "")


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(desk: Desk, client_id: UUID):
    made = desk.customer(client_id)
    save(desk, made, phone="08-1")
    with pytest.raises(RemoteError, match="CUSTOMER_CHANGED_MEANWHILE"):
        save(desk, made, phone="08-2")
    assert look(desk, made).phone == "08-1"


def test_addresses_become_history_with_days_and_by_whom(desk: Desk, client_id: UUID, monkeypatch: pytest.MonkeyPatch):
    """K-04: also when they change twice in a day."""
    made = desk.customer(client_id)
    second = save(desk, made, street="Andra gatan 2")
    monkeypatch.setenv("RF_TODAY", (TODAY + timedelta(10)).isoformat())
    third = save(desk, second, street="Tredje gatan 3", care_of="Ek")
    save(desk, third, phone="08-1")
    for size in (1, 50):
        found = addresses(desk, made, size)
        assert [one.street for one in found] == ["Tredje gatan 3", "Andra gatan 2", "Lillgatan 2"]
        assert [one.from_date for one in found] == [
            from_date(TODAY + timedelta(10)),
            from_date(TODAY),
            from_date(TODAY),
        ]
        assert [one.to_date.day for one in found] == [0, (TODAY + timedelta(9)).day, TODAY.day]
        assert {one.changed_by for one in found} == {"Ulla"}


def test_blocks_of_the_customer_stop_all_its_invoices(world: World, desk: Desk, client_id: UUID):
    """K-05: either or both, from the day on which they are saved."""
    made = desk.customer(client_id)
    day = from_date(TODAY - timedelta(60))
    invoice = desk.invoice(client_id, a_followed_up(client_id, made.number, "71", invoice_date=day))
    blocked = save(desk, made, collection_block=True)
    assert desk.look(invoice.line.invoice_id).line.stopped
    with pytest.raises(RemoteError) as error:
        desk.hand_over(invoice.line)
    assert error.value.details == {"because": "CUSTOMER_STOPPED"}
    save(desk, blocked, collection_block=False)
    assert desk.hand_over(invoice.line).invoice_id == invoice.line.invoice_id
    rows = world.rows(
        "SELECT reminder_block, collection_block, day, by FROM customer_stop WHERE customer_id = :id ORDER BY id",
        id=made.customer_id,
    )
    assert rows == [(False, True, TODAY, "Ulla"), (False, False, TODAY, "Ulla")]


def test_a_new_name_sorts_the_invoices_too(desk: Desk, client_id: UUID):
    first, second = desk.customer(client_id, name="Ada Ek"), desk.customer(client_id, name="Bo Al")
    for number, one in enumerate((first, second), start=81):
        desk.invoice(client_id, a_followed_up(client_id, one.number, str(number)))
    by_name = {"sort": 4}
    assert [line.number for line in desk.search(**by_name).invoices] == ["81", "82"]
    save(desk, first, name="", first_name="Örjan", last_name="Ek")
    assert [line.number for line in desk.search(**by_name).invoices] == ["82", "81"]


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "another number": ({"number": "7"}, "number", "NOT_ALLOWED"),
    "half a name": ({"last_name": ""}, "last_name", "REQUIRED"),
    "a long first name": ({"first_name": "x" * 61}, "first_name", "TOO_LONG"),
    "language": ({"language_code": "xx"}, "language_code", "UNKNOWN"),
    "terms": ({"payment_terms_days": 181}, "payment_terms_days", "OUT_OF_RANGE"),
    "negative terms": ({"payment_terms_days": -1}, "payment_terms_days", "OUT_OF_RANGE"),
    "no such delivery": ({"delivery": 9}, "delivery", "UNKNOWN"),
    "e-mail to nowhere": ({"delivery": customers_pb2.DELIVERY_KIND_EMAIL}, "email", "REQUIRED"),
    "a company's ID number": ({"id_number": "556036-0793"}, "id_number", "ID_KIND"),
    "no street": ({"street": ""}, "street", "REQUIRED"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_refused_with_the_field_named(desk: Desk, client_id: UUID, case: str):
    fields, field, reason = FAULTS[case]
    made = desk.customer(client_id)
    with pytest.raises(RemoteError) as error:
        save(desk, made, **fields)
    assert faults(error.value) == {f"customer.{field}": reason}
    assert look(desk, made) == made


def test_the_id_number_of_another_customer_is_warned_of_and_then_allowed(desk: Desk, client_id: UUID):
    """C-03: the doublet warning."""
    first = desk.customer(client_id, id_number=NOBODY)
    with pytest.raises(RemoteError) as error:
        desk.customers.CreateCustomers(
            customers_pb2.CreateCustomersRequest(
                request_id=str(uuid4()),
                client_id=str(client_id),
                customers=[a_customer(id_number=NOBODY)],
                refuse_doublets=True,
            )
        )
    [violation] = error.value.violations
    assert (violation.field, violation.reason) == ("customers[0].id_number", "ID_NUMBER_TAKEN")
    assert violation.details["number"] == first.number
    second = desk.customer(client_id)
    with pytest.raises(RemoteError) as error:
        save(desk, second, refuse_doublets=True, id_number=NOBODY)
    assert faults(error.value) == {"customer.id_number": "ID_NUMBER_TAKEN"}
    saved = save(desk, second, id_number=NOBODY)
    assert save(desk, saved, refuse_doublets=True, phone="08-1").phone == "08-1"


def test_a_protected_identity_is_seen_by_those_who_may(world: World, desk: Desk, client_id: UUID):
    secret = {"street": "Hemliga gatan 7", "id_number": NOBODY, "phone": "08-7", "email": "h@example.se"}
    made = desk.customer(client_id, protected_identity=True, **secret)
    clerk = world.user(client_id, may=[Permission.LEDGER_READ, Permission.LEDGER_REGISTER])
    seen = look(clerk, made)
    assert [getattr(seen, name) for name in (*secret, "town", "postcode")] == [""] * 6
    assert addresses(clerk, made) == []
    saved = save(clerk, seen, reminder_block=True)
    assert (saved.reminder_block, saved.street) == (True, "")
    with pytest.raises(RemoteError) as error:
        save(clerk, saved, protected_identity=False, street="Ny 1", postcode="11122", town="X")
    assert faults(error.value) == {"customer.protected_identity": "NOT_ALLOWED"}
    kept = look(desk, made)
    assert {name: getattr(kept, name) for name in secret} == secret | {"id_number": "197010632391"}
    assert len(addresses(desk, made)) == 1


def test_direct_debit_is_a_fact_that_officers_set(world: World, desk: Desk, client_id: UUID):
    """K-06."""
    made = desk.customer(client_id)

    def set_it(who: Desk, since: date | None) -> Customer:
        request = customers_pb2.SetDirectDebitRequest(
            request_id=str(uuid4()), client_id=str(client_id), customer_id=made.customer_id, since_date=from_date(since)
        )
        saved: Customer = who.customers.SetDirectDebit(request).customer
        return saved

    with pytest.raises(RemoteError, match="PERMISSION_DENIED"):
        set_it(desk, TODAY)
    officer = world.officer()
    with pytest.raises(RemoteError) as error:
        set_it(officer, TODAY + timedelta(1))
    assert faults(error.value) == {"since_date": "TOO_LATE"}
    active = set_it(officer, TODAY)
    assert active.direct_debit_since_date == from_date(TODAY)
    assert save(desk, active, phone="08-1").direct_debit_since_date == from_date(TODAY)
    assert not set_it(officer, None).HasField("direct_debit_since_date")


def test_notes_are_for_the_clients_own_users_and_never_change(world: World, desk: Desk, client_id: UUID):
    """K-09, K-10: in full, latest first, and neither staff nor services see them."""
    made = desk.customer(client_id)
    for text in ("Ringde.\r\nBetalar i maj. ", "Andra", "Tredje"):
        add_note(desk, made, text)
    first = notes(desk, made, 2)
    assert [one.text for one in first.notes] == ["Tredje", "Andra"]
    rest = notes(desk, made, 2, first.next_page_token)
    assert [(one.text, one.by) for one in rest.notes] == [("Ringde.\nBetalar i maj.", "Ulla")]
    reader = world.user(client_id, may=[Permission.LEDGER_READ])
    assert len(notes(reader, made).notes) == 3
    everybody_else: list[Callable[[], Any]] = [
        lambda: notes(world.officer(), made),
        lambda: add_note(world.officer(), made, "Nej"),
        lambda: add_note(reader, made, "Nej"),
    ]
    for attempt in everybody_else:
        with pytest.raises(RemoteError, match="PERMISSION_DENIED"):
            attempt()
    for text, reason in ((" ", "REQUIRED"), ("x" * 2_001, "TOO_LONG"), ("a\x07", "CONTROL_CHARACTER")):
        with pytest.raises(RemoteError) as error:
            add_note(desk, made, text)
        assert faults(error.value) == {"text": reason}


def test_a_stranger_changes_nothing(world: World, desk: Desk, client_id: UUID):
    made = desk.customer(client_id)
    theirs = world.client()
    stranger = world.user(theirs)
    moved = Customer()
    moved.CopyFrom(made)
    moved.client_id = str(theirs)
    for one in (made, moved):
        for attempt in (save, addresses, notes):
            with pytest.raises(RemoteError, match="NOT_FOUND"):
                attempt(stranger, one)
        with pytest.raises(RemoteError, match="NOT_FOUND"):
            add_note(stranger, one, "Hej")
    reader = world.user(client_id, may=[Permission.LEDGER_READ])
    with pytest.raises(RemoteError, match="PERMISSION_DENIED"):
        save(reader, made)
