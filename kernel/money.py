"""Amounts: whole minor units (öre, cent) of one currency. No floats, and ``Decimal`` only for rates.

**Sign convention of the whole system: debit is positive, credit is negative.** A claim on a customer is positive,
a credit note and a payment are negative, and the postings of a voucher sum to zero.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from kernel.errors import DomainError, Kind, invalid_value

SEK: Final = "SEK"

EXPONENTS: Final = MappingProxyType(
    {
        SEK: 2,
        "EUR": 2,
        "NOK": 2,
        "DKK": 2,
        "USD": 2,
        "GBP": 2,
        "CHF": 2,
        "PLN": 2,
        "CAD": 2,
        "AUD": 2,
        "ISK": 0,
        "JPY": 0,
    }
)
"""The currencies we handle and how many decimals each has (ISO 4217)."""

MAX_AMOUNT_MINOR: Final = 10**13
"""The largest amount that may be entered, either sign: 100 billion kronor. Sums of amounts may be larger."""

_INT64_MAX: Final = 2**63 - 1  # the wire and the database hold 64 bits


class CurrencyMismatch(DomainError):
    """Amounts of different currencies were added or compared."""

    reason = "CURRENCY_MISMATCH"
    kind = Kind.INVALID


class AmountOutOfRange(DomainError):
    """A sum no longer fits in 64 bits."""

    reason = "AMOUNT_OUT_OF_RANGE"
    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Money:
    """``minor`` minor units of ``currency``; arithmetic and comparison within one currency only.

    Raises InvalidInput (``CURRENCY``), AmountOutOfRange, CurrencyMismatch; TypeError for anything but an int.
    """

    currency: str
    minor: int

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")
        exponent(self.currency)
        if abs(self.minor) > _INT64_MAX:
            raise AmountOutOfRange

    def __add__(self, other: "Money") -> "Money":
        return Money(self.currency, self.minor + self._minor_of(other))

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.currency, self.minor - self._minor_of(other))

    def __mul__(self, count: int) -> "Money":
        return Money(self.currency, self.minor * count)

    def __neg__(self) -> "Money":
        return Money(self.currency, -self.minor)

    def __abs__(self) -> "Money":
        return Money(self.currency, abs(self.minor))

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._minor_of(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._minor_of(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._minor_of(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._minor_of(other)

    def _minor_of(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return other.minor


def exponent(currency: str) -> int:
    """How many decimals the currency has. Raises InvalidInput (``CURRENCY``) for one that we do not handle."""
    if currency not in EXPONENTS:
        raise invalid_value("CURRENCY")
    return EXPONENTS[currency]


def check_amount(minor: int) -> int:
    """The amount itself if it may be entered. Raises InvalidInput (``OUT_OF_RANGE``) beyond MAX_AMOUNT_MINOR."""
    if abs(minor) > MAX_AMOUNT_MINOR:
        raise invalid_value("OUT_OF_RANGE", max_minor=MAX_AMOUNT_MINOR)
    return minor


def half_up(value: Fraction | Decimal | int) -> int:
    """The nearest whole number; a half goes away from zero, so that a credit mirrors its invoice exactly."""
    exact = Fraction(value)
    magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return magnitude if exact >= 0 else -magnitude


def convert(amount: Money, currency: str, rate: Decimal) -> Money:
    """The amount in another currency, half-up. ``rate`` is the price of one whole unit in units of ``currency``.

    Raises InvalidInput (``RATE``) unless the rate is a positive number, (``OUT_OF_RANGE``) if the result is too large.
    """
    if not rate.is_finite() or not Decimal("1e-9") <= rate <= Decimal("1e9"):
        raise invalid_value("RATE")
    scale = Fraction(10) ** (exponent(currency) - exponent(amount.currency))
    return Money(currency, check_amount(half_up(amount.minor * Fraction(rate) * scale)))


def round_to_krona(minor: int) -> int:
    """The öre to add so that an amount becomes whole kronor: 1-49 go down, 50-99 up, a credit mirrored.

    Source: lag (1970:1029) 2 §. Book the difference on the client's rounding account.

    >>> round_to_krona(12_349), round_to_krona(12_350), round_to_krona(-12_350)
    (-49, 50, -50)
    """
    return 100 * half_up(Fraction(minor, 100)) - minor
