"""What becomes of the books when an invoice becomes real. Debit is positive, credit negative (kernel.money)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from uuid import UUID

from kernel.errors import DomainError, Kind
from kernel.money import SEK, half_up
from services.ledger.domain.accounts import REVENUE, VAT, AccountMapping, Use
from services.ledger.domain.drafts import VatSum, WorkedOut, in_sek
from services.ledger.domain.final_invoices import OpenItem
from services.ledger.domain.kinds import InvoiceKind

_NO_ACCOUNTS: Mapping[str, str] = MappingProxyType({})


class AccountMissing(DomainError):
    """The client's chart of accounts has no account for this use."""

    reason = "ACCOUNT_MISSING"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Posting:
    """Öre on an account, and what it is in the invoice's or payment's own currency."""

    account: str
    amount_minor: int
    currency: str
    currency_minor: int


@dataclass(frozen=True, slots=True)
class Composition:
    """What an invoice's amount is made of, in minor units of its currency: net, of which the fee, VAT and rounding."""

    kind: InvoiceKind
    currency: str
    rate: Decimal  # SEK for one unit
    vat_sums: Sequence[VatSum]  # highest rate first
    fee_minor: int
    rounding_minor: int

    @property
    def total_minor(self) -> int:
        """All of it."""
        return sum(one.net_minor + one.vat_minor for one in self.vat_sums) + self.rounding_minor

    def parts(self) -> list[tuple[Use, int]]:
        """What was credited when it was booked, so negative for a claim; together the total."""
        amounts: list[tuple[Use, int]] = []
        fee_left = self.fee_minor
        for one in self.vat_sums:
            income = Use.INTEREST if self.kind is InvoiceKind.INTEREST else REVENUE[one.percent]
            fee, fee_left = fee_left, 0  # the fee is in the highest rate, which comes first
            amounts += [(income, -(one.net_minor - fee)), (Use.INVOICE_FEE, -fee)]
            if one.percent in VAT:
                amounts.append((VAT[one.percent], -one.vat_minor))
        return [*amounts, (Use.ROUNDING, -self.rounding_minor)]


def account(accounts: AccountMapping, use: Use) -> str:
    """The account for a use. Raises AccountMissing."""
    try:
        return accounts[use]
    except KeyError:
        raise AccountMissing(use=use.value) from None


def of_invoice(worked: WorkedOut, accounts: AccountMapping, sales: Mapping[str, str] = _NO_ACCOUNTS) -> list[Posting]:
    """The postings of an invoice of any kind but a final one: a credit mirrors, interest has an income account, no VAT.

    ``sales`` are the accounts of articles by their number; what has none goes to the account of its VAT rate.
    In another currency each amount is converted by itself; what the roundings leave goes to the rounding account.
    """
    draft = worked.draft
    made_of = Composition(
        draft.kind, draft.currency, worked.rate, worked.vat_sums, worked.fee_minor, worked.rounding_minor
    )
    amounts: dict[Use | str, int] = {Use.RECEIVABLE: worked.total_minor}
    for use, minor in (*made_of.parts(), *_of_articles(worked, sales)):
        amounts[use] = amounts.get(use, 0) + minor
    postings = [
        Posting(
            account(accounts, use) if isinstance(use, Use) else use,
            in_sek(minor, draft.currency, worked.rate),
            draft.currency,
            minor,
        )
        for use, minor in amounts.items()
        if minor
    ]
    return _balanced(postings, accounts, Use.ROUNDING, Use.ROUNDING)


