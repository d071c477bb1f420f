"""An invoice before it is one: what a person or a system gives, and what it comes to."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from re import compile as regex
from typing import Final

from kernel import vat
from kernel.errors import FieldViolation, InvalidInput, Violations
from kernel.money import MAX_AMOUNT_MINOR, SEK, Money, convert, exponent, half_up
from kernel.ocr import validate
from services.ledger.domain import numbers
from services.ledger.domain.kinds import InvoiceKind, Service
from services.ledger.domain.terms import MAX_TERMS_DAYS, Terms

MAX_ROWS: Final = 500
OLDEST_DAYS: Final = 3653
LATEST_DAYS: Final = 366
"""How far from today an invoice's day may lie, and its due day from that: more is a slip of the finger."""

_VAT_PERCENTS: Final = (25, 12, 6, 0)
_ROW_FIELD = regex(r"rows\[([0-9]+)\](.*)")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an invoice; of a row of text only the description counts. Price in whole units, without VAT."""

    description: str
    text_only: bool = False
    article_number: str = ""
    quantity: Decimal = Decimal(0)
    unit: str = ""
    unit_price: Decimal = Decimal(0)
    discount_percent: Decimal = Decimal(0)
    vat_percent: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What is given to register an invoice. Amounts, in minor units, are Reskontraservice's only."""

    service: Service
    kind: InvoiceKind
    customer_number: str
    invoice_date: date
    payment_terms_days: int
    currency: str = SEK
    invoice_number: str = ""
    due_date: date | None = None
    exchange_rate: Decimal | None = None
    your_reference: str = ""
    our_reference: str = ""
    subject: str = ""
    credits_invoice_number: str = ""
    with_invoice_fee: bool = False
    rows: tuple[Row, ...] = ()
    net_minor: int | None = None
    vat_minor: int | None = None
    total_minor: int | None = None
    ocr_number: str = ""


@dataclass(frozen=True, slots=True)
class VatSum:
    """Net and VAT of one rate, in minor units."""

    percent: int
    net_minor: int
    vat_minor: int


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A draft with its defaults filled in, and its amounts in minor units: net + VAT + rounding = total."""

    draft: Draft
    row_nets: tuple[int, ...]  # one for each row, 0 for text
    vat_sums: tuple[VatSum, ...]  # highest rate first
    fee_minor: int  # part of net
    rounding_minor: int

    @property
    def due_date(self) -> date:
        """The last day to pay."""
        return self.draft.due_date or self.draft.invoice_date

    @property
    def rate(self) -> Decimal:
        """SEK for one unit of the currency."""
        return self.draft.exchange_rate or Decimal(1)

    @property
    def net_minor(self) -> int:
        """Sum without VAT."""
        return sum(one.net_minor for one in self.vat_sums)

    @property
    def vat_minor(self) -> int:
        """Sum of VAT."""
        return sum(one.vat_minor for one in self.vat_sums)

    @property
    def total_minor(self) -> int:
        """What is to be paid, negative for a credit."""
        return self.net_minor + self.vat_minor + self.rounding_minor

    @property
    def total_sek_minor(self) -> int:
        """The total in öre at the invoice's rate."""
        return in_sek(self.total_minor, self.draft.currency, self.rate)


def in_sek(minor: int, currency: str, rate: Decimal) -> int:
    """An amount in öre at a rate. Raises InvalidInput (``OUT_OF_RANGE``)."""
    return minor if currency == SEK else convert(Money(currency, minor), SEK, rate).minor


def work_out(draft: Draft, terms: Terms, today: date) -> WorkedOut:
    """What the draft comes to under the client's terms; a final invoice has ``final_invoices.work_out`` of its own.

    Raises InvalidInput with every fault by field of the message: besides those of kernel's parsers
    ``CREDIT_NEEDS_MINUS``, ``NEGATIVE``, ``ZERO``, ``SUM``, ``NOT_ALLOWED``, ``FROM_SERIES``, ``INTEREST_HAS_NO_VAT``,
    ``VAT_TOO_HIGH``, ``BEFORE_INVOICE_DATE``, ``TOO_EARLY``, ``TOO_LATE``, ``NO_FEE_IN_TERMS``.
    """
    with Violations() as v:
        filled = checked_head(v, draft, today)
        if draft.service is Service.LEDGER:
            _check_given(v, filled, terms)
        else:
            _check_rows(v, filled, terms)
    worked = _from_amounts(filled) if draft.service is Service.LEDGER else _from_rows(filled, terms)
    with Violations() as v:
        _check_total(v, worked)
    return worked


