"""Payments and what they paid: SQL."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.ledger.domain.payments import Payment, Reference, Target
from services.ledger.storage.recordsets import records, recordset

# Two index look-ups, then the rows by primary key; an OR of the two would read the whole client.
_TARGETS = """
SELECT i.id, i.number, i.ocr_number, i.customer_id, i.currency, i.exchange_rate, i.open_minor, i.open_sek_minor,
       i.sent_to_collection_on IS NOT NULL AS in_collection,
       CASE WHEN c.protected_identity THEN '' ELSE c.name END AS customer_name
  FROM invoice i JOIN customer c ON c.client_id = i.client_id AND c.id = i.customer_id
 WHERE i.client_id = :client_id AND i.total_minor > 0 AND i.id IN (
    SELECT id FROM invoice WHERE client_id = :client_id AND ocr_number = ANY(CAST(:numbers AS text[]))
     UNION SELECT id FROM invoice WHERE client_id = :client_id AND number = ANY(CAST(:numbers AS text[]))
 )
 ORDER BY i.id
"""
_READ_TARGETS = text(_TARGETS)
_LOCK_TARGETS = text(f"{_TARGETS} FOR UPDATE OF i")
_KNOWN_REFERENCES = text("""
SELECT bank_reference FROM payment
 WHERE client_id = :client_id AND bank_reference = ANY(CAST(:references AS text[]))
 UNION
SELECT bank_reference FROM journal_item
 WHERE client_id = :client_id AND bank_reference = ANY(CAST(:references AS text[]))
   AND journal_id IS DISTINCT FROM CAST(:but_journal AS uuid)
   AND NOT EXISTS (SELECT FROM journal r WHERE r.client_id = :client_id AND r.reverses = journal_item.journal_id)
""")
_LATEST_RATES = text("""
SELECT c.currency, r.exchange_rate
  FROM unnest(CAST(:currencies AS text[])) AS c (currency)
 CROSS JOIN LATERAL (
    SELECT exchange_rate FROM invoice WHERE client_id = :client_id AND currency = c.currency
     ORDER BY invoice_date DESC, id DESC LIMIT 1
 ) AS r
""")
PAYMENT = {
    "id": "uuid",
    "bank_reference": "text",
    "amount_minor": "bigint",
    "currency": "text",
    "exchange_rate": "numeric",
    "bank_date": "date",
    "payer_name": "text",
    "payer_account": "text",
    "message": "text",
    "channel": "text",
    "verdict": "text",
    "allocated_minor": "bigint",
    "for_case_minor": "bigint",
    "overpaid_minor": "bigint",
    "unplaced_minor": "bigint",
    "voucher_id": "uuid",
}
"""Columns of a new payment; those of the whole journal are set for all of them at once."""

_INSERT = text(f"""
INSERT INTO payment (client_id, journal_id, booking_date, {", ".join(PAYMENT)})
SELECT :client_id, :journal_id, :day, {", ".join(f"r.{name}" for name in PAYMENT)} FROM {recordset(PAYMENT)}
""")
_REFERENCE = {"payment_id": "uuid", "place": "integer", "value": "text", "is_ocr": "boolean", "part_minor": "bigint"}
_INSERT_REFERENCES = text(f"""
INSERT INTO payment_reference (client_id, {", ".join(_REFERENCE)})
SELECT :client_id, {", ".join(f"r.{name}" for name in _REFERENCE)} FROM {recordset(_REFERENCE)}
""")
ALLOCATION = {
    "id": "uuid",
    "invoice_id": "uuid",
    "amount_minor": "bigint",
    "amount_sek_minor": "bigint",
    "payment_id": "uuid",
    "case_payment_id": "uuid",
    "voucher_id": "uuid",
}
_ALLOCATE = text(f"""
INSERT INTO allocation (client_id, kind, booking_date, {", ".join(ALLOCATION)})
SELECT :client_id, CASE WHEN r.case_payment_id IS NULL THEN :kind ELSE 'CASE_SETTLEMENT' END, :day,
       {", ".join(f"r.{name}" for name in ALLOCATION)} FROM {recordset(ALLOCATION)}
