"""Transaction journals: payments of files and what people register by hand, shown and approved in their order."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.business_day import today
from chassis.database import Tx
from chassis.outbox import Event
from chassis.wire import from_date
from kernel.errors import Violations
from kernel.money import SEK
from rf.ledger.v1 import events_pb2, journals_pb2
from services.ledger.domain.journals import Journal
from services.ledger.domain.payments import Ledger, Matched, Payment, Verdict, match, numbers_to_look_up
from services.ledger.domain.receipts import Receipt
from services.ledger.domain.terms import Terms
from services.ledger.domain.transactions import Effect, Transaction, effect
from services.ledger.storage import payments, periods, transactions
from services.ledger.storage.journals import Item
from services.ledger.usecases import crediting, paying
from services.ledger.usecases.approval import Approval
from services.ledger.usecases.crediting import Credited
from services.ledger.usecases.paying import Booked

CHUNK = 500
"""Payments, and credits, in one event."""


def of_item(item: Item) -> Payment | Transaction:
    """What waits in an item of a transaction journal."""
    return transactions.of_item(item) or payments.from_json(item.payload)


def shown(
    tx: Tx,
    client_id: UUID,
    waiting: Sequence[Payment | Transaction],
    but_journal: UUID | None = None,
    *,
    lock: bool = False,
) -> list[Matched | Effect]:
    """What each would do to the ledger now, one after the other; ``lock`` keeps their invoices as they are."""
    of_files = [one for one in waiting if isinstance(one, Payment)]
    by_hand = [one for one in waiting if isinstance(one, Transaction)]
    named = list(dict.fromkeys(one.invoice_number for one in by_hand))
    ledger = Ledger.of(payments.targets(tx, client_id, [*numbers_to_look_up(of_files), *named], lock=lock))
    known = payments.known_references(tx, client_id, [one.bank_reference for one in of_files], but_journal)
    subjects = transactions.subjects(tx, client_id, named)
    day = today()
    closed = periods.closed(tx, client_id, {one.day for one in by_hand})
    return [
        match(one, ledger, known)
        if isinstance(one, Payment)
        else effect(one, subjects.get(one.invoice_number), ledger, day, closed)
        for one in waiting
    ]


def approve(tx: Tx, journal: Journal, terms: Terms, items: Sequence[Item], day: date) -> Approval:
    """Make the items of a locked journal real.

    Raises InvalidInput for payments that the ledger has already (``items[3].bank_reference``), and for transactions
    that are no longer possible (``items[3].amount`` and the like).
    """
    del terms
    client_id = journal.client_id
    found = shown(tx, client_id, [of_item(item) for item in items], journal.id, lock=True)
    rates = _rates(tx, client_id, found)
    with Violations() as v:
        for place, one in enumerate(found):
            if isinstance(one, Effect):
                with v.field(f"items[{place}]"):
                    if one.faults:
                        raise one.faults
                continue
            v.require(f"items[{place}].bank_reference", one.verdict is not Verdict.DUPLICATE, "DUPLICATE")
            v.require(f"items[{place}].amount.currency_code", rates[place] is not None, "RATE_UNKNOWN")
    open_sek: dict[UUID, int] = {}
    made = [_made(one, rate or Decimal(1), open_sek) for one, rate in zip(found, rates, strict=True)]
    booked = [one for one in made if isinstance(one, Booked)]
    credited = [one for one in made if isinstance(one, Credited)]
    paying.write(tx, client_id, journal, day, booked)
    crediting.write(tx, client_id, journal, day, credited)
    sums: dict[str, int] = {}
    for item in items:
        sums[item.currency] = sums.get(item.currency, 0) + item.amount_minor
    return Approval([one.id for one in made], sums, lambda receipt: _tell(tx, journal, day, booked, credited, receipt))


def _made(one: Matched | Effect, rate: Decimal, open_sek: dict[UUID, int]) -> Booked | Credited:
    if isinstance(one, Matched):
        return Booked(one, rate, open_sek)
    if one.paid is not None:
        return Booked(one.paid, rate, open_sek, one.transaction)
    return crediting.credited(one, open_sek)


def _rates(tx: Tx, client_id: UUID, found: Sequence[Matched | Effect]) -> list[Decimal | None]:
    """The SEK rate of each: its invoice's, or that of the client's latest invoice in the currency."""
    foreign = {one.payment.currency for one in found if isinstance(one, Matched) and one.payment.currency != SEK}
    latest = payments.latest_rates(tx, client_id, sorted(foreign)) if foreign else {}
    rates: list[Decimal | None] = []
    for one in found:
        if isinstance(one, Effect):
            rates.append(one.subject.target.exchange_rate if one.subject else None)
        elif one.payment.currency == SEK:
            rates.append(Decimal(1))
        else:
            rates.append(one.parts[0].target.exchange_rate if one.parts else latest.get(one.payment.currency))
    return rates


def _tell(
    tx: Tx, journal: Journal, day: date, booked: Sequence[Booked], credited: Sequence[Credited], receipt: Receipt
) -> None:
    count = -(-max(len(booked), len(credited)) // CHUNK)
    for chunk in range(count):
        stretch = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
        message = events_pb2.JournalApproved(
            journal_id=str(journal.id),
            kind=journals_pb2.JOURNAL_KIND_TRANSACTIONS,
            chunk=chunk + 1,
            chunk_count=count,
            booking_date=from_date(day),
            receipt_hash=receipt.hash.hex(),
            payments=[paying.told(one) for one in booked[stretch]],
            credits=[crediting.told(one) for one in credited[stretch]],
        )
        tx.publish(Event(journal.client_id, "journal", journal.id, message))
