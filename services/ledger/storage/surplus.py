"""Overpayments, unplaced payments and how they were cleared: SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from kernel.sorting import sort_prefix
from services.ledger.domain.drafts import in_sek
from services.ledger.domain.payments import Payment, Reference, Target
from services.ledger.domain.surplus import Candidate, Reason, Source, Surplus
from services.ledger.storage.recordsets import records, recordset

_FILTER = """
       AND (CAST(:first_day AS date) IS NULL OR o.bank_date >= CAST(:first_day AS date))
       AND (CAST(:last_day AS date) IS NULL OR o.bank_date <= CAST(:last_day AS date))
       AND (CAST(:least AS bigint) IS NULL OR o.{left} >= CAST(:least AS bigint))
       AND (CAST(:most AS bigint) IS NULL OR o.{left} <= CAST(:most AS bigint))
       AND (CAST(:before AS uuid) IS NULL OR (o.bank_date, o.id) < (CAST(:day AS date), CAST(:before AS uuid)))
     ORDER BY o.bank_date DESC, o.id DESC LIMIT :limit
"""
_OVERPAYMENT = """
SELECT o.id, o.client_id, o.customer_id, c.number AS customer_number,
       CASE WHEN c.protected_identity THEN '' ELSE c.name END AS customer_name, o.invoice_id,
       coalesce(i.number, '') AS invoice_number, o.bank_date, p.amount_minor AS paid_minor, o.amount_minor,
       o.remaining_minor, o.currency
"""
_OF_OVERPAYMENT = """
  JOIN payment p ON p.client_id = o.client_id AND p.id = o.payment_id
  JOIN customer c ON c.client_id = o.client_id AND c.id = o.customer_id
  LEFT JOIN invoice i ON i.client_id = o.client_id AND i.id = o.invoice_id
"""
_OVERPAYMENTS = text(f"""
{_OVERPAYMENT} FROM unnest(CAST(:clients AS uuid[])) AS k (client_id)
 CROSS JOIN LATERAL (
    SELECT * FROM overpayment o WHERE o.client_id = k.client_id AND o.remaining_minor > 0
    {_FILTER.format(left="remaining_minor")}
 ) AS o {_OF_OVERPAYMENT}
 ORDER BY o.bank_date DESC, o.id DESC LIMIT :limit
""")
_OVERPAYMENTS_BY_ID = text(f"""
{_OVERPAYMENT} FROM overpayment o {_OF_OVERPAYMENT}
 WHERE o.client_id = :client_id AND o.id = ANY(CAST(:ids AS uuid[]))
""")
_UNPLACED_COLUMNS = """
       o.client_id, o.id, o.bank_reference, o.currency, o.amount_minor, o.unplaced_minor, o.bank_date, o.payer_name,
       o.payer_account, o.message, o.channel,
       (SELECT jsonb_agg(jsonb_build_object('value', r.value, 'is_ocr', r.is_ocr, 'part_minor', r.part_minor)
                         ORDER BY r.place)
          FROM payment_reference r WHERE r.client_id = o.client_id AND r.payment_id = o.id) AS named
"""
_UNPLACED = text(f"""
SELECT {_UNPLACED_COLUMNS} FROM unnest(CAST(:clients AS uuid[])) AS k (client_id)
 CROSS JOIN LATERAL (
    SELECT * FROM payment o WHERE o.client_id = k.client_id AND o.unplaced_minor > 0
    {_FILTER.format(left="unplaced_minor")}
 ) AS o
 ORDER BY o.bank_date DESC, o.id DESC LIMIT :limit
""")
_UNPLACED_BY_ID = text(f"""
SELECT {_UNPLACED_COLUMNS} FROM payment o WHERE o.client_id = :client_id AND o.id = ANY(CAST(:ids AS uuid[]))
   AND (o.unplaced_minor > 0 OR o.verdict = 'UNPLACED')
""")
# what has left already is subtracted from what was booked then, so the last part takes the last öre
_LOCK_OVERPAYMENTS = text("""
SELECT o.id, o.payment_id, o.customer_id, o.currency, p.exchange_rate, p.bank_date, o.remaining_minor,
       o.amount_minor AS booked_minor,
       (SELECT coalesce(sum(c.amount_sek_minor), 0)::bigint FROM clearing c
         WHERE c.client_id = o.client_id AND c.overpayment_id = o.id) AS left_sek
  FROM overpayment o JOIN payment p ON p.client_id = o.client_id AND p.id = o.payment_id
 WHERE o.client_id = :client_id AND o.id = ANY(CAST(:ids AS uuid[])) ORDER BY o.id FOR UPDATE OF o
