"""Fields of accounts: Skapa användare, Nytt lösenord and Användarinformation (SPEC part 2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from werkzeug.datastructures import MultiDict

from gateway.forms.labels import Faults, Label
from kernel.errors import FieldViolation

HELP_TO_CHOOSE: Final = "Minst 12 tecken. Flera ord efter varandra är lätta att minnas."
LABELS: Final[Mapping[str, Label]] = {
    "pinkod": Label("Pinkod", "Skriv de 16 tecknen från Resultat Finans, t.ex. 7K3M-Q2XF-9TRW-H4PD."),
    "anvandarnamn": Label("Användarnamn", "Skriv bokstäver, siffror och . _ - + @, t.ex. asa.oberg."),
    "fornamn": Label("Förnamn", "Skriv t.ex. Åsa."),
    "efternamn": Label("Efternamn", "Skriv t.ex. Öberg."),
    "epost": Label("E-post", "Skriv t.ex. asa.oberg@foretaget.se."),
    "telefon": Label("Telefon", "Skriv t.ex. 08-465 004 10, eller töm fältet."),
    "nuvarande": Label("Nuvarande lösenord", "Skriv lösenordet som du loggar in med i dag."),
    "losenord": Label("Lösenord", "Skriv minst 12 tecken."),
    "igen": Label("Lösenord igen", "Skriv samma lösenord en gång till."),
}
_FIELD_OF: Final[Mapping[str, str]] = {  # of the message → of the form
    "pin": "pinkod",
    "user_name": "anvandarnamn",
    "first_name": "fornamn",
    "last_name": "efternamn",
    "email": "epost",
    "phone": "telefon",
    "current_password": "nuvarande",
    "new_password": "losenord",
    "password": "losenord",
}


@dataclass
class AccountForm:
    """The form as written, with its faults. Passwords are never shown again."""

    values: dict[str, str]
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)
    current: str = field(default="", repr=False)
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> "AccountForm":
        """From a posted form."""
        shown = {name: posted.get(name, "").strip() for name in LABELS if name not in {"nuvarande", "losenord", "igen"}}
        return cls(shown, posted.get("losenord", ""), posted.get("igen", ""), posted.get("nuvarande", ""))

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def require(self, *names: str) -> None:
        """Note those of the fields that are empty."""
        written = {**self.values, "losenord": self.password, "igen": self.again}
        for name in names:
            if not written.get(name):
                self.fault(name, "REQUIRED")

    def same_twice(self) -> None:
        """Note a new password that is another the second time."""
        if self.password and self.password != self.again:
            self.fault("igen", "DIFFERENT")

    def fault(self, name: str, reason: str) -> None:
        self.faults.add(name, LABELS[name], FieldViolation(name, reason))

    def refuse(self, violations: Iterable[FieldViolation]) -> None:
        """Put auth's violations at their fields; what was seen here already stays."""
        for violation in violations:
            name = _FIELD_OF.get(violation.field.rpartition(".")[2], "")
            if name:
                self.faults.add(name, LABELS[name], violation)
