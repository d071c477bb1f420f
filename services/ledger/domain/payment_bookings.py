"""What becomes of the books when money comes in. Debit is positive, credit negative (kernel.money)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.money import SEK
from services.ledger.domain.accounts import AccountMapping, Use
from services.ledger.domain.bookings import Posting, account
from services.ledger.domain.drafts import in_sek


@dataclass(frozen=True, slots=True)
class Share:
    """Part of a payment on an invoice: in the invoice's currency, and the öre that it takes off the receivable."""

    invoice_id: UUID
    customer_id: UUID
    amount_minor: int
    sek_minor: int


@dataclass(frozen=True, slots=True)
class Line:
    """A posting and the invoice and customer that it is about."""

    posting: Posting
    invoice_id: UUID | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came in: the amount, what it was for, and the SEK rate of its currency."""

    currency: str
    rate: Decimal
    amount_minor: int
    shares: Sequence[Share]  # allocated to invoices
    for_cases: Sequence[Share]  # ``sek_minor`` of these is the amount in SEK
    overpaid_minor: int
    overpaid_by: UUID | None
    unplaced_minor: int
    into: Use = Use.BANK


def of_payment(receipt: Receipt, accounts: AccountMapping) -> list[Line]:
    """The postings of a payment: the money on the account that it came to, and where it went.

    An invoice in another currency leaves the receivable at the invoice's rate; the difference to the money's rate is
    a gain or loss on exchange.
    """
    currency = receipt.currency

    def line(use: Use, sek: int, minor: int, invoice: UUID | None = None, customer: UUID | None = None) -> Line:
        return Line(Posting(account(accounts, use), sek, currency, minor), invoice, customer)

    lines = [line(receipt.into, in_sek(receipt.amount_minor, currency, receipt.rate), receipt.amount_minor)]
    lines += [
        line(Use.RECEIVABLE, -one.sek_minor, -one.amount_minor, one.invoice_id, one.customer_id)
        for one in receipt.shares
        if one.amount_minor
    ]
    lines += [
        line(Use.RECEIVED_FOR_CASE, -one.sek_minor, -one.amount_minor, one.invoice_id, one.customer_id)
        for one in receipt.for_cases
    ]
    if receipt.overpaid_minor:
        sek = in_sek(receipt.overpaid_minor, currency, receipt.rate)
        lines.append(line(Use.OVERPAYMENT, -sek, -receipt.overpaid_minor, customer=receipt.overpaid_by))
    if receipt.unplaced_minor:
        sek = in_sek(receipt.unplaced_minor, currency, receipt.rate)
        lines.append(line(Use.UNPLACED, -sek, -receipt.unplaced_minor))
    difference = sum(one.posting.amount_minor for one in lines)
    if difference:
        use = Use.FX_GAIN if difference > 0 else Use.FX_LOSS
        lines.append(Line(Posting(account(accounts, use), -difference, SEK, -difference)))
    return lines


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a case used what was received for it; öre, together the amount received.

    ``capital_minor`` goes to the invoice, as far as it is open; ``excess_minor`` is what it can no longer take.
    """

    invoice_id: UUID
    customer_id: UUID
    capital_minor: int
    interest_minor: int
    costs_minor: int
    surplus_minor: int
    excess_minor: int = 0

    @property
    def overpaid_minor(self) -> int:
        return self.surplus_minor + self.excess_minor


def of_settlement(settled: Settlement, accounts: AccountMapping) -> list[Line]:
    """The postings of a settlement: out of what was received for cases, to claim, interest, costs, overpayment."""
    whole = settled.capital_minor + settled.interest_minor + settled.costs_minor + settled.overpaid_minor
    amounts = (
        (Use.RECEIVED_FOR_CASE, whole),
        (Use.RECEIVABLE, -settled.capital_minor),
        (Use.INTEREST, -settled.interest_minor),
        (Use.COLLECTION_COSTS, -settled.costs_minor),
        (Use.OVERPAYMENT, -settled.overpaid_minor),
    )
    return [
        Line(Posting(account(accounts, use), minor, SEK, minor), settled.invoice_id, settled.customer_id)
        for use, minor in amounts
        if minor
    ]
