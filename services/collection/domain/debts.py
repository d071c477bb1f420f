"""What is owed in a case as of a day: costs, default interest and capital. Amounts in öre."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from kernel.interest import Interest, ReferenceRate, ReferenceRateMissing, default_interest

Rates = Sequence[ReferenceRate]


@dataclass(frozen=True, slots=True)
class Claim:
    """One invoice in a case. ``changes`` are its dated changes of capital: (bank day, öre), payments negative."""

    due_date: date
    capital_minor: int  # at registration
    changes: tuple[tuple[date, int], ...] = ()

    @property
    def remaining_minor(self) -> int:
        """Capital that no payment has covered."""
        return self.capital_minor + sum(change for _, change in self.changes)

    def interest(self, until: date, rates: Rates) -> Interest:
        """Interest on the capital of each day, to ``until``, counted too; never on interest or costs.

        Raises ReferenceRateMissing.
        """
        return default_interest(self.capital_minor, self.due_date, until, rates, changes=self.changes)

    def known_interest(self, until: date, rates: Rates) -> tuple[Interest, date | None]:
        """The interest to ``until``, or to the end of the last half-year whose rate is known.

        The second part is the first day of the half-year whose rate is missing, None when none is.
        """
        try:
            return self.interest(until, rates), None
        except ReferenceRateMissing as missing:
            return self.interest(missing.half_year - timedelta(1), rates), missing.half_year


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost that the debtor owes from the day that it arose."""

    day: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Debt:
    """The debt of one claim with the costs of its case, and what has been paid of it so far."""

    claim: Claim
    costs: tuple[Cost, ...] = ()
    costs_paid_minor: int = 0
    interest_paid_minor: int = 0
    last_bank_date: date | None = field(default=None)  # of the payments settled so far

    def costs_owed(self, on: date) -> int:
        """Costs that had arisen on that day and are not paid; the oldest are paid first."""
        arisen = sum(cost.amount_minor for cost in self.costs if cost.day <= on)
        return max(arisen - self.costs_paid_minor, 0)

    def interest_owed(self, on: date, rates: Rates) -> int:
        """Interest that had accrued on that day and is not paid. Raises ReferenceRateMissing."""
        return max(self.claim.interest(on, rates).total_minor - self.interest_paid_minor, 0)

    def paid_off(self, on: date, rates: Rates) -> bool:
        """True if nothing was owed on that day. Raises ReferenceRateMissing."""
        return not (self.claim.remaining_minor or self.costs_owed(on) or self.interest_owed(on, rates))

    def after(self, costs: int, interest: int, capital: int, bank_date: date) -> "Debt":
        """The debt when these parts of it have been paid on that day."""
        changes = (*self.claim.changes, (bank_date, -capital)) if capital else self.claim.changes
        return replace(
            self,
            claim=replace(self.claim, changes=changes),
            costs_paid_minor=self.costs_paid_minor + costs,
            interest_paid_minor=self.interest_paid_minor + interest,
            last_bank_date=max(bank_date, self.last_bank_date or bank_date),
        )
