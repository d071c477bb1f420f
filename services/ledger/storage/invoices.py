"""Invoices, their rows and their history: SQL that writes, and what is needed to decide."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from chassis.ids import uuid7
from services.ledger.domain.drafts import Row
from services.ledger.domain.final_invoices import OpenItem
from services.ledger.domain.kinds import InvoiceKind
from services.ledger.storage.recordsets import records, recordset

INVOICE = {
    "id": "uuid",
    "number": "text",
    "number_key": "text",
    "kind": "text",
    "service": "text",
    "customer_id": "uuid",
    "customer_number": "text",
    "customer_number_key": "text",
    "customer_sort_key": "text",
    "invoice_date": "date",
    "payment_terms_days": "integer",
    "due_date": "date",
    "currency": "text",
    "exchange_rate": "numeric",
    "net_minor": "bigint",
    "vat_minor": "bigint",
    "rounding_minor": "bigint",
    "total_minor": "bigint",
    "credited_minor": "bigint",
    "open_minor": "bigint",
    "total_sek_minor": "bigint",
    "open_sek_minor": "bigint",
    "vat_sums": "jsonb",
    "fee_minor": "bigint",
    "ocr_number": "text",
    "your_reference": "text",
    "our_reference": "text",
    "subject": "text",
    "credits_invoice_id": "uuid",
    "voucher_id": "uuid",
}
"""Columns of a new invoice and their types; those of the whole journal are set for all of them at once."""

_ROW = {
    "invoice_id": "uuid",
    "place": "integer",
    "text_only": "boolean",
    "article_number": "text",
    "description": "text",
    "quantity": "numeric",
    "unit": "text",
    "unit_price": "numeric",
    "discount_percent": "numeric",
    "vat_percent": "integer",
    "net_minor": "bigint",
}
_ROW_FIELDS = [name for name in _ROW if name not in {"invoice_id", "place", "net_minor"}]
_HISTORY = {
    "invoice_id": "uuid",
    "id": "uuid",
    "booking_date": "date",
    "kind": "text",
    "amount_minor": "bigint",
    "voucher": "text",
    "note": "text",
}
_ALLOCATION = {
    "id": "uuid",
    "invoice_id": "uuid",
    "amount_minor": "bigint",
    "amount_sek_minor": "bigint",
    "credit_invoice_id": "uuid",
    "credit_sek_minor": "bigint",
    "voucher_id": "uuid",
}

_INSERT = text(f"""
INSERT INTO invoice (client_id, journal_id, booking_date, {", ".join(INVOICE)})
SELECT :client_id, :journal_id, :day, {", ".join(f"r.{name}" for name in INVOICE)} FROM {recordset(INVOICE)}
""")
_INSERT_ROWS = text(f"""
INSERT INTO invoice_row (client_id, {", ".join(_ROW)})
SELECT :client_id, {", ".join(f"r.{name}" for name in _ROW)} FROM {recordset(_ROW)}
""")
_NOTE = text(f"""
INSERT INTO invoice_history (client_id, at, by, {", ".join(_HISTORY)})
SELECT :client_id, coalesce(CAST(:at AS timestamptz), now()), :by, {", ".join(f"r.{name}" for name in _HISTORY)}
  FROM {recordset(_HISTORY)}
""")
_TAKEN = text("""
SELECT number, NULL AS ocr_number FROM invoice
 WHERE client_id = :client_id AND number = ANY(CAST(:numbers AS text[]))
UNION ALL
SELECT NULL, ocr_number FROM invoice
 WHERE client_id = :client_id AND ocr_number = ANY(CAST(:ocr_numbers AS text[]))
""")
_CREDITABLE = """
SELECT id, number, kind, customer_id, currency, total_minor, credited_minor, open_minor, open_sek_minor,
       sent_to_collection_on IS NOT NULL AS in_collection, final_invoiced_by IS NOT NULL AS final_invoiced
  FROM invoice WHERE client_id = :client_id AND number = ANY(CAST(:numbers AS text[]))
"""
_READ_CREDITABLE = text(_CREDITABLE)
_LOCK_CREDITABLE = text(f"{_CREDITABLE} ORDER BY id FOR UPDATE")
_OPEN_ITEMS = """
SELECT id, number, number_key, customer_id, invoice_date, currency, open_minor, open_sek_minor
  FROM invoice
 WHERE client_id = :client_id AND customer_id = ANY(CAST(:customers AS uuid[])) AND is_open
   AND sent_to_collection_on IS NULL
