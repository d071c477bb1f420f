"""Payments that come in, and which invoices they pay. Pure: the same ledger, the same answer.

Order of the match (DOMAIN 4.3): an OCR number, then an invoice number, both exact; then a number in free text, where
exactly that amount is open; otherwise the payment is unplaced.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from re import ASCII
from re import compile as regex
from uuid import UUID

_RUN = regex(r"\d{4,25}", ASCII)
MAX_TEXT_NUMBERS = 20


class Verdict(StrEnum):
    """How a payment found its invoices. DUPLICATE never becomes a payment."""

    OCR = "OCR"
    INVOICE_NUMBER = "INVOICE_NUMBER"
    UNPLACED = "UNPLACED"
    DUPLICATE = "DUPLICATE"


@dataclass(frozen=True, slots=True)
class Reference:
    """What the payer named. ``part_minor`` is what the payer meant for it, if said."""

    value: str
    is_ocr: bool = False
    part_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the bank tells it; ``amount_minor`` is more than zero."""

    bank_reference: str
    currency: str
    amount_minor: int
    bank_date: date
    payer_name: str = ""
    payer_account: str = ""
    message: str = ""
    channel: str = "MANUAL"
    references: tuple[Reference, ...] = ()

    @property
    def text_numbers(self) -> tuple[str, ...]:
        """Numbers that stand in free text: candidates, no more."""
        texts = (self.message, *(reference.value for reference in self.references))
        found = dict.fromkeys(run for text in texts for run in _RUN.findall(text))
        return tuple(found)[:MAX_TEXT_NUMBERS]


@dataclass(frozen=True, slots=True)
class Target:
    """An invoice as a payment must know it. ``open_*`` are what remains before the payment."""

    id: UUID
    number: str
    ocr_number: str | None
    customer_id: UUID
    customer_name: str  # empty for protected identities
    currency: str
    exchange_rate: Decimal
    open_minor: int
    open_sek_minor: int
    in_collection: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What of a payment goes to an invoice; by way of its case when it is in collection."""

    target: Target
    amount_minor: int
    remaining_before: int

    @property
    def by_case(self) -> bool:
        return self.target.in_collection


@dataclass(frozen=True, slots=True)
class Matched:
    """A payment with what it would do. ``surplus_minor`` is overpaid when something matched, else unplaced."""

    payment: Payment
    verdict: Verdict
    parts: tuple[Part, ...] = ()
    surplus_minor: int = 0

    @property
    def overpaid_minor(self) -> int:
        return self.surplus_minor if self.parts else 0

    @property
    def unplaced_minor(self) -> int:
        return 0 if self.parts else self.surplus_minor


@dataclass
class Ledger:
    """The invoices that a run of payments may concern; what remains of each goes down as payments take it."""

    by_ocr: Mapping[str, Target]
    by_number: Mapping[str, Target]
    remaining: dict[UUID, int] = field(default_factory=dict)
    credited: dict[UUID, int] = field(default_factory=dict)  # by registered credits of the same run

    @classmethod
    def of(cls, targets: Iterable[Target]) -> "Ledger":
        known = list(targets)
        return cls(
            {target.ocr_number: target for target in known if target.ocr_number},
            {target.number: target for target in known},
            {target.id: target.open_minor for target in known},
        )


def match(payment: Payment, ledger: Ledger, duplicates: Iterable[str] = ()) -> Matched:
    """What the payment would do now; lowers what remains in ``ledger`` accordingly."""
    if payment.bank_reference in duplicates:
        return Matched(payment, Verdict.DUPLICATE)
    verdict, named = _named(payment, ledger)
    if not named:
        return Matched(payment, Verdict.UNPLACED, surplus_minor=payment.amount_minor)
    return _spread(payment, ledger, verdict, named)


def pay(payment: Payment, target: Target, ledger: Ledger) -> Matched:
    """What a payment of exactly this invoice would do now; lowers what remains in ``ledger`` accordingly."""
    return _spread(payment, ledger, Verdict.INVOICE_NUMBER, [(target, None)])


def _spread(payment: Payment, ledger: Ledger, verdict: Verdict, named: Sequence[tuple[Target, int | None]]) -> Matched:
    """The payment over the invoices that it names, as far as they are open."""
    parts: list[Part] = []
    left = payment.amount_minor
    # what the payer said first, then the others in order; a case takes all that is left, so it comes last
    for target, part in sorted(named, key=lambda one: (one[1] is None, one[0].in_collection)):
        before = ledger.remaining[target.id]
        meant = left if part is None else min(part, left)
        amount = meant if target.in_collection else min(meant, max(before, 0))
        if not target.in_collection:
            ledger.remaining[target.id] = before - amount
        left -= amount
        if amount or len(named) == 1:
            parts.append(Part(target, amount, before))
    if not parts:  # all of them are paid already: the money is the customer's
        target = named[0][0]
        parts.append(Part(target, 0, ledger.remaining[target.id]))
    return Matched(payment, verdict, tuple(parts), left)


def _named(payment: Payment, ledger: Ledger) -> tuple[Verdict, list[tuple[Target, int | None]]]:
    """The invoices that the payment names, each once, with the part that is meant for it."""
    by_ocr = _found(payment, payment.references, ledger.by_ocr)
    rest = [one for one in payment.references if one.value not in ledger.by_ocr]
    by_number = _found(payment, rest, ledger.by_number)
    named = {target.id: (target, part) for target, part in (*by_number, *by_ocr)}
    if named:
        order = [target.id for target, _ in (*by_ocr, *by_number)]
        return (Verdict.OCR if by_ocr else Verdict.INVOICE_NUMBER), [named[one] for one in dict.fromkeys(order)]
    for number in payment.text_numbers:
        for verdict, known in ((Verdict.OCR, ledger.by_ocr), (Verdict.INVOICE_NUMBER, ledger.by_number)):
            target = known.get(number)
            if (
                target is not None
                and target.currency == payment.currency
                and ledger.remaining[target.id] == payment.amount_minor
            ):
                return verdict, [(target, None)]
    return Verdict.UNPLACED, []


def _found(
    payment: Payment, references: Sequence[Reference], known: Mapping[str, Target]
) -> list[tuple[Target, int | None]]:
    found = ((known.get(reference.value), reference.part_minor) for reference in references)
    return [(target, part) for target, part in found if target is not None and target.currency == payment.currency]


def numbers_to_look_up(payments: Iterable[Payment]) -> list[str]:
    """Every number that may name an invoice."""
    wanted: dict[str, None] = {}
    for payment in payments:
        wanted.update(dict.fromkeys(reference.value for reference in payment.references))
        wanted.update(dict.fromkeys(payment.text_numbers))
    return [number for number in wanted if number]
