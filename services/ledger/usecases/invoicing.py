"""Godkänn Bunt for invoices: numbers, vouchers, the invoices themselves, and credits set off."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from chassis.business_day import today
from chassis.database import Tx
from chassis.ids import uuid7
from chassis.outbox import Event
from chassis.wire import from_date, money
from kernel import ocr
from kernel.errors import Violations
from kernel.money import SEK
from rf.ledger.v1 import events_pb2, journals_pb2
from services.ledger.domain import bookings, final_invoices, numbers
from services.ledger.domain.accounts import AccountMapping
from services.ledger.domain.drafts import Draft, basis
from services.ledger.domain.journals import Journal
from services.ledger.domain.kinds import InvoiceKind, Service
from services.ledger.domain.receipts import Receipt
from services.ledger.domain.terms import Terms
from services.ledger.storage import counters, invoices, payloads, vouchers
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.invoices import CreditPart, Note
from services.ledger.storage.journals import Item
from services.ledger.storage.tables import COUNTER_INVOICE, SERIES_CREDITS, SERIES_INVOICES
from services.ledger.storage.vouchers import Entry, Voucher
from services.ledger.usecases.approval import Approval
from services.ledger.usecases.drafting import Ready, ocr_of, ready
from services.ledger.usecases.telling import INVOICE_KINDS, SERVICES

CHUNK = 500
"""Invoices in one event."""


@dataclass(frozen=True, slots=True)
class Made:
    """An invoice that becomes real."""

    id: UUID
    voucher_id: UUID
    number: str
    ocr_number: str
    ready: Ready
    credit: CreditPart | None  # what it takes from the invoice that it credits


def approve(tx: Tx, journal: Journal, terms: Terms, items: Sequence[Item], day: date) -> Approval:
    """Make the invoices of a locked journal real, booked on ``day``. All checks are made again, under locks.

    The client's invoice counter is locked first: numbers and OCR numbers that are free then stay free.
    Raises InvalidInput with paths ``items[3].…``.
    """
    client_id = journal.client_id
    first = counters.lock(tx, client_id, COUNTER_INVOICE, terms.first_invoice_number)
    now = basis(terms, today())
    stored = {f"items[{index}]": payloads.from_json(item.payload) for index, item in enumerate(items)}
    unchanged = {
        path: worked
        for (path, worked), item in zip(stored.items(), items, strict=True)
        if payloads.basis_of(item.payload) == now and worked.draft.kind is not InvoiceKind.FINAL
    }
    drafts = [(path, _as_given(worked.draft)) for path, worked in stored.items()]
    found = ready(tx, client_id, terms, drafts, known=unchanged, lock=True)
    with Violations() as v:
        for index, (item, one) in enumerate(zip(items, found, strict=True)):
            v.require(f"items[{index}].total", item.amount_minor == one.worked.total_minor, "CHANGED")
    accounts = terms_storage.mapping(tx, client_id)
    made = _made(found, _series(tx, client_id, terms, found, first), terms)
    names = _book(tx, journal, made, accounts, day)
    _set_off(tx, client_id, made, accounts, day, journal.id)
    _list_on_finals(tx, client_id, made, names, day)
    invoices.note(
        tx,
        client_id,
        [
            Note(one.id, "REGISTERED", day, one.ready.worked.total_minor, name)
            for one, name in zip(made, names, strict=True)
        ],
    )
    sums: Counter[str] = Counter()
    for one in found:
        sums[one.worked.draft.currency] += one.worked.total_minor
    return Approval([one.id for one in made], dict(sums), lambda receipt: _tell(tx, receipt, made, day))


def _as_given(draft: Draft) -> Draft:
    """The draft as it was given: the rate of SEK is not, nor what a final invoice lists."""
    given = final_invoices.as_given(draft) if draft.kind is InvoiceKind.FINAL else draft
    return replace(given, exchange_rate=None) if draft.currency == SEK else given


def _series(tx: Tx, client_id: UUID, terms: Terms, found: Sequence[Ready], first: int) -> list[int]:
    """Numbers of the client's series for the invoices that we print; those that are taken otherwise are left out."""
    printed = [one for one in found if one.worked.draft.service is Service.INVOICING]
    if not printed:
        return []
    own = {one.worked.draft.invoice_number for one in found}
    own_ocrs = {one.ocr_number for one in found if one.ocr_number}
    span = len(printed)
    while True:
        candidates = {str(number): number for number in range(first, first + span)}
        ocrs = {_printed_ocr(number, terms): number for number in candidates}
        taken, taken_ocrs = invoices.taken(tx, client_id, list(candidates), list(ocrs))
        taken |= own | {ocrs[one] for one in (taken_ocrs | own_ocrs) & ocrs.keys()}
        free = [number for text, number in candidates.items() if text not in taken][: len(printed)]
        if len(free) == len(printed):
            counters.set_next(tx, client_id, COUNTER_INVOICE, free[-1] + 1)
            return free
        span *= 2


