"""An invoice as it is printed: one value with everything that stands on the paper, and nothing that does not.

What must stand there: mervärdesskattelagen (2023:200) 17 kap. 24 § (dates, running number, VAT number, names and
addresses, quantity and kind, price, discount, base and VAT by rate), 22 § (a credit names its invoice) and the VAT in
kronor when the invoice is in another currency. `tests/unit/reports` goes through the list.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from kernel import money
from kernel.errors import DomainError, Kind
from kernel.money import SEK, Money


class InvoiceDoesNotAddUp(DomainError):
    """Rows, VAT, rounding and total of an invoice disagree. It is not printed."""

    reason = "INVOICE_DOES_NOT_ADD_UP"
    kind = Kind.CONFLICT


class InvoiceKind(Enum):
    """Fakturatyp; the value is the heading of the paper."""

    INVOICE = "Faktura"
    CREDIT = "Kreditfaktura"
    INTEREST = "Räntefaktura"
    FINAL = "Slutfaktura kundkonto"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sells. ``organisation_number`` is ten digits."""

    name: str
    street: str
    postcode: str
    town: str
    phone: str
    email: str
    organisation_number: str
    f_tax: bool

    @property
    def vat_number(self) -> str:
        """``SE``, ten digits, ``01``."""
        return f"SE{self.organisation_number}01"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who pays. ``country_code`` is ISO 3166; all but name and number may be empty."""

    number: str
    name: str
    care_of: str
    street: str
    postcode: str
    town: str
    country_code: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row; of text only, or with quantity, price in whole units without VAT, percents and net in minor units."""

    description: str
    text_only: bool = False
    article: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""
    unit_price: Decimal = Decimal(0)
    discount_percent: Decimal = Decimal(0)
    vat_percent: int = 0
    net_minor: int = 0


@dataclass(frozen=True, slots=True)
class VatLine:
    """Base and VAT of one rate, in minor units."""

    percent: int
    net_minor: int
    vat_minor: int


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who prints, and where returned letters go: Resultat Finans."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Payee:
    """Where the money goes: a bankgiro (digits), its holder, and the reference that the payer gives."""

    name: str
    bankgiro: str
    reference: str
    is_ocr: bool


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """The invoice. Amounts are minor units of ``currency``; ``exchange_rate`` is SEK for one unit, None for SEK.

    Raises InvoiceDoesNotAddUp.
    """

    kind: InvoiceKind
    number: str
    invoice_date: date
    due_date: date
    payment_terms_days: int
    currency: str
    exchange_rate: Decimal | None
    sender: Sender
    receiver: Receiver
    administrator: Administrator
    your_reference: str
    our_reference: str
    subject: str
    credits_number: str
    rows: tuple[Row, ...]
    vat_lines: tuple[VatLine, ...]
    rounding_minor: int
    total_minor: int
    payee: Payee | None

    def __post_init__(self) -> None:
        rows = sum(row.net_minor for row in self.rows)
        if rows != self.net_minor or self.net_minor + self.vat_minor + self.rounding_minor != self.total_minor:
            raise InvoiceDoesNotAddUp(number=self.number)

    @property
    def net_minor(self) -> int:
        return sum(line.net_minor for line in self.vat_lines)

    @property
    def vat_minor(self) -> int:
        return sum(line.vat_minor for line in self.vat_lines)

    @property
    def vat_sek_minor(self) -> int | None:
        """The VAT in öre when the invoice is in another currency, as the law asks."""
        if self.currency == SEK or self.exchange_rate is None:
            return None
        return money.convert(Money(self.currency, self.vat_minor), SEK, self.exchange_rate).minor

    @property
    def is_credit(self) -> bool:
        return self.kind is InvoiceKind.CREDIT or self.total_minor < 0

    @property
    def slip(self) -> Payee | None:
        """Whom the payment part pays; None when there is nothing to pay or nowhere to pay it."""
        return self.payee if self.total_minor > 0 and not self.is_credit else None

    @property
    def bears_interest(self) -> bool:
        """Whether a late payment costs interest: not on a credit, and never on interest (NJA 1994 s. 3)."""
        return not self.is_credit and self.kind is not InvoiceKind.INTEREST

    @property
    def file_name(self) -> str:
        """For the one who saves it: ``Faktura 40718568.pdf``."""
        return f"{self.kind.value} {''.join(c for c in self.number if c.isalnum() or c in '-_')}.pdf"
