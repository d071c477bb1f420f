"""Registered credits become real: what they take of their invoices, and the vouchers behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.ids import uuid7
from chassis.wire import money
from rf.ledger.v1 import events_pb2
from services.ledger.domain import bookings
from services.ledger.domain.journals import Journal
from services.ledger.domain.transactions import Effect, Subject
from services.ledger.storage import invoices, transactions, vouchers
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.invoices import Note
from services.ledger.storage.tables import SERIES_CREDITS
from services.ledger.storage.vouchers import Entry, Voucher

VOUCHER_KIND = "CREDIT"


@dataclass(frozen=True, slots=True)
class Credited:
    """A credit on its way into the books; ``sek_minor`` is what it takes off the claim in öre."""

    id: UUID
    voucher_id: UUID
    effect: Effect
    subject: Subject
    sek_minor: int


def credited(effect: Effect, open_sek: dict[UUID, int]) -> Credited:
    """The credit with its ids and what it weighs. ``open_sek`` is what is left of each claim in the run."""
    subject = effect.subject
    assert subject is not None  # noqa: S101 - an effect without faults has one
    target = subject.target
    left = open_sek.setdefault(target.id, target.open_sek_minor)
    sek = bookings.share(effect.transaction.amount_minor, effect.remaining_before, left)
    open_sek[target.id] = left - sek
    return Credited(uuid7(), uuid7(), effect, subject, sek)


def write(tx: Tx, client_id: UUID, journal: Journal, day: date, new: Sequence[Credited]) -> None:
    """Everything that credits of a journal add, in a handful of statements. Their invoices are locked."""
    if not new:
        return
    accounts = terms_storage.mapping(tx, client_id)
    names = vouchers.write(
        tx,
        client_id,
        SERIES_CREDITS,
        day,
        [
            Voucher(
                one.voucher_id,
                VOUCHER_KIND,
                [
                    Entry(posting, one.subject.target.id, one.subject.target.customer_id)
                    for posting in bookings.of_crediting(
                        one.subject.made_of,
                        one.effect.credited_before,
                        one.effect.transaction.amount_minor,
                        one.sek_minor,
                        accounts,
                    )
                ],
            )
            for one in new
        ],
        journal.id,
    )
    rows = [
        {
            "id": one.id,
            "invoice_id": one.subject.target.id,
            "amount_minor": one.effect.transaction.amount_minor,
            "amount_sek_minor": one.sek_minor,
            "journal_item_id": one.effect.transaction.id,
            "voucher_id": one.voucher_id,
        }
        for one in new
    ]
    transactions.allocate(tx, client_id, day, rows)
    invoices.credit(
        tx, client_id, [(one.subject.target.id, one.effect.transaction.amount_minor, one.sek_minor) for one in new]
    )
    notes = [
        Note(
            one.subject.target.id,
            "CREDIT",
            day,
            -one.effect.transaction.amount_minor,
            name,
            one.effect.transaction.note,
        )
        for one, name in zip(new, names, strict=True)
    ]
    invoices.note(tx, client_id, notes)


def told(one: Credited) -> events_pb2.ApprovedCredit:
    """The credit as it is told with its journal."""
    given, currency = one.effect.transaction, one.subject.target.currency
    return events_pb2.ApprovedCredit(
        credit_id=str(one.id),
        invoice_id=str(one.subject.target.id),
        amount=money(given.amount_minor, currency),
        remaining=money(one.effect.remaining_before - given.amount_minor, currency),
    )
