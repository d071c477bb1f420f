"""Lägg till artikel, and Ändra (SPEC A-02)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from werkzeug.datastructures import MultiDict

from gateway.forms.invoice_fields import PRICE_DECIMALS, RATES
from gateway.forms.labels import Faults, Label
from gateway.forms.numbers import decimal_of, plain
from gateway.presentation import quantity
from kernel.errors import FieldViolation, InvalidInput
from rf.ledger.v1.articles_pb2 import Article

LABELS: Final[Mapping[str, Label]] = {
    "klient": Label("Klient", "Välj i listan."),
    "artikelnummer": Label("Artikelnummer", "Skriv högst 20 tecken, t.ex. EL-FAST."),
    "beskrivning": Label("Beskrivning", "Skriv vad artikeln är, t.ex. Fast avgift."),
    "enhet": Label("Enhet", "Skriv högst 10 tecken, t.ex. st."),
    "pris": Label("Pris", "Skriv ett belopp exkl. moms, t.ex. 39,00."),
    "moms": Label("Moms %", "Välj 25, 12, 6 eller 0 %."),
    "konto": Label("Försäljningskonto", "Skriv ett konto ur kontoplanen, t.ex. 3001, eller töm fältet."),
}
IDS: Final[Mapping[str, str]] = {"artikelnummer": "f-ny-artikelnummer", "beskrivning": "f-ny-beskrivning"}
_FIELD_OF: Final[Mapping[str, str]] = {  # of the message → of the form
    "client_id": "klient",
    "number": "artikelnummer",
    "description": "beskrivning",
    "unit": "enhet",
    "price": "pris",
    "vat_percent": "moms",
    "sales_account": "konto",
}


@dataclass
class ArticleForm:
    """The form as written, with its faults."""

    values: dict[str, str]
    version: str = ""
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def new(cls, client_number: str) -> "ArticleForm":
        """An empty form."""
        return cls({"klient": client_number, "moms": "25"})

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> "ArticleForm":
        """From a posted form."""
        return cls({name: posted.get(name, "") for name in LABELS}, posted.get("version", ""))

    @classmethod
    def of(cls, article: Article, client_number: str) -> "ArticleForm":
        """The form that an article was written in."""
        values = {
            "klient": client_number,
            "artikelnummer": article.number,
            "beskrivning": article.description,
            "enhet": article.unit,
            "pris": quantity(article.price, 2),
            "moms": str(article.vat_percent),
            "konto": article.sales_account,
        }
        return cls(values, str(article.version))

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def article(self, client_id: str, article_id: str = "") -> Article:
        """The article that the form means. What cannot be read is a fault, and is left out."""
        version = self.version if self.version.isascii() and self.version.isdigit() and len(self.version) < 16 else "0"
        found = Article(
            article_id=article_id,
            client_id=client_id,
            number=self.value("artikelnummer").strip(),
            description=self.value("beskrivning"),
            unit=self.value("enhet"),
            sales_account=self.value("konto").strip(),
            version=int(version),
        )
        for name in ("artikelnummer", "beskrivning"):
            if not self.value(name).strip():
                self.faults.add(name, LABELS[name], FieldViolation("", "REQUIRED"))
        try:
            found.price = plain(decimal_of(self.value("pris"), PRICE_DECIMALS))
        except InvalidInput as error:
            self.faults.add("pris", LABELS["pris"], error.violations[0])
        if self.value("moms") in RATES:
            found.vat_percent = int(self.value("moms"))
        else:
            self.faults.add("moms", LABELS["moms"], FieldViolation("", "CHOICE"))
        return found

    def summary(self) -> list[dict[str, str]]:
        """The links above the form; the page beneath searches by fields of the same names."""
        return [{**link, "id": IDS.get(link["field"], "")} for link in self.faults.summary()]

    def refuse(self, violations: Iterable[FieldViolation]) -> None:
        """Put the ledger's violations at their fields; what was seen here already stays."""
        for violation in violations:
            name = _FIELD_OF.get(violation.field.rpartition(".")[2], "artikelnummer")
            self.faults.add(name, LABELS[name], violation)
