"""A desk with the words of payments."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.wire import from_date, money
from rf.collection.v1 import events_pb2 as collection_events
from rf.ledger.v1 import invoices_pb2, journals_pb2, payments_pb2, surplus_pb2
from tests.component.ledger.world import TODAY, Desk, World, a_followed_up


class Bank:
    """A desk with the words of this module."""

    def __init__(self, world: World, desk: Desk, client_id: UUID, customer: str) -> None:
        self.world, self.desk, self.client_id, self.customer = world, desk, client_id, customer
        self._number = 7000

    def an_invoice(self, total: int = 12_500, days_overdue: int = 10, **fields: Any) -> invoices_pb2.Invoice:
        self._number += 1
        net = total * 4 // 5
        day = TODAY - timedelta(30 + days_overdue)
        draft = a_followed_up(
            self.client_id,
            self.customer,
            str(self._number),
            net,
            total - net,
            invoice_date=from_date(day),
            due_date=from_date(TODAY - timedelta(days_overdue)),
            **fields,
        )
        return self.desk.invoice(self.client_id, draft)

    def match(self, *payments: payments_pb2.Payment) -> list[payments_pb2.MatchedPayment]:
        request = payments_pb2.MatchPaymentsRequest(client_id=str(self.client_id), payments=payments)
        return list(self.desk.payments.MatchPayments(request).payments)

    def register(self, *payments: payments_pb2.Payment, **fields: Any) -> payments_pb2.RegisterPaymentsResponse:
        values = {"request_id": str(uuid4()), "source": "bg.txt", **fields}
        return self.desk.payments.RegisterPayments(
            payments_pb2.RegisterPaymentsRequest(client_id=str(self.client_id), payments=payments, **values)
        )

    def approve(self, journal_id: str, desk: Desk | None = None) -> journals_pb2.Receipt:
        return (desk or self.desk).approve(journals_pb2.Journal(client_id=str(self.client_id), journal_id=journal_id))

    def pay(self, *payments: payments_pb2.Payment) -> journals_pb2.Receipt:
        return self.approve(self.register(*payments).journal_id)

    def look(self, invoice: invoices_pb2.Invoice) -> invoices_pb2.Invoice:
        return self.desk.look(invoice.line.invoice_id)

    def unplaced(self) -> list[payments_pb2.UnplacedPayment]:
        request = surplus_pb2.ListUnplacedRequest(filter=surplus_pb2.SurplusFilter(client_ids=[str(self.client_id)]))
        return list(self.desk.surplus.ListUnplaced(request).payments)

    def overpaid(self) -> list[surplus_pb2.Overpayment]:
        request = surplus_pb2.ListOverpaymentsRequest(
            filter=surplus_pb2.SurplusFilter(client_ids=[str(self.client_id)])
        )
        return list(self.desk.surplus.ListOverpayments(request).overpayments)

    def in_collection(self, total: int = 12_500) -> tuple[invoices_pb2.Invoice, UUID]:
        """An invoice that has been handed over, and whose case is registered."""
        invoice = self.an_invoice(total)
        self.desk.hand_over(invoice.line)
        case_id = uuid4()
        registered = collection_events.CaseRegistered(
            case_id=str(case_id), number="7001", invoice_ids=[invoice.line.invoice_id], capital=money(total)
        )
        self.world.tell("collection", self.client_id, "case", case_id, registered)
        return self.look(invoice), case_id

    def settle(self, case_id: UUID, case_payment_id: str, invoice: invoices_pb2.Invoice, *shares: int) -> None:
        costs, interest, capital, surplus = shares
        settled = collection_events.CasePaymentSettled(
            case_id=str(case_id),
            case_payment_id=case_payment_id,
            invoice_id=invoice.line.invoice_id,
            costs=money(costs),
            interest=money(interest),
            capital=money(capital),
            surplus=money(surplus),
            bank_date=from_date(TODAY),
        )
        self.world.tell("collection", self.client_id, "case", case_id, settled)
