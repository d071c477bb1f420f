"""Faults of a form: which field, which text, and the summary above it (UI 4.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway import texts
from kernel.errors import FieldViolation


@dataclass(frozen=True)
class Label:
    """A field as the page calls it, and how it is filled in: a sentence with an example."""

    text: str
    example: str = ""


@dataclass
class Faults:
    """What is wrong with a form, by the name of the field; the first fault of a field is the one shown."""

    found: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def add(self, name: str, label: Label, violation: FieldViolation, value: str = "") -> None:
        """Note a violation at the field called ``name``; ``value`` is what was written there."""
        if name in self.found:
            return
        self.found[name] = texts.fault(violation, label.text, label.example, value)
        self.names[name] = label.text
        if violation.reason == "REQUIRED":
            self.missing.add(name)

    def __bool__(self) -> bool:
        return bool(self.found)

    def get(self, name: str, default: str = "") -> str:
        """The red text of a field."""
        return self.found.get(name, default)

    def summary(self) -> list[dict[str, str]]:
        """The links of the summary."""
        return [{"field": name, "text": text} for name, text in self.names.items()]

    def title(self, what: str) -> str:
        """``Fakturan är inte sparad – 2 uppgifter saknas:``"""
        count = len(self.found)
        noun = "uppgift" if count == 1 else "uppgifter"
        verb = "saknas" if self.missing == set(self.found) else "behöver rättas"
        return f"{what} – {count} {noun} {verb}:"


def gather(violations: Iterable[FieldViolation], names: Mapping[str, str], labels: Mapping[str, Label]) -> Faults:
    """Faults of a plain form: violations by the message's field, ``names`` their fields of the form."""
    faults = Faults()
    fallback = next(iter(names.values()))
    for violation in violations:
        last = violation.field.rpartition(".")[2]
        name = names.get(last, fallback)
        faults.add(name, labels[name], violation)
    return faults
