"""Who owes: name, number and address, or only that there is somebody whose identity is protected."""

from dataclasses import dataclass, field, replace
from datetime import date

from kernel.errors import InvalidInput
from kernel.identity import Identity, parse
from kernel.sorting import sort_key


@dataclass(frozen=True, slots=True)
class Debtor:
    """A debtor of a case."""

    name: str = field(repr=False)
    id_number: str = field(default="", repr=False)  # twelve digits; empty when unknown
    customer_number: str = ""
    care_of: str = field(default="", repr=False)
    street: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    town: str = field(default="", repr=False)
    country_code: str = "SE"
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    is_company: bool = False
    protected_identity: bool = False

    @property
    def sort_key(self) -> str:
        """Where the name stands in Swedish order."""
        return sort_key(self.name)

    @property
    def birth_year(self) -> int | None:
        """Of a person whose ID number is a Swedish one."""
        try:
            born = Identity(self.id_number).birth_date
        except InvalidInput:
            return None
        return born.year if born else None

    def shown(self) -> "Debtor":
        """What may be shown: of a protected identity only that it is one, and the client's own number for it."""
        if not self.protected_identity:
            return self
        return replace(
            self,
            name="",
            id_number="",
            care_of="",
            street="",
            postcode="",
            town="",
            country_code="",
            phone="",
            email="",
        )


def one_form(id_number: str, today: date) -> str:
    """The ID number in the form that it is stored and searched in; as given when it is no Swedish number."""
    try:
        return parse(id_number, today).digits
    except InvalidInput:
        return id_number