""")
_LOCK_UNPLACED = text("""
SELECT p.id, p.id AS payment_id, CAST(NULL AS uuid) AS customer_id, p.currency, p.exchange_rate, p.bank_date,
       p.unplaced_minor AS remaining_minor,
       p.unplaced_minor + (SELECT coalesce(sum(c.amount_minor), 0)::bigint FROM clearing c
         WHERE c.client_id = p.client_id AND c.payment_id = p.id AND c.overpayment_id IS NULL) AS booked_minor,
       (SELECT coalesce(sum(c.amount_sek_minor), 0)::bigint FROM clearing c
         WHERE c.client_id = p.client_id AND c.payment_id = p.id AND c.overpayment_id IS NULL) AS left_sek
  FROM payment p WHERE p.client_id = :client_id AND p.id = ANY(CAST(:ids AS uuid[])) ORDER BY p.id FOR UPDATE OF p
""")
CLEARING = {
    "id": "uuid",
    "overpayment_id": "uuid",
    "payment_id": "uuid",
    "amount_minor": "bigint",
    "amount_sek_minor": "bigint",
    "placed_minor": "bigint",
    "invoice_id": "uuid",
    "voucher_id": "uuid",
}
"""Columns of a new clearing; those of the whole choice are set for all of them at once."""

_CLEAR = text(f"""
INSERT INTO clearing (client_id, kind, payee_name, payee_account_kind, payee_account_number, note, booking_date,
                      cleared_by, {", ".join(CLEARING)})
SELECT :client_id, :kind, :payee_name, :payee_account_kind, :payee_account_number, :note, :day, :by,
       {", ".join(f"r.{name}" for name in CLEARING)} FROM {recordset(CLEARING)}
""")
_TAKE_OVERPAYMENTS = text(f"""
UPDATE overpayment o SET remaining_minor = o.remaining_minor - r.taken_minor
  FROM {recordset({"id": "uuid", "taken_minor": "bigint"})} WHERE o.client_id = :client_id AND o.id = r.id
""")
_UNPLACED_PART = {
    "id": "uuid",
    "taken_minor": "bigint",
    "allocated_minor": "bigint",
    "for_case_minor": "bigint",
    "overpaid_minor": "bigint",
    "cleared_minor": "bigint",
}
_TAKE_UNPLACED = text(f"""
UPDATE payment p
   SET unplaced_minor = p.unplaced_minor - r.taken_minor, allocated_minor = p.allocated_minor + r.allocated_minor,
       for_case_minor = p.for_case_minor + r.for_case_minor, overpaid_minor = p.overpaid_minor + r.overpaid_minor,
       cleared_minor = p.cleared_minor + r.cleared_minor
  FROM {recordset(_UNPLACED_PART)} WHERE p.client_id = :client_id AND p.id = r.id
""")
_CANDIDATE = """
SELECT i.id, i.number, i.ocr_number, i.customer_id, i.customer_number, i.currency, i.exchange_rate, i.open_minor,
       i.open_sek_minor, i.due_date, i.sent_to_collection_on IS NOT NULL AS in_collection,
       CASE WHEN c.protected_identity THEN '' ELSE c.name END AS customer_name
  FROM invoice i JOIN customer c ON c.client_id = i.client_id AND c.id = i.customer_id
 WHERE i.client_id = :client_id AND i.is_open AND i.total_minor > 0 AND i.currency = :currency
"""
_OF_AMOUNT = text(f"{_CANDIDATE} AND i.open_minor = :minor ORDER BY i.due_date, i.id LIMIT :limit")
_OF_NUMBERS = text(f"""
{_CANDIDATE} AND i.id IN (
    SELECT id FROM invoice WHERE client_id = :client_id AND ocr_number = ANY(CAST(:numbers AS text[]))
     UNION SELECT id FROM invoice WHERE client_id = :client_id AND number = ANY(CAST(:numbers AS text[]))
) ORDER BY i.due_date, i.id LIMIT :limit
""")
_OF_CUSTOMER = text(f"{_CANDIDATE} AND i.customer_id = :customer_id ORDER BY i.due_date, i.id LIMIT :limit")
_OF_NAME = text(f"""
{_CANDIDATE} AND i.customer_id IN (
    SELECT id FROM customer WHERE client_id = :client_id AND sort_key >= :name || ' ' AND sort_key < :name || '!'
) ORDER BY i.due_date, i.id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which ones of a list; what is given must hold. Amounts in minor units of each one's currency."""

    first_day: date | None = None
    last_day: date | None = None
    least: int | None = None
    most: int | None = None


