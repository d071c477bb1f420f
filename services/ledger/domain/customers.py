"""A client's customer."""

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Final
from uuid import UUID

from kernel.errors import DomainError, Kind
from kernel.sorting import sort_key
from services.ledger.domain import numbers
from services.ledger.domain.kinds import Delivery, PartyKind

LANGUAGES: Final = ("sv", "en", "no", "da", "fi")
SWEDISH: Final = LANGUAGES[0]
MAX_NAME: Final = 120
MAX_PART_OF_NAME: Final = 60
MAX_NOTE: Final = 2_000
PROTECTED: Final = ("id_number", "email", "phone", "address")
"""What of a protected identity is shown to few."""


class CustomerChangedMeanwhile(DomainError):
    """Somebody else has saved the customer since it was looked at. Nothing was saved."""

    reason = "CUSTOMER_CHANGED_MEANWHILE"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or is found."""

    care_of: str
    street: str
    postcode: str
    town: str
    country_code: str


NOWHERE: Final = Address("", "", "", "", "SE")


@dataclass(frozen=True, slots=True)
class Customer:
    """Who pays the client's invoices. ``repr`` tells only its ids."""

    id: UUID
    client_id: UUID
    number: str
    kind: PartyKind
    name: str = field(repr=False)
    id_number: str = field(repr=False)  # twelve digits, or empty
    email: str = field(repr=False)
    phone: str = field(repr=False)
    protected_identity: bool
    address: Address = field(repr=False)
    first_name: str = field(default="", repr=False)  # of a person; they make its name
    last_name: str = field(default="", repr=False)
    language: str = SWEDISH  # ISO 639-1
    payment_terms_days: int | None = None  # none: the client's
    delivery: Delivery = Delivery.POST
    reminder_block: bool = False  # Påminnelsespärr
    collection_block: bool = False  # Inkassospärr
    version: int = 1
    direct_debit_since: date | None = None

    @property
    def sort_key(self) -> str:
        """The place of its name in Swedish order."""
        return sort_key(self.name)

    @property
    def number_key(self) -> str:
        """The place of its number."""
        return numbers.natural_key(self.number)


def parts_of(name: str) -> tuple[str, str]:
    """First and last name of a person of whom only the whole name is known: the last word is the last name.

    >>> parts_of("Nils-Petter af Ek")
    ('Nils-Petter af', 'Ek')
    """
    first, _, last = name.rpartition(" ")
    return first.strip()[:MAX_PART_OF_NAME], last[:MAX_PART_OF_NAME]


def shielded(customer: Customer) -> Customer:
    """The customer for those who may not see what belongs to a protected identity."""
    if not customer.protected_identity:
        return customer
    nowhere = replace(NOWHERE, country_code=customer.address.country_code)
    return replace(customer, id_number="", email="", phone="", address=nowhere)


def unshielded(wanted: Customer, stored: Customer) -> Customer:
    """What somebody saves who may not see what is protected: that stays as it is, and so does the protection."""
    return replace(wanted, protected_identity=True, **{name: getattr(stored, name) for name in PROTECTED})


def differing(one: Customer, other: Customer) -> list[str]:
    """Names of the fields in which two states of a customer differ, version aside."""
    return [f.name for f in fields(Customer) if f.name != "version" and getattr(one, f.name) != getattr(other, f.name)]
