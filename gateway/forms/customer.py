"""Kundinformation: the details of a customer, in Kunduppgifter, Kundregister and Registrera faktura (SPEC part 2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from werkzeug.datastructures import MultiDict

from gateway.forms.labels import Faults, Label
from gateway.presentation import id_number
from kernel.errors import FieldViolation, InvalidInput
from kernel.formats import format_postcode
from kernel.identity import Identity
from rf.ledger.v1 import customers_pb2
from rf.ledger.v1.customers_pb2 import Customer

KINDS: Final[Mapping[str, tuple[str, "customers_pb2.PartyKind.ValueType"]]] = {
    "privat": ("Privat", customers_pb2.PARTY_KIND_PERSON),
    "foretag": ("Företag", customers_pb2.PARTY_KIND_COMPANY),
}
LANGUAGES: Final[Mapping[str, str]] = {
    "sv": "Svenska",
    "en": "Engelska",
    "no": "Norska",
    "da": "Danska",
    "fi": "Finska",
}
DELIVERIES: Final[Mapping[str, tuple[str, "customers_pb2.DeliveryKind.ValueType"]]] = {
    "post": ("Post", customers_pb2.DELIVERY_KIND_POST),
    "epost": ("E-post", customers_pb2.DELIVERY_KIND_EMAIL),
    "efaktura": ("E-faktura", customers_pb2.DELIVERY_KIND_E_INVOICE),
}
LABELS: Final[Mapping[str, Label]] = {
    "klient": Label("Klient", "Välj i listan."),
    "kundnr": Label("KundNr", "Lämna tomt för nästa nummer i serien."),
    "typ": Label("Typ", "Välj Privat eller Företag."),
    "namn": Label("Namn", "Skriv t.ex. Ylva Nattsjö."),
    "fornamn": Label("Förnamn", "Skriv t.ex. Ylva."),
    "efternamn": Label("Efternamn", "Skriv t.ex. Nattsjö."),
    "idnr": Label("ID-nummer", "Skriv t.ex. 19860217-1234 eller 556677-8899."),
    "co": Label("c/o"),
    "gata": Label("Gatuadress", "Skriv t.ex. Tranbärsstigen 4."),
    "postnr": Label("Postnr", "Skriv fem siffror, t.ex. 812 90."),
    "ort": Label("Ort", "Skriv t.ex. Lidsjö."),
    "land": Label("Land", "Skriv två bokstäver, t.ex. SE."),
    "epost": Label("E-post", "Skriv t.ex. namn@example.se."),
    "telefon": Label("Telefon", "Skriv t.ex. 070-174 06 31."),
    "sprak": Label("Språk", "Välj i listan."),
    "villkor": Label("Betalningsvillkor", "Skriv antalet dagar, 0–180, eller töm fältet för klientens."),
    "leverans": Label("Leveranssätt", "Välj i listan."),
    "skyddad": Label("Skyddad identitet"),
    "paminnelsesparr": Label("Påminnelsespärr"),
    "inkassosparr": Label("Inkassospärr"),
}
_FIELD_OF: Final[Mapping[str, str]] = {  # of the message → of the form
    "name": "namn",
    "number": "kundnr",
    "kind": "typ",
    "first_name": "fornamn",
    "last_name": "efternamn",
    "id_number": "idnr",
    "care_of": "co",
    "street": "gata",
    "postcode": "postnr",
    "town": "ort",
    "country_code": "land",
    "email": "epost",
    "phone": "telefon",
    "language_code": "sprak",
    "payment_terms_days": "villkor",
    "delivery": "leverans",
    "protected_identity": "skyddad",
}
_TEXTS: Final = ("name", "number", "first_name", "last_name", "care_of", "street", "postcode", "town", "email", "phone")
_TICKS: Final = {
    "skyddad": "protected_identity",
    "paminnelsesparr": "reminder_block",
    "inkassosparr": "collection_block",
}
MAX_DAYS: Final = 180
IN_JOURNAL, DIALOG = "ny-", "k-"
"""What the names of the fields begin with: each form stands on a page that has other fields."""


@dataclass
class CustomerForm:
    """The form as written, with its faults. ``saved`` is what the customer has, or a new one begins with."""

    values: dict[str, str]
    prefix: str = DIALOG
    version: int = 0
    doublet: str = ""  # the ID number that was warned for
    saved: dict[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def new(cls, client_number: str = "", prefix: str = DIALOG) -> "CustomerForm":
        """An empty form."""
        values = {"klient": client_number, "typ": "privat", "land": "SE", "sprak": "sv", "leverans": "post"}
        return cls(values, prefix, saved=values)

    @classmethod
    def of(cls, customer: Customer, *, id_shown: bool = False) -> "CustomerForm":
        """The form of a customer's details; a person's ID number is masked until somebody asks to see it."""
        values = written(customer, id_shown=id_shown)
        return cls(values, version=customer.version, saved=values)

    @classmethod
    def read(cls, posted: MultiDict[str, str], prefix: str = DIALOG, stored: Customer | None = None) -> "CustomerForm":
        """From a posted form; ``stored`` is the customer that is changed."""
        values = {name: posted.get(prefix + name, "") for name in LABELS}
        version = posted.get(f"{prefix}version", "")
        return cls(
            values,
            prefix,
            int(version) if version.isascii() and version.isdigit() and len(version) < 16 else 0,
            posted.get(f"{prefix}dubblett", ""),
            written(stored) if stored else cls.new(values["klient"]).values,
        )

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def accepts_doublet(self) -> bool:
        """The person was warned for this very ID number, and saves again."""
        return bool(self.doublet) and self.doublet == self.value("idnr").strip()

    def customer(self, client_id: str, stored: Customer | None = None) -> Customer:
        """The customer that the form means; the ledger says what is wrong with it, besides what no message can say."""
        kind = KINDS.get(self.value("typ"))
        found = Customer(
            client_id=client_id,
            customer_id=stored.customer_id if stored else "",
            version=self.version,
            kind=kind[1] if kind else customers_pb2.PARTY_KIND_UNSPECIFIED,
            country_code=self.value("land").strip().upper() or "SE",
            language_code=self.value("sprak"),
            delivery=DELIVERIES.get(self.value("leverans"), DELIVERIES["post"])[1],
        )
        for part in _TEXTS:
            setattr(found, part, self.value(_FIELD_OF[part]).strip())
        self._name(found)
        found.id_number = self._id_number(stored)
        for name, part in _TICKS.items():
            setattr(found, part, bool(self.value(name)))
        days = self.value("villkor").strip()
        if days.isascii() and days.isdigit() and int(days[:9]) <= MAX_DAYS:
            found.payment_terms_days = int(days)
        elif days:
            self.add("villkor", FieldViolation("", "OUT_OF_RANGE"))
        return found

    def add(self, name: str, violation: FieldViolation) -> None:
        """Note a fault at a field."""
        self.faults.add(name, LABELS[name], violation)

    def refuse(self, violations: Iterable[FieldViolation]) -> None:
        """Put the ledger's violations at their fields."""
        for violation in violations:
            name = _FIELD_OF.get(violation.field.rpartition(".")[2], "")
            if name == "namn" and self._has_parts:
                name = "fornamn" if not self.value("fornamn").strip() else "efternamn"
            name = name or ("fornamn" if self._has_parts else "namn")
            self.add(name, violation)
            if violation.reason == "ID_NUMBER_TAKEN":
                self.doublet = self.value("idnr").strip()

    def summary(self) -> list[dict[str, str]]:
        """The links above the form."""
        return [{**link, "id": f"f-{self.prefix}{link['field']}"} for link in self.faults.summary()]

    def others(self) -> list[tuple[str, str]]:
        """What is saved where something else is written, in the words of the page: for two who change the same."""
        return [
            (LABELS[name].text, "ja" if name in _TICKS and value else value or "–")
            for name, value in self.saved.items()
            if name not in {"kundnr", "namn" if self._has_parts else ""} and value != self.value(name)
        ]

    @property
    def _has_parts(self) -> bool:
        """Whether a person's name is written in two fields."""
        return self.prefix == DIALOG and self.value("typ") == "privat"

    def _name(self, found: Customer) -> None:
        if self._has_parts:
            found.name = ""
            for name in ("fornamn", "efternamn"):
                if not self.value(name).strip():
                    self.add(name, FieldViolation("", "REQUIRED"))
        else:
            found.first_name = found.last_name = ""

    def _id_number(self, stored: Customer | None) -> str:
        """What stands in the field, and as it was where that is only its mask."""
        asked = self.value("idnr").strip()
        if stored is not None and asked in {id_number(stored.id_number), full_id_number(stored.id_number)}:
            return str(stored.id_number)
        return asked


def written(customer: Customer, *, id_shown: bool = False) -> dict[str, str]:
    """A customer's details as they stand in the fields."""
    found = {name: str(getattr(customer, part)) for part, name in _FIELD_OF.items() if part in _TEXTS}
    ticks = {name: "1" if getattr(customer, part) else "" for name, part in _TICKS.items()}
    kinds = {number: name for name, (_, number) in KINDS.items()}
    deliveries = {number: name for name, (_, number) in DELIVERIES.items()}
    return {
        **found,
        **ticks,
        "typ": kinds.get(customer.kind, ""),
        "idnr": full_id_number(customer.id_number) if id_shown else id_number(customer.id_number),
        "postnr": format_postcode(customer.postcode),
        "land": customer.country_code or "SE",
        "sprak": customer.language_code or "sv",
        "leverans": deliveries.get(customer.delivery, "post"),
        "villkor": str(customer.payment_terms_days) if customer.HasField("payment_terms_days") else "",
    }


def full_id_number(digits: str) -> str:
    """All of an ID number; nothing of none."""
    try:
        return Identity(digits).full
    except InvalidInput:
        return ""
