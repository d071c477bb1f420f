"""The read models of the nine statistics (S-1 to S-9) and of Ärendestatistik (M-07, M-08)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.business_day import today
from chassis.envelope import Envelope
from chassis.permissions import Permission
from chassis.wire import from_date, money
from kernel.errors import DomainError, Kind
from rf.collection.v1 import cases_pb2
from rf.collection.v1 import events_pb2 as collection
from rf.ledger.v1 import events_pb2 as ledger
from rf.ledger.v1 import invoices_pb2, journals_pb2, terms_pb2
from rf.reports.v1 import statistics_pb2 as pb
from services.reports.app import Settings
from services.reports.rebuild import forget
from tests.component.reports.world import World, as_event
from tests.stack import ServiceDatabase

BOTH = (Permission.LEDGER_READ, Permission.COLLECTION_READ)
LEDGER = invoices_pb2.SERVICE_KIND_LEDGER
INVOICING = invoices_pb2.SERVICE_KIND_INVOICING
CREDIT = invoices_pb2.INVOICE_KIND_CREDIT
INVOICE = invoices_pb2.INVOICE_KIND_INVOICE


class Teller:
    """Tells what happens at one client, and remembers it."""

    def __init__(self, world: World) -> None:
        self.world, self.client_id = world, uuid4()
        self.told: list[Envelope] = []

    def tell(self, source: str, message: Any, *, at: datetime | None = None) -> None:
        event = as_event(source, self.client_id, message, at=at)
        self.told.append(event)
        self.world.hear(event)

    def invoice(
        self,
        minor: int = 100_00,
        *,
        overdue: int = 0,
        kind: Any = INVOICE,
        service: Any = LEDGER,
        open_minor: int | None = None,
        takes: Sequence[tuple[UUID, int]] = (),
        at: datetime | None = None,
        customer: UUID | None = None,
    ) -> UUID:
        invoice_id = uuid4()
        due = today() - timedelta(days=overdue)
        one = ledger.ApprovedInvoice(
            invoice_id=str(invoice_id),
            customer_id=str(customer or uuid4()),
            kind=kind,
            service=service,
            invoice_date=from_date(due - timedelta(days=200)),  # too old for a copy to be made
            due_date=from_date(due),
            total=money(minor),
            open=money(minor if open_minor is None else open_minor),
            takes=[ledger.TakenPart(invoice_id=str(of), amount=money(taken)) for of, taken in takes],
        )
        self.tell("ledger", ledger.JournalApproved(kind=journals_pb2.JOURNAL_KIND_INVOICES, invoices=[one]), at=at)
        return invoice_id

    def pays(self, invoice_id: UUID, minor: int) -> None:
        part = ledger.PaidPart(invoice_id=str(invoice_id), amount=money(minor))
        paid = ledger.ApprovedPayment(payment_id=str(uuid4()), amount=money(minor), parts=[part])
        self.tell("ledger", ledger.JournalApproved(kind=journals_pb2.JOURNAL_KIND_TRANSACTIONS, payments=[paid]))

    def case(
        self,
        minor: int = 500_00,
        *,
        overdue: int = 40,
        kind: Any = cases_pb2.CASE_KIND_AGENT,
        registered_on: date | None = None,
        invoice_id: UUID | None = None,
    ) -> UUID:
        case_id = uuid4()
        of = invoice_id or self.invoice(minor, overdue=overdue)
        sent = ledger.InvoiceSentToCollection(
            invoice_id=str(of), collection_kind=terms_pb2.COLLECTION_KIND_AGENT, day=from_date(today())
        )
        self.tell("ledger", sent)
        registered = collection.CaseRegistered(
            case_id=str(case_id),
            number="100001",
            invoice_ids=[str(of)],
            capital=money(minor),
            registered_on=from_date(registered_on or today()),
            kind=kind,
            due_date=from_date(today() - timedelta(days=overdue)),
        )
        self.tell("collection", registered)
        return case_id

    def closes(self, case_id: UUID, day: date) -> None:
        self.tell("collection", collection.CaseClosed(case_id=str(case_id), outcome="PAID", day=from_date(day)))

    # -- what is answered ----------------------------------------------------------------------------------------------

    def statistic(self, statistic: Any, **more: Any) -> dict[str, int]:
        """The buckets that have something in them."""
        request = pb.GetStatisticRequest(statistic=statistic, **more)
        answer = self.world.ask("GetStatistic", request, {self.client_id: BOTH})
        return {bucket.key: bucket.count for bucket in answer.buckets if bucket.count}

    def lines(self, service: Any = None) -> list[tuple[str, str, int, int, int]]:
        request = pb.GetCaseStatisticsRequest(service=service)
        answer = self.world.ask("GetCaseStatistics", request, {self.client_id: BOTH})
        return [
            (
                pb.CountedService.Name(line.service).removeprefix("COUNTED_SERVICE_"),
                pb.Age.Name(line.age).removeprefix("AGE_"),
                line.count,
                line.capital.minor_units,
                line.remaining.minor_units,
            )
            for line in answer.lines
        ]


@pytest.fixture
def teller(world: World) -> Teller:
    return Teller(world)


def test_every_statistic_answers_all_its_buckets_in_order(teller: Teller) -> None:
    """S-1 to S-9: nothing is left out because it is empty."""
    ages = ["NOT_DUE", "30", "60", "90", "180", "365", "OLDER"]
    months = [f"{year}-{month:02}" for year in (today().year - 1, today().year) for month in range(1, 13)]
    expected = {
        pb.STATISTIC_NEW_CASES: months,
        pb.STATISTIC_ACTIVE_BY_SERVICE: ["INVOICING", "LEDGER", "REMINDER", "COLLECTION", "SURVEILLANCE"],
        pb.STATISTIC_CLOSED_CASES: months,
        pb.STATISTIC_ACTIVE_BY_AGE: ages,
        pb.STATISTIC_AMOUNT_BY_AGE: ages,
        pb.STATISTIC_DEBTORS_BY_AGE: [
            *("UNDER_18", "18_25", "26_35", "36_45", "46_55", "56_65", "OVER_65", "COMPANY", "UNKNOWN")
        ],
        pb.STATISTIC_OWN_OR_AGENT: ["OWN", "AGENT"],
        pb.STATISTIC_INVOICES_BY_AGE: ages,
        pb.STATISTIC_INVOICES: months,
    }
    for statistic, keys in expected.items():
        request = pb.GetStatisticRequest(statistic=statistic)
        answer = teller.world.ask("GetStatistic", request, {teller.client_id: BOTH})
        assert [bucket.key for bucket in answer.buckets] == keys


@pytest.mark.parametrize(
    ("overdue", "bucket"),
    [
        (-5, "NOT_DUE"), (0, "NOT_DUE"), (1, "30"), (30, "30"), (31, "60"), (60, "60"), (61, "90"), (90, "90"),
        (91, "180"), (180, "180"), (181, "365"), (365, "365"), (366, "OLDER"),
    ],
)  # fmt: skip
def test_the_age_of_an_invoice_is_days_since_its_due_day(teller: Teller, overdue: int, bucket: str) -> None:
    """S-8, and S-4 of the cases made of them."""
    teller.invoice(overdue=overdue)
    assert teller.statistic(pb.STATISTIC_INVOICES_BY_AGE) == {bucket: 1}
    teller.case(overdue=overdue)
    assert teller.statistic(pb.STATISTIC_ACTIVE_BY_AGE) == {bucket: 1}


def test_a_changed_due_day_holds_whichever_is_told_first(teller: Teller) -> None:
    invoice_id = teller.invoice(overdue=40)
    changed = ledger.InvoiceChanged(invoice_id=str(invoice_id), due_date=from_date(today()), day=from_date(today()))
    teller.tell("ledger", changed)
    assert teller.statistic(pb.STATISTIC_INVOICES_BY_AGE) == {"NOT_DUE": 1}
    teller.world.hear(teller.told[0])
    assert teller.statistic(pb.STATISTIC_INVOICES_BY_AGE) == {"NOT_DUE": 1}


def test_what_is_paid_credited_or_final_invoiced_is_not_open(teller: Teller) -> None:
    """S-8: an invoice counts until nothing is open of it; a credit is no invoice."""
    paid, credited, listed, part = (teller.invoice() for _ in range(4))
    teller.pays(paid, 60_00)
    assert teller.statistic(pb.STATISTIC_INVOICES_BY_AGE) == {"NOT_DUE": 4}
    teller.pays(paid, 40_00)
    teller.invoice(-100_00, kind=CREDIT, open_minor=0, takes=[(credited, 100_00)])
    teller.invoice(100_00, kind=invoices_pb2.INVOICE_KIND_FINAL, takes=[(listed, 100_00)])
    settled = ledger.InvoiceSettlementBooked(invoice_id=str(part), capital=money(30_00))
    placed = ledger.InvoicePaymentPlaced(invoice_id=str(part), amount=money(20_00))
    teller.tell("ledger", settled)
    teller.tell("ledger", placed)
    assert teller.lines() == [("LEDGER", "UNSPECIFIED", 2, 200_00, 150_00)]
    assert teller.statistic(pb.STATISTIC_INVOICES_BY_AGE) == {"NOT_DUE": 2}
    teller.world.agrees()


def test_an_undone_journal_gives_back_what_it_took(teller: Teller) -> None:
    invoice_id = teller.invoice()
    teller.pays(invoice_id, 100_00)
    assert teller.statistic(pb.STATISTIC_INVOICES_BY_AGE) == {}
    back = [ledger.TakenPart(invoice_id=str(invoice_id), amount=money(-100_00))]
    teller.tell("ledger", ledger.JournalReversed(kind=journals_pb2.JOURNAL_KIND_TRANSACTIONS, takes=back))
    assert teller.statistic(pb.STATISTIC_INVOICES_BY_AGE) == {"NOT_DUE": 1}
    mine = [str(invoice_id)]
    teller.tell("ledger", ledger.JournalReversed(kind=journals_pb2.JOURNAL_KIND_INVOICES, item_ids=mine))
    assert teller.statistic(pb.STATISTIC_INVOICES_BY_AGE) == {}
    assert sum(teller.statistic(pb.STATISTIC_INVOICES).values()) == 1  # it was registered all the same
    teller.tell("ledger", ledger.JournalRevoked(kind=journals_pb2.JOURNAL_KIND_INVOICES, item_ids=mine))
    assert teller.statistic(pb.STATISTIC_INVOICES) == {}


def test_invoices_count_in_the_month_that_they_were_registered_in(teller: Teller) -> None:
    """S-9: by the Swedish day, the year before beside."""
    for moment in (
        datetime(2026, 2, 28, 23, 30, tzinfo=UTC),  # the first of March in Stockholm
        datetime(2026, 2, 27, 12, 0, tzinfo=UTC),
        datetime(2025, 7, 1, 12, 0, tzinfo=UTC),
        datetime(2024, 7, 1, 12, 0, tzinfo=UTC),
    ):
        teller.invoice(at=moment)
    teller.invoice(-1_00, kind=CREDIT, at=datetime(2026, 2, 27, 12, 0, tzinfo=UTC))
    assert teller.statistic(pb.STATISTIC_INVOICES, year=2026) == {"2025-07": 1, "2026-02": 1, "2026-03": 1}


def test_cases_count_by_month_of_registration_and_of_their_end(teller: Teller) -> None:
    """S-1 and S-3."""
    first = teller.case(registered_on=date(2026, 1, 15))
    teller.case(registered_on=date(2026, 3, 1))
    teller.closes(first, date(2026, 4, 30))
    assert teller.statistic(pb.STATISTIC_NEW_CASES, year=2026) == {"2026-01": 1, "2026-03": 1}
    assert teller.statistic(pb.STATISTIC_CLOSED_CASES, year=2026) == {"2026-04": 1}


def test_what_remains_of_active_cases_is_counted_by_age(teller: Teller) -> None:
    """S-5."""
    case_id = teller.case(500_00, overdue=100)
    settled = collection.CasePaymentSettled(case_id=str(case_id), costs=money(180_00), capital=money(120_00))
    teller.tell("collection", settled)
    teller.closes(teller.case(900_00, overdue=100), today())
    request = pb.GetStatisticRequest(statistic=pb.STATISTIC_AMOUNT_BY_AGE)
    answer = teller.world.ask("GetStatistic", request, {teller.client_id: BOTH})
    assert {b.key: b.amount.minor_units for b in answer.buckets if b.amount.minor_units} == {"180": 380_00}


@pytest.mark.parametrize(
    ("years", "bucket"),
    [(17, "UNDER_18"), (18, "18_25"), (25, "18_25"), (26, "26_35"), (45, "36_45"), (46, "46_55"), (65, "56_65"),
     (66, "OVER_65")],
)  # fmt: skip
def test_debtors_by_their_age(teller: Teller, years: int, bucket: str) -> None:
    """S-6: by the years that a person fills this year."""
    case_id = teller.case()
    noted = collection.CaseDebtorNoted(case_id=str(case_id), debtor_kind="PERSON", birth_year=today().year - years)
    teller.tell("collection", noted)
    assert teller.statistic(pb.STATISTIC_DEBTORS_BY_AGE) == {bucket: 1}


def test_companies_and_unknown_debtors_have_their_own_and_nobody_counts_twice(teller: Teller) -> None:
    """S-6: somebody with two cases is one debtor."""
    customer = uuid4()
    for invoice_id in (teller.invoice(customer=customer), teller.invoice(customer=customer)):
        case_id = teller.case(invoice_id=invoice_id)
        teller.tell("collection", collection.CaseDebtorNoted(case_id=str(case_id), debtor_kind="COMPANY"))
    teller.case()
    assert teller.statistic(pb.STATISTIC_DEBTORS_BY_AGE) == {"COMPANY": 1, "UNKNOWN": 1}


def test_own_and_agent_collection(teller: Teller) -> None:
    """S-7: active cases only."""
    teller.case(kind=cases_pb2.CASE_KIND_OWN)
    teller.case()
    teller.closes(teller.case(), today())
    assert teller.statistic(pb.STATISTIC_OWN_OR_AGENT) == {"OWN": 1, "AGENT": 1}


def test_case_statistics_by_service_then_by_age_then_case_by_case(teller: Teller) -> None:
    """M-07, M-08 and S-2: an invoice in collection counts as its case, once."""
    teller.invoice(100_00, service=INVOICING)
    teller.invoice(200_00, overdue=10)
    teller.pays(teller.invoice(300_00, overdue=10), 50_00)
    old, older = teller.case(500_00, overdue=70), teller.case(700_00, overdue=80)
    assert teller.lines() == [
        ("INVOICING", "UNSPECIFIED", 1, 100_00, 100_00),
        ("LEDGER", "UNSPECIFIED", 2, 500_00, 450_00),
        ("COLLECTION", "UNSPECIFIED", 2, 1_200_00, 1_200_00),
    ]
    assert teller.lines(pb.COUNTED_SERVICE_LEDGER) == [("LEDGER", "30", 2, 500_00, 450_00)]
    assert teller.lines(pb.COUNTED_SERVICE_COLLECTION) == [("COLLECTION", "90", 2, 1_200_00, 1_200_00)]
    assert teller.statistic(pb.STATISTIC_ACTIVE_BY_SERVICE) == {"INVOICING": 1, "LEDGER": 2, "COLLECTION": 2}
    found, token = [], ""
    while True:
        request = pb.ListCasesOfAgeRequest(age=pb.AGE_90, page_size=1, page_token=token)
        page = teller.world.ask("ListCasesOfAge", request, {teller.client_id: BOTH})
        found += [case.case_id for case in page.cases]
        if not (token := page.next_page_token):
            break
    assert found == [str(older), str(old)]


def test_a_sum_never_mixes_currencies(teller: Teller) -> None:
    teller.invoice(100_00)
    euro = ledger.ApprovedInvoice(
        invoice_id=str(uuid4()),
        kind=INVOICE,
        service=LEDGER,
        invoice_date=from_date(today()),
        due_date=from_date(today()),
        total=money(70_00, "EUR"),
        open=money(70_00, "EUR"),
    )
    teller.tell("ledger", ledger.JournalApproved(kind=journals_pb2.JOURNAL_KIND_INVOICES, invoices=[euro]))
    answer = teller.world.ask("GetCaseStatistics", pb.GetCaseStatisticsRequest(), {teller.client_id: BOTH})
    sums = [(line.capital.currency_code, line.capital.minor_units) for line in answer.lines]
    assert sums == [("SEK", 100_00), ("EUR", 70_00)]


def test_nobody_counts_what_they_may_not_read(teller: Teller) -> None:
    """Row-level security and permissions: another client's, and cases without collection.read."""
    teller.invoice()
    teller.case()
    other = uuid4()
    request = pb.GetCaseStatisticsRequest()
    assert not teller.world.ask("GetCaseStatistics", request, {other: BOTH}).lines
    may = {teller.client_id: (Permission.LEDGER_READ,)}
    services = [line.service for line in teller.world.ask("GetCaseStatistics", request, may).lines]
    assert services == [pb.COUNTED_SERVICE_LEDGER]
    nothing = {teller.client_id: (Permission.FILES_SEND,)}
    for method, asked, rights in (
        ("GetStatistic", pb.GetStatisticRequest(statistic=pb.STATISTIC_NEW_CASES), may),
        ("GetCaseStatistics", request, nothing),
    ):
        with pytest.raises(DomainError) as refused:
            teller.world.ask(method, asked, rights)
        assert refused.value.kind is Kind.DENIED


