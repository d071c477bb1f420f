"""Vouchers and their postings: SQL. Both are written in one statement, whole; the database refuses anything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.ledger.domain.bookings import Posting
from services.ledger.storage import counters
from services.ledger.storage.arrays import unnested
from services.ledger.storage.tables import voucher_counter


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting and what it is about."""

    posting: Posting
    invoice_id: UUID | None = None
    customer_id: UUID | None = None
    payment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher to be written; its number comes from the series."""

    id: UUID
    kind: str
    entries: Sequence[Entry]


_VOUCHER = {"voucher_id": "uuid", "kind": "text", "posting_count": "integer"}
_POSTING = {
    "of": "uuid",
    "place": "integer",
    "account": "text",
    "amount_minor": "bigint",
    "invoice_id": "uuid",
    "customer_id": "uuid",
    "payment_id": "uuid",
    "currency": "text",
    "currency_minor": "bigint",
}
_WRITE = text(f"""
WITH written AS (
    INSERT INTO voucher (client_id, id, series, year, number, kind, booking_date, journal_id, posting_count)
    SELECT :client_id, r.voucher_id, :series, :year, :first + r.ord - 1, r.kind, :day, :journal_id, r.posting_count
      FROM {unnested(_VOUCHER)}
)
INSERT INTO posting (client_id, voucher_id, place, account, amount_minor, invoice_id, customer_id, payment_id,
                     currency, currency_minor)
SELECT :client_id, r.of, r.place, r.account, r.amount_minor, r.invoice_id, r.customer_id, r.payment_id,
       r.currency, r.currency_minor
  FROM {unnested(_POSTING)}
""")


def write(
    tx: Tx, client_id: UUID, series: str, day: date, vouchers: Sequence[Voucher], journal_id: UUID | None = None
) -> list[str]:
    """Book vouchers on a day under the next numbers of a series; returns their names (``F 1042``) in order."""
    first = counters.take(tx, client_id, voucher_counter(series, day.year), len(vouchers))
    entries = [(v.id, place, e) for v in vouchers for place, e in enumerate(v.entries, start=1)]
    tx.execute(
        _WRITE,
        {
            "client_id": client_id,
            "series": series,
            "year": day.year,
            "first": first,
            "day": day,
            "journal_id": journal_id,
            "voucher_id": [v.id for v in vouchers],
            "kind": [v.kind for v in vouchers],
            "posting_count": [len(v.entries) for v in vouchers],
            "of": [voucher_id for voucher_id, _, _ in entries],
            "place": [place for _, place, _ in entries],
            "account": [e.posting.account for _, _, e in entries],
            "amount_minor": [e.posting.amount_minor for _, _, e in entries],
            "invoice_id": [e.invoice_id for _, _, e in entries],
            "customer_id": [e.customer_id for _, _, e in entries],
            "payment_id": [e.payment_id for _, _, e in entries],
            "currency": [e.posting.currency for _, _, e in entries],
            "currency_minor": [e.posting.currency_minor for _, _, e in entries],
        },
    )
    return [f"{series} {first + place}" for place in range(len(vouchers))]
