"""Nytt konto, and Ändra (SPEC M-19, M-20; Kontoplan in part 2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from werkzeug.datastructures import MultiDict

from gateway.forms.labels import Faults, Label
from kernel.errors import FieldViolation
from rf.ledger.v1.accounts_pb2 import Account

LABELS: Final[Mapping[str, Label]] = {
    "kontonummer": Label("Kontonummer", "Skriv fyra till sex siffror, t.ex. 3911."),
    "benamning": Label("Benämning", "Skriv vad kontot är, t.ex. Påminnelseavgifter."),
    "typ": Label("Typ", "Välj i listan."),
    "momskod": Label("Momskod", "Välj i listan."),
    "anvands": Label("Används för", "Kryssa i det på ett annat konto först: varje slag behöver ett konto."),
}
TYPES: Final[Mapping[str, str]] = {"T": "Tillgång", "S": "Skuld", "I": "Intäkt", "K": "Kostnad"}
VAT_CODES: Final[Mapping[str, str]] = {
    "": "Ingen",
    "05": "05 Momspliktig försäljning",
    "06": "06 Momspliktiga uttag",
    "07": "07 Vinstmarginalbeskattning",
    "08": "08 Hyresinkomster, frivillig skattskyldighet",
    "10": "10 Utgående moms 25 %",
    "11": "11 Utgående moms 12 %",
    "12": "12 Utgående moms 6 %",
    "35": "35 Varor till annat EU-land",
    "36": "36 Export av varor",
    "39": "39 Tjänster till annat EU-land",
    "40": "40 Övrig försäljning av tjänster utomlands",
    "41": "41 Köparen är skattskyldig",
    "42": "42 Övrig momsfri försäljning",
    "48": "48 Ingående moms",
    "49": "49 Moms att betala eller få tillbaka",
}
USES: Final[Mapping[str, str]] = {
    "RECEIVABLE": "Kundfordringar",
    "BANK": "Inbetalningar",
    "OWN_BANK": "Direktbetalningar",
    "VAT_25": "Utgående moms 25 %",
    "VAT_12": "Utgående moms 12 %",
    "VAT_6": "Utgående moms 6 %",
    "REVENUE_25": "Försäljning 25 %",
    "REVENUE_12": "Försäljning 12 %",
    "REVENUE_6": "Försäljning 6 %",
    "REVENUE_0": "Försäljning momsfri",
    "INVOICE_FEE": "Faktureringsavgifter",
    "REMINDER_FEE": "Påminnelseavgifter",
    "COLLECTION_COSTS": "Inkassokostnader",
    "INTEREST": "Dröjsmålsränta",
    "ROUNDING": "Öresavrundning",
    "OVERPAYMENT": "Överbetalningar",
    "UNPLACED": "Oplacerade betalningar",
    "RECEIVED_FOR_CASE": "Inbetalt till inkassoärenden",
    "FX_GAIN": "Valutakursvinster",
    "FX_LOSS": "Valutakursförluster",
    "WRITTEN_OFF": "Avskrivna överskott",
}
_FIELD_OF: Final = {
    "number": "kontonummer",
    "name": "benamning",
    "type": "typ",
    "vat_code": "momskod",
    "uses": "anvands",
}


@dataclass
class AccountForm:
    """The form as written, with its faults."""

    values: dict[str, str] = field(default_factory=lambda: {"typ": "I"})
    uses: tuple[str, ...] = ()
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> "AccountForm":
        """From a posted form; of uses only those that there are."""
        values = {name: " ".join(posted.get(name, "").split()) for name in LABELS if name != "anvands"}
        return cls(values, tuple(use for use in posted.getlist("anvands") if use in USES))

    @classmethod
    def of(cls, account: Account) -> "AccountForm":
        """The form of an account that is there."""
        values = {
            "kontonummer": account.number,
            "benamning": account.name,
            "typ": account.type,
            "momskod": account.vat_code,
        }
        return cls(values, tuple(account.uses))

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def account(self, number: str = "") -> Account:
        """What the form means; the number of an account that is there stays."""
        return Account(
            number=number or self.value("kontonummer"),
            name=self.value("benamning"),
            type=self.value("typ"),
            vat_code=self.value("momskod"),
            uses=self.uses,
        )

    def refuse(self, violations: Iterable[FieldViolation]) -> None:
        """Put the ledger's violations at their fields."""
        for violation in violations:
            name = _FIELD_OF.get(violation.field.rpartition(".")[2].partition("[")[0], "kontonummer")
            self.faults.add(name, LABELS[name], violation, self.value(name))
