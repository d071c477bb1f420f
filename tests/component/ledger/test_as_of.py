"""Visa per datum (B5): what the screen showed on a day is found again, whatever has been registered since.

A ledger lives through some weeks of a past spring. The database's clock cannot be set, so at the end of each day what
has been registered in it gets that day for its time; some of it is booked further back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from chassis.business_day import STOCKHOLM
from chassis.wire import from_date, money
from kernel.errors import DomainError
from rf.collection.v1.events_pb2 import CaseRegistered
from rf.files.v1.events_pb2 import DocumentArchived
from rf.ledger.v1 import demand_stops_pb2, invoices_pb2, payments_pb2
from rf.ledger.v1.invoices_pb2 import AsOf, InvoiceLine
from rf.ledger.v1.journals_pb2 import Journal, Receipt
from tests.component.ledger.world import Desk, World, a_followed_up, a_payment, a_printed
from tests.stack import Databases, ServiceDatabase

FIRST = date(2026, 3, 20)  # the clocks go forward on the 29th
SETTINGS: list[dict[str, Any]] = [
    {},
    *({"facts": [fact]} for fact in invoices_pb2.InvoiceFact.values()[1:]),
    *({"terms": {"statuses": [status]}} for status in invoices_pb2.InvoiceStatus.values()[1:]),
    {"terms": {"remaining": {"from_minor": 1, "to_minor": 9_000}}},
    {"terms": {"days_since_due": {"from_days": 1}}},
    {"terms": {"stopped": True}},
    {"terms": {"text": "berg"}},
    {"terms": {"name": "berg"}, "facts": [invoices_pb2.INVOICE_FACT_PAID, invoices_pb2.INVOICE_FACT_OVERDUE]},
]
SORTS = ["NUMBER", "REMAINING", "DUE_DATE", "STATUS", "DAYS"]
REGISTERED = {  # what of each table tells when a row was registered, and when it is booked
    "invoice": ("approved_at", "booking_date"),
    "allocation": ("registered_at", "booking_date"),
    "invoice_history": ("at", None),
    "invoice_change": ("at", None),
    "customer_stop": ("at", None),
}


@dataclass
class Spring:
    """A ledger with a past."""

    world: World
    superuser: psycopg.Connection[Any]
    monkeypatch: pytest.MonkeyPatch
    chance: Random
    day: date = FIRST
    client_id: UUID = field(init=False)
    desk: Desk = field(init=False)
    customers: list[str] = field(default_factory=list)
    receipts: list[tuple[date, Receipt]] = field(default_factory=list)  # of journals that stand
    revoked: list[tuple[int, int]] = field(default_factory=list)  # days in between, invoices
    number: int = 100

    def __post_init__(self) -> None:
        self.client_id = self.world.client()
        self.desk = self.world.user(self.client_id)
        self.customers = [self.desk.customer(self.client_id, name=name).number for name in ("Berg", "Dahl")]

    def live(self, day: date) -> None:
        """Some things happen on the day."""
        self.day = day
        self.desk = self.world.user(self.client_id)
        self.monkeypatch.setenv("RF_TODAY", day.isoformat())
        self._register()
        for what in self.chance.sample((self._pay, self._credit, self._hand_over, self._change, self._remind), k=3):
            what()
        self._revoke()
        self._block()
        self._pass()

    def _lines(self) -> list[InvoiceLine]:
        """Open invoices, in an order of chance."""
        found = [one for one in self.desk.search(page_size=200).invoices if one.remaining.minor_units > 0]
        self.chance.shuffle(found)
        return found

    def _number(self) -> str:
        self.number += 1
        return str(self.number)

    def _register(self) -> None:
        invoiced = [self.day - timedelta(self.chance.randrange(60)) for _ in range(3)]
        payer = self.chance.choice(self.customers)
        drafts = [
            a_followed_up(self.client_id, payer, self._number(), 8_000, 2_000, invoice_date=from_date(invoiced[0])),
            a_followed_up(
                *(self.client_id, payer, self._number(), 5_000, 0),
                invoice_date=from_date(invoiced[1]),
                currency_code="EUR",
                exchange_rate="11.25",
            ),
            a_printed(self.client_id, payer, invoice_date=from_date(invoiced[2])),
        ]
        alone = self._approve(self.desk.register(self.client_id, drafts.pop()).journal)
        self._approve(self.desk.register(self.client_id, *drafts).journal)
        if self.chance.random() < 0.7:
            told = DocumentArchived(
                document_id=str(uuid4()), kind="INVOICE_COPY", subject_id=alone.invoice_ids[0], sha256="ab" * 32
            )
            self.world.tell("files", self.client_id, "document", UUID(told.document_id), told)

    def _pay(self) -> None:
        paid = [
            payments_pb2.Payment(
                bank_reference=str(uuid4()),
                amount=money(
                    self.chance.choice((one.remaining.minor_units, one.remaining.minor_units // 3)),
                    one.remaining.currency_code,
                ),
                booking_date=from_date(self.day),
                references=[payments_pb2.PaymentReference(value=one.number)],
                channel="BGMAX",
            )
            for one in self._lines()[:3]
        ]
        request = payments_pb2.RegisterPaymentsRequest(
            request_id=str(uuid4()), client_id=str(self.client_id), payments=paid, source=f"{uuid4()}.txt"
        )
        journal_id = self.desk.payments.RegisterPayments(request).journal_id
        self._approve(Journal(client_id=str(self.client_id), journal_id=journal_id))

    def _credit(self) -> None:
        for one in self._lines():
            if one.original.currency_code == "SEK" and one.status < invoices_pb2.INVOICE_STATUS_COLLECTION:
                part = -self.chance.choice((one.remaining.minor_units, 700))
                credit = a_followed_up(
                    *(self.client_id, one.customer_number, self._number(), part, 0),
                    kind=invoices_pb2.INVOICE_KIND_CREDIT,
                    credits_invoice_number=self.chance.choice(("", one.number)),
                )
                self._approve(self.desk.register(self.client_id, credit).journal)
                return

    def _approve(self, journal: Journal) -> Receipt:
        receipt = self.desk.approve(journal)
        self.receipts.append((self.day, receipt))
        return receipt

    def _revoke(self) -> None:
        """A journal of today, and one of a day before: some that nothing has been built on."""
        for of_today in (True, False):
            fit = [one for one in self.receipts if (one[0] == self.day) is of_today]
            for day, receipt in self.chance.sample(fit, k=len(fit)):
                if self._undo(receipt):
                    self.receipts.remove((day, receipt))
                    self.revoked.append(((self.day - day).days, len(receipt.invoice_ids)))
                    break

    def _undo(self, receipt: Receipt) -> bool:
        try:
            self.desk.revoke(receipt)
        except DomainError as error:
            if error.reason != "JOURNAL_BUILT_UPON":
                raise
            return False
        return True

    def _hand_over(self) -> None:
        fit = {invoices_pb2.INVOICE_STATUS_OVERDUE, invoices_pb2.INVOICE_STATUS_REMINDED}
        for one in self._lines():
            if one.status in fit and one.original.currency_code == "SEK" and not one.stopped:
                self.desk.hand_over(one)
                if self.chance.random() < 0.5:
                    case_id = uuid4()
                    told = CaseRegistered(case_id=str(case_id), number="7", invoice_ids=[one.invoice_id])
                    self.world.tell("collection", self.client_id, "case", case_id, told)
                return

    def _change(self) -> None:
        for one in self._lines():
            if one.status < invoices_pb2.INVOICE_STATUS_COLLECTION and one.kind == invoices_pb2.INVOICE_KIND_INVOICE:
                changes = invoices_pb2.InvoiceChanges(
                    client_id=str(self.client_id),
                    invoice_ids=[one.invoice_id],
                    due_date=from_date(self.day + timedelta(self.chance.randrange(9))),
                    stop=demand_stops_pb2.DemandStop(
                        kind=demand_stops_pb2.DEMAND_STOP_KIND_BOTH, until_date=from_date(self.day + timedelta(2))
                    ),
                )
                request = invoices_pb2.ChangeInvoicesRequest(request_id=str(uuid4()), changes=changes)
                self.desk.invoices.ChangeInvoices(request)
                return

    def _remind(self) -> None:
        """As the action flow will."""
        ids = [one.invoice_id for one in self._lines() if one.status == invoices_pb2.INVOICE_STATUS_OVERDUE][:1]
        self._set("UPDATE invoice SET reminded_at = %s WHERE id = ANY(%s)", self._noon(), ids)

    def _block(self) -> None:
        """As the dialog of a customer will."""
        blocks = self.chance.random() < 0.4
        self._set(
            "WITH c AS (UPDATE customer SET reminder_block = %s WHERE client_id = %s AND number = %s RETURNING *)"
            " INSERT INTO customer_stop (client_id, customer_id, id, reminder_block, collection_block, day, by)"
            " SELECT client_id, id, uuidv7(), reminder_block, false, %s, '' FROM c",
            *(blocks, self.client_id, self.customers[0], self.day),
        )

    def _pass(self) -> None:
        """The day ends: what has been registered in it bears its day, some of it is booked before."""
        for table, (registered, booked) in REGISTERED.items():
            dated = f", {booked} = %s - CASE WHEN random() < 0.3 THEN (3 * random())::int ELSE 0 END" if booked else ""
            self._set(
                f"UPDATE {table} SET {registered} = %s{dated} WHERE client_id = %s AND {registered} > %s",
                *(self._noon(), *([self.day] if booked else []), self.client_id, self._noon() + timedelta(40)),
            )

        self._set(
            "UPDATE invoice SET revoked_at = %s + random() * interval '20 seconds'"
            " WHERE client_id = %s AND revoked_at > %s",
            *(self._noon(), self.client_id, self._noon() + timedelta(40)),
        )

    def _noon(self) -> datetime:
        return datetime.combine(self.day, time(self.chance.randrange(24), 59), STOCKHOLM)

    def _set(self, statement: str, *values: object) -> None:
        with self.superuser.transaction():
            self.superuser.execute("SET LOCAL session_replication_role = replica")
            self.superuser.execute(statement, values)

    def shown(self, as_of: AsOf | None = None) -> list[Any]:
        """What the screens of Reskontra show: lists in every setting and some orders, sums, customers."""
        self.desk = self.world.user(self.client_id)  # a token lives for a minute
        found: list[Any] = []
        for asked in SETTINGS:
            answer = self.desk.search(page_size=200, as_of=as_of, **asked)
            assert answer.total_count == len(answer.invoices)
            found += [answer, self.desk.sums(as_of=as_of, **asked), self.desk.search_customers(as_of=as_of, **asked)]
        for sort in SORTS:
            order = invoices_pb2.InvoiceSort.Value(f"INVOICE_SORT_{sort}")
            found.append(self.desk.search(sort=order, page_size=200, as_of=as_of))
        return found


@pytest.fixture
def spring(
    world: World,
    database: Callable[..., ServiceDatabase],
    databases: Databases,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Spring]:
    superuser = databases.postgres
    url = superuser.url("postgres", superuser.password, database("ledger").name)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield Spring(world, connection, monkeypatch, Random(request.param))


@pytest.mark.parametrize("spring", [1, 2], indirect=True)
def test_b5_what_was_shown_on_a_day_is_shown_again(spring: Spring) -> None:
    remembered: dict[date, list[Any]] = {}
    for place in range(0, 12, 3):
        day = FIRST + timedelta(place)
        spring.live(day)
        remembered[day] = spring.shown()
        assert spring.shown(AsOf(day=from_date(day), as_it_looked=True)) == remembered[day]
    for day, answers in remembered.items():
        assert spring.shown(AsOf(day=from_date(day), as_it_looked=True)) == answers, day
    assert len({str(answers[0]) for answers in remembered.values()}) == len(remembered)
    assert any(days and invoices for days, invoices in spring.revoked)


def test_b5_what_is_revoked_on_a_later_day_stood_there_until_then(
    world: World, client_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bokfört per: its voucher is booked on the first day, the mirror of that on the second."""
    desk = world.user(client_id)
    customer = desk.customer(client_id).number
    monkeypatch.setenv("RF_TODAY", FIRST.isoformat())
    kept = a_followed_up(client_id, customer, "F1", invoice_date=from_date(FIRST))
    gone = a_followed_up(client_id, customer, "F2", invoice_date=from_date(FIRST))
    desk.approve(desk.register(client_id, kept).journal)
    receipt = desk.approve(desk.register(client_id, gone).journal)
    desk.pay(client_id, a_payment(500, "F1", is_ocr=False, booking_date=from_date(FIRST)))
    monkeypatch.setenv("RF_TODAY", (FIRST + timedelta(1)).isoformat())
    desk.revoke(receipt)

    def booked(days: int) -> list[tuple[str, int]]:
        as_of = AsOf(day=from_date(FIRST + timedelta(days)))
        found = [(one.number, one.remaining.minor_units) for one in desk.search(as_of=as_of).invoices]
        assert sum(left for _, left in found) == sum(one.remaining.minor_units for one in desk.sums(as_of=as_of))
        assert desk.search_customers(as_of=as_of).customers[0].remaining.minor_units == sum(left for _, left in found)
        for sort in SORTS:
            order = invoices_pb2.InvoiceSort.Value(f"INVOICE_SORT_{sort}")
            answer = desk.search(as_of=as_of, sort=order)
            assert sorted((one.number, one.remaining.minor_units) for one in answer.invoices) == found
        return found

    assert booked(0) == [("F1", 12_000), ("F2", 12_500)]
    assert booked(1) == [("F1", 12_000)]
    assert [one.number for one in desk.search().invoices] == ["F1"]