def _printed_ocr(number: str, terms: Terms) -> str:
    return ocr.create(number, terms.ocr_rule)


def _made(found: Sequence[Ready], series: Sequence[int], terms: Terms) -> list[Made]:
    """Give each invoice its ids and number, and each credit what is still open of the invoice that it credits."""
    following = iter(series)
    left = {one.credited.id: (one.credited.open_minor, one.credited.open_sek_minor) for one in found if one.credited}
    made: list[Made] = []
    for one in found:
        draft = one.worked.draft
        number = draft.invoice_number or str(next(following))
        invoice_id = uuid7()
        credit = None
        if one.credited:
            open_minor, open_sek_minor = left[one.credited.id]
            credit = _credit(one, invoice_id, open_minor, open_sek_minor)
            if credit:
                left[one.credited.id] = (open_minor - credit.amount_minor, open_sek_minor - credit.amount_sek_minor)
        ocr_number = one.ocr_number or ocr_of(replace(draft, invoice_number=number), terms)
        made.append(Made(invoice_id, uuid7(), number, ocr_number, one, credit))
    return made


def _credit(one: Ready, invoice_id: UUID, open_minor: int, open_sek_minor: int) -> CreditPart | None:
    """What a credit takes: all of itself, or what is open of the invoice; None when that is nothing."""
    worked = one.worked
    amount = min(-worked.total_minor, open_minor)
    if one.credited is None or amount <= 0:
        return None
    return CreditPart(
        voucher_id=uuid7(),
        invoice_id=one.credited.id,
        credit_invoice_id=invoice_id,
        amount_minor=amount,
        amount_sek_minor=bookings.share(amount, open_minor, open_sek_minor),
        credit_sek_minor=bookings.share(amount, -worked.total_minor, -worked.total_sek_minor),
    )


def _book(tx: Tx, journal: Journal, made: Sequence[Made], accounts: AccountMapping, day: date) -> list[str]:
    """Write the vouchers, the invoices and their rows; returns the vouchers' names."""
    names = vouchers.write(
        tx,
        journal.client_id,
        SERIES_INVOICES,
        day,
        [Voucher(one.voucher_id, "INVOICE", _entries(one, accounts)) for one in made],
        journal.id,
    )
    # rows first: with the invoice the database notes the words that it is found by, those of its rows among them
    invoices.insert_rows(
        tx,
        journal.client_id,
        [
            (one.id, place, row, net)
            for one in made
            for place, (row, net) in enumerate(
                zip(one.ready.worked.draft.rows, one.ready.worked.row_nets, strict=True), start=1
            )
        ],
    )
    invoices.insert(tx, journal.client_id, journal.id, day, [_columns(one) for one in made])
    return names


def _entries(one: Made, accounts: AccountMapping) -> list[Entry]:
    """The postings of an invoice; those of a final one are about the invoices that it lists, too."""
    ready, customer_id = one.ready, one.ready.customer.id
    if ready.worked.draft.kind is InvoiceKind.FINAL:
        postings = bookings.of_final(one.id, ready.worked, ready.items, accounts)
        return [Entry(posting, invoice_id, customer_id) for posting, invoice_id in postings]
    return [
        Entry(posting, one.id, customer_id)
        for posting in bookings.of_invoice(ready.worked, accounts, ready.sales_accounts)
    ]


def _list_on_finals(tx: Tx, client_id: UUID, made: Sequence[Made], names: Sequence[str], day: date) -> None:
    """The invoices that final ones list have nothing open any more, and point to theirs."""
    listed = [(one, name, item) for one, name in zip(made, names, strict=True) for item in one.ready.items]
    if not listed:
        return
    invoices.list_on_finals(tx, client_id, day, [(one.id, one.voucher_id, item) for one, _, item in listed])
    notes = [Note(item.id, "FINAL_INVOICED", day, -item.open_minor, name, one.number) for one, name, item in listed]
    invoices.note(tx, client_id, notes)


