"""Ny kund, in place in Registrera faktura (SPEC part 2, Kundinformation; the whole register comes later)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from werkzeug.datastructures import MultiDict

from gateway.forms.labels import Faults, Label, gather
from kernel.errors import FieldViolation
from rf.ledger.v1 import customers_pb2
from rf.ledger.v1.customers_pb2 import Customer

KINDS: Final[Mapping[str, tuple[str, "customers_pb2.PartyKind.ValueType"]]] = {
    "privat": ("Privat", customers_pb2.PARTY_KIND_PERSON),
    "foretag": ("Företag", customers_pb2.PARTY_KIND_COMPANY),
}
LABELS: Final[Mapping[str, Label]] = {
    "ny-kundnr": Label("KundNr", "Lämna tomt för nästa nummer i serien."),
    "ny-typ": Label("Typ", "Välj Privat eller Företag."),
    "ny-namn": Label("Namn", "Skriv t.ex. Ylva Nattsjö."),
    "ny-idnr": Label("ID-nummer", "Skriv t.ex. 19860217-1234 eller 556677-8899."),
    "ny-co": Label("c/o"),
    "ny-gata": Label("Gatuadress", "Skriv t.ex. Tranbärsstigen 4."),
    "ny-postnr": Label("Postnr", "Skriv fem siffror, t.ex. 812 90."),
    "ny-ort": Label("Ort", "Skriv t.ex. Lidsjö."),
    "ny-land": Label("Land", "Skriv två bokstäver, t.ex. SE."),
    "ny-epost": Label("E-post", "Skriv t.ex. namn@example.se."),
    "ny-telefon": Label("Telefon", "Skriv t.ex. 070-174 06 31."),
}
_FIELD_OF: Final[Mapping[str, str]] = {  # of the message → of the form; the first also for what has no field
    "name": "ny-namn",
    "number": "ny-kundnr",
    "kind": "ny-typ",
    "id_number": "ny-idnr",
    "care_of": "ny-co",
    "street": "ny-gata",
    "postcode": "ny-postnr",
    "town": "ny-ort",
    "country_code": "ny-land",
    "email": "ny-epost",
    "phone": "ny-telefon",
}


@dataclass
class CustomerForm:
    """The form as written, with its faults."""

    values: dict[str, str]
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def new(cls) -> "CustomerForm":
        """An empty form."""
        return cls({"ny-typ": "privat", "ny-land": "SE"})

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> "CustomerForm":
        """From a posted form."""
        return cls({name: posted.get(name, "") for name in LABELS})

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def customer(self, client_id: str) -> Customer:
        """The customer that the form means; the ledger says what is wrong with it."""
        kind = KINDS.get(self.value("ny-typ"))
        found = Customer(
            client_id=client_id,
            kind=kind[1] if kind else customers_pb2.PARTY_KIND_UNSPECIFIED,
            country_code=self.value("ny-land").strip().upper() or "SE",
        )
        for part, name in _FIELD_OF.items():
            if part not in {"kind", "country_code"}:
                setattr(found, part, self.value(name).strip())
        return found

    def refuse(self, violations: Iterable[FieldViolation]) -> None:
        """Put the ledger's violations at their fields."""
        self.faults = gather(violations, _FIELD_OF, LABELS)
