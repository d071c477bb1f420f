"""Transaction journals: payments that wait, and what approving them does."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.ids import uuid7
from chassis.outbox import Event
from chassis.wire import from_date, money
from kernel.errors import Violations
from kernel.money import SEK
from rf.ledger.v1 import events_pb2, journals_pb2
from services.ledger.domain import bookings, payment_bookings
from services.ledger.domain.journals import Journal
from services.ledger.domain.payment_bookings import Share
from services.ledger.domain.payments import Ledger, Matched, Part, Payment, Verdict, match, numbers_to_look_up
from services.ledger.domain.receipts import Receipt
from services.ledger.domain.terms import Terms
from services.ledger.storage import invoices, payments, vouchers
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.invoices import Note
from services.ledger.storage.journals import Item
from services.ledger.storage.tables import SERIES_PAYMENTS
from services.ledger.storage.vouchers import Entry, Voucher
from services.ledger.usecases.approval import Approval

CHUNK = 500
VOUCHER_KIND = "PAYMENT"


class _Booked:
    """A matched payment on its way into the books: its ids, and what each part weighs in öre."""

    def __init__(self, matched: Matched, rate: Decimal, open_sek: dict[UUID, int]) -> None:
        self.id, self.voucher_id = uuid7(), uuid7()
        self.matched = matched
        self.rate = rate
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


def shown(tx: Tx, client_id: UUID, waiting: Sequence[Payment], but_journal: UUID | None = None) -> list[Matched]:
    """What each payment would do to the ledger now, one after the other."""
    ledger = Ledger.of(payments.targets(tx, client_id, numbers_to_look_up(waiting)))
    known = payments.known_references(tx, client_id, [one.bank_reference for one in waiting], but_journal)
    return [match(payment, ledger, known) for payment in waiting]


def approve(tx: Tx, journal: Journal, terms: Terms, items: Sequence[Item], day: date) -> Approval:
    """Make the payments of a locked journal real: vouchers, allocations, what goes by cases, what is left over.

    Raises InvalidInput for items that the ledger has already (``items[3].bank_reference``).
    """
    del terms
    client_id = journal.client_id
    waiting = [payments.from_json(item.payload) for item in items]
    ledger = Ledger.of(payments.targets(tx, client_id, numbers_to_look_up(waiting), lock=True))
    known = payments.known_references(tx, client_id, [one.bank_reference for one in waiting], journal.id)
    matched = [match(payment, ledger, known) for payment in waiting]
    rates = _rates(tx, client_id, matched)
    with Violations() as v:
        for place, one in enumerate(matched):
            v.require(f"items[{place}].bank_reference", one.verdict is not Verdict.DUPLICATE, "DUPLICATE")
            v.require(f"items[{place}].amount.currency_code", rates[place] is not None, "RATE_UNKNOWN")
    open_sek: dict[UUID, int] = {}
    booked = [_Booked(one, rate or Decimal(1), open_sek) for one, rate in zip(matched, rates, strict=True)]
    names = _write(tx, client_id, journal, day, booked)
    _note(tx, client_id, day, booked, names)
    _tell_cases(tx, client_id, booked)
    sums: dict[str, int] = {}
    for payment in waiting:
        sums[payment.currency] = sums.get(payment.currency, 0) + payment.amount_minor
    return Approval([one.id for one in booked], sums, lambda receipt: _tell(tx, journal, day, booked, receipt))


def _rates(tx: Tx, client_id: UUID, matched: Sequence[Matched]) -> list[Decimal | None]:
    """The SEK rate of each payment: its invoice's, or that of the client's latest invoice in the currency."""
    foreign = {one.payment.currency for one in matched if one.payment.currency != SEK}
    latest = payments.latest_rates(tx, client_id, sorted(foreign)) if foreign else {}
    return [
        Decimal(1)
        if one.payment.currency == SEK
        else one.parts[0].target.exchange_rate
        if one.parts
        else latest.get(one.payment.currency)
        for one in matched
    ]


def _write(tx: Tx, client_id: UUID, journal: Journal, day: date, booked: Sequence[_Booked]) -> list[str]:
    """Everything that a journal of payments adds, in a handful of statements; returns the vouchers' names."""
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
    return names


def _receipt(one: _Booked) -> payment_bookings.Receipt:
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
    )


def _payment_row(one: _Booked) -> dict[str, object]:
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


def _note(tx: Tx, client_id: UUID, day: date, booked: Sequence[_Booked], names: Sequence[str]) -> None:
    notes = [
        Note(share.invoice_id, kind, day, share.amount_minor, name)
        for one, name in zip(booked, names, strict=True)
        for kind, shares in (("PAYMENT", one.shares), ("RECEIVED_FOR_CASE", one.for_cases))
        for share in shares
    ]
    if notes:
        invoices.note(tx, client_id, notes)


def _tell_cases(tx: Tx, client_id: UUID, booked: Sequence[_Booked]) -> None:
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


def _tell(tx: Tx, journal: Journal, day: date, booked: Sequence[_Booked], receipt: Receipt) -> None:
    count = -(-len(booked) // CHUNK)
    for chunk in range(count):
        message = events_pb2.JournalApproved(
            journal_id=str(journal.id),
            kind=journals_pb2.JOURNAL_KIND_TRANSACTIONS,
            chunk=chunk + 1,
            chunk_count=count,
            booking_date=from_date(day),
            receipt_hash=receipt.hash.hex(),
            payments=[_told(one) for one in booked[chunk * CHUNK : (chunk + 1) * CHUNK]],
        )
        tx.publish(Event(journal.client_id, "journal", journal.id, message))


def _told(one: _Booked) -> events_pb2.ApprovedPayment:
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