"""
_READ_OPEN_ITEMS = text(_OPEN_ITEMS)
_LOCK_OPEN_ITEMS = text(f"{_OPEN_ITEMS} ORDER BY id FOR UPDATE")
_FINAL_ALLOCATION = {
    "id": "uuid",
    "invoice_id": "uuid",
    "amount_minor": "bigint",
    "amount_sek_minor": "bigint",
    "final_invoice_id": "uuid",
    "voucher_id": "uuid",
}
_ALLOCATE_FINALS = text(f"""
INSERT INTO allocation (client_id, kind, booking_date, {", ".join(_FINAL_ALLOCATION)})
SELECT :client_id, 'FINAL', :day, {", ".join(f"r.{name}" for name in _FINAL_ALLOCATION)}
  FROM {recordset(_FINAL_ALLOCATION)}
""")
_FINAL_INVOICED = text("""
UPDATE invoice i
   SET credited_minor = i.credited_minor + i.open_minor, open_minor = 0, open_sek_minor = 0,
       final_invoiced_by = f.final_id
  FROM unnest(CAST(:ids AS uuid[]), CAST(:finals AS uuid[])) AS f (id, final_id)
 WHERE i.client_id = :client_id AND i.id = f.id
""")
_ALLOCATE_CREDITS = text(f"""
INSERT INTO allocation (client_id, kind, booking_date, {", ".join(_ALLOCATION)})
SELECT :client_id, 'CREDIT', :day, {", ".join(f"r.{name}" for name in _ALLOCATION)} FROM {recordset(_ALLOCATION)}
""")
_CREDIT = text("""
UPDATE invoice i
   SET credited_minor = i.credited_minor + c.amount, open_minor = i.open_minor - c.amount,
       open_sek_minor = i.open_sek_minor - c.amount_sek
  FROM (SELECT r.id, sum(r.amount_minor) AS amount, sum(r.sek_minor) AS amount_sek
          FROM unnest(CAST(:ids AS uuid[]), CAST(:amounts AS bigint[]), CAST(:seks AS bigint[]))
               AS r (id, amount_minor, sek_minor) GROUP BY r.id) AS c
 WHERE i.client_id = :client_id AND i.id = c.id
""")
_SET_DOCUMENT = text("""
UPDATE invoice SET document_id = :document_id, document_sha256 = :sha256
 WHERE client_id = :client_id AND id = :id AND document_id IS NULL
RETURNING id
""")
_SEND_TO_COLLECTION = text("""
UPDATE invoice SET sent_to_collection_on = :day WHERE client_id = :client_id AND id = :id
""")


@dataclass(frozen=True, slots=True)
class Creditable:
    """An invoice as a credit of it must know it."""

    id: UUID
    number: str
    kind: InvoiceKind
    customer_id: UUID
    currency: str
    total_minor: int
    credited_minor: int
    open_minor: int
    open_sek_minor: int
    in_collection: bool
    final_invoiced: bool


@dataclass(frozen=True, slots=True)
class Note:
    """An item of an invoice's history."""

    invoice_id: UUID
    kind: str
    booking_date: date | None = None
    amount_minor: int | None = None
    voucher: str = ""
    note: str = ""
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class CreditPart:
    """What a credit takes from the invoice that it credits. Both SEK amounts are positive."""

    voucher_id: UUID
    invoice_id: UUID
    credit_invoice_id: UUID
    amount_minor: int
    amount_sek_minor: int
    credit_sek_minor: int


def insert(tx: Tx, client_id: UUID, journal_id: UUID, day: date, invoices: Sequence[dict[str, Any]]) -> None:
    """Write new invoices, each with the columns of INVOICE, in one statement."""
    common = {"client_id": client_id, "journal_id": journal_id, "day": day}
    tx.execute(_INSERT, {**common, **records(INVOICE, invoices)})


def insert_rows(tx: Tx, client_id: UUID, rows: Sequence[tuple[UUID, int, Row, int]]) -> None:
    """Write rows of new invoices: invoice, place, row, net."""
    if rows:
        written = [
            {"invoice_id": invoice_id, "place": place, "net_minor": net}
            | {name: getattr(row, name) for name in _ROW_FIELDS}
            for invoice_id, place, row, net in rows
        ]
        tx.execute(_INSERT_ROWS, {"client_id": client_id, **records(_ROW, written)})


def note(tx: Tx, client_id: UUID, notes: Sequence[Note], at: datetime | None = None) -> None:
    """Write what has happened to invoices; ``at`` is for what happened elsewhere, now otherwise."""
    rows = [
        {
            "invoice_id": one.invoice_id,
            "id": one.id,
            "booking_date": one.booking_date,
            "kind": one.kind,
            "amount_minor": one.amount_minor,
            "voucher": one.voucher,
            "note": one.note,
        }
        for one in notes
    ]
    tx.execute(_NOTE, {"client_id": client_id, "at": at, "by": tx.caller.name, **records(_HISTORY, rows)})


