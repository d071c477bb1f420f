"""Payments become real: vouchers, allocations, what goes by cases, what is left over."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.ids import uuid7
from chassis.outbox import Event
from chassis.wire import from_date, money
from rf.ledger.v1 import events_pb2
from services.ledger.domain import bookings, payment_bookings
from services.ledger.domain.accounts import Use
from services.ledger.domain.journals import Journal
from services.ledger.domain.payment_bookings import Share
from services.ledger.domain.payments import Matched, Part
from services.ledger.domain.transactions import Transaction
from services.ledger.storage import invoices, payments, vouchers
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.invoices import Note
from services.ledger.storage.tables import SERIES_PAYMENTS
from services.ledger.storage.vouchers import Entry, Voucher

VOUCHER_KIND = "PAYMENT"


class Booked:
    """A matched payment on its way into the books: its ids, and what each part weighs in öre.

    ``open_sek`` is what is left of each claim in the run. ``registered`` is the direct payment, if it is one.
    """

    def __init__(
        self, matched: Matched, rate: Decimal, open_sek: dict[UUID, int], registered: Transaction | None = None
    ) -> None:
        self.id, self.voucher_id = uuid7(), uuid7()
        self.matched = matched
        self.rate = rate
        self.registered = registered
        self.ordinary = [part for part in matched.parts if not part.by_case and part.amount_minor]
        self.by_case = [part for part in matched.parts if part.by_case and part.amount_minor]
        self.shares = [self._share(part, open_sek) for part in self.ordinary]
        self.for_cases = [
            Share(part.target.id, part.target.customer_id, part.amount_minor, part.amount_minor)
            for part in self.by_case
        ]
        self.case_payment_ids = [uuid7() for _ in self.by_case]

    def _share(self, part: Part, open_sek: dict[UUID, int]) -> Share:
        """What a part takes off the receivable: its share of what is left there, and all of it with the last öre."""
        target = part.target
        left = open_sek.setdefault(target.id, target.open_sek_minor)
        sek = bookings.share(part.amount_minor, part.remaining_before, left)
        open_sek[target.id] = left - sek
        return Share(target.id, target.customer_id, part.amount_minor, sek)

    @property
    def customer_id(self) -> UUID | None:
        """Whose money a surplus is."""
        return self.matched.parts[0].target.customer_id if self.matched.parts else None


def write(tx: Tx, client_id: UUID, journal: Journal, day: date, booked: Sequence[Booked]) -> None:
    """Everything that payments of a journal add, in a handful of statements, and what cases are told."""
    if not booked:
        return
    accounts = terms_storage.mapping(tx, client_id)
    names = vouchers.write(
        tx,
        client_id,
        SERIES_PAYMENTS,
        day,
        [
            Voucher(
                one.voucher_id,
                VOUCHER_KIND,
                [
                    Entry(line.posting, line.invoice_id, line.customer_id, one.id)
                    for line in payment_bookings.of_payment(_receipt(one), accounts)
                ],
            )
            for one in booked
        ],
        journal.id,
    )
    payments.insert(
        tx, client_id, journal.id, day, [_payment_row(one) for one in booked], [one.matched.payment for one in booked]
    )
    payments.allocate(
        tx,
        client_id,
        day,
        [
            {
                "id": uuid7(),
                "invoice_id": share.invoice_id,
                "amount_minor": share.amount_minor,
                "amount_sek_minor": share.sek_minor,
                "payment_id": one.id,
                "case_payment_id": None,
                "voucher_id": one.voucher_id,
            }
            for one in booked
            for share in one.shares
        ],
    )
    payments.receive_for_cases(
        tx,
        client_id,
        [
            {
                "id": case_payment_id,
                "payment_id": one.id,
                "invoice_id": part.target.id,
                "amount_minor": part.amount_minor,
                "bank_date": one.matched.payment.bank_date,
                "overpayment_id": None,
            }
            for one in booked
            for case_payment_id, part in zip(one.case_payment_ids, one.by_case, strict=True)
        ],
    )
    payments.overpay(
        tx,
        client_id,
        [
            {
                "id": uuid7(),
                "payment_id": one.id,
                "customer_id": one.customer_id,
                "invoice_id": one.matched.parts[0].target.id,
                "amount_minor": one.matched.overpaid_minor,
                "currency": one.matched.payment.currency,
            }
            for one in booked
            if one.matched.overpaid_minor
        ],
    )
    _note(tx, client_id, day, booked, names)
    _tell_cases(tx, client_id, booked)


def _receipt(one: Booked) -> payment_bookings.Receipt:
    payment = one.matched.payment
    return payment_bookings.Receipt(
        currency=payment.currency,
        rate=one.rate,
        amount_minor=payment.amount_minor,
        shares=one.shares,
        for_cases=one.for_cases,
        overpaid_minor=one.matched.overpaid_minor,
        overpaid_by=one.customer_id,
        unplaced_minor=one.matched.unplaced_minor,
        into=Use.OWN_BANK if one.registered else Use.BANK,
    )


def _payment_row(one: Booked) -> dict[str, object]:
    payment = one.matched.payment
    return {
        "id": one.id,
        "bank_reference": payment.bank_reference,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "exchange_rate": one.rate,
        "bank_date": payment.bank_date,
        "payer_name": payment.payer_name,
        "payer_account": payment.payer_account,
        "message": payment.message,
        "channel": payment.channel,
        "verdict": one.matched.verdict.value,
        "allocated_minor": sum(share.amount_minor for share in one.shares),
        "for_case_minor": sum(share.amount_minor for share in one.for_cases),
        "overpaid_minor": one.matched.overpaid_minor,
        "unplaced_minor": one.matched.unplaced_minor,
        "voucher_id": one.voucher_id,
    }


def _note(tx: Tx, client_id: UUID, day: date, booked: Sequence[Booked], names: Sequence[str]) -> None:
    notes = [
        Note(share.invoice_id, kind, day, share.amount_minor, name, one.registered.note if one.registered else "")
        for one, name in zip(booked, names, strict=True)
        for kind, shares in (
            ("DIRECT_PAYMENT" if one.registered else "PAYMENT", one.shares),
            ("RECEIVED_FOR_CASE", one.for_cases),
        )
        for share in shares
    ]
    if notes:
        invoices.note(tx, client_id, notes)


def _tell_cases(tx: Tx, client_id: UUID, booked: Sequence[Booked]) -> None:
    """The case owns the debt: it is told of the money and says how it is used."""
    for one in booked:
        for case_payment_id, part in zip(one.case_payment_ids, one.by_case, strict=True):
            message = events_pb2.InvoiceCasePaymentReceived(
                case_payment_id=str(case_payment_id),
                invoice_id=str(part.target.id),
                amount=money(part.amount_minor, part.target.currency),
                bank_date=from_date(one.matched.payment.bank_date),
            )
            tx.publish(Event(client_id, "invoice", part.target.id, message))


def told(one: Booked) -> events_pb2.ApprovedPayment:
    """The payment as it is told with its journal."""
    payment = one.matched.payment
    return events_pb2.ApprovedPayment(
        payment_id=str(one.id),
        bank_date=from_date(payment.bank_date),
        amount=money(payment.amount_minor, payment.currency),
        parts=[
            events_pb2.PaidPart(
                invoice_id=str(part.target.id),
                amount=money(part.amount_minor, payment.currency),
                remaining=money(part.remaining_before - part.amount_minor, payment.currency),
            )
            for part in one.ordinary
        ],
        unplaced=money(one.matched.unplaced_minor, payment.currency),
        overpaid=money(one.matched.overpaid_minor, payment.currency),
    )
