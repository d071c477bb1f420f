"""A ledger that anything may happen to: acts are chosen by numbers, so that chance, or a shrunk example, can lead it.

What is not possible in the state that it is in is refused by the ledger; then nothing may have changed.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.wire import from_date, money
from kernel.errors import DomainError, Kind
from rf.ledger.v1 import invoices_pb2, journals_pb2, payments_pb2, surplus_pb2, transactions_pb2
from rf.ledger.v1.invoices_pb2 import InvoiceLine
from rf.ledger.v1.journals_pb2 import Receipt
from tests.component.ledger.world import World, a_followed_up, a_printed, a_row

CREDIT, FINAL = invoices_pb2.INVOICE_KIND_CREDIT, invoices_pb2.INVOICE_KIND_FINAL
PAYEE = surplus_pb2.Payee(
    name="Ylva Ek", account_kind=surplus_pb2.PAYEE_ACCOUNT_KIND_BANKGIRO, account_number="5050-1055"
)
RATE = "11.2345"


@dataclass(frozen=True)
class Step:
    """What was approved, and the ledger before it."""

    receipt: Receipt
    before: dict[str, Any]


@dataclass
class AnyLedger:
    """One client's ledger, with a model of its bank account beside it."""

    world: World
    day: date
    client_id: UUID = field(init=False)
    customers: list[str] = field(init=False)
    number: int = 0
    steps: list[Step] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    nights: bool = False  # one has passed

    def __post_init__(self) -> None:
        self.client_id = self.world.client(holds_bank_account=True)
        self.desk = self.world.user(self.client_id)
        self.customers = [self.desk.customer(self.client_id, name=name).number for name in ("Berg", "Dahl")]

    # -- acts: each takes two numbers of chance ---------------------------------------------------------------------

    def invoice(self, which: int, size: int) -> None:
        currency = {"currency_code": "EUR", "exchange_rate": RATE} if which % 3 == 2 else {}
        net = 1 + size * 97 % 20_000
        self._approve(a_followed_up(self.client_id, self._payer(which), self._next(), net, net // 4, **currency))

    def printed(self, which: int, size: int) -> None:
        row = a_row(f"{1 + size % 500}.{size % 100:02}", vat=(25, 12, 6, 0)[size % 4], quantity=str(1 + which % 3))
        self._approve(a_printed(self.client_id, self._payer(which), row, with_invoice_fee=which % 2 == 0))

    def several(self, which: int, size: int) -> None:
        """One journal with an invoice, a credit of an older one, and a general credit."""
        drafts = [a_followed_up(self.client_id, self._payer(which), self._next(), 1_000 + size, 0)]
        if line := self._open(which):
            drafts.append(self._credit(line, min(size, line.remaining.minor_units)))
        drafts.append(a_followed_up(self.client_id, self._payer(which), self._next(), -1 - size % 900, 0, kind=CREDIT))
        self._approve(*drafts)

    def credit(self, which: int, size: int) -> None:
        """Against an invoice: part of it, all of it, or more than is left, which is refused."""
        if line := self._open(which):
            self._approve(self._credit(line, self._part(line, size)))

    def pay(self, which: int, size: int) -> None:
        """Part, all, or too much."""
        if line := self._open(which):
            self._pay(self._part(line, size), line.remaining.currency_code, line.number)

    def pay_unknown(self, which: int, size: int) -> None:
        self._pay(1 + size, "SEK" if which % 4 else "EUR", "999")

    def transactions(self, which: int, size: int) -> None:
        """Registrera transaktion: a direct payment and a credit in one journal."""
        kinds = (transactions_pb2.TRANSACTION_KIND_DIRECT_PAYMENT, transactions_pb2.TRANSACTION_KIND_CREDIT)
        drafts = [
            transactions_pb2.TransactionDraft(
                kind=kinds[(which + place) % 2],
                invoice_number=line.number,
                date=from_date(self.day),
                amount=money(self._part(line, size + place), line.remaining.currency_code),
            )
            for place in range(2)
            if (line := self._open(which + place))
        ]
        if drafts:
            request = journals_pb2.RegisterTransactionsRequest(
                request_id=str(uuid4()), client_id=str(self.client_id), transactions=drafts
            )
            self._try(lambda: self._book(self.desk.journals.RegisterTransactions(request).journal))

    def final(self, which: int, _: int) -> None:
        draft = a_printed(self.client_id, self._payer(which), kind=FINAL)
        del draft.rows[:]
        self._approve(draft)

    def place(self, which: int, size: int) -> None:
        if line := self._open(size):
            self._clear(which, surplus_pb2.CLEARING_KIND_PLACE, invoice_number=line.number)

    def refund(self, which: int, _: int) -> None:
        self._clear(which, surplus_pb2.CLEARING_KIND_REFUND, payee=PAYEE)

    def write_off(self, which: int, _: int) -> None:
        self._clear(which, surplus_pb2.CLEARING_KIND_WRITE_OFF, note="Okänd")

    def undo(self, which: int, _: int) -> None:
        """Any approved journal: revoked, or reversed after the night."""
        if self.steps:
            step = self.steps[which % len(self.steps)]
            if self._try(lambda: self.undone(step)):
                self.steps.remove(step)
                # what was before the later ones is another ledger now
                self.steps = [Step(one.receipt, {}) for one in self.steps]

    def night(self, _: int, __: int) -> None:
        """The nightly run comes: from now on journals are reversed."""
        self.day += timedelta(1)
        os.environ["RF_TODAY"] = self.day.isoformat()
        self.steps = [Step(one.receipt, {}) for one in self.steps]  # reversed invoices stay in sight
        self.nights = True

    # -- what is seen of it -----------------------------------------------------------------------------------------

    def undone(self, step: Step) -> None:
        if self.nights:
            self.desk.reverse(step.receipt)
        else:
            self.desk.revoke(step.receipt)

    def lines(self) -> list[InvoiceLine]:
        return list(self.desk.search(client_ids=[str(self.client_id)], page_size=200).invoices)

    def surplus(self) -> list[Any]:
        asked = surplus_pb2.SurplusFilter(client_ids=[str(self.client_id)])
        over = self.desk.surplus.ListOverpayments(surplus_pb2.ListOverpaymentsRequest(filter=asked)).overpayments
        unplaced = self.desk.surplus.ListUnplaced(surplus_pb2.ListUnplacedRequest(filter=asked)).payments
        return [*over, *unplaced]

    def state(self) -> dict[str, Any]:
        """All that a person sees of it, in amounts."""
        return {
            "balance": self.world.balance(self.client_id),
            "invoices": [(one.number, one.paid, one.remaining, one.status) for one in self.lines()],
            "surplus": sorted(
                (type(one).__name__, one.remaining.minor_units, one.remaining.currency_code) for one in self.surplus()
            ),
        }

    # -- how ---------------------------------------------------------------------------------------------------------

    def _payer(self, which: int) -> str:
        return self.customers[which % len(self.customers)]

    def _next(self) -> str:
        self.number += 1
        return f"F{self.number}"

    def _open(self, which: int) -> InvoiceLine | None:
        found = [one for one in self.lines() if one.remaining.minor_units > 0]
        return found[which % len(found)] if found else None

    def _part(self, line: InvoiceLine, size: int) -> int:
        left = line.remaining.minor_units
        return int((left, max(left // 3, 1), left + 1 + size, 1)[size % 4])

    def _credit(self, line: InvoiceLine, minor: int) -> invoices_pb2.InvoiceDraft:
        currency = line.remaining.currency_code
        foreign: dict[str, Any] = {"exchange_rate": "11.5"} if currency != "SEK" else {}
        return a_followed_up(
            *(self.client_id, line.customer_number, self._next(), -minor, 0),
            kind=CREDIT,
            credits_invoice_number=line.number,
            currency_code=currency,
            **foreign,
        )

    def _pay(self, minor: int, currency: str, number: str) -> None:
        payment = payments_pb2.Payment(
            bank_reference=str(uuid4()),
            amount=money(minor, currency),
            booking_date=from_date(self.day),
            references=[payments_pb2.PaymentReference(value=number)],
            channel="BGMAX",
        )
        request = payments_pb2.RegisterPaymentsRequest(
            request_id=str(uuid4()), client_id=str(self.client_id), payments=[payment], source=f"{uuid4()}.txt"
        )

        def register() -> None:
            journal_id = self.desk.payments.RegisterPayments(request).journal_id
            self._book(journals_pb2.Journal(client_id=str(self.client_id), journal_id=journal_id))

        self._try(register)

    def _approve(self, *drafts: invoices_pb2.InvoiceDraft) -> None:
        for draft in drafts:
            draft.invoice_date.CopyFrom(from_date(self.day))
        self._try(lambda: self._book(self.desk.register(self.client_id, *drafts).journal))

    def _book(self, journal: journals_pb2.Journal) -> None:
        before = self.state()
        self.steps.append(Step(self.desk.approve(journal), before))

    def _clear(self, which: int, kind: int, **fields: Any) -> None:
        items = self.surplus()
        if not items:
            return
        one = items[which % len(items)]
        of = "overpayment_id" if isinstance(one, surplus_pb2.Overpayment) else "payment_id"
        seen = surplus_pb2.SurplusSeen(remaining=one.remaining, **{of: getattr(one, of)})
        values = {"request_id": str(uuid4()), "client_id": str(self.client_id), **fields}
        request = surplus_pb2.ClearSurplusRequest(items=[seen], kind=kind, **values)  # type: ignore[arg-type]
        if self._try(lambda: self.desk.surplus.ClearSurplus(request)):
            self.steps = [Step(one.receipt, {}) for one in self.steps]

    def _try(self, act: Callable[[], object]) -> bool:
        """Do it, or be refused and find everything as it was."""
        before = self.state()
        try:
            act()
        except DomainError as error:
            if error.kind not in {Kind.INVALID, Kind.CONFLICT, Kind.NOT_FOUND}:
                raise
            self.refused.append(error.reason)
        else:
            return True
        assert self.state() == before, f"something was left behind by what was refused: {self.refused[-1]}"
        self._empty_journals()
        return False

    def _empty_journals(self) -> None:
        """What waits in a journal that was refused would be refused again with the next."""
        for kind in (journals_pb2.JOURNAL_KIND_INVOICES, journals_pb2.JOURNAL_KIND_TRANSACTIONS):
            request = journals_pb2.ListOpenJournalsRequest(client_ids=[str(self.client_id)], kind=kind)
            for journal in self.desk.journals.ListOpenJournals(request).journals:
                asked = journals_pb2.GetJournalRequest(client_id=str(self.client_id), journal_id=journal.journal_id)
                for item in self.desk.journals.GetJournal(asked).items:
                    self.desk.journals.RemoveItem(
                        journals_pb2.RemoveItemRequest(
                            request_id=str(uuid4()),
                            client_id=str(self.client_id),
                            journal_id=journal.journal_id,
                            item_id=item.item_id,
                        )
                    )


ACTS: Sequence[Callable[[AnyLedger, int, int], None]] = (
    AnyLedger.invoice,
    AnyLedger.printed,
    AnyLedger.several,
    AnyLedger.credit,
    AnyLedger.pay,
    AnyLedger.pay_unknown,
    AnyLedger.transactions,
    AnyLedger.final,
    AnyLedger.place,
    AnyLedger.refund,
    AnyLedger.write_off,
    AnyLedger.undo,
    AnyLedger.night,
)