def taken(tx: Tx, client_id: UUID, numbers: Sequence[str], ocr_numbers: Sequence[str]) -> tuple[set[str], set[str]]:
    """Those of the invoice numbers, and those of the OCR numbers, that invoices have."""
    if not numbers and not ocr_numbers:
        return set(), set()
    wanted = {"client_id": client_id, "numbers": list(numbers), "ocr_numbers": list(ocr_numbers)}
    rows = tx.execute(_TAKEN, wanted).all()
    return {row.number for row in rows if row.number}, {row.ocr_number for row in rows if row.ocr_number}


def creditable(tx: Tx, client_id: UUID, wanted: Sequence[str], *, lock: bool) -> dict[str, Creditable]:
    """Invoices by number, as a credit must know them; locked in the order of their ids if so asked."""
    if not wanted:
        return {}
    statement = _LOCK_CREDITABLE if lock else _READ_CREDITABLE
    rows = tx.execute(statement, {"client_id": client_id, "numbers": list(wanted)})
    return {
        r.number: Creditable(
            id=r.id,
            number=r.number,
            kind=InvoiceKind(r.kind),
            customer_id=r.customer_id,
            currency=r.currency,
            total_minor=r.total_minor,
            credited_minor=r.credited_minor,
            open_minor=r.open_minor,
            open_sek_minor=r.open_sek_minor,
            in_collection=r.in_collection,
            final_invoiced=r.final_invoiced,
        )
        for r in rows
    }


def open_items(
    tx: Tx, client_id: UUID, customers: Sequence[UUID], *, lock: bool
) -> dict[tuple[UUID, str], list[OpenItem]]:
    """What final invoices of customers would list, by customer and currency, oldest first.

    Locked in the order of their ids if so asked. An invoice in collection has its case as the owner of its debt.
    """
    if not customers:
        return {}
    statement = _LOCK_OPEN_ITEMS if lock else _READ_OPEN_ITEMS
    rows = tx.execute(statement, {"client_id": client_id, "customers": list(customers)}).all()
    found: dict[tuple[UUID, str], list[OpenItem]] = {}
    for r in sorted(rows, key=lambda row: (row.invoice_date, row.number_key)):
        item = OpenItem(r.id, r.number, r.invoice_date, r.currency, r.open_minor, r.open_sek_minor)
        found.setdefault((r.customer_id, r.currency), []).append(item)
    return found


def allocate_credits(tx: Tx, client_id: UUID, day: date, parts: Sequence[CreditPart]) -> None:
    """Set credits off against locked invoices. The credits' own open amounts were written less by as much."""
    rows = [asdict(part) | {"id": uuid7()} for part in parts]
    tx.execute(_ALLOCATE_CREDITS, {"client_id": client_id, "day": day, **records(_ALLOCATION, rows)})
    credit(tx, client_id, [(part.invoice_id, part.amount_minor, part.amount_sek_minor) for part in parts])


def credit(tx: Tx, client_id: UUID, parts: Sequence[tuple[UUID, int, int]]) -> None:
    """Lower what is open of locked invoices by what is credited: invoice, amount, and öre off the claim."""
    ids, amounts, seks = ([part[place] for part in parts] for place in range(3))
    tx.execute(_CREDIT, {"client_id": client_id, "ids": ids, "amounts": amounts, "seks": seks})


def list_on_finals(tx: Tx, client_id: UUID, day: date, listed: Sequence[tuple[UUID, UUID, OpenItem]]) -> None:
    """Move what is open of locked invoices to final invoices: final invoice, its voucher, and the item."""
    rows = [
        {
            "id": uuid7(),
            "invoice_id": item.id,
            "amount_minor": item.open_minor,
            "amount_sek_minor": item.open_sek_minor,
            "final_invoice_id": final_id,
            "voucher_id": voucher_id,
        }
        for final_id, voucher_id, item in listed
    ]
    tx.execute(_ALLOCATE_FINALS, {"client_id": client_id, "day": day, **records(_FINAL_ALLOCATION, rows)})
    ids, finals = [item.id for _, _, item in listed], [final_id for final_id, _, _ in listed]
    tx.execute(_FINAL_INVOICED, {"client_id": client_id, "ids": ids, "finals": finals})


def set_document(tx: Tx, client_id: UUID, invoice_id: UUID, document_id: UUID, sha256: bytes) -> bool:
    """Note the archived copy; says False when there is one already, or no such invoice."""
    values = {"client_id": client_id, "id": invoice_id, "document_id": document_id, "sha256": sha256}
    return tx.execute(_SET_DOCUMENT, values).one_or_none() is not None


def send_to_collection(tx: Tx, client_id: UUID, invoice_id: UUID, day: date) -> None:
    """A locked invoice goes to collection."""
    tx.execute(_SEND_TO_COLLECTION, {"client_id": client_id, "id": invoice_id, "day": day})
