"""What the ledger tells becomes cases and settlements, once each."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import uuid4

from chassis.ids import uuid7
from chassis.wire import from_date, money
from rf.collection.v1 import cases_pb2, events_pb2, officers_pb2
from rf.ledger.v1 import customers_pb2, terms_pb2
from rf.ledger.v1 import events_pb2 as ledger_events
from tests.component.collection.world import CAPITAL

JUNE_1 = date(2026, 6, 1)
INTEREST_TO_JUNE_1 = 169_86  # 62 days at 10 percent


def test_an_invoice_sent_to_collection_becomes_a_case_that_learns_who_owes(world, client_id):
    invoice = world.an_invoice_in_collection(client_id, id_number="7010632391", town="Örebro")
    world.jobs_done()
    case = world.client_user(client_id).case(world.case_of(invoice))
    assert case.line.status == cases_pb2.CASE_STATUS_REGISTERED
    assert case.line.kind == cases_pb2.CASE_KIND_AGENT
    (claim,) = case.claims
    assert (claim.invoice_number, claim.subject, claim.capital.minor_units) == (
        invoice.number,
        "Städning mars",
        CAPITAL,
    )
    (debtor,) = case.debtors
    assert (debtor.name, debtor.id_number, debtor.customer_number) == ("Ylva Ek", "197010632391", "1017")
    assert [event.kind for event in case.events] == ["REGISTERED"]
    (told,) = world.told(case.line.case_id, events_pb2.CaseRegistered)
    assert (told.number, list(told.invoice_ids)) == (case.line.number, [str(invoice.id)])
    assert (told.kind, told.due_date) == (case.line.kind, case.claims[0].due_date)
    (noted,) = world.told(case.line.case_id, events_pb2.CaseDebtorNoted)
    assert noted.debtor_kind in {"PERSON", "COMPANY"}


def test_until_the_ledger_answers_a_case_has_no_debtor_and_is_valid(world, client_id):
    world.jobs_done()
    world.stop_working()
    try:
        invoice = world.an_invoice_in_collection(client_id)
        case = world.client_user(client_id).case(world.case_of(invoice))
        assert not case.debtors
        assert case.line.debtor_name == ""
        assert world.client_user(client_id).search().total_count == 1
    finally:
        world.start_working()
    world.jobs_done()
    assert world.client_user(client_id).case(world.case_of(invoice)).line.debtor_name == "Ylva Ek"


def test_a_ledger_that_is_down_is_asked_again_and_uses_up_no_tries(world, client_id):
    world.jobs_done()
    world.ledger.down = True
    try:
        invoice = world.an_invoice_in_collection(client_id)
        assert world.asked_again(world.case_of(invoice)) == ("ready", 0)
    finally:
        world.ledger.down = False
    world.hurry()
    world.jobs_done()
    assert world.client_user(client_id).case(world.case_of(invoice)).line.debtor_name == "Ylva Ek"


def test_cases_of_all_clients_are_numbered_in_one_series_without_gaps(world, client_id, other_client):
    invoices = [world.an_invoice_in_collection(client) for client in (client_id, other_client, client_id)]
    world.jobs_done()
    officer = world.officer()
    numbers = [int(officer.case(world.case_of(invoice)).line.number) for invoice in invoices]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


def test_an_event_that_comes_twice_has_one_effect(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    payment = ledger_events.InvoiceCasePaymentReceived(
        case_payment_id=str(uuid4()),
        invoice_id=str(invoice.id),
        amount=money(500_00),
        bank_date=from_date(date(2026, 6, 1)),
    )
    event = world.tell(client_id, "invoice", invoice.id, payment)
    world.hear(event)
    world.tell(client_id, "invoice", invoice.id, payment)  # told again under another id: the payment is the same
    world.jobs_done()
    case = world.client_user(client_id).case(world.case_of(invoice))
    assert len(world.told(case.line.case_id, events_pb2.CasePaymentSettled)) == 1
    assert [event.kind for event in case.events] == ["PAYMENT", "REGISTERED"]
    world.agrees()


def test_an_invoice_has_one_open_case(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    assert world.sent_again(invoice, capital=CAPITAL) == world.case_of(invoice)
    assert world.failed(invoice.id) == 1
    world.agrees()


def test_a_payment_pays_costs_then_interest_then_capital_and_closes_the_case(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    world.jobs_done()
    case_id = world.case_of(invoice)
    world.officer().cases.AddCost(
        cases_pb2.AddCostRequest(
            request_id=str(uuid7()),
            case_id=case_id,
            kind=cases_pb2.COST_KIND_DEMAND,
            amount=money(180_00),
            day=from_date(date(2026, 4, 20)),
        )
    )
    first = world.a_payment(invoice, 1_000_00, JUNE_1)
    case = world.client_user(client_id).case(case_id)
    assert case.costs.paid.minor_units == 180_00
    assert case.interest.paid.minor_units == INTEREST_TO_JUNE_1
    capital_left = CAPITAL - (1_000_00 - 180_00 - INTEREST_TO_JUNE_1)
    assert case.capital.remaining.minor_units == case.claims[0].remaining.minor_units == capital_left
    assert sum(period.interest.minor_units for period in case.interest_periods) == (
        case.interest.original.minor_units + case.interest.added.minor_units
    )
    assert case.line.remaining.minor_units == capital_left + case.interest.remaining.minor_units
    assert [share.minor_units for share in case.events[0].settlement] == [
        180_00, INTEREST_TO_JUNE_1, CAPITAL - capital_left, 0,
    ]  # fmt: skip

    second = world.a_payment(invoice, 20_000_00, date(2026, 6, 10))
    case = world.client_user(client_id).case(case_id)
    assert case.line.status == cases_pb2.CASE_STATUS_PAID
    assert case.line.remaining.minor_units == 0
    assert [event.kind for event in case.events] == ["CLOSED", "PAYMENT", "PAYMENT", "COST_ADDED", "REGISTERED"]
    settled = world.told(case_id, events_pb2.CasePaymentSettled)
    assert [one.case_payment_id for one in settled] == [str(first), str(second)]
    assert sum(one.capital.minor_units for one in settled) == CAPITAL
    (closed,) = world.told(case_id, events_pb2.CaseClosed)
    assert (closed.outcome, closed.day.day) == ("PAID", 10)
    world.agrees()


def test_a_payment_to_a_case_that_has_ended_is_all_surplus(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    world.a_payment(invoice, 20_000_00, JUNE_1)
    world.a_payment(invoice, 333_00, date(2026, 6, 2))
    settled = world.told(world.case_of(invoice), events_pb2.CasePaymentSettled)[-1]
    assert (settled.surplus.minor_units, settled.capital.minor_units) == (333_00, 0)
    assert len(world.told(world.case_of(invoice), events_pb2.CaseClosed)) == 1
    world.agrees()


def test_a_paid_invoice_may_come_to_collection_again(world, client_id):
    """Its payment bounced: a new case, and what is paid then is the new one's."""
    invoice = world.an_invoice_in_collection(client_id)
    world.a_payment(invoice, 20_000_00, JUNE_1)
    first = world.case_of(invoice)
    again = world.sent_again(invoice, capital=400_00)
    assert again != first
    world.a_payment(invoice, 100_00, date(2026, 6, 3))
    assert len(world.told(again, events_pb2.CasePaymentSettled)) == 1
    world.agrees()


