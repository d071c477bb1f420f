"""Överbetalningar and Oplacerade betalningar: looked at, and cleared by one choice for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.business_day import today
from chassis.database import Tx
from chassis.ids import uuid7
from chassis.outbox import Event
from chassis.permissions import Permission
from chassis.tokens import CallerKind
from chassis.wire import from_date, money
from kernel.errors import DomainError, Kind, NotFound, Violations
from rf.ledger.v1 import events_pb2
from services.ledger.domain.payments import Target, numbers_to_look_up
from services.ledger.domain.surplus import (
    BankAccountNotHeld,
    Candidate,
    ClearingKind,
    Part,
    Payee,
    Source,
    Surplus,
    cleared,
    placed,
    postings,
    rank,
)
from services.ledger.storage import invoices, payments, vouchers
from services.ledger.storage import surplus as storage
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.invoices import Note
from services.ledger.storage.surplus import Filter, Overpaid, Place, Unplaced
from services.ledger.storage.tables import SERIES_CLEARINGS
from services.ledger.storage.vouchers import Entry, Voucher

MAX_CANDIDATES = 50


class SurplusChanged(DomainError):
    """One of them is not what it was when it was shown. Nothing was cleared."""

    reason = "SURPLUS_CHANGED"
    kind = Kind.CONFLICT


class InvoiceTakesNone(DomainError):
    """The invoice has nothing left to pay for one of them. Nothing was cleared."""

    reason = "INVOICE_TAKES_NONE"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Seen:
    """One of those to clear, and what was left of it when it was shown."""

    source: Source
    id: UUID
    remaining_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of all of them."""

    kind: ClearingKind
    payee: Payee | None = None
    invoice_number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cleared:
    """The clearings made, and their vouchers."""

    ids: list[UUID]
    vouchers: list[str]


def list_overpayments(
    tx: Tx, clients: Sequence[UUID], which: Filter, before: Place | None, limit: int
) -> list[Overpaid]:
    """Overpayments with something left, latest first."""
    return storage.overpayments(tx, _readable(tx, clients), which, before, limit)


def list_unplaced(tx: Tx, clients: Sequence[UUID], which: Filter, before: Place | None, limit: int) -> list[Unplaced]:
    """Payments that matched nothing, latest first."""
    return storage.unplaced(tx, _readable(tx, clients), which, before, limit)


def get(
    tx: Tx, client_id: UUID, overpayment_ids: Sequence[UUID], payment_ids: Sequence[UUID]
) -> tuple[list[Overpaid], list[Unplaced]]:
    """Some of them as they are now. Raises NotFound."""
    tx.caller.require(Permission.LEDGER_READ, client_id)
    overpaid = storage.overpayments_by_id(tx, client_id, overpayment_ids)
    unplaced = storage.unplaced_by_id(tx, client_id, payment_ids)
    try:
        return [overpaid[one] for one in overpayment_ids], [unplaced[one] for one in payment_ids]
    except KeyError:
        raise NotFound("surplus") from None


def suggest(tx: Tx, client_id: UUID, source: Source, surplus_id: UUID) -> list[Candidate]:
    """Invoices that the money may belong to, the likeliest first. Raises NotFound."""
    if source is Source.OVERPAYMENT:
        [[over], _] = get(tx, client_id, [surplus_id], [])
        found = storage.candidates(
            tx, client_id, over.currency, over.remaining_minor, customer_id=over.customer_id, limit=MAX_CANDIDATES
        )
    else:
        [_, [unplaced]] = get(tx, client_id, [], [surplus_id])
        payment = unplaced.payment
        found = storage.candidates(
            tx,
            client_id,
            payment.currency,
            unplaced.remaining_minor,
            numbers=numbers_to_look_up([payment]),
            name=payment.payer_name,
            limit=MAX_CANDIDATES,
        )
    return rank(found)


