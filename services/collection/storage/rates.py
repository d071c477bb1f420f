"""Reference rates and caps of costs: dated public facts."""

from datetime import date
from decimal import Decimal

from sqlalchemy import text

from chassis.database import Tx
from kernel.interest import ReferenceRate
from services.collection.domain.costs import CostKind

_SETTLING = 7_304_001  # advisory lock: settling holds it shared, a new rate holds it alone

_SHARED = text("SELECT pg_advisory_xact_lock_shared(:key)")
_ALONE = text("SELECT pg_advisory_xact_lock(:key)")
_ALL = text("SELECT valid_from, basis_points FROM reference_rate ORDER BY valid_from")
_SET = text("""
INSERT INTO reference_rate (valid_from, basis_points) VALUES (:valid_from, :basis_points)
ON CONFLICT (valid_from) DO UPDATE SET basis_points = excluded.basis_points
""")
_CAP = text("""
SELECT amount_minor FROM fee_cap WHERE kind = :kind AND valid_from <= :day ORDER BY valid_from DESC LIMIT 1
""")


def reference_rates(tx: Tx) -> list[ReferenceRate]:
    """Every rate that is known."""
    return [ReferenceRate(row.valid_from, Decimal(row.basis_points) / 100) for row in tx.execute(_ALL)]


def reference_rates_for_settling(tx: Tx) -> list[ReferenceRate]:
    """Every rate that is known, none of which comes to be while this transaction runs.

    So a payment is either settled with a rate or is seen as waiting by whoever entered it: none falls between.
    """
    tx.execute(_SHARED, {"key": _SETTLING})
    return reference_rates(tx)


def set_reference_rate(tx: Tx, valid_from: date, basis_points: int) -> None:
    """Keep the rate of a half-year, after all settlements that do not know it have ended."""
    tx.execute(_ALONE, {"key": _SETTLING})
    tx.execute(_SET, {"valid_from": valid_from, "basis_points": basis_points})


def cap_minor(tx: Tx, kind: CostKind, day: date) -> int | None:
    """The highest amount that the law allows on the day; None when it knew no such cost then."""
    cap: int | None = tx.execute(_CAP, {"kind": kind.value, "day": day}).scalar_one_or_none()
    return cap
