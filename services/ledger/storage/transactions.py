"""Registered transactions: how they wait, their invoices, and credits without a credit invoice. SQL."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.ledger.domain.bookings import Composition
from services.ledger.domain.drafts import VatSum
from services.ledger.domain.kinds import InvoiceKind, TransactionKind
from services.ledger.domain.payments import Target
from services.ledger.domain.transactions import Subject, Transaction
from services.ledger.storage.journals import Item
from services.ledger.storage.recordsets import records, recordset

_KEY = "transaction"
"""What tells a registered transaction from a payment of a file in the payload of an item."""

_SUBJECTS = text("""
SELECT i.id, i.number, i.ocr_number, i.kind, i.customer_id, i.customer_number, i.currency, i.exchange_rate,
       i.open_minor, i.open_sek_minor, i.credited_minor, i.vat_sums, i.fee_minor, i.rounding_minor,
       i.sent_to_collection_on IS NOT NULL AS in_collection, i.final_invoiced_by IS NOT NULL AS final_invoiced,
       CASE WHEN c.protected_identity THEN '' ELSE c.name END AS customer_name
  FROM invoice i JOIN customer c ON c.client_id = i.client_id AND c.id = i.customer_id
 WHERE i.client_id = :client_id AND i.number = ANY(CAST(:numbers AS text[]))
""")
_CREDIT = {
    "id": "uuid",
    "invoice_id": "uuid",
    "amount_minor": "bigint",
    "amount_sek_minor": "bigint",
    "journal_item_id": "uuid",
    "voucher_id": "uuid",
}
_ALLOCATE = text(f"""
INSERT INTO allocation (client_id, kind, booking_date, {", ".join(_CREDIT)})
SELECT :client_id, 'CREDIT', :day, {", ".join(f"r.{name}" for name in _CREDIT)} FROM {recordset(_CREDIT)}
""")


def subjects(tx: Tx, client_id: UUID, numbers: Sequence[str]) -> dict[str, Subject]:
    """Invoices by number, as a transaction must know them."""
    if not numbers:
        return {}
    rows = tx.execute(_SUBJECTS, {"client_id": client_id, "numbers": list(numbers)})
    return {
        r.number: Subject(
            target=Target(
                id=r.id,
                number=r.number,
                ocr_number=r.ocr_number,
                customer_id=r.customer_id,
                customer_name=r.customer_name,
                currency=r.currency,
                exchange_rate=r.exchange_rate,
                open_minor=r.open_minor,
                open_sek_minor=r.open_sek_minor,
                in_collection=r.in_collection,
            ),
            customer_number=r.customer_number,
            final_invoiced=r.final_invoiced,
            credited_minor=r.credited_minor,
            made_of=Composition(
                kind=InvoiceKind(r.kind),
                currency=r.currency,
                rate=r.exchange_rate,
                vat_sums=[VatSum(**one) for one in r.vat_sums],
                fee_minor=r.fee_minor,
                rounding_minor=r.rounding_minor,
            ),
        )
        for r in rows
    }


def allocate(tx: Tx, client_id: UUID, day: date, rows: Sequence[dict[str, Any]]) -> None:
    """Note what credits take of locked invoices."""
    tx.execute(_ALLOCATE, {"client_id": client_id, "day": day, **records(_CREDIT, rows)})


def to_item(one: Transaction, position: int) -> Item:
    """A transaction as it waits in a journal."""
    value = {**asdict(one), "id": str(one.id), "kind": one.kind.value, "day": one.day.isoformat()}
    del value["id"]  # the item has it
    return Item(
        id=one.id,
        position=position,
        payload=json.dumps({_KEY: value}, ensure_ascii=False),
        currency=one.currency,
        amount_minor=one.amount_minor,
    )


def of_item(item: Item) -> Transaction | None:
    """The transaction that an item holds; None for a payment of a file."""
    value = item.payload.get(_KEY)
    if value is None:
        return None
    plain = {**value, "kind": TransactionKind(value["kind"]), "day": date.fromisoformat(value["day"])}
    return Transaction(id=item.id, **plain)