def clear(tx: Tx, client_id: UUID, seen: Sequence[Seen], choice: Choice) -> Cleared:
    """Refund, place or write off what is left of all of them; each is a voucher that says who, when and why.

    Raises BankAccountNotHeld, SurplusChanged, InvoiceTakesNone, NotFound; InvalidInput for an invoice that is not
    there, is a credit, or is in another currency.
    """
    may = Permission.LEDGER_WRITE_OFF if choice.kind is ClearingKind.WRITE_OFF else Permission.LEDGER_APPROVE
    tx.caller.require(may, client_id)
    if not terms_storage.get(tx, client_id).holds_bank_account and tx.caller.kind is CallerKind.CLIENT_USER:
        raise BankAccountNotHeld
    target = _target(tx, client_id, choice.invoice_number, seen[0].currency) if choice.invoice_number else None
    held = _lock(tx, client_id, seen)
    parts = placed(held, target) if target is not None else [cleared(one) for one in held]
    if len(parts) < len(held):
        raise InvoiceTakesNone
    done = _write(tx, client_id, parts, choice, target, today())
    for clearing_id in done.ids:
        tx.audit(f"surplus.{choice.kind.value.lower()}", "clearing", clearing_id, client_id)
    return done


def _readable(tx: Tx, clients: Sequence[UUID]) -> Sequence[UUID]:
    return tx.caller.clients_with(Permission.LEDGER_READ, clients) or terms_storage.all_clients(tx)


def _target(tx: Tx, client_id: UUID, number: str, currency: str) -> Target:
    """The invoice that takes it, locked. An OCR number is as good as the invoice's own."""
    found = payments.targets(tx, client_id, [number], lock=True)
    exact = [one for one in found if one.number == number] or found
    with Violations() as v:
        if v.require("invoice_number", bool(exact), "UNKNOWN"):
            v.require("invoice_number", exact[0].currency == currency, "CURRENCY_MISMATCH")
    return exact[0]


def _lock(tx: Tx, client_id: UUID, seen: Sequence[Seen]) -> list[Surplus]:
    locked = {
        source: storage.lock(tx, client_id, source, [one.id for one in seen if one.source is source])
        for source in Source
    }
    found = [locked[one.source].get(one.id) for one in seen]
    held = [one for one in found if one is not None]
    if len(held) < len(found):
        raise NotFound("surplus")
    if any(
        now.remaining_minor != one.remaining_minor or not now.remaining_minor
        for now, one in zip(held, seen, strict=True)
    ):
        raise SurplusChanged
    with Violations() as v:
        for place, one in enumerate(held):
            v.require(f"items[{place}]", one.currency == seen[place].currency == seen[0].currency, "CURRENCY_MISMATCH")
    return held


def _write(tx: Tx, client_id: UUID, parts: Sequence[Part], choice: Choice, target: Target | None, day: date) -> Cleared:
    accounts = terms_storage.mapping(tx, client_id)
    voucher_ids = [uuid7() for _ in parts]
    ids = [uuid7() for _ in parts]
    names = vouchers.write(
        tx,
        client_id,
        SERIES_CLEARINGS,
        day,
        [
            Voucher(
                voucher_id,
                choice.kind.value,
                [
                    Entry(line.posting, line.invoice_id, line.customer_id, part.surplus.payment_id)
                    for line in postings(part, choice.kind, target, accounts)
                ],
            )
            for voucher_id, part in zip(voucher_ids, parts, strict=True)
        ],
    )
    payee = choice.payee
    storage.clear(
        tx,
        client_id,
        day,
        [
            {
                "id": clearing_id,
                "overpayment_id": part.surplus.id if part.surplus.source is Source.OVERPAYMENT else None,
                "payment_id": part.surplus.payment_id,
                "amount_minor": part.taken_minor,
                "amount_sek_minor": part.taken_sek,
                "placed_minor": part.placed_minor,
                "invoice_id": target.id if target else None,
                "voucher_id": voucher_id,
            }
            for clearing_id, voucher_id, part in zip(ids, voucher_ids, parts, strict=True)
        ],
        kind=choice.kind.value,
        note=choice.note,
        payee_name=payee.name if payee else "",
        payee_account_kind=payee.account_kind.value if payee else "",
        payee_account_number=payee.account_number if payee else "",
    )
    _take(tx, client_id, parts, choice.kind)
    if target is not None:
        _place(tx, client_id, day, parts, target, voucher_ids, names, choice.note)
    return Cleared(ids, names)


