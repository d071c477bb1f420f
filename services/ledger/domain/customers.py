"""A client's customer."""

from dataclasses import dataclass, field
from uuid import UUID

from kernel.sorting import sort_key
from services.ledger.domain import numbers
from services.ledger.domain.kinds import PartyKind


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or is found."""

    care_of: str
    street: str
    postcode: str
    town: str
    country_code: str


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

    @property
    def sort_key(self) -> str:
        """The place of its name in Swedish order."""
        return sort_key(self.name)

    @property
    def number_key(self) -> str:
        """The place of its number."""
        return numbers.natural_key(self.number)