""")
_PAY_INVOICES = text("""
UPDATE invoice i
   SET paid_minor = i.paid_minor + p.amount, open_minor = i.open_minor - p.amount,
       open_sek_minor = i.open_sek_minor - p.amount_sek
  FROM (SELECT r.id, sum(r.amount_minor) AS amount, sum(r.sek_minor) AS amount_sek
          FROM unnest(CAST(:ids AS uuid[]), CAST(:amounts AS bigint[]), CAST(:seks AS bigint[]))
               AS r (id, amount_minor, sek_minor) GROUP BY r.id) AS p
 WHERE i.client_id = :client_id AND i.id = p.id
""")
_CASE_PAYMENT = {
    "id": "uuid",
    "payment_id": "uuid",
    "invoice_id": "uuid",
    "amount_minor": "bigint",
    "bank_date": "date",
    "overpayment_id": "uuid",
}
_RECEIVE_FOR_CASES = text(f"""
INSERT INTO case_payment (client_id, {", ".join(_CASE_PAYMENT)})
SELECT :client_id, {", ".join(f"r.{name}" for name in _CASE_PAYMENT)} FROM {recordset(_CASE_PAYMENT)}
""")
_OVERPAYMENT = {
    "id": "uuid",
    "payment_id": "uuid",
    "customer_id": "uuid",
    "invoice_id": "uuid",
    "amount_minor": "bigint",
    "currency": "text",
}
_OVERPAY = text(f"""
INSERT INTO overpayment (client_id, remaining_minor, bank_date, {", ".join(_OVERPAYMENT)})
SELECT :client_id, r.amount_minor, p.bank_date, {", ".join(f"r.{name}" for name in _OVERPAYMENT)}
  FROM {recordset(_OVERPAYMENT)} JOIN payment p ON p.client_id = :client_id AND p.id = r.payment_id
""")
_LOCK_CASE_PAYMENT = text("""
SELECT p.id, p.payment_id, p.invoice_id, p.amount_minor, p.settled_at IS NOT NULL AS settled,
       i.customer_id, i.open_minor
  FROM case_payment p JOIN invoice i ON i.client_id = p.client_id AND i.id = p.invoice_id
 WHERE p.client_id = :client_id AND p.id = :id
   FOR UPDATE OF p, i
""")
_SETTLE = text("""
UPDATE case_payment
   SET settled_at = :at, capital_minor = :capital, interest_minor = :interest, costs_minor = :costs,
       surplus_minor = :surplus, voucher_id = :voucher_id
 WHERE client_id = :client_id AND id = :id
""")
_SET_CASE = text("""
UPDATE invoice SET case_id = :case_id, case_number = :number
 WHERE client_id = :client_id AND id = ANY(CAST(:ids AS uuid[])) AND case_id IS NULL
RETURNING id
""")


@dataclass(frozen=True, slots=True)
class CasePayment:
    """Money received for a case, locked together with its invoice."""

    id: UUID
    payment_id: UUID
    invoice_id: UUID
    customer_id: UUID
    amount_minor: int
    open_minor: int
    settled: bool


def targets(tx: Tx, client_id: UUID, numbers: Sequence[str], *, lock: bool = False) -> list[Target]:
    """The invoices that these numbers name, by OCR or invoice number; locked in the order of their ids if so asked."""
    if not numbers:
        return []
    rows = tx.execute(_LOCK_TARGETS if lock else _READ_TARGETS, {"client_id": client_id, "numbers": list(numbers)})
    return [
        Target(
            r.id,
            r.number,
            r.ocr_number,
            r.customer_id,
            r.customer_name,
            r.currency,
            r.exchange_rate,
            r.open_minor,
            r.open_sek_minor,
            r.in_collection,
        )
        for r in rows
    ]


def known_references(tx: Tx, client_id: UUID, references: Sequence[str], but_journal: UUID | None = None) -> set[str]:
    """Those of the bank's references that the ledger has already, booked or waiting in a journal but one."""
    values = {"client_id": client_id, "references": list(references), "but_journal": but_journal}
    return set(tx.execute(_KNOWN_REFERENCES, values).scalars())


