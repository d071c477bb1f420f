"""Ändra markerade in Kunduppgifter: due day and demand stop of the ticked invoices (SPEC K-13)."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from werkzeug.datastructures import MultiDict

from chassis.wire import from_date
from gateway.forms.labels import Faults, Label
from gateway.forms.stop import KINDS
from kernel.errors import FieldViolation, InvalidInput
from kernel.formats import parse_date
from rf.ledger.v1.invoices_pb2 import InvoiceChanges

MAX_TICKED: Final = 200
LABELS: Final[Mapping[str, Label]] = {
    "faktura": Label("Fakturor", "Markera minst en i tabellen."),
    "forfallodatum": Label("Förfallodatum", "Skriv t.ex. 2026-12-24 eller +30."),
    "stopp": Label("Kravstopp på fakturanivå", "Välj i listan."),
    "upphor": Label("Kravstopp upphör", "Skriv t.ex. 2026-12-24 eller +30, eller töm fältet för tills vidare."),
}
_FIELD_OF: Final[Mapping[str, str]] = {"due_date": "forfallodatum", "kind": "stopp", "until_date": "upphor"}


@dataclass
class MarkedForm:
    """What is ticked and what shall become of it, with its faults."""

    ticked: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    etag: str = ""  # of the consequence that was shown
    seen: str = ""  # what it was the consequence of
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> "MarkedForm":
        """From a posted form."""
        values = {name: posted.get(name, "").strip() for name in LABELS if name != "faktura"}
        ticked = list(dict.fromkeys(posted.getlist("faktura")))[:MAX_TICKED]
        return cls(ticked, values, posted.get("etag", ""), posted.get("sett", ""))

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def is_blank(self) -> bool:
        """Nothing is ticked, or nothing is to be changed."""
        return not self.ticked or not any(self.values.values())

    def changes(self, client_id: str, today: date) -> InvoiceChanges:
        """The changes that the form means. What cannot be read is a fault, and is left out."""
        found = InvoiceChanges(client_id=client_id, invoice_ids=self.ticked)
        if not self.ticked:
            self._add("faktura", FieldViolation("", "REQUIRED"))
        if due := self._day("forfallodatum", today):
            found.due_date.CopyFrom(from_date(due))
        if self.value("stopp") in KINDS:
            found.stop.kind = KINDS[self.value("stopp")]
        elif self.value("stopp"):
            self._add("stopp", FieldViolation("", "CHOICE"))
        if until := self._day("upphor", today):
            found.stop.until_date.CopyFrom(from_date(until))
        return found

    def refuse(self, violations: Iterable[FieldViolation], numbers: Mapping[str, str]) -> None:
        """Put the ledger's violations at their fields; what is wrong with an invoice names it (``numbers``: by id)."""
        for violation in violations:
            path = violation.field
            _, _, after = path.partition("invoice_ids[")
            index = after.partition("]")[0]
            name = _FIELD_OF.get(path.rpartition(".")[2], "faktura")
            label = LABELS[name]
            if index.isdigit() and int(index) < len(self.ticked):
                number = numbers.get(self.ticked[int(index)], "")
                label = Label(f"{label.text} på faktura {number}" if name != "faktura" else f"Faktura {number}")
            self.faults.add(name, label, violation)

    def _add(self, name: str, violation: FieldViolation) -> None:
        self.faults.add(name, LABELS[name], violation)

    def _day(self, name: str, today: date) -> date | None:
        if not self.value(name):
            return None
        try:
            return parse_date(self.value(name), today)
        except InvalidInput as error:
            self._add(name, error.violations[0])
            return None


def mark(changes: InvoiceChanges) -> str:
    """A mark of what is to be changed: a consequence holds for no other change."""
    return hashlib.sha256(changes.SerializeToString(deterministic=True)).hexdigest()[:32]
