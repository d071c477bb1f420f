"""What a case amounts to on a day, in the parts that a person is shown: at registration, added, paid, remaining."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kernel.interest import InterestPeriod
from services.collection.domain.debts import Claim, Cost, Rates


@dataclass(frozen=True, slots=True)
class Part:
    """Capital, interest or costs, in öre. ``remaining`` is ``original + added - paid``."""

    original: int
    added: int
    paid: int

    @property
    def remaining(self) -> int:
        """Below zero only for interest that was taken before an earlier payment came to light."""
        return self.original + self.added - self.paid


@dataclass(frozen=True, slots=True)
class Paid:
    """What payments have covered so far, in öre."""

    capital: int = 0
    interest: int = 0
    costs: int = 0


@dataclass(frozen=True, slots=True)
class Balance:
    """The whole debt; the periods add up to ``interest.original + interest.added``."""

    capital: Part
    interest: Part
    costs: Part
    periods: tuple[InterestPeriod, ...]
    missing_rate: date | None  # first day of a half-year without a rate; interest stops before it

    @property
    def remaining(self) -> int:
        """Everything that remains."""
        return self.capital.remaining + self.interest.remaining + self.costs.remaining


def balance(
    claims: Sequence[Claim], costs: Sequence[Cost], paid: Paid, registered_on: date, as_of: date, rates: Rates
) -> Balance:
    """The debt as of a day. What had accrued or arisen by the day of registration is original, the rest is added.

    A cost of the day of registration itself is one of the case: added.
    """
    periods: list[InterestPeriod] = []
    interest_before, missing_rate = 0, None
    for claim in claims:
        interest, missing = claim.known_interest(as_of, rates)
        periods.extend(interest.periods)
        missing_rate = missing_rate or missing
        interest_before += claim.known_interest(min(registered_on, as_of), rates)[0].total_minor
    interest_in_all = sum(period.amount_minor for period in periods)
    costs_before = sum(cost.amount_minor for cost in costs if cost.day < registered_on)
    return Balance(
        capital=Part(sum(claim.capital_minor for claim in claims), 0, paid.capital),
        interest=Part(interest_before, interest_in_all - interest_before, paid.interest),
        costs=Part(costs_before, sum(cost.amount_minor for cost in costs) - costs_before, paid.costs),
        periods=tuple(periods),
        missing_rate=missing_rate,
    )
