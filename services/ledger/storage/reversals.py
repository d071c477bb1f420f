"""Undoing a journal: SQL, a handful of statements whatever its size. Everything it locks stays locked to the end.

Vouchers and allocations are mirrored, never changed. Whoever undoes sees what was revoked (``app.revoked``), since the
rows that it writes are about to be hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from chassis.ids import uuid7
from services.ledger.domain.journals import Journal
from services.ledger.domain.reversals import Reversal
from services.ledger.storage import counters, periods
from services.ledger.storage.tables import COUNTER_JOURNAL, voucher_counter

_SEE_REVOKED = text("SELECT set_config('app.revoked', 'on', true)")
_APPROVED = text("""
SELECT j.approved_at, j.reversal, u.id AS undone_by, u.number AS undone_number
  FROM journal j LEFT JOIN journal u ON u.client_id = j.client_id AND u.reverses = j.id
 WHERE j.client_id = :client_id AND j.id = :id
""")
_BEGIN = text("""
INSERT INTO journal (client_id, id, kind, number, owner, source, version, approved_at, approved_by, reverses, reversal)
SELECT j.client_id, :new_id, j.kind, :number, :by, '', 1, now(), :by, j.id, :reversal
  FROM journal j WHERE j.client_id = :client_id AND j.id = :id
""")
_MIRROR_ITEMS = text("""
INSERT INTO journal_item (client_id, id, journal_id, position, payload, customer_id, currency, amount_minor)
SELECT i.client_id, uuidv7(), :new_id, i.position, jsonb_build_object('reverses', i.id), i.customer_id, i.currency,
       -i.amount_minor
  FROM journal_item i WHERE i.client_id = :client_id AND i.journal_id = :id
""")

# -- what has been built on it -------------------------------------------------------------------------------------

_TOUCHED = """
SELECT a.invoice_id AS id FROM allocation a JOIN voucher v ON v.client_id = a.client_id AND v.id = a.voucher_id
 WHERE v.client_id = :client_id AND v.journal_id = :id
"""
_LOCK_INVOICES = text(f"""
SELECT i.id, i.number, i.journal_id = :id AS made, i.sent_to_collection_on IS NOT NULL AS in_collection,
       i.final_invoiced_by IS NOT NULL AND NOT EXISTS (
           SELECT FROM invoice f WHERE f.client_id = i.client_id AND f.id = i.final_invoiced_by AND f.journal_id = :id
       ) AS final_invoiced
  FROM invoice i
 WHERE i.client_id = :client_id
   AND i.id IN (SELECT id FROM invoice WHERE client_id = :client_id AND journal_id = :id UNION {_TOUCHED})
 ORDER BY i.id FOR UPDATE
""")
_LOCK_PAYMENTS = text("""
SELECT p.id, p.for_case_minor > 0 AS for_case, p.unplaced_minor,
       EXISTS (SELECT FROM overpayment o WHERE o.client_id = p.client_id AND o.payment_id = p.id
                AND o.remaining_minor <> o.amount_minor) AS overpayment_used
  FROM payment p WHERE p.client_id = :client_id AND p.journal_id = :id ORDER BY p.id FOR UPDATE
""")
_OTHERS = text("""
SELECT DISTINCT p.invoice_id, p.payment_id, v.kind
  FROM posting p JOIN voucher v ON v.client_id = p.client_id AND v.id = p.voucher_id
 WHERE p.client_id = :client_id
   AND (p.invoice_id = ANY(CAST(:invoices AS uuid[])) OR p.payment_id = ANY(CAST(:payments AS uuid[])))
   AND v.journal_id IS DISTINCT FROM :id AND v.reverses IS NULL
   AND NOT EXISTS (SELECT FROM voucher r WHERE r.client_id = v.client_id AND r.reverses = v.id)
""")

# -- the mirror ----------------------------------------------------------------------------------------------------

_SERIES = text("""
SELECT series, count(*)::integer AS vouchers FROM voucher
 WHERE client_id = :client_id AND journal_id = :id GROUP BY series ORDER BY series
""")
_MIRROR_VOUCHERS = text("""
WITH mirrored AS MATERIALIZED (
    SELECT v.id AS old_id, uuidv7() AS id, v.series, v.kind, v.posting_count,
           s.first + row_number() OVER (PARTITION BY v.series ORDER BY v.year, v.number) - 1 AS number
      FROM voucher v
      JOIN unnest(CAST(:series AS text[]), CAST(:firsts AS bigint[])) AS s (series, first) ON s.series = v.series
     WHERE v.client_id = :client_id AND v.journal_id = :id
), written AS (
    INSERT INTO voucher (client_id, id, series, year, number, kind, booking_date, journal_id, posting_count, reverses)
    SELECT :client_id, m.id, m.series, :year, m.number, m.kind, :day, :new_id, m.posting_count, m.old_id
      FROM mirrored m
)
INSERT INTO posting (client_id, voucher_id, place, account, amount_minor, invoice_id, customer_id, payment_id,
                     currency, currency_minor)