def basis(terms: Terms, today: date) -> str:
    """A mark of all that ``work_out`` depends on beside the draft: while it is the same, so is what it comes to."""
    return hashlib.sha256(f"{today} {terms!r}".encode()).hexdigest()[:16]


def checked_head(v: Violations, draft: Draft, today: date) -> Draft:
    """The draft with its defaults, its days, currency and reference checked: what all kinds have in common."""
    filled = _filled(draft)
    _check_dates(v, filled, today)
    _check_currency(v, filled)
    _check_credits(v, filled)
    return filled


def _filled(draft: Draft) -> Draft:
    try:
        due = draft.due_date or draft.invoice_date + timedelta(max(draft.payment_terms_days, 0))
    except OverflowError:
        due = draft.invoice_date  # the terms are refused
    rate = draft.exchange_rate if draft.currency != SEK else Decimal(1)
    return replace(draft, due_date=due, exchange_rate=rate)


def _check_dates(v: Violations, draft: Draft, today: date) -> None:
    within = 0 <= draft.payment_terms_days <= MAX_TERMS_DAYS
    v.require("payment_terms_days", within, "OUT_OF_RANGE", min=0, max=MAX_TERMS_DAYS)
    v.require("invoice_date", draft.invoice_date >= today - timedelta(OLDEST_DAYS), "TOO_EARLY")
    v.require("invoice_date", draft.invoice_date <= today + timedelta(LATEST_DAYS), "TOO_LATE")
    days = (draft.due_date - draft.invoice_date).days if draft.due_date else 0
    v.require("due_date", days >= 0, "BEFORE_INVOICE_DATE")
    v.require("due_date", days <= LATEST_DAYS, "TOO_LATE")


def _check_currency(v: Violations, draft: Draft) -> None:
    with v.field("currency_code"):
        exponent(draft.currency)
        with v.field("exchange_rate"):
            if v.present("exchange_rate", draft.exchange_rate) and draft.exchange_rate is not None:
                convert(Money(draft.currency, 1), SEK, draft.exchange_rate)


def _check_credits(v: Violations, draft: Draft) -> None:
    if draft.credits_invoice_number:
        v.require("credits_invoice_number", draft.kind is InvoiceKind.CREDIT, "NOT_ALLOWED")
        with v.field("credits_invoice_number"):
            numbers.check(draft.credits_invoice_number)


