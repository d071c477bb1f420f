"""Överbetalningar and Oplacerade betalningar: the filter of the lists, and what becomes of the ticked rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from werkzeug.datastructures import MultiDict

from chassis.wire import from_date, money
from gateway.forms.labels import Faults, Label
from gateway.forms.numbers import minor_of
from kernel.errors import FieldViolation, InvalidInput
from kernel.formats import parse_date
from rf.ledger.v1 import surplus_pb2
from rf.ledger.v1.surplus_pb2 import ClearSurplusRequest, Payee, SurplusFilter, SurplusSeen

MAX_TICKED: Final = 100

FILTER: Final[Mapping[str, Label]] = {
    "fran": Label("Betaldatum från", "Skriv t.ex. 2026-11-01."),
    "till": Label("Betaldatum till", "Skriv t.ex. 2026-11-24."),
    "minst": Label("Resterande belopp från", "Skriv ett belopp, t.ex. 100,00."),
    "hogst": Label("Resterande belopp till", "Skriv ett belopp, t.ex. 1 250,00."),
}
LABELS: Final[Mapping[str, Label]] = {
    "fakturanr": Label("FakturaNr", "Välj ett förslag eller skriv ett fakturanummer."),
    "mottagare": Label("Mottagare", "Skriv namnet på den som ska få pengarna."),
    "kontotyp": Label("Kontotyp", "Välj i listan."),
    "kontonr": Label("Kontonummer", "Skriv t.ex. 5050-1055, eller clearing- och kontonummer."),
    "notering": Label("Notering", "Skriv varför, t.ex. Okänd avsändare."),
}
ACCOUNTS: Final[Mapping[str, tuple[str, "surplus_pb2.PayeeAccountKind.ValueType"]]] = {
    "bankgiro": ("Bankgiro", surplus_pb2.PAYEE_ACCOUNT_KIND_BANKGIRO),
    "plusgiro": ("Plusgiro", surplus_pb2.PAYEE_ACCOUNT_KIND_PLUSGIRO),
    "bankkonto": ("Bankkonto", surplus_pb2.PAYEE_ACCOUNT_KIND_BANK_ACCOUNT),
}
CHOICES: Final[Mapping[str, "surplus_pb2.ClearingKind.ValueType"]] = {
    "placera": surplus_pb2.CLEARING_KIND_PLACE,
    "aterbetala": surplus_pb2.CLEARING_KIND_REFUND,
    "skriv-av": surplus_pb2.CLEARING_KIND_WRITE_OFF,
}
_FIELD_OF: Final[Mapping[str, str]] = {
    "invoice_number": "fakturanr",
    "payee.name": "mottagare",
    "payee.account_kind": "kontotyp",
    "payee.account_number": "kontonr",
    "note": "notering",
}


@dataclass
class SurplusFilterForm:
    """The filter as it stands in the query string."""

    values: dict[str, str]
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def read(cls, query: MultiDict[str, str]) -> "SurplusFilterForm":
        return cls({name: text for name in FILTER if (text := query.get(name, "").strip())})

    def request(self, client_ids: Sequence[str], today: date) -> SurplusFilter:
        """The filter as the ledger takes it; what cannot be read stands in ``faults`` and is left out."""
        found = SurplusFilter(client_ids=client_ids)
        for name, text in self.values.items():
            try:
                if name == "fran":
                    found.MergeFrom(SurplusFilter(from_date=from_date(parse_date(text, today))))
                elif name == "till":
                    found.MergeFrom(SurplusFilter(to_date=from_date(parse_date(text, today))))
                elif name == "minst":
                    found.from_minor = minor_of(text, 2)
                else:
                    found.to_minor = minor_of(text, 2)
            except InvalidInput as error:
                self.faults.add(name, FILTER[name], error.violations[0], text)
        return found


@dataclass(frozen=True)
class Ticked:
    """A ticked row: which, of which client, and what was left of it when it was shown."""

    client_number: str
    id: str
    minor: int
    currency: str

    @classmethod
    def read(cls, value: str) -> "Ticked | None":
        """From the row's value; None for what no page of ours writes."""
        parts = value.split(".")
        try:
            number, key, minor, currency = parts
            found = cls(number, str(UUID(key)), int(minor), currency)
        except ValueError:
            return None
        fits = currency.isascii() and currency.isalpha() and len(currency) == 3 and abs(found.minor) < 10**15
        return found if fits else None

    def __str__(self) -> str:
        return f"{self.client_number}.{self.id}.{self.minor}.{self.currency}"


@dataclass
class ClearingForm:
    """What becomes of the ticked rows, as written."""

    choice: str
    values: dict[str, str]
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> "ClearingForm":
        values = {name: posted.get(name, "").strip() for name in LABELS}
        values["fakturanr"] = values["fakturanr"] or posted.get("forslag", "").strip()
        return cls(posted.get("val", ""), values)

    def value(self, choice: str, name: str) -> str:
        """What was written in a field of one of the choices."""
        return self.values.get(name, "") if choice == self.choice else ""

    def fault(self, choice: str, name: str) -> str:
        return self.faults.get(name) if choice == self.choice else ""

    def request(
        self, request_id: str, client_id: str, rows: Sequence[Ticked], *, overpayments: bool
    ) -> ClearSurplusRequest:
        """The choice as the ledger takes it; the ledger says what is wrong with it."""
        values: dict[str, Any] = {"note": self.values["notering"]}
        if self.choice == "placera":
            values["invoice_number"] = self.values["fakturanr"]
        elif self.choice == "aterbetala":
            kind = ACCOUNTS.get(self.values["kontotyp"])
            values["payee"] = Payee(
                name=self.values["mottagare"],
                account_kind=kind[1] if kind else surplus_pb2.PAYEE_ACCOUNT_KIND_UNSPECIFIED,
                account_number=self.values["kontonr"],
            )
        return ClearSurplusRequest(
            request_id=request_id,
            client_id=client_id,
            items=[_seen(row, overpayments=overpayments) for row in rows],
            kind=CHOICES.get(self.choice, surplus_pb2.CLEARING_KIND_UNSPECIFIED),
            **values,
        )

    def refuse(self, violations: Iterable[FieldViolation]) -> None:
        """Put the ledger's violations at their fields."""
        for violation in violations:
            name = _FIELD_OF.get(violation.field, "notering")
            self.faults.add(name, LABELS[name], violation, self.values.get(name, ""))


def _seen(row: Ticked, *, overpayments: bool) -> SurplusSeen:
    left = money(row.minor, row.currency)
    if overpayments:
        return SurplusSeen(overpayment_id=row.id, remaining=left)
    return SurplusSeen(payment_id=row.id, remaining=left)
