"""Money that is no invoice's, and what may become of it: refunded, placed on an invoice, or written off. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from re import compile as regex
from uuid import UUID

from kernel import giro
from kernel.errors import DomainError, Kind, Violations, invalid_value
from kernel.free_text import clean
from kernel.money import SEK
from services.ledger.domain.accounts import AccountMapping, Use
from services.ledger.domain.bookings import Posting, account, share
from services.ledger.domain.payment_bookings import Line
from services.ledger.domain.payments import Target

MAX_SUGGESTIONS = 10
MAX_NOTE = 500

_BANK_ACCOUNT = regex(r"[0-9]{4,5}[-, ]?[0-9][0-9 .-]{4,13}[0-9]")


class Source(Enum):
    """Where the money stands in the books until it is cleared."""

    OVERPAYMENT = Use.OVERPAYMENT
    UNPLACED = Use.UNPLACED


class ClearingKind(StrEnum):
    """What becomes of it."""

    REFUND = "REFUND"
    PLACE = "PLACE"
    WRITE_OFF = "WRITE_OFF"


class PayeeAccountKind(StrEnum):
    """Where a payee's account is."""

    BANKGIRO = "BANKGIRO"
    PLUSGIRO = "PLUSGIRO"
    BANK_ACCOUNT = "BANK_ACCOUNT"


class Reason(Enum):
    """Why an invoice may be meant, and how much that weighs."""

    NUMBER = 4
    AMOUNT = 2
    PAYER = 3


class BankAccountNotHeld(DomainError):
    """The client does not hold the bank account; Resultat Finans clears what came in there."""

    reason = "BANK_ACCOUNT_NOT_HELD"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Surplus:
    """An overpayment, or what no invoice took of a payment. ``remaining_sek`` is what is left of it in the books."""

    source: Source
    id: UUID
    payment_id: UUID
    customer_id: UUID | None
    currency: str
    rate: Decimal
    remaining_minor: int
    remaining_sek: int
    bank_date: date


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid back, and where."""

    name: str
    account_kind: PayeeAccountKind
    account_number: str


@dataclass(frozen=True, slots=True)
class Part:
    """What a clearing takes of one: ``taken`` leaves it, and of that ``placed`` goes to the invoice.

    ``invoice_sek`` is what the placed part takes off the receivable. What was taken and not placed is the customer's.
    """

    surplus: Surplus
    taken_minor: int
    taken_sek: int
    placed_minor: int = 0
    invoice_sek: int = 0
    by_case: bool = False

    @property
    def overpaid_minor(self) -> int:
        """What an invoice could not take of an unplaced payment: the invoice's customer has paid too much."""
        return self.taken_minor - self.placed_minor if self.placed_minor else 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open invoice that may be meant, with why."""

    target: Target
    customer_number: str
    due_date: date
    reasons: tuple[Reason, ...] = field(default=())


def payee(name: str, kind: PayeeAccountKind, number: str) -> Payee:
    """Raises InvalidInput: those of ``kernel.giro`` and ``clean``; of a bank account ``FORMAT``."""
    with Violations() as v:
        with v.field("name"):
            name = clean(name, 120)
            v.present("name", name)
        with v.field("account_number"):
            number = _account_number(kind, clean(number, 30))
    return Payee(name, kind, number)


def _account_number(kind: PayeeAccountKind, number: str) -> str:
    if kind is PayeeAccountKind.BANKGIRO:
        return str(giro.bankgiro(number))
    if kind is PayeeAccountKind.PLUSGIRO:
        return str(giro.plusgiro(number))
    if not number:
        raise invalid_value("REQUIRED")
    if not _BANK_ACCOUNT.fullmatch(number):
        raise invalid_value("FORMAT")
    return number


def cleared(held: Surplus) -> Part:
    """All that is left of it leaves: a refund or a write-off."""
    return Part(held, held.remaining_minor, held.remaining_sek)


def placed(all_held: Iterable[Surplus], target: Target) -> list[Part]:
    """What the invoice takes of each, in order; nothing of those that come when it is paid.

    A case takes all and says itself what it did not need. Of an overpayment only what the invoice takes leaves it; an
    unplaced payment leaves whole, since it is known now whose it is.
    """
    parts = []
    open_minor, open_sek = max(target.open_minor, 0), target.open_sek_minor
    for held in all_held:
        minor = held.remaining_minor if target.in_collection else min(held.remaining_minor, open_minor)
        if not minor:
            continue
        taken = held.remaining_minor if held.source is Source.UNPLACED else minor
        off = 0
        if not target.in_collection:
            off = share(minor, open_minor, open_sek)
            open_minor, open_sek = open_minor - minor, open_sek - off
        taken_sek = share(taken, held.remaining_minor, held.remaining_sek)
        parts.append(Part(held, taken, taken_sek, minor, off, by_case=target.in_collection))
    return parts


def postings(part: Part, kind: ClearingKind, target: Target | None, accounts: AccountMapping) -> list[Line]:
    """The voucher of a clearing: out of overpayments or unplaced payments, to the bank, the invoice or an income.

    What an invoice in another currency weighs less or more than the money is a difference of exchange.
    """
    held = part.surplus
    currency = held.currency

    def line(use: Use, sek: int, minor: int, *, of: Target | None = None, customer: UUID | None = None) -> Line:
        posting = Posting(account(accounts, use), sek, currency, minor)
        return Line(posting, of.id if of else None, of.customer_id if of else customer)

    lines = [line(held.source.value, part.taken_sek, part.taken_minor, customer=held.customer_id)]
    if kind is ClearingKind.REFUND:
        lines.append(line(Use.BANK, -part.taken_sek, -part.taken_minor))
    elif kind is ClearingKind.WRITE_OFF:
        lines.append(line(Use.WRITTEN_OFF, -part.taken_sek, -part.taken_minor))
    elif target is not None:
        too_much = part.overpaid_minor
        too_much_sek = share(too_much, part.taken_minor, part.taken_sek)
        if part.by_case:
            lines.append(line(Use.RECEIVED_FOR_CASE, too_much_sek - part.taken_sek, -part.placed_minor, of=target))
        else:
            lines.append(line(Use.RECEIVABLE, -part.invoice_sek, -part.placed_minor, of=target))
        if too_much:
            lines.append(line(Use.OVERPAYMENT, -too_much_sek, -too_much, customer=target.customer_id))
    difference = sum(one.posting.amount_minor for one in lines)
    if difference:
        use = Use.FX_GAIN if difference > 0 else Use.FX_LOSS
        lines.append(Line(Posting(account(accounts, use), -difference, SEK, -difference)))
    return lines


def rank(candidates: Iterable[Candidate], most: int = MAX_SUGGESTIONS) -> list[Candidate]:
    """The likeliest first: by the weight of their reasons, then the one that fell due first. Each invoice once."""
    merged: dict[UUID, Candidate] = {}
    for one in candidates:
        known = merged.get(one.target.id)
        reasons = one.reasons if known is None else (*known.reasons, *one.reasons)
        merged[one.target.id] = replace(one, reasons=_strongest_first(reasons))
    ordered = sorted(merged.values(), key=lambda one: (-sum(r.value for r in one.reasons), one.due_date, one.target.id))
    return ordered[:most]


def _strongest_first(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(set(reasons), key=lambda reason: -reason.value))
