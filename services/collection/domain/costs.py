"""Costs that a debtor owes, within what the law allows (lag 1981:739 om ersättning för inkassokostnader)."""

from collections.abc import Collection
from datetime import date
from enum import Enum
from typing import Final

from kernel.errors import DomainError, Kind, Violations


class CostKind(Enum):
    """Kind of a cost. The values are stored."""

    REMINDER = "reminder"
    DEMAND = "demand"
    INSTALMENT_PLAN = "instalment_plan"
    LATE_PAYMENT = "late_payment"


class CostAlreadyAdded(DomainError):
    """The case has a cost of this kind; each is owed once."""

    reason = "COST_ALREADY_ADDED"
    kind = Kind.CONFLICT


class CostExcluded(DomainError):
    """Late payment compensation is owed instead of the demand's cost, never beside it (4 a §)."""

    reason = "COST_EXCLUDED"
    kind = Kind.CONFLICT


class CompaniesOnly(DomainError):
    """Late payment compensation is owed by companies and authorities only."""

    reason = "COMPANIES_ONLY"
    kind = Kind.CONFLICT


class DebtorUnknown(DomainError):
    """The debtor has not been fetched from the ledger yet, and what is asked depends on who it is."""

    reason = "DEBTOR_UNKNOWN"
    kind = Kind.CONFLICT


_EXCLUDES: Final = {CostKind.LATE_PAYMENT: CostKind.DEMAND, CostKind.DEMAND: CostKind.LATE_PAYMENT}


def check_cost(
    kind: CostKind,
    amount_minor: int,
    day: date,
    *,
    cap_minor: int | None,
    existing: Collection[CostKind],
    due_date: date,
    today: date,
    debtors_are_companies: bool | None,
) -> None:
    """Let a cost pass that the law allows.

    ``cap_minor`` is the highest amount in force on the day, None when the law knew none; ``debtors_are_companies`` is
    None while the debtors are not known. Raises InvalidInput for ``amount`` (``NOT_POSITIVE``, ``ABOVE_CAP``) and
    ``day`` (``BEFORE_DUE_DATE``, ``IN_THE_FUTURE``, ``NO_CAP``), CostAlreadyAdded, CostExcluded, CompaniesOnly,
    DebtorUnknown.
    """
    with Violations() as v:
        v.require("amount", amount_minor > 0, "NOT_POSITIVE")
        v.require("day", day >= due_date, "BEFORE_DUE_DATE", due_date=due_date.isoformat())
        v.require("day", day <= today, "IN_THE_FUTURE")
        if v.require("day", cap_minor is not None, "NO_CAP"):
            v.require("amount", amount_minor <= (cap_minor or 0), "ABOVE_CAP", max_minor=cap_minor)
    if kind in existing:
        raise CostAlreadyAdded(kind=kind.value)
    if _EXCLUDES.get(kind) in existing:
        raise CostExcluded(kind=kind.value)
    if kind is CostKind.LATE_PAYMENT:
        if debtors_are_companies is None:
            raise DebtorUnknown
        if not debtors_are_companies:
            raise CompaniesOnly
