"""Kundsaldo: what a customer owes, by currency and by how far it has gone (SPEC K-07, K-08)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from kernel.money import SEK
from services.ledger.domain.kinds import InvoiceKind

NO_INTEREST = frozenset({InvoiceKind.CREDIT, InvoiceKind.INTEREST})
"""No interest runs on interest (NJA 1994 s. 3), nor on what the customer is owed."""


class OpenItem(NamedTuple):
    """An invoice of which something is open. Amounts in minor units of its currency."""

    currency: str
    open_minor: int  # negative: a credit that no invoice has used
    due_date: date
    reminded: bool
    in_collection: bool
    interest_minor: int  # accrued until today


@dataclass(slots=True)
class Part:
    """A sum and how many invoices it is of."""

    minor: int = 0
    count: int = 0

    def add(self, minor: int) -> None:
        """One invoice more."""
        self.minor += minor
        self.count += 1


@dataclass(slots=True)
class Balance:
    """What a customer owes in one currency."""

    currency: str
    not_due: Part = field(default_factory=Part)
    only_overdue: Part = field(default_factory=Part)
    reminded: Part = field(default_factory=Part)
    collection: Part = field(default_factory=Part)
    credits: Part = field(default_factory=Part)  # negative
    interest_minor: int = 0
    overpaid_minor: int = 0  # positive: what the customer is owed

    @property
    def overdue(self) -> Part:
        """All that is overdue, with its interest."""
        parts = (self.only_overdue, self.reminded, self.collection)
        return Part(sum(part.minor for part in parts) + self.interest_minor, sum(part.count for part in parts))

    @property
    def total_minor(self) -> int:
        """The total debt."""
        return self.not_due.minor + self.overdue.minor + self.credits.minor - self.overpaid_minor


def balances(items: Iterable[OpenItem], overpaid: Mapping[str, int], today: date) -> list[Balance]:
    """The balances of a customer, one per currency, SEK first; ``overpaid`` is what remains of overpayments."""
    found: dict[str, Balance] = {}
    for item in items:
        balance = found.get(item.currency)
        if balance is None:
            balance = found[item.currency] = Balance(item.currency)
        _part(balance, item, today).add(item.open_minor)
        balance.interest_minor += item.interest_minor
    for currency, minor in overpaid.items():
        found.setdefault(currency, Balance(currency)).overpaid_minor += minor
    return sorted(found.values(), key=lambda one: (one.currency != SEK, one.currency))


def _part(balance: Balance, item: OpenItem, today: date) -> Part:
    if item.open_minor < 0:
        return balance.credits
    if item.due_date >= today:
        return balance.not_due
    if item.in_collection:
        return balance.collection
    return balance.reminded if item.reminded else balance.only_overdue