SELECT p.client_id, m.id, p.place, p.account, -p.amount_minor, p.invoice_id, p.customer_id, p.payment_id, p.currency,
       -p.currency_minor
  FROM mirrored m JOIN posting p ON p.client_id = :client_id AND p.voucher_id = m.old_id
""")
_MIRROR_ALLOCATIONS = text("""
INSERT INTO allocation (client_id, id, invoice_id, amount_minor, amount_sek_minor, kind, payment_id, case_payment_id,
                        credit_invoice_id, credit_sek_minor, final_invoice_id, journal_item_id, voucher_id,
                        booking_date, reverses)
SELECT a.client_id, uuidv7(), a.invoice_id, -a.amount_minor, -a.amount_sek_minor, a.kind, a.payment_id,
       a.case_payment_id, a.credit_invoice_id, -a.credit_sek_minor, a.final_invoice_id, a.journal_item_id, m.id, :day,
       a.id
  FROM voucher m JOIN allocation a ON a.client_id = m.client_id AND a.voucher_id = m.reverses
 WHERE m.client_id = :client_id AND m.journal_id = :new_id
RETURNING invoice_id, -amount_minor AS amount_minor, kind, credit_invoice_id, voucher_id,
          (SELECT i.currency FROM invoice i
            WHERE i.client_id = allocation.client_id AND i.id = allocation.invoice_id) AS currency
""")
_GIVE_BACK = text("""
WITH mirrored AS (
    SELECT a.* FROM voucher m JOIN allocation a ON a.client_id = m.client_id AND a.voucher_id = m.id
     WHERE m.client_id = :client_id AND m.journal_id = :new_id AND a.reverses IS NOT NULL
), parts AS (
    SELECT invoice_id AS id, amount_minor AS minor, amount_sek_minor AS sek,
           CASE WHEN kind = 'PAYMENT' THEN amount_minor ELSE 0 END AS paid, kind = 'FINAL' AS listed
      FROM mirrored
     UNION ALL
    SELECT credit_invoice_id, -amount_minor, -credit_sek_minor, 0, false
      FROM mirrored WHERE credit_invoice_id IS NOT NULL
), sums AS (
    SELECT id, sum(minor) AS minor, sum(sek) AS sek, sum(paid) AS paid, bool_or(listed) AS listed
      FROM parts GROUP BY id
)
UPDATE invoice i
   SET open_minor = i.open_minor - s.minor, open_sek_minor = i.open_sek_minor - s.sek,
       paid_minor = i.paid_minor + s.paid, credited_minor = i.credited_minor + s.minor - s.paid,
       final_invoiced_by = CASE WHEN s.listed THEN NULL ELSE i.final_invoiced_by END
  FROM sums s WHERE i.client_id = :client_id AND i.id = s.id
""")
_CLOSE = text("""
WITH closed AS (
    INSERT INTO allocation (client_id, id, invoice_id, amount_minor, amount_sek_minor, kind, voucher_id, booking_date)
    SELECT i.client_id, uuidv7(), i.id, i.open_minor, i.open_sek_minor, 'REVERSAL', m.id, :day
      FROM invoice i JOIN voucher m ON m.client_id = i.client_id AND m.reverses = i.voucher_id
     WHERE i.client_id = :client_id AND i.journal_id = :id
)
UPDATE invoice i
   SET credited_minor = i.credited_minor + i.open_minor, open_minor = 0, open_sek_minor = 0, reversed_by = :new_id,
       revoked_at = CASE WHEN :revoked THEN now() END
 WHERE i.client_id = :client_id AND i.journal_id = :id
""")
_REVERSE_PAYMENTS = text("""
WITH reversed AS (
    UPDATE payment SET reversed_by = :new_id WHERE client_id = :client_id AND journal_id = :id RETURNING id
)
UPDATE overpayment o SET reversed_by = :new_id
  FROM reversed r WHERE o.client_id = :client_id AND o.payment_id = r.id
""")
_MADE = text("""
SELECT i.id, i.total_minor, m.series || ' ' || m.number AS voucher
  FROM invoice i JOIN voucher m ON m.client_id = i.client_id AND m.reverses = i.voucher_id
 WHERE i.client_id = :client_id AND m.journal_id = :new_id ORDER BY i.id
""")
_VOUCHER_NAMES = text("""
SELECT id, series || ' ' || number AS name FROM voucher WHERE client_id = :client_id AND journal_id = :new_id
""")
_LINKS = text("""
SELECT o.id AS reverses_id, o.number AS reverses_number, j.reversal, u.id AS undone_by, u.number AS undone_number,
       u.reversal AS undone_how, u.approved_at AS undone_at
  FROM journal j
  LEFT JOIN journal o ON o.client_id = j.client_id AND o.id = j.reverses
  LEFT JOIN journal u ON u.client_id = j.client_id AND u.reverses = j.id
 WHERE j.client_id = :client_id AND j.id = :id