def test_a_cost_that_arose_after_the_debt_was_paid_is_waived(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    world.jobs_done()
    case_id = world.case_of(invoice)
    cost = cases_pb2.AddCostRequest(
        request_id=str(uuid7()),
        case_id=case_id,
        kind=cases_pb2.COST_KIND_DEMAND,
        amount=money(180_00),
        day=from_date(date(2026, 6, 2)),
    )
    world.officer().cases.AddCost(cost)
    world.a_payment(invoice, CAPITAL + INTEREST_TO_JUNE_1, JUNE_1)
    case = world.client_user(client_id).case(case_id)
    assert case.line.status == cases_pb2.CASE_STATUS_PAID
    assert case.line.remaining.minor_units == 0
    assert [item.waived for item in case.cost_items] == [True]
    world.agrees()


def test_a_new_case_goes_to_the_officer_of_its_client(world, client_id):
    officer = cases_pb2.Officer(user_id=str(uuid4()), name="Bo Berg", phone="08-1", email="bo@example.test")
    request = officers_pb2.SetOfficerRequest(request_id=str(uuid7()), officer=officer, client_ids=[str(client_id)])
    assert world.administrator().officers.SetOfficer(request).officer == officer
    invoice = world.an_invoice_in_collection(client_id, kind=terms_pb2.COLLECTION_KIND_OWN)
    case = world.client_user(client_id).case(world.case_of(invoice))
    assert case.officer == officer
    assert case.line.officer_name == "Bo Berg"
    assert case.line.kind == cases_pb2.CASE_KIND_OWN


def test_what_an_event_should_never_hold_becomes_a_dead_letter(world, client_id):
    invoice = world.an_invoice_in_collection(client_id)
    message = ledger_events.InvoiceCasePaymentReceived(
        case_payment_id=str(uuid4()),
        invoice_id=str(invoice.id),
        amount=money(-1),
        bank_date=from_date(date(2026, 6, 1)),
    )
    world.tell(client_id, "invoice", invoice.id, message)
    assert world.failed(invoice.id) == 1
    assert not world.told(world.case_of(invoice), events_pb2.CasePaymentSettled)


def test_payments_and_costs_at_the_same_time_leave_the_sums_right(world, client_id):
    invoice = world.an_invoice_in_collection(client_id, kind_of_party=customers_pb2.PARTY_KIND_COMPANY)
    world.jobs_done()
    case_id, officer = world.case_of(invoice), world.officer()
    kinds = (cases_pb2.COST_KIND_REMINDER, cases_pb2.COST_KIND_DEMAND, cases_pb2.COST_KIND_INSTALMENT_PLAN)
    costs = [
        cases_pb2.AddCostRequest(
            request_id=str(uuid7()), case_id=case_id, kind=kind, amount=money(50_00), day=from_date(date(2026, 5, 4))
        )
        for kind in kinds
    ]
    with ThreadPoolExecutor(4) as pool:
        adding = [pool.submit(officer.cases.AddCost, cost) for cost in costs]
        paying = pool.submit(lambda: [world.a_payment(invoice, 100_00, JUNE_1) for _ in range(10)])
        for done in (*adding, paying):
            done.result()
    case = officer.case(case_id)
    paid = case.costs.paid.minor_units + case.interest.paid.minor_units + case.capital.paid.minor_units
    assert paid == 10 * 100_00
    assert case.costs.paid.minor_units == case.costs.added.minor_units == 150_00
    world.agrees()
