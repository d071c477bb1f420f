"""Exact count and sums of a search, however much it finds: SQL."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import text

from chassis.database import Tx
from services.ledger.domain.criteria import Criteria
from services.ledger.storage.search_conditions import where


class Sums(NamedTuple):
    """Of one currency, in its minor units."""

    currency: str
    invoices: int
    original_minor: int
    paid_minor: int
    remaining_minor: int


def of(tx: Tx, criteria: Criteria, today: date) -> list[Sums]:
    """Count and sums by currency, SEK first."""
    asked = where(criteria, today)
    rows = tx.execute(
        text(f"""
WITH {asked.tables}s AS (
    SELECT h.currency, count(*) AS invoices, sum(h.total_minor)::bigint AS original, sum(h.paid_minor)::bigint AS paid,
           sum(h.open_minor)::bigint AS remaining
      FROM {asked.matching("i.currency, i.total_minor, i.paid_minor, i.open_minor")} GROUP BY h.currency
)
SELECT * FROM s ORDER BY currency <> 'SEK', currency
"""),
        asked.parameters,
    )
    return [Sums._make(row) for row in rows]