""")


@dataclass(frozen=True, slots=True)
class Approved:
    """When a journal was approved, and what it has to do with others."""

    approved_at: datetime | None
    reversal: Reversal | None
    undone_number: int | None


@dataclass(frozen=True, slots=True)
class Mirror:
    """The journal that undoes another one, while it is made."""

    client_id: UUID
    undone_id: UUID
    id: UUID
    number: int
    how: Reversal
    day: date

    @property
    def key(self) -> dict[str, Any]:
        return {"client_id": self.client_id, "id": self.undone_id, "new_id": self.id, "day": self.day}


def see_revoked(tx: Tx) -> None:
    """Let the rest of the transaction see what was revoked."""
    tx.execute(_SEE_REVOKED)


def approved(tx: Tx, client_id: UUID, journal_id: UUID) -> Approved:
    """What must be known of a locked journal before it is undone."""
    row = tx.execute(_APPROVED, {"client_id": client_id, "id": journal_id}).one()
    return Approved(row.approved_at, Reversal(row.reversal) if row.reversal else None, row.undone_number)


def links(tx: Tx, client_id: UUID, journal_id: UUID) -> Row[Any] | None:
    """Which journal it undoes, and which one has undone it."""
    return tx.execute(_LINKS, {"client_id": client_id, "id": journal_id}).one_or_none()


def lock_invoices(tx: Tx, client_id: UUID, journal_id: UUID) -> Sequence[Row[Any]]:
    """Lock the invoices that the journal made or took from, in the order of their ids."""
    return tx.execute(_LOCK_INVOICES, {"client_id": client_id, "id": journal_id}).all()


def lock_payments(tx: Tx, client_id: UUID, journal_id: UUID) -> Sequence[Row[Any]]:
    """Lock the payments that the journal made, in the order of their ids."""
    return tx.execute(_LOCK_PAYMENTS, {"client_id": client_id, "id": journal_id}).all()


def booked_by_others(
    tx: Tx, client_id: UUID, journal_id: UUID, invoices: Sequence[UUID], payments: Sequence[UUID]
) -> Sequence[Row[Any]]:
    """Kinds of the vouchers of other journals about these invoices and payments, undone ones left out."""
    values = {"client_id": client_id, "id": journal_id, "invoices": list(invoices), "payments": list(payments)}
    return tx.execute(_OTHERS, values).all()


def begin(tx: Tx, journal: Journal, how: Reversal, day: date) -> Mirror:
    """The mirrored journal, approved as it is made, with an item for each of the other's."""
    number = counters.take(tx, journal.client_id, COUNTER_JOURNAL)
    mirror = Mirror(journal.client_id, journal.id, uuid7(), number, how, day)
    tx.execute(_BEGIN, {**mirror.key, "number": number, "by": tx.caller.subject, "reversal": how.value})
    tx.execute(_MIRROR_ITEMS, mirror.key)
    return mirror


def mirror_vouchers(tx: Tx, mirror: Mirror) -> dict[UUID, str]:
    """Book each voucher of the journal the other way round; the names of the new ones by id. Raises PeriodClosed."""
    periods.must_be_open(tx, mirror.client_id, mirror.day)
    series = tx.execute(_SERIES, mirror.key).all()
    firsts = [
        counters.take(tx, mirror.client_id, voucher_counter(row.series, mirror.day.year), row.vouchers)
        for row in series
    ]
    values = {"series": [row.series for row in series], "firsts": firsts, "year": mirror.day.year}
    tx.execute(_MIRROR_VOUCHERS, {**mirror.key, **values})
    return {row.id: row.name for row in tx.execute(_VOUCHER_NAMES, mirror.key)}


def give_back(tx: Tx, mirror: Mirror) -> Sequence[Row[Any]]:
    """Give back to locked invoices what the journal took from them; what was given back, with voucher ids."""
    given = tx.execute(_MIRROR_ALLOCATIONS, mirror.key).all()
    if given:
        tx.execute(_GIVE_BACK, mirror.key)
    return given


def close_invoices(tx: Tx, mirror: Mirror) -> Sequence[Row[Any]]:
    """Nothing is open any more of the invoices that the journal made; each with its total and mirrored voucher."""
    tx.execute(_CLOSE, {**mirror.key, "revoked": mirror.how is Reversal.REVOCATION})
    return tx.execute(_MADE, mirror.key).all()


def reverse_payments(tx: Tx, mirror: Mirror) -> None:
    """The payments that the journal made are nobody's any more, nor what was overpaid by them."""
    tx.execute(_REVERSE_PAYMENTS, mirror.key)
