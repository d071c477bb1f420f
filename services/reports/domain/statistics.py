"""What the nine statistics count, and in which buckets (manual §3.2.3 and §6.1)."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Statistic(Enum):
    """The nine, in the manual's order."""

    NEW_CASES = auto()
    ACTIVE_BY_SERVICE = auto()
    CLOSED_CASES = auto()
    ACTIVE_BY_AGE = auto()
    AMOUNT_BY_AGE = auto()
    DEBTORS_BY_AGE = auto()
    OWN_OR_AGENT = auto()
    INVOICES_BY_AGE = auto()
    INVOICES = auto()


OF_INVOICES: Final = frozenset({Statistic.INVOICES_BY_AGE, Statistic.INVOICES})
"""Those that count invoices. ACTIVE_BY_SERVICE counts both, the others cases."""

AGES: Final = ("NOT_DUE", "30", "60", "90", "180", "365", "OLDER")
"""Classes of days since the due day, by the last day of each."""
SERVICES: Final = ("INVOICING", "LEDGER", "REMINDER", "COLLECTION", "SURVEILLANCE")
DEBTORS: Final = ("UNDER_18", "18_25", "26_35", "36_45", "46_55", "56_65", "OVER_65", "COMPANY", "UNKNOWN")
KINDS: Final = ("OWN", "AGENT")
YEARS: Final = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A column, bar or share: how many, and where amounts are counted how much."""

    key: str
    count: int
    minor: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of Ärendestatistik in one currency; ``age`` is empty on lines by service."""

    service: str
    age: str
    currency: str
    count: int
    capital_minor: int
    remaining_minor: int


def months(year: int) -> tuple[str, ...]:
    """The keys of the months of the year before and of the year."""
    return tuple(f"{of}-{month:02}" for of in (year - 1, year) for month in range(1, 13))
