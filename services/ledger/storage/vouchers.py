"""Vouchers and their postings: SQL. Both are written in one statement, whole; the database refuses anything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.ledger.domain.bookings import Posting
from services.ledger.storage import counters, periods
from services.ledger.storage.recordsets import records, recordset
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
    "voucher_id": "uuid",
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
      FROM {recordset(_VOUCHER, "vouchers")}
)
INSERT INTO posting (client_id, voucher_id, place, account, amount_minor, invoice_id, customer_id, payment_id,
                     currency, currency_minor)
SELECT :client_id, r.voucher_id, r.place, r.account, r.amount_minor, r.invoice_id, r.customer_id, r.payment_id,
       r.currency, r.currency_minor
  FROM {recordset(_POSTING, "postings")}
""")


def write(
    tx: Tx, client_id: UUID, series: str, day: date, vouchers: Sequence[Voucher], journal_id: UUID | None = None
) -> list[str]:
    """Book vouchers on a day under the next numbers of a series; returns their names (``F 1042``) in order.

    Raises PeriodClosed.
    """
    periods.must_be_open(tx, client_id, day)
    first = counters.take(tx, client_id, voucher_counter(series, day.year), len(vouchers))
    heads = [{"voucher_id": v.id, "kind": v.kind, "posting_count": len(v.entries)} for v in vouchers]
    postings = [_posting(v.id, place, e) for v in vouchers for place, e in enumerate(v.entries, start=1)]
    tx.execute(
        _WRITE,
        {
            "client_id": client_id,
            "series": series,
            "year": day.year,
            "first": first,
            "day": day,
            "journal_id": journal_id,
            **records(_VOUCHER, heads, "vouchers"),
            **records(_POSTING, postings, "postings"),
        },
    )
    return [f"{series} {first + place}" for place in range(len(vouchers))]


def _posting(voucher_id: UUID, place: int, entry: Entry) -> dict[str, Any]:
    posting = entry.posting
    return {
        "voucher_id": voucher_id,
        "place": place,
        "account": posting.account,
        "amount_minor": posting.amount_minor,
        "invoice_id": entry.invoice_id,
        "customer_id": entry.customer_id,
        "payment_id": entry.payment_id,
        "currency": posting.currency,
        "currency_minor": posting.currency_minor,
    }