def latest_rates(tx: Tx, client_id: UUID, currencies: Sequence[str]) -> dict[str, Decimal]:
    """The rate of the client's latest invoice in each currency."""
    rows = tx.execute(_LATEST_RATES, {"client_id": client_id, "currencies": list(currencies)})
    return {row.currency: row.exchange_rate for row in rows}


def insert(
    tx: Tx, client_id: UUID, journal_id: UUID, day: date, rows: Sequence[dict[str, Any]], named: Sequence[Payment]
) -> None:
    """Write new payments, each with the columns of PAYMENT, and what their payers named."""
    tx.execute(_INSERT, {"client_id": client_id, "journal_id": journal_id, "day": day, **records(PAYMENT, rows)})
    references = [
        {"payment_id": row["id"], "place": place, **asdict(reference)}
        for row, payment in zip(rows, named, strict=True)
        for place, reference in enumerate(payment.references, start=1)
    ]
    if references:
        tx.execute(_INSERT_REFERENCES, {"client_id": client_id, **records(_REFERENCE, references)})


def allocate(tx: Tx, client_id: UUID, day: date, rows: Sequence[dict[str, Any]], kind: str = "PAYMENT") -> None:
    """Let payments, or with ``kind`` OVERPAYMENT what they overpaid, pay locked invoices: rows of ALLOCATION."""
    if not rows:
        return
    tx.execute(_ALLOCATE, {"client_id": client_id, "day": day, "kind": kind, **records(ALLOCATION, rows)})
    tx.execute(
        _PAY_INVOICES,
        {
            "client_id": client_id,
            "ids": [row["invoice_id"] for row in rows],
            "amounts": [row["amount_minor"] for row in rows],
            "seks": [row["amount_sek_minor"] for row in rows],
        },
    )


def receive_for_cases(tx: Tx, client_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Note what was received for cases, each row to be settled by its case."""
    if rows:
        tx.execute(_RECEIVE_FOR_CASES, {"client_id": client_id, **records(_CASE_PAYMENT, rows)})


def overpay(tx: Tx, client_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Note what customers have paid too much."""
    if rows:
        tx.execute(_OVERPAY, {"client_id": client_id, **records(_OVERPAYMENT, rows)})


def lock_case_payment(tx: Tx, client_id: UUID, case_payment_id: UUID) -> CasePayment | None:
    """Lock what was received for a case, and its invoice."""
    row = tx.execute(_LOCK_CASE_PAYMENT, {"client_id": client_id, "id": case_payment_id}).one_or_none()
    if row is None:
        return None
    return CasePayment(
        row.id, row.payment_id, row.invoice_id, row.customer_id, row.amount_minor, row.open_minor, row.settled
    )


def settle(tx: Tx, client_id: UUID, case_payment_id: UUID, **values: object) -> None:
    """Note how a case used it: ``at``, ``capital``, ``interest``, ``costs``, ``surplus``, ``voucher_id``."""
    tx.execute(_SETTLE, {"client_id": client_id, "id": case_payment_id, **values})


def set_case(tx: Tx, client_id: UUID, invoice_ids: Sequence[UUID], case_id: UUID, number: str) -> list[UUID]:
    """Note the case of invoices; returns those that had none before."""
    values = {"client_id": client_id, "ids": list(invoice_ids), "case_id": case_id, "number": number}
    return list(tx.execute(_SET_CASE, values).scalars())


def to_json(payment: Payment) -> str:
    """A payment as it waits in a journal."""
    return json.dumps({**asdict(payment), "bank_date": payment.bank_date.isoformat()}, ensure_ascii=False)


def from_json(value: dict[str, Any]) -> Payment:
    """The payment that ``to_json`` wrote."""
    references = tuple(Reference(**one) for one in value["references"])
    return Payment(**{**value, "bank_date": date.fromisoformat(value["bank_date"]), "references": references})
