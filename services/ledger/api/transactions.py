"""Registered transactions between messages and the domain, every field checked."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.ids import uuid7
from chassis.wire import from_date, money, refuse, to_date
from kernel.errors import Violations
from kernel.free_text import clean
from kernel.money import EXPONENTS, check_amount
from rf.ledger.v1 import journals_pb2, transactions_pb2
from services.ledger.api import enums
from services.ledger.api.payments import matched_payment
from services.ledger.domain import numbers
from services.ledger.domain.journals import Journal
from services.ledger.domain.kinds import TransactionKind
from services.ledger.domain.payments import Matched
from services.ledger.domain.transactions import MAX_NOTE, Effect, Transaction
from services.ledger.storage.journals import Item
from services.ledger.usecases import transactions

MAX_REGISTERED = 1_000
KINDS: "Mapping[TransactionKind, transactions_pb2.TransactionKind.ValueType]" = {
    TransactionKind.DIRECT_PAYMENT: transactions_pb2.TRANSACTION_KIND_DIRECT_PAYMENT,
    TransactionKind.CREDIT: transactions_pb2.TRANSACTION_KIND_CREDIT,
}


def drafts(messages: Sequence[transactions_pb2.TransactionDraft]) -> list[Transaction]:
    """The transactions of a request, each with the id of its new item. Raises InvalidInput with every fault."""
    if not 1 <= len(messages) <= MAX_REGISTERED:
        raise refuse("transactions", "TOO_MANY" if messages else "REQUIRED", max=str(MAX_REGISTERED))
    found: list[Transaction] = []
    with Violations() as v:
        for place, message in enumerate(messages):
            with v.field(f"transactions[{place}]"):
                found.append(draft(message, uuid7()))
    return found


def draft(message: transactions_pb2.TransactionDraft, item_id: UUID) -> Transaction:
    """The transaction in a message. Raises InvalidInput with every fault, paths as in the draft."""
    kind, number, note = TransactionKind.CREDIT, "", ""
    day: date | None = None
    with Violations() as v:
        with v.field("kind"):
            kind = enums.chosen(KINDS, message.kind, "")
        with v.field("invoice_number"):
            number = numbers.check(message.invoice_number)
        with v.field(""):
            day = to_date(message.date, "date")
            v.present("date", day)
        if v.present("amount", message.amount.currency_code or None):
            v.require("amount.currency_code", message.amount.currency_code in EXPONENTS, "CURRENCY")
            v.require("amount", message.amount.minor_units > 0, "NOT_POSITIVE")
            with v.field("amount"):
                check_amount(message.amount.minor_units)
        with v.field("note"):
            note = clean(message.note, MAX_NOTE, multiline=True)
    assert day is not None  # noqa: S101 - REQUIRED otherwise
    return Transaction(item_id, kind, number, day, message.amount.currency_code, message.amount.minor_units, note)


def journal_items(tx: Tx, journal: Journal, items: Sequence[Item]) -> list[journals_pb2.JournalItem]:
    """The items of a transaction journal as messages, each with what it would do now."""
    found = transactions.shown(tx, journal.client_id, [transactions.of_item(item) for item in items], journal.id)
    return [
        journals_pb2.JournalItem(item_id=str(item.id), position=item.position, payment=matched_payment(one))
        if isinstance(one, Matched)
        else journals_pb2.JournalItem(item_id=str(item.id), position=item.position, transaction=registered(one))
        for item, one in zip(items, found, strict=True)
    ]


def registered(one: Effect) -> transactions_pb2.RegisteredTransaction:
    """A transaction that waits, with what it would do."""
    given = one.transaction
    message = transactions_pb2.RegisteredTransaction(
        draft=transactions_pb2.TransactionDraft(
            kind=KINDS[given.kind],
            invoice_number=given.invoice_number,
            date=from_date(given.day),
            amount=money(given.amount_minor, given.currency),
            note=given.note,
        )
    )
    if one.subject is not None:
        target = one.subject.target
        message.invoice_id = str(target.id)
        message.customer_number = one.subject.customer_number
        message.customer_name = target.customer_name
        message.remaining.CopyFrom(money(one.remaining_before, target.currency))
    if one.paid is not None:
        message.by_case = any(part.by_case for part in one.paid.parts)
        message.overpaid.CopyFrom(money(one.paid.overpaid_minor, given.currency))
    return message