def _set_off(
    tx: Tx, client_id: UUID, made: Sequence[Made], accounts: AccountMapping, day: date, journal_id: UUID
) -> None:
    """Set credits off against the invoices that they credit."""
    taken = [(one, one.credit) for one in made if one.credit]
    if not taken:
        return
    names = vouchers.write(
        tx,
        client_id,
        SERIES_CREDITS,
        day,
        [Voucher(part.voucher_id, "CREDIT", _set_off_entries(one, part, accounts)) for one, part in taken],
        journal_id,
    )
    invoices.allocate_credits(tx, client_id, day, [part for _, part in taken])
    notes = []
    for (one, part), name in zip(taken, names, strict=True):
        notes.append(Note(part.invoice_id, "CREDIT", day, -part.amount_minor, name))
        notes.append(Note(one.id, "CREDIT", day, part.amount_minor, name))
    invoices.note(tx, client_id, notes)


def _set_off_entries(one: Made, part: CreditPart, accounts: AccountMapping) -> list[Entry]:
    """The first posting is the invoice's, the second the credit's; a difference of rates is nobody's."""
    postings = bookings.of_credit(
        part.amount_minor, one.ready.worked.draft.currency, part.amount_sek_minor, part.credit_sek_minor, accounts
    )
    about = [part.invoice_id, part.credit_invoice_id, None]
    return [
        Entry(posting, invoice_id, one.ready.customer.id) for posting, invoice_id in zip(postings, about, strict=False)
    ]


def _columns(one: Made) -> dict[str, Any]:
    """The row of a new invoice. What a credit has been used for is written with it."""
    worked, customer = one.ready.worked, one.ready.customer
    draft = worked.draft
    used, used_sek = (one.credit.amount_minor, one.credit.credit_sek_minor) if one.credit else (0, 0)
    return {
        "id": one.id,
        "number": one.number,
        "number_key": numbers.natural_key(one.number),
        "kind": draft.kind.value,
        "service": draft.service.value,
        "customer_id": customer.id,
        "customer_number": customer.number,
        "customer_number_key": customer.number_key,
        "customer_sort_key": customer.sort_key,
        "invoice_date": draft.invoice_date,
        "payment_terms_days": draft.payment_terms_days,
        "due_date": worked.due_date,
        "currency": draft.currency,
        "exchange_rate": worked.rate,
        "net_minor": worked.net_minor,
        "vat_minor": worked.vat_minor,
        "rounding_minor": worked.rounding_minor,
        "total_minor": worked.total_minor,
        "credited_minor": -used,
        "open_minor": worked.total_minor + used,
        "total_sek_minor": worked.total_sek_minor,
        "open_sek_minor": worked.total_sek_minor + used_sek,
        "vat_sums": json.dumps([asdict(vat_sum) for vat_sum in worked.vat_sums]),
        "fee_minor": worked.fee_minor,
        "ocr_number": one.ocr_number or None,
        "your_reference": draft.your_reference,
        "our_reference": draft.our_reference,
        "subject": draft.subject,
        "credits_invoice_id": one.ready.credited.id if one.ready.credited else None,
        "voucher_id": one.voucher_id,
    }


def _tell(tx: Tx, receipt: Receipt, made: Sequence[Made], day: date) -> None:
    """Tell the journal's approval, so many invoices at a time."""
    chunks = [made[start : start + CHUNK] for start in range(0, len(made), CHUNK)]
    for place, chunk in enumerate(chunks, start=1):
        message = events_pb2.JournalApproved(
            journal_id=str(receipt.journal_id),
            kind=journals_pb2.JOURNAL_KIND_INVOICES,
            chunk=place,
            chunk_count=len(chunks),
            booking_date=from_date(day),
            receipt_hash=receipt.hash.hex(),
            invoices=[_told(one) for one in chunk],
        )
        tx.publish(Event(receipt.client_id, "journal", receipt.journal_id, message))


def _told(one: Made) -> events_pb2.ApprovedInvoice:
    worked, currency = one.ready.worked, one.ready.worked.draft.currency
    used = one.credit.amount_minor if one.credit else 0
    takes = [(one.credit.invoice_id, used)] if one.credit else [(item.id, item.open_minor) for item in one.ready.items]
    return events_pb2.ApprovedInvoice(
        invoice_id=str(one.id),
        customer_id=str(one.ready.customer.id),
        kind=INVOICE_KINDS[worked.draft.kind],
        service=SERVICES[worked.draft.service],
        invoice_date=from_date(worked.draft.invoice_date),
        due_date=from_date(worked.due_date),
        total=money(worked.total_minor, currency),
        open=money(worked.total_minor + used, currency),
        takes=[events_pb2.TakenPart(invoice_id=str(of), amount=money(minor, currency)) for of, minor in takes],
    )
