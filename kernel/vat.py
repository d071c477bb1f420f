"""Value added tax and the amounts of an invoice.

Nets are rounded per row, VAT per rate on the sum of its nets; both half-up, a credit mirrored. Which rate an article
has on a day belongs to the article (food went from 12 to 6 % from 2026-04-01 to 2027-12-31); a credit note uses the
rate of the sale that it credits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Final

from kernel.errors import FieldViolation, Violations, invalid_value
from kernel.money import MAX_AMOUNT_MINOR, SEK, exponent, half_up
from kernel.money import round_to_krona as krona_rounding

MAX_QUANTITY: Final = Decimal(10**9)
MAX_UNIT_PRICE: Final = Decimal(MAX_AMOUNT_MINOR) / 100
MAX_DECIMALS: Final = 6
"""Of a quantity, a price, a discount or a rate."""


@dataclass(frozen=True, slots=True)
class VatRate:
    """A rate in percent and the days it is in force, both ends counted; no ``valid_to`` means until further notice."""

    percent: Decimal
    valid_from: date
    valid_to: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether sales on the day may carry the rate."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


VAT_RATES: Final = tuple(VatRate(Decimal(percent), date(1996, 1, 1)) for percent in (25, 12, 6, 0))
"""The rates of mervärdesskattelagen (2023:200) 9 kap., in force long before our oldest invoice. 0 is exempt."""


def check_rate(percent: Decimal, day: date, rates: Iterable[VatRate] = VAT_RATES) -> Decimal:
    """The rate itself if it is in force on the day of the sale. Raises InvalidInput (``VAT_RATE``)."""
    if not any(rate.percent == percent and rate.in_force(day) for rate in rates):
        raise invalid_value("VAT_RATE")
    return percent


def vat_of(net_minor: int, percent: Decimal) -> int:
    """The VAT on a net amount, in minor units, half-up.

    >>> vat_of(1010, Decimal(25)), vat_of(-1010, Decimal(25))
    (253, -253)
    """
    return half_up(net_minor * Fraction(percent) / 100)


def vat_by_rate(nets_by_rate: Mapping[Decimal, int]) -> dict[Decimal, int]:
    """The VAT on each rate's net sum, in minor units."""
    return {percent: vat_of(net, percent) for percent, net in nets_by_rate.items()}


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """A row that costs something. Price in whole units (kronor), excluding VAT; discount and VAT in percent.

    A credit has a negative quantity or price.
    """

    quantity: Decimal
    unit_price: Decimal
    vat_percent: Decimal
    discount_percent: Decimal = Decimal(0)

    def violations(self) -> tuple[FieldViolation, ...]:
        """What cannot be calculated with: ``NUMBER``, ``OUT_OF_RANGE`` or ``TOO_MANY_DECIMALS``, by field."""
        limits = {
            "quantity": (self.quantity, -MAX_QUANTITY, MAX_QUANTITY),
            "unit_price": (self.unit_price, -MAX_UNIT_PRICE, MAX_UNIT_PRICE),
            "vat_percent": (self.vat_percent, Decimal(0), Decimal(100)),
            "discount_percent": (self.discount_percent, Decimal(0), Decimal(100)),
        }
        found = ((field, _fault(*value)) for field, value in limits.items())
        return tuple(FieldViolation(field, fault) for field, fault in found if fault)

    def net_minor(self, decimals: int) -> int:
        """What the row costs before VAT, rounded half-up."""
        exact = Fraction(self.quantity) * Fraction(self.unit_price) * (1 - Fraction(self.discount_percent) / 100)
        return half_up(exact * 10**decimals)


@dataclass(frozen=True, slots=True)
class InvoiceAmounts:
    """The amounts of an invoice in minor units: ``net + vat + rounding = total``; rates from highest to lowest."""

    row_nets: tuple[int, ...]
    net_by_rate: dict[Decimal, int]
    vat_by_rate: dict[Decimal, int]
    rounding: int

    @property
    def net(self) -> int:
        """The sum of the rows before VAT."""
        return sum(self.row_nets)

    @property
    def vat(self) -> int:
        """The sum of VAT at all rates."""
        return sum(self.vat_by_rate.values())

    @property
    def total(self) -> int:
        """What the customer has to pay (or, negative, is credited)."""
        return self.net + self.vat + self.rounding


def invoice_amounts(rows: Sequence[InvoiceRow], round_to_krona: bool, currency: str = SEK) -> InvoiceAmounts:
    """The amounts that the rows come to.

    ``round_to_krona`` rounds what is to be paid to whole kronor; in other currencies it means nothing.
    Raises InvalidInput: ``CURRENCY``; per row (``rows[2].quantity``) what ``InvoiceRow.violations`` names, and
    ``OUT_OF_RANGE`` for a row (``rows[2]``) or a total (``total``) beyond MAX_AMOUNT_MINOR.
    """
    decimals = exponent(currency)
    with Violations() as faults:
        for index, row in enumerate(rows):
            for violation in row.violations():
                faults.add(f"rows[{index}].{violation.field}", violation.reason)
    nets = tuple(row.net_minor(decimals) for row in rows)
    with Violations() as faults:
        for index, net in enumerate(nets):
            faults.require(f"rows[{index}]", abs(net) <= MAX_AMOUNT_MINOR, "OUT_OF_RANGE", max_minor=MAX_AMOUNT_MINOR)

    by_rate = sorted(zip((row.vat_percent for row in rows), nets, strict=True), key=lambda pair: -pair[0])
    net_by_rate = {rate: sum(net for _, net in pairs) for rate, pairs in groupby(by_rate, key=lambda pair: pair[0])}
    vat = vat_by_rate(net_by_rate)
    exact = sum(nets) + sum(vat.values())
    rounding = krona_rounding(exact) if round_to_krona and currency == SEK else 0
    amounts = InvoiceAmounts(nets, net_by_rate, vat, rounding)
    with Violations() as faults:
        in_range = abs(amounts.total) <= MAX_AMOUNT_MINOR and abs(amounts.net) <= MAX_AMOUNT_MINOR
        faults.require("total", in_range, "OUT_OF_RANGE", max_minor=MAX_AMOUNT_MINOR)
    return amounts


def _fault(value: Decimal, lowest: Decimal, highest: Decimal) -> str | None:
    if not value.is_finite():
        return "NUMBER"
    if not lowest <= value <= highest:
        return "OUT_OF_RANGE"
    exponent_of = value.as_tuple().exponent
    return "TOO_MANY_DECIMALS" if isinstance(exponent_of, int) and -exponent_of > MAX_DECIMALS else None