class Overpaid(NamedTuple):
    """An overpayment in a list. Amounts in minor units of its currency."""

    id: UUID
    client_id: UUID
    customer_id: UUID
    customer_number: str
    customer_name: str
    invoice_id: UUID | None
    invoice_number: str
    bank_date: date
    paid_minor: int
    amount_minor: int
    remaining_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A payment that matched nothing, and what is left of it."""

    id: UUID
    client_id: UUID
    payment: Payment
    remaining_minor: int


Place = tuple[date, UUID]


def overpayments(tx: Tx, clients: Sequence[UUID], which: Filter, before: Place | None, limit: int) -> list[Overpaid]:
    """Overpayments with something left, latest first."""
    return [Overpaid._make(row) for row in tx.execute(_OVERPAYMENTS, _page(clients, which, before, limit))]


def unplaced(tx: Tx, clients: Sequence[UUID], which: Filter, before: Place | None, limit: int) -> list[Unplaced]:
    """Payments that matched nothing and have something left, latest first."""
    return [_unplaced(row) for row in tx.execute(_UNPLACED, _page(clients, which, before, limit))]


def overpayments_by_id(tx: Tx, client_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Overpaid]:
    """Those of the overpayments that there are."""
    rows = tx.execute(_OVERPAYMENTS_BY_ID, {"client_id": client_id, "ids": list(ids)})
    return {row.id: Overpaid._make(row) for row in rows}


def unplaced_by_id(tx: Tx, client_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Unplaced]:
    """Those of the unplaced payments that there are."""
    rows = tx.execute(_UNPLACED_BY_ID, {"client_id": client_id, "ids": list(ids)})
    return {row.id: _unplaced(row) for row in rows}


def lock(tx: Tx, client_id: UUID, source: Source, ids: Sequence[UUID]) -> dict[UUID, Surplus]:
    """Lock them in the order of their ids, to decide what becomes of them."""
    statement = _LOCK_OVERPAYMENTS if source is Source.OVERPAYMENT else _LOCK_UNPLACED
    rows = tx.execute(statement, {"client_id": client_id, "ids": sorted(ids)})
    return {
        row.id: Surplus(
            source=source,
            id=row.id,
            payment_id=row.payment_id,
            customer_id=row.customer_id,
            currency=row.currency,
            rate=row.exchange_rate,
            remaining_minor=row.remaining_minor,
            remaining_sek=in_sek(row.booked_minor, row.currency, row.exchange_rate) - row.left_sek,
            bank_date=row.bank_date,
        )
        for row in rows
    }


def clear(tx: Tx, client_id: UUID, day: date, rows: Sequence[dict[str, Any]], **common: str) -> None:
    """Write clearings: rows with the columns of CLEARING; ``kind``, ``note`` and the payee are those of all."""
    values = {"client_id": client_id, "day": day, "by": tx.caller.name, **common}
    tx.execute(_CLEAR, {**values, **records(CLEARING, rows)})


def take_overpayments(tx: Tx, client_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Lower what is left of locked overpayments: rows of ``id`` and ``taken_minor``."""
    if rows:
        columns = {"id": "uuid", "taken_minor": "bigint"}
        tx.execute(_TAKE_OVERPAYMENTS, {"client_id": client_id, **records(columns, rows)})


def take_unplaced(tx: Tx, client_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Move what was unplaced of locked payments to where it went: rows of ``id`` and the sums of payment."""
    if rows:
        tx.execute(_TAKE_UNPLACED, {"client_id": client_id, **records(_UNPLACED_PART, rows)})


def candidates(
    tx: Tx,
    client_id: UUID,
    currency: str,
    minor: int,
    *,
    numbers: Sequence[str] = (),
    customer_id: UUID | None = None,
    name: str = "",
    limit: int,
) -> list[Candidate]:
    """Open invoices that share something with the money, each time for one reason."""
    common = {"client_id": client_id, "currency": currency, "limit": limit}
    asked: list[tuple[Reason, Any, dict[str, Any]]] = [(Reason.AMOUNT, _OF_AMOUNT, {"minor": minor})]
    if numbers:
        asked.append((Reason.NUMBER, _OF_NUMBERS, {"numbers": list(numbers)}))
    if customer_id is not None:
        asked.append((Reason.PAYER, _OF_CUSTOMER, {"customer_id": customer_id}))
    if name:
        asked.append((Reason.PAYER, _OF_NAME, {"name": sort_prefix(name)}))
    return [
        Candidate(
            Target(
                row.id,
                row.number,
                row.ocr_number,
                row.customer_id,
                row.customer_name,
                row.currency,
                row.exchange_rate,
                row.open_minor,
                row.open_sek_minor,
                row.in_collection,
            ),
            row.customer_number,
            row.due_date,
            (reason,),
        )
        for reason, statement, values in asked
        for row in tx.execute(statement, common | values)
    ]


def _page(clients: Sequence[UUID], which: Filter, before: Place | None, limit: int) -> dict[str, Any]:
    day, last = before or (None, None)
    return {
        "clients": list(clients),
        "first_day": which.first_day,
        "last_day": which.last_day,
        "least": which.least,
        "most": which.most,
        "day": day,
        "before": last,
        "limit": limit,
    }


def _unplaced(row: Any) -> Unplaced:
    references = tuple(Reference(**one) for one in row.named or ())
    payment = Payment(
        row.bank_reference,
        row.currency,
        row.amount_minor,
        row.bank_date,
        row.payer_name,
        row.payer_account,
        row.message,
        row.channel,
        references,
    )
    return Unplaced(row.id, row.client_id, payment, row.unplaced_minor)
