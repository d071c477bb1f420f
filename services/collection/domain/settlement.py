"""How a payment is set off against a debt: costs, then interest, then capital (handelsbalken 9:5 and practice)."""

from dataclasses import dataclass
from datetime import date

from services.collection.domain.debts import Debt, Rates


@dataclass(frozen=True, slots=True)
class Settlement:
    """The shares of a payment in öre; together they are the payment."""

    costs: int
    interest: int
    capital: int
    surplus: int  # what the case did not need
    closed_on: date | None = None  # the day on which nothing remained, if the payment ended the case


def all_surplus(amount_minor: int) -> Settlement:
    """The settlement of a payment that comes to a case which has already ended."""
    return Settlement(costs=0, interest=0, capital=0, surplus=amount_minor)


def settle(debt: Debt, amount_minor: int, bank_date: date, rates: Rates) -> Settlement:
    """Set a payment off against what was owed on the day that it was booked by the bank.

    What counts is the bank's booking day: interest stops on it, and a cost that arose later is not owed by this
    payment.

    Payments are settled in the order in which they arrive, and what has been settled is never settled anew. One may
    arrive after another that the bank booked later. Its capital share counts from its own, earlier day, so interest on
    all days since is computed on the smaller capital. Two things follow:

    - If money is left when the capital is paid, what arose until the latest bank day of the case (interest on the part
      of the capital that was paid then, costs) is taken from it before anything is called surplus.
    - The earlier settlement may have taken more interest than has accrued as we now know. The difference stays a
      credit of interest: it is set off against interest that accrues later, and shows as negative remaining interest.

    So the sum of all shares of interest never exceeds the interest that was owed when the share was taken, and the
    shares of a payment always sum to it. Raises ReferenceRateMissing; ValueError unless the amount is positive.
    """
    if amount_minor <= 0:
        raise ValueError("a payment is positive")
    latest = max(bank_date, debt.last_bank_date or bank_date)
    left, costs, interest, capital = amount_minor, 0, 0, 0
    for day in sorted({bank_date, latest}):
        of_costs = min(left, debt.costs_owed(day))
        of_interest = min(left - of_costs, debt.interest_owed(day, rates))
        of_capital = min(left - of_costs - of_interest, debt.claim.remaining_minor)
        debt = debt.after(of_costs, of_interest, of_capital, bank_date)
        costs, interest, capital = costs + of_costs, interest + of_interest, capital + of_capital
        left -= of_costs + of_interest + of_capital
        if not left:
            break
    return Settlement(costs, interest, capital, left, closed_on=latest if debt.paid_off(latest, rates) else None)