def of_crediting(
    made_of: Composition, before_minor: int, amount_minor: int, sek_minor: int, accounts: AccountMapping
) -> list[Posting]:
    """The postings when part of an invoice is credited without a credit invoice: the invoice's own, in proportion.

    ``before_minor`` is what has been credited of it before. Each part is the difference of two shares of the whole, so
    that however many credits there are, together they take back to the öre what the invoice booked. The first posting
    is the claim's: ``sek_minor`` is what the amount weighs there.
    """
    total = made_of.total_minor
    parts = [(use, _up_to(-minor, before_minor, amount_minor, total)) for use, minor in made_of.parts() if minor]
    left = amount_minor - sum(minor for _, minor in parts)
    parts[0] = (parts[0][0], parts[0][1] + left)
    postings = [Posting(account(accounts, Use.RECEIVABLE), -sek_minor, made_of.currency, -amount_minor)]
    postings += [
        Posting(account(accounts, use), in_sek(minor, made_of.currency, made_of.rate), made_of.currency, minor)
        for use, minor in parts
        if minor
    ]
    return _balanced(postings, accounts, Use.ROUNDING, Use.ROUNDING)


def _up_to(part_minor: int, before_minor: int, amount_minor: int, total_minor: int) -> int:
    """What of a part of the whole belongs to the stretch after ``before``."""
    after = half_up(Fraction(part_minor * (before_minor + amount_minor), total_minor))
    return after - half_up(Fraction(part_minor * before_minor, total_minor))


def _of_articles(worked: WorkedOut, sales: Mapping[str, str]) -> Iterator[tuple[Use | str, int]]:
    """What goes from the accounts of VAT rates to those of articles that have one."""
    if not sales or worked.draft.kind is InvoiceKind.INTEREST:
        return
    for row, net in zip(worked.draft.rows, worked.row_nets, strict=True):
        number = "" if row.text_only else sales.get(row.article_number, "")
        if number:
            yield from ((REVENUE[row.vat_percent], net), (number, -net))


def of_final(
    invoice_id: UUID, worked: WorkedOut, items: Sequence[OpenItem], accounts: AccountMapping
) -> list[tuple[Posting, UUID | None]]:
    """The postings of a final invoice, each with the invoice that it is about: the claims that it lists, then its own.

    No sale: what was claimed in many is claimed in one. Between the rates of another currency lies a difference.
    """
    receivable, currency = account(accounts, Use.RECEIVABLE), worked.draft.currency
    postings = [Posting(receivable, -one.open_sek_minor, currency, -one.open_minor) for one in items]
    postings.append(Posting(receivable, worked.total_sek_minor, currency, worked.total_minor))
    about = [*(one.id for one in items), invoice_id, None]
    return list(zip(_balanced(postings, accounts, Use.FX_GAIN, Use.FX_LOSS), about, strict=False))


def of_credit(
    amount_minor: int, currency: str, invoice_sek_minor: int, credit_sek_minor: int, accounts: AccountMapping
) -> list[Posting]:
    """The postings when a credit is set off: first the invoice's claim, then the credit's, then the rates' difference.

    ``invoice_sek_minor`` and ``credit_sek_minor`` are what the amount weighs on either's side, both positive.
    """
    receivable = account(accounts, Use.RECEIVABLE)
    postings = [
        Posting(receivable, -invoice_sek_minor, currency, -amount_minor),
        Posting(receivable, credit_sek_minor, currency, amount_minor),
    ]
    return _balanced(postings, accounts, Use.FX_GAIN, Use.FX_LOSS)


def share(part_minor: int, whole_minor: int, whole_sek_minor: int) -> int:
    """What a part of an open amount weighs in öre: its share, and all that is left when it takes the last of it.

    >>> share(50, 100, 1101), share(100, 100, 1101)
    (551, 1101)
    """
    return half_up(Fraction(whole_sek_minor * part_minor, whole_minor))


def _balanced(postings: Sequence[Posting], accounts: AccountMapping, gain: Use, loss: Use) -> list[Posting]:
    """The postings with one more, where conversion has left a difference."""
    difference = total(postings)
    if not difference:
        return list(postings)
    use = loss if difference < 0 else gain
    return [*postings, Posting(account(accounts, use), -difference, SEK, -difference)]


def total(postings: Iterable[Posting]) -> int:
    """The sum in öre; 0 for what may be booked."""
    return sum(posting.amount_minor for posting in postings)