def _check_given(v: Violations, draft: Draft, terms: Terms) -> None:
    """What Reskontraservice asks for: number and amounts, no rows."""
    check_number(v, draft, terms)
    v.require("rows", not draft.rows, "NOT_ALLOWED")
    v.require("with_invoice_fee", not draft.with_invoice_fee, "NOT_ALLOWED")
    for field, amount in (("net", draft.net_minor), ("vat", draft.vat_minor), ("total", draft.total_minor)):
        if v.present(field, amount) and amount is not None:
            v.require(field, abs(amount) <= MAX_AMOUNT_MINOR, "OUT_OF_RANGE", max_minor=MAX_AMOUNT_MINOR)
    if draft.net_minor is not None and draft.vat_minor is not None and draft.total_minor is not None:
        v.require("total", draft.net_minor + draft.vat_minor == draft.total_minor, "SUM")
        same_sign = draft.net_minor * draft.vat_minor >= 0
        v.require("vat", same_sign and abs(draft.vat_minor) <= abs(draft.net_minor) // 4 + 1, "VAT_TOO_HIGH")
        no_vat = draft.kind is not InvoiceKind.INTEREST or draft.vat_minor == 0
        v.require("vat", no_vat, "INTEREST_HAS_NO_VAT")


def check_number(v: Violations, draft: Draft, terms: Terms) -> None:
    """The number and OCR number: given for Reskontraservice, from the client's series for Fakturaservice."""
    if draft.service is Service.INVOICING:
        v.require("invoice_number", not draft.invoice_number, "FROM_SERIES")
        v.require("ocr_number", not draft.ocr_number, "FROM_SERIES")
        return
    with v.field("invoice_number"):
        numbers.check(draft.invoice_number)
    if draft.ocr_number:
        with v.field("ocr_number"):
            validate(draft.ocr_number, terms.ocr_rule)


def _check_rows(v: Violations, draft: Draft, terms: Terms) -> None:
    """What Fakturaservice asks for: rows."""
    check_number(v, draft, terms)
    v.require("rows", any(not row.text_only for row in draft.rows), "REQUIRED")
    v.require("rows", len(draft.rows) <= MAX_ROWS, "TOO_MANY", max=MAX_ROWS)
    if draft.with_invoice_fee:
        v.require("with_invoice_fee", draft.kind is InvoiceKind.INVOICE, "NOT_ALLOWED")
        v.require("with_invoice_fee", terms.invoice_fee_minor > 0, "NO_FEE_IN_TERMS")
    for index, row in enumerate(draft.rows):
        v.present(f"rows[{index}].description", row.description)
        if row.text_only:
            continue
        with v.field(f"rows[{index}].vat_percent"):
            vat.check_rate(Decimal(row.vat_percent), draft.invoice_date)
        no_vat = draft.kind is not InvoiceKind.INTEREST or row.vat_percent == 0
        v.require(f"rows[{index}].vat_percent", no_vat, "INTEREST_HAS_NO_VAT")
        for violation in _priced(row).violations():
            if violation.field != "vat_percent":
                v.add(f"rows[{index}].{violation.field}", violation.reason)


def _priced(row: Row) -> vat.InvoiceRow:
    return vat.InvoiceRow(row.quantity, row.unit_price, Decimal(row.vat_percent), row.discount_percent)


def _from_rows(draft: Draft, terms: Terms) -> WorkedOut:
    rows = [_priced(row) for row in draft.rows if not row.text_only]
    fee = _fee(draft, terms)
    if fee:
        # The fee is part of the sale that it is charged for, and follows its rate: the highest of the rows.
        rate = max(row.vat_percent for row in rows)
        rows.append(vat.InvoiceRow(Decimal(1), Decimal(fee).scaleb(-exponent(draft.currency)), rate))
    places = [index for index, row in enumerate(draft.rows) if not row.text_only]
    try:
        amounts = vat.invoice_amounts(rows, terms.rounds_to_krona, draft.currency)
    except InvalidInput as error:
        raise InvalidInput(_at_its_row(violation, places) for violation in error.violations) from None
    nets = iter(amounts.row_nets)
    sums = (VatSum(int(percent), net, amounts.vat_by_rate[percent]) for percent, net in amounts.net_by_rate.items())
    return WorkedOut(
        draft, tuple(0 if row.text_only else next(nets) for row in draft.rows), tuple(sums), fee, amounts.rounding
    )


def _at_its_row(violation: FieldViolation, places: Sequence[int]) -> FieldViolation:
    """The fault of a row that was counted without the rows of text, at its place among all of them."""
    counted = _ROW_FIELD.fullmatch(violation.field)
    if counted is None or int(counted[1]) >= len(places):
        return violation
    return replace(violation, field=f"rows[{places[int(counted[1])]}]{counted[2]}")


def _fee(draft: Draft, terms: Terms) -> int:
    """The invoice fee in the invoice's currency."""
    if not draft.with_invoice_fee:
        return 0
    if draft.currency == SEK or draft.exchange_rate is None:
        return terms.invoice_fee_minor
    scale = Fraction(10) ** (exponent(draft.currency) - exponent(SEK))
    return half_up(terms.invoice_fee_minor * scale / Fraction(draft.exchange_rate))


def _from_amounts(draft: Draft) -> WorkedOut:
    net, tax = draft.net_minor or 0, draft.vat_minor or 0
    return WorkedOut(draft, (), (VatSum(_nearest_rate(net, tax), net, tax),), 0, 0)


def _nearest_rate(net_minor: int, vat_minor: int) -> int:
    """The rate that the VAT of a Reskontraservice invoice comes closest to: its rows are not known to us."""
    if vat_minor == 0:
        return 0
    return min(_VAT_PERCENTS[:-1], key=lambda percent: abs(vat.vat_of(net_minor, Decimal(percent)) - vat_minor))


def _check_total(v: Violations, worked: WorkedOut) -> None:
    total, draft = worked.total_minor, worked.draft
    if total == 0:
        v.add("total", "ZERO")
    elif draft.kind is InvoiceKind.CREDIT and total > 0:
        for field in _positive_fields(worked):
            v.add(field, "CREDIT_NEEDS_MINUS")
    elif draft.kind is not InvoiceKind.CREDIT and total < 0:
        v.add("total", "NEGATIVE")
    else:
        with v.field("total"):
            v.require("total", worked.total_sek_minor != 0, "ZERO")


def _positive_fields(worked: WorkedOut) -> Iterator[str]:
    """Where the minus sign of a credit is missing."""
    if worked.draft.service is Service.LEDGER:
        yield "total"
        return
    for index, net in enumerate(worked.row_nets):
        if net > 0:
            yield f"rows[{index}].quantity"
