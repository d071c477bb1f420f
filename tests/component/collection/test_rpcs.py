"""Searching and opening cases, adding costs, naming officers: who may, what they see, what is refused."""

from collections.abc import Callable
from datetime import date
from functools import partial
from uuid import UUID, uuid4

import pytest

from chassis.ids import uuid7
from chassis.permissions import Permission
from chassis.wire import from_date, money
from kernel.errors import DomainError, Kind
from rf.collection.v1 import cases_pb2, officers_pb2
from rf.ledger.v1 import customers_pb2
from rf.type.v1 import date_pb2
from tests.component.collection.world import CAPITAL

REMINDER, DEMAND = cases_pb2.COST_KIND_REMINDER, cases_pb2.COST_KIND_DEMAND
LATE_PAYMENT = cases_pb2.COST_KIND_LATE_PAYMENT
INTEREST_TO_JUNE_15 = 208_22  # 76 days at 10 percent


def refusal(call: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as error:
        call()
    return error.value


def faults(call: Callable[[], object]) -> list[tuple[str, str]]:
    return [(violation.field, violation.reason) for violation in refusal(call).violations]


def a_cost(case_id, kind=DEMAND, amount=180_00, day=date(2026, 4, 20), request_id: UUID | None = None):
    return cases_pb2.AddCostRequest(
        request_id=str(request_id or uuid7()), case_id=case_id, kind=kind, amount=money(amount), day=from_date(day)
    )


# -- who sees what ------------------------------------------------------------------------------------------------


def test_a_client_sees_its_own_cases_and_staff_sees_all(world, client_id, other_client):
    ours, theirs = world.an_invoice_in_collection(client_id), world.an_invoice_in_collection(other_client)
    user = world.client_user(client_id)
    assert [line.case_id for line in user.search().cases] == [world.case_of(ours)]
    assert refusal(lambda: user.case(world.case_of(theirs))).kind is Kind.NOT_FOUND
    assert refusal(lambda: user.search(client_ids=[str(other_client)])).kind is Kind.NOT_FOUND
    officer = world.officer()
    found = {line.case_id for line in officer.search(page_size=200).cases}
    assert {world.case_of(ours), world.case_of(theirs)} <= found
    assert [line.case_id for line in officer.search(client_ids=[str(other_client)]).cases] == [world.case_of(theirs)]
    assert officer.case(world.case_of(theirs)).line.client_id == str(other_client)


def test_without_the_permission_a_client_user_is_refused(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    user = world.client_user(client_id, may=[Permission.LEDGER_READ])
    for call in (
        user.search,
        lambda: user.case(world.case_of(invoice)),
        lambda: user.search(client_ids=[str(client_id)]),
    ):
        assert refusal(call).kind is Kind.DENIED


def test_a_user_of_several_clients_pages_through_all_of_them_latest_number_first(world, client_id, other_client):
    invoices = [
        world.an_invoice_in_collection(c) for c in (client_id, other_client, client_id, other_client, client_id)
    ]
    user = world.client_user(client_id, other_client)
    seen, token = [], ""
    while True:
        page = user.search(page_size=2, page_token=token)
        assert page.total_count == 5
        seen += [line.case_id for line in page.cases]
        token = page.next_page_token
        if not token:
            break
    assert seen == [world.case_of(invoice) for invoice in reversed(invoices)]


# -- searching ----------------------------------------------------------------------------------------------------


def test_cases_are_found_by_each_field_and_all_must_hold(world, client_id):
    one = world.an_invoice_in_collection(
        client_id, number="F-77", name="Åsa Öberg", id_number="7010632391", sent=date(2026, 4, 15)
    )
    other = world.an_invoice_in_collection(client_id, name="Asta Ek", customer="1018", sent=date(2026, 5, 15))
    world.jobs_done()
    world.a_payment(other, 2 * CAPITAL, date(2026, 6, 1))
    user = world.client_user(client_id)
    first, second = world.case_of(one), world.case_of(other)
    number = user.case(first).line.number

    def found(**terms):
        return [line.case_id for line in user.search(**terms).cases]

    assert found() == [second, first]
    assert found(number=number) == [first]
    assert found(invoice_number="F-77") == [first]
    assert found(debtor_name="åsa") == [first]
    assert found(debtor_name="as") == [second]  # å is a letter of its own
    assert found(debtor_name="Åsa Öb") == [first]
    assert found(id_number="701063-2391") == [first]
    assert found(activity=cases_pb2.CASE_ACTIVITY_ACTIVE) == [first]
    assert found(activity=cases_pb2.CASE_ACTIVITY_CLOSED) == [second]
    assert found(registered_from=from_date(date(2026, 5, 15))) == [second]
    assert found(registered_to=from_date(date(2026, 5, 14))) == [first]
    assert found(invoice_number="F-77", debtor_name="asta") == []
    assert found(debtor_name="%") == found()  # no wildcard: only punctuation, which no name is searched by
    assert found(customer_number="1018") == [second]


def test_a_line_tells_what_remains_today(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    world.officer().cases.AddCost(a_cost(world.case_of(invoice), REMINDER, 60_00))
    (line,) = world.client_user(client_id).search().cases
    assert line.capital.minor_units == CAPITAL
    assert line.remaining.minor_units == CAPITAL + 60_00 + INTEREST_TO_JUNE_15
    assert line.remaining == world.client_user(client_id).case(line.case_id).line.remaining


def test_what_cannot_be_searched_for_is_refused_field_by_field(world, client_id):
    user = world.client_user(client_id)
    wrong = {
        "client_ids": ["x"],
        "number": "12a",
        "invoice_number": "1" * 41,
        "customer_number": "a\x00b",
        "debtor_name": "x" * 121,
        "id_number": "701063-2392",
        "activity": 9,
        "registered_from": date_pb2.Date(year=2026, month=2, day=30),
        "page_size": 201,
        "page_token": "eyJ",
    }
    assert faults(lambda: user.search(**wrong)) == [
        ("client_ids[0]", "BAD_ID"),
        ("number", "FORMAT"),
        ("invoice_number", "TOO_LONG"),
        ("customer_number", "CONTROL_CHARACTER"),
        ("debtor_name", "TOO_LONG"),
        ("id_number", "CHECK_DIGIT"),
        ("activity", "UNKNOWN"),
        ("registered_from", "BAD_DATE"),
        ("page_size", "OUT_OF_RANGE"),
        ("page_token", "BAD_TOKEN"),
    ]
    june, may = from_date(date(2026, 6, 1)), from_date(date(2026, 5, 1))
    assert faults(lambda: user.search(registered_from=june, registered_to=may)) == [("registered_to", "BEFORE_FROM")]
    assert faults(lambda: user.search(number="9" * 19)) == [("number", "TOO_LONG")]
    assert user.search(number="9" * 18).total_count == 0


# -- persons ------------------------------------------------------------------------------------------------------


def test_of_a_protected_identity_neither_list_nor_case_shows_who_it_is(world, client_id):
    invoice = world.an_invoice_in_collection(
        client_id, name="Hemlig Person", street="Gömd gata 1", id_number="7010632391", protected_identity=True
    )
    world.jobs_done()
    for caller in (world.client_user(client_id), world.officer()):
        case = caller.case(world.case_of(invoice))
        assert case.debtors[0] == cases_pb2.Debtor(protected_identity=True, customer_number="1017")
        answer = caller.search(client_ids=[str(client_id)])
        assert answer.cases[0].debtor_name == ""
        for shown in (case, answer):
            assert "Hemlig" not in str(shown)
            assert "7010632391" not in str(shown)
        assert caller.search(debtor_name="hem", client_ids=[str(client_id)]).total_count == 0
        assert caller.search(id_number="7010632391", client_ids=[str(client_id)]).total_count == 1


def test_opening_a_case_and_searching_for_an_id_number_leave_a_trace_without_the_number(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    world.client_user(client_id).case(world.case_of(invoice))
    (opened,) = world.audit("collection.case_opened", object_id=world.case_of(invoice))
    assert opened.client_id == client_id
    before = len(world.audit("collection.id_number_searched"))
    world.client_user(client_id).search(id_number="701063-2391")
    searched = world.audit("collection.id_number_searched")[before:]
    assert [row.details for row in searched] == [{"hits": 0}]
    assert "2391" not in str(searched)


# -- costs --------------------------------------------------------------------------------------------------------


def test_costs_are_added_by_officers_and_not_by_clients(world, client_id):
    case_id = world.case_of(world.an_invoice_in_collection(client_id))
    every_right = [p for p in Permission if p.label.startswith("collection")]
    user = world.client_user(client_id, may=every_right)
    assert refusal(lambda: user.cases.AddCost(a_cost(case_id))).kind is Kind.DENIED
    case = world.officer().cases.AddCost(a_cost(case_id)).case
    assert case.costs.added.minor_units == case.costs.remaining.minor_units == 180_00
    assert [event.kind for event in case.events] == ["COST_ADDED", "REGISTERED"]


def test_a_cost_from_before_the_case_counts_as_original(world, client_id):
    case_id = world.case_of(world.an_invoice_in_collection(client_id))
    case = world.officer().cases.AddCost(a_cost(case_id, REMINDER, 60_00, date(2026, 4, 10))).case
    assert (case.costs.original.minor_units, case.costs.added.minor_units) == (60_00, 0)


def test_a_repeated_request_adds_one_cost(world, client_id):
    case_id, request_id = world.case_of(world.an_invoice_in_collection(client_id)), uuid7()
    officer = world.officer()
    first = officer.cases.AddCost(a_cost(case_id, request_id=request_id))
    assert officer.cases.AddCost(a_cost(case_id, request_id=request_id)) == first
    other = a_cost(case_id, amount=1, request_id=request_id)
    assert refusal(lambda: officer.cases.AddCost(other)).reason == "REQUEST_ID_REUSED"
    assert refusal(lambda: officer.cases.AddCost(a_cost(case_id))).reason == "COST_ALREADY_ADDED"
    world.agrees()


def test_costs_beyond_the_law_are_refused(world, client_id):
    world_case = world.case_of(world.an_invoice_in_collection(client_id))
    officer = world.officer()

    def refused(**changes):
        return faults(lambda: officer.cases.AddCost(a_cost(world_case, **changes)))

    assert refused(amount=180_01) == [("amount", "ABOVE_CAP")]
    assert refused(kind=REMINDER, amount=60_01) == [("amount", "ABOVE_CAP")]
    assert refused(amount=0) == [("amount", "NOT_POSITIVE")]
    assert refused(amount=-1) == [("amount", "NOT_POSITIVE")]
    assert refused(amount=10**15) == [("amount", "OUT_OF_RANGE")]
    assert refused(day=date(2026, 3, 30)) == [("day", "BEFORE_DUE_DATE")]
    assert refused(day=date(2026, 6, 16)) == [("day", "IN_THE_FUTURE")]
    assert refused(kind=0) == [("kind", "UNKNOWN")]
    assert refused(kind=99) == [("kind", "UNKNOWN")]
    empty = cases_pb2.AddCostRequest(request_id=str(uuid7()))
    assert [field.partition(".")[0] for field, _ in faults(lambda: officer.cases.AddCost(empty))] == [
        "case_id", "kind", "amount", "day",
    ]  # fmt: skip
    assert refusal(lambda: officer.cases.AddCost(a_cost(str(uuid4())))).kind is Kind.NOT_FOUND


def test_late_payment_compensation_is_owed_by_companies(world, client_id):
    person = world.case_of(world.an_invoice_in_collection(client_id))
    company = world.case_of(world.an_invoice_in_collection(client_id, kind_of_party=customers_pb2.PARTY_KIND_COMPANY))
    world.jobs_done()
    officer = world.officer()
    late = refusal(lambda: officer.cases.AddCost(a_cost(person, LATE_PAYMENT, 450_00)))
    assert late.reason == "COMPANIES_ONLY"
    assert officer.cases.AddCost(a_cost(company, LATE_PAYMENT, 450_00)).case.costs.remaining.minor_units == 450_00
    assert refusal(lambda: officer.cases.AddCost(a_cost(company))).reason == "COST_EXCLUDED"


def test_a_case_that_has_ended_gets_no_more_costs(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    world.a_payment(invoice, 2 * CAPITAL, date(2026, 6, 1))
    error = refusal(lambda: world.officer().cases.AddCost(a_cost(world.case_of(invoice))))
    assert error.reason == "CASE_NOT_ACTIVE"


# -- officers -----------------------------------------------------------------------------------------------------


def an_officer(client_ids=(), **changes):
    officer = {"user_id": str(uuid4()), "name": "Bo Berg", "phone": "", "email": "bo@example.test"} | changes
    return officers_pb2.SetOfficerRequest(
        request_id=str(uuid7()), officer=cases_pb2.Officer(**officer), client_ids=[str(c) for c in client_ids]
    )


def test_only_administrators_name_officers(world, client_id):
    for caller in (world.officer(), world.client_user(client_id)):
        assert refusal(partial(caller.officers.SetOfficer, an_officer())).kind is Kind.DENIED


def test_a_client_has_one_officer_and_another_takes_over(world, client_id):
    administrator = world.administrator()
    administrator.officers.SetOfficer(an_officer([client_id]))
    second = administrator.officers.SetOfficer(an_officer([client_id], name="Ada Ek")).officer
    invoice = world.an_invoice_in_collection(client_id)
    assert world.officer().case(world.case_of(invoice)).officer == second
    administrator.officers.SetOfficer(an_officer([], user_id=second.user_id, name="Ada Ek"))
    later = world.an_invoice_in_collection(client_id)
    assert not world.officer().case(world.case_of(later)).HasField("officer")


def test_an_officer_has_a_name_and_an_id(world):
    request = an_officer(["x"], user_id="", name=" ", phone="1" * 41, email="a\nb")
    assert faults(lambda: world.administrator().officers.SetOfficer(request)) == [
        ("officer.user_id", "REQUIRED"),
        ("officer.name", "REQUIRED"),
        ("officer.phone", "TOO_LONG"),
        ("officer.email", "CONTROL_CHARACTER"),
        ("client_ids[0]", "BAD_ID"),
    ]