def _take(tx: Tx, client_id: UUID, parts: Sequence[Part], kind: ClearingKind) -> None:
    """Lower what is left, and of payments say where it went."""
    of = {source: [part for part in parts if part.surplus.source is source] for source in Source}
    overpaid = [{"id": part.surplus.id, "taken_minor": part.taken_minor} for part in of[Source.OVERPAYMENT]]
    storage.take_overpayments(tx, client_id, overpaid)
    storage.take_unplaced(
        tx,
        client_id,
        [
            {
                "id": part.surplus.id,
                "taken_minor": part.taken_minor,
                "allocated_minor": 0 if part.by_case else part.placed_minor,
                "for_case_minor": part.placed_minor if part.by_case else 0,
                "overpaid_minor": part.overpaid_minor,
                "cleared_minor": 0 if kind is ClearingKind.PLACE else part.taken_minor,
            }
            for part in of[Source.UNPLACED]
        ],
    )


def _place(
    tx: Tx,
    client_id: UUID,
    day: date,
    parts: Sequence[Part],
    target: Target,
    voucher_ids: Sequence[UUID],
    names: Sequence[str],
    note: str,
) -> None:
    """Let the invoice have it, or tell its case; what an unplaced payment leaves over is the customer's."""
    if target.in_collection:
        _receive_for_case(tx, client_id, parts, target)
    for source, kind in ((Source.UNPLACED, "PAYMENT"), (Source.OVERPAYMENT, "OVERPAYMENT")):
        payments.allocate(
            tx,
            client_id,
            day,
            [
                {
                    "id": uuid7(),
                    "invoice_id": target.id,
                    "amount_minor": part.placed_minor,
                    "amount_sek_minor": part.invoice_sek,
                    "payment_id": part.surplus.payment_id,
                    "case_payment_id": None,
                    "voucher_id": voucher_id,
                }
                for part, voucher_id in zip(parts, voucher_ids, strict=True)
                if part.surplus.source is source and not part.by_case
            ],
            kind,
        )
    payments.overpay(
        tx,
        client_id,
        [
            {
                "id": uuid7(),
                "payment_id": part.surplus.payment_id,
                "customer_id": target.customer_id,
                "invoice_id": target.id,
                "amount_minor": part.overpaid_minor,
                "currency": part.surplus.currency,
            }
            for part in parts
            if part.overpaid_minor
        ],
    )
    word = "RECEIVED_FOR_CASE" if target.in_collection else "PLACED"
    notes = [Note(target.id, word, day, part.placed_minor, name, note) for part, name in zip(parts, names, strict=True)]
    invoices.note(tx, client_id, notes)
    if not target.in_collection:
        _tell(tx, client_id, parts, target, day)


def _receive_for_case(tx: Tx, client_id: UUID, parts: Sequence[Part], target: Target) -> None:
    """The case owns the debt: it is told of the money and says how it is used."""
    rows = [
        {
            "id": uuid7(),
            "payment_id": part.surplus.payment_id,
            "invoice_id": target.id,
            "amount_minor": part.placed_minor,
            "bank_date": part.surplus.bank_date,
            "overpayment_id": part.surplus.id if part.surplus.source is Source.OVERPAYMENT else None,
        }
        for part in parts
    ]
    payments.receive_for_cases(tx, client_id, rows)
    for row, part in zip(rows, parts, strict=True):
        message = events_pb2.InvoiceCasePaymentReceived(
            case_payment_id=str(row["id"]),
            invoice_id=str(target.id),
            amount=money(part.placed_minor, part.surplus.currency),
            bank_date=from_date(part.surplus.bank_date),
        )
        tx.publish(Event(client_id, "invoice", target.id, message))


def _tell(tx: Tx, client_id: UUID, parts: Sequence[Part], target: Target, day: date) -> None:
    remaining = target.open_minor
    for part in parts:
        remaining -= part.placed_minor
        message = events_pb2.InvoicePaymentPlaced(
            payment_id=str(part.surplus.payment_id),
            invoice_id=str(target.id),
            amount=money(part.placed_minor, part.surplus.currency),
            remaining=money(remaining, part.surplus.currency),
            booking_date=from_date(day),
        )
        tx.publish(Event(client_id, "invoice", target.id, message))