def test_bad_questions_are_refused_by_field(teller: Teller) -> None:
    for method, request, field in (
        ("GetStatistic", pb.GetStatisticRequest(), "statistic"),
        ("GetStatistic", pb.GetStatisticRequest(statistic=pb.STATISTIC_INVOICES, year=99), "year"),
        ("GetCaseStatistics", pb.GetCaseStatisticsRequest(client_ids=["x"]), "client_ids[0]"),
        ("ListCasesOfAge", pb.ListCasesOfAgeRequest(), "age"),
        ("ListCasesOfAge", pb.ListCasesOfAgeRequest(age=pb.AGE_30, page_token="x"), "page_token"),
    ):
        with pytest.raises(DomainError) as refused:
            teller.world.ask(method, request, {teller.client_id: BOTH})
        assert refused.value.kind is Kind.INVALID
        assert f" {field}:" in str(refused.value)


def test_built_anew_from_the_events_in_another_order_the_figures_are_the_same(
    world: World, reports_database: ServiceDatabase
) -> None:
    """Events of one aggregate keep their order, those of several come in any."""
    teller = Teller(world)
    invoices = [teller.invoice(overdue=days) for days in (0, 10, 45, 200)]
    for invoice_id in invoices:
        teller.pays(invoice_id, 30_00)
    teller.invoice(-50_00, kind=CREDIT, open_minor=-20_00, takes=[(invoices[0], 30_00)])
    back = [ledger.TakenPart(invoice_id=str(invoices[1]), amount=money(-30_00))]
    teller.tell("ledger", ledger.JournalReversed(kind=journals_pb2.JOURNAL_KIND_TRANSACTIONS, takes=back))
    moved = ledger.InvoiceChanged(invoice_id=str(invoices[2]), due_date=from_date(today()), day=from_date(today()))
    teller.tell("ledger", moved)
    gone = ledger.JournalRevoked(kind=journals_pb2.JOURNAL_KIND_INVOICES, item_ids=[str(invoices[3])])
    teller.tell("ledger", gone)
    case_id = teller.case()
    teller.tell("collection", collection.CasePaymentSettled(case_id=str(case_id), capital=money(10_00)))
    teller.tell("collection", collection.CaseDebtorNoted(case_id=str(case_id), debtor_kind="COMPANY"))
    first = _facts(teller)
    assert len(first) > 3
    of_ledger = [event for event in teller.told if event.source == "ledger"]
    of_collection = [event for event in teller.told if event.source == "collection"]
    for seed in range(5):
        forget(reports_database.owner_url)
        assert _facts(teller) == []
        Random(seed).shuffle(of_ledger)
        for event in [*of_collection, *of_ledger]:
            world.hear(event)
        assert _facts(teller) == first


def _facts(teller: Teller) -> list[Any]:
    return [
        *teller.world.rows("SELECT * FROM invoice_fact WHERE client_id = :of ORDER BY invoice_id", of=teller.client_id),
        *teller.world.rows("SELECT * FROM case_fact WHERE client_id = :of ORDER BY case_id", of=teller.client_id),
    ]


def test_whoever_tells_events_has_an_address_to_ask_for_those_that_are_missing(world: World) -> None:
    for producer in world.parts.consumes:
        assert hasattr(Settings, f"{producer}_target")
