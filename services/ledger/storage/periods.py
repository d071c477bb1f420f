"""Closed periods: SQL. A period is a client's month; nothing is booked into a closed one."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.ledger.domain.periods import PeriodClosed, first_of_month, next_month

_CLOSED = text("""
SELECT month FROM closed_period WHERE client_id = :client_id AND month = ANY(CAST(:months AS date[]))
""")
_CLOSE = text("""
INSERT INTO closed_period (client_id, month, closed_by) VALUES (:client_id, :month, :by)
ON CONFLICT DO NOTHING RETURNING month
""")
_LIST = text("""
SELECT month FROM closed_period
 WHERE client_id = :client_id AND (CAST(:before AS date) IS NULL OR month < CAST(:before AS date))
 ORDER BY month DESC LIMIT :limit
""")


def closed(tx: Tx, client_id: UUID, days: Collection[date]) -> set[date]:
    """Those of the days that lie in closed periods."""
    if not days:
        return set()
    months = sorted({first_of_month(day) for day in days})
    found = set(tx.execute(_CLOSED, {"client_id": client_id, "months": months}).scalars())
    return {day for day in days if first_of_month(day) in found}


def must_be_open(tx: Tx, client_id: UUID, day: date) -> None:
    """Raises PeriodClosed."""
    if closed(tx, client_id, [day]):
        raise PeriodClosed(day=day)


def open_day(tx: Tx, client_id: UUID, day: date) -> date:
    """The day itself, or the first one after it whose period is open: for what happened earlier and is told now."""
    while closed(tx, client_id, [day]):
        day = next_month(day)
    return day


def close(tx: Tx, client_id: UUID, month: date) -> bool:
    """Close the month that begins on this day; says False when it was closed already."""
    values = {"client_id": client_id, "month": month, "by": tx.caller.name}
    return tx.execute(_CLOSE, values).one_or_none() is not None


def listed(tx: Tx, client_id: UUID, before: date | None, limit: int) -> Sequence[date]:
    """Closed months by their first days, latest first."""
    return tx.execute(_LIST, {"client_id": client_id, "before": before, "limit": limit}).scalars().all()
