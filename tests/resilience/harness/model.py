"""The model ledger: what must hold when everything has come to rest, whatever was killed meanwhile.

Pure and small on purpose. It is told only what is known to have happened (answered with "ok", if need be when asked
again) and says what each invoice, payment, case and file must then look like. It keeps no order: the work is made so
that sums do not depend on who came first (see `operations`). Amounts in öre.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto


class Fate(Enum):
    """What an invoice is for."""

    PLAIN = auto()  # paid by whoever likes
    PRINTED = auto()  # printed here, so that it has a copy in the archive; never paid
    CLAIM = auto()  # overdue: goes to collection, and is paid there


@dataclass
class Invoice:
    """An invoice of the model; ``key`` stands on it as "Er referens"."""

    key: str
    client_id: str
    number: str  # empty while the ledger has not said it
    total: int
    fate: Fate
    due: date | None = None  # of a claim
    journal_id: str = ""
    pending: set[str] = field(default_factory=set)  # payments on their way, which decide about a hand-over
    hand_over: str = ""  # "", "asked", "done"
    paid_before: bool = False  # a claim was paid in part before it was handed over


@dataclass(frozen=True)
class Payment:
    """A payment and the invoice that it names, None when it names nothing that is there."""

    reference: str
    client_id: str
    amount: int
    target: str | None  # key of an invoice
    for_case: bool  # the invoice was in collection when the payment was made up
    by_file: bool  # then the ledger knows it by the account and this reference


@dataclass(frozen=True)
class Expected:
    """What must be in the books of one invoice."""

    open: int
    overpaid: int
    capital: int = 0  # of its case
    case_interest: int = 0
    case_capital: int = 0
    case_surplus: int = 0
    case_paid: bool = False


Interest = Callable[[Invoice, int], int]
"""The interest that is owed on an amount of capital for a claim, in öre."""


class Model:
    """What is known to have happened."""

    def __init__(self) -> None:
        self.customers: dict[str, str] = {}  # name → client
        self.invoices: dict[str, Invoice] = {}
        self.payments: dict[str, Payment] = {}
        self.journals: dict[str, set[str]] = {}  # journal → keys of invoices or references of payments
        self.approved: set[str] = set()
        self.uploads: dict[str, str] = {}  # file name → "sent", "accepted"

    def put_in_journal(self, journal_id: str, items: Iterable[str]) -> None:
        self.journals.setdefault(journal_id, set()).update(items)

    def real(self) -> set[str]:
        """Keys and references of all that an approved journal holds."""
        return {item for journal_id in self.approved for item in self.journals.get(journal_id, ())}

    def expected(self, interest: Interest) -> dict[str, Expected]:
        """By key of each invoice that must be in the ledger."""
        real = self.real()
        before: dict[str, int] = {}
        by_case: dict[str, int] = {}
        for payment in self.payments.values():
            if payment.reference in real and payment.target is not None:
                sums = by_case if payment.for_case else before
                sums[payment.target] = sums.get(payment.target, 0) + payment.amount
        return {
            key: self._of(invoice, before.get(key, 0), by_case.get(key, 0), interest)
            for key, invoice in self.invoices.items()
            if key in real
        }

    def _of(self, invoice: Invoice, paid: int, received: int, interest: Interest) -> Expected:
        left, over = max(invoice.total - paid, 0), max(paid - invoice.total, 0)
        if invoice.hand_over != "done":
            return Expected(left, over)
        owed = interest(invoice, left)
        of_interest = min(received, owed)
        of_capital = min(received - of_interest, left)
        surplus = received - of_interest - of_capital
        paid_off = of_interest == owed and of_capital == left
        return Expected(left - of_capital, surplus, left, of_interest, of_capital, surplus, paid_off)
