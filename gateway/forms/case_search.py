"""The search of Inkasso as it stands in the query string: criteria and place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from chassis.wire import from_date
from kernel.errors import InvalidInput
from kernel.formats import parse_date
from rf.collection.v1 import cases_pb2
from rf.collection.v1.cases_pb2 import CaseActivity, SearchCasesRequest

PAGE_SIZE: Final = 50
MAX_TOKENS: Final = 30
"""How many pages back one can turn step by step; an address has room for no more."""
MAX_LENGTH: Final = 120

ACTIVITIES: Final[Mapping[str, tuple[str, "CaseActivity.ValueType"]]] = {
    "": ("Alla", cases_pb2.CASE_ACTIVITY_UNSPECIFIED),
    "aktiva": ("Aktiva", cases_pb2.CASE_ACTIVITY_ACTIVE),
    "avslutade": ("Avslutade", cases_pb2.CASE_ACTIVITY_CLOSED),
}

# name in the address, label, and field of the request
TERMS: Final = (
    ("arendenr", "Ärendenummer", "number"),
    ("fakturanr", "Fakturanummer", "invoice_number"),
    ("kundnr", "Kundnummer", "customer_number"),
    ("galdenar", "Gäldenär", "debtor_name"),
    ("idnr", "ID-nummer", "id_number"),
)
DAYS: Final = (
    ("regfran", "Registrerat från", "registered_from"),
    ("regtill", "Registrerat till", "registered_to"),
)
EXAMPLES: Final[Mapping[str, str]] = {
    "arendenr": "Skriv bara siffror, t.ex. 1042.",
    "idnr": "Skriv t.ex. 19860217-0001 eller 556123-4567.",
    "regfran": "Skriv t.ex. 2026-01-31 eller -30.",
    "regtill": "Skriv t.ex. 2026-12-31 eller i, som betyder i dag. Till kan inte vara före från.",
}

Query = dict[str, Any]


@dataclass(frozen=True)
class CaseSearch:
    """What is asked for, as it was written. ``tokens`` are the pages gone through, the last one the page to show."""

    terms: tuple[tuple[str, str], ...] = ()
    activity: str = ""
    asked: bool = False  # the form was sent, rather than the page opened
    tokens: tuple[str, ...] = ()
    first: int = 1  # number of the first row shown

    @classmethod
    def read(cls, query: MultiDict[str, str]) -> "CaseSearch":
        """From a query string; what no page of ours writes is left out."""
        names = [name for name, _, _ in (*TERMS, *DAYS)]
        written = tuple((name, text) for name in names if (text := query.get(name, "").strip()))
        activity = query.get("status", "")
        tokens = tuple(token for token in query.getlist("sida") if token)[-MAX_TOKENS:]
        first = query.get("rad", "") if tokens else ""
        return cls(
            terms=written,
            activity=activity if activity in ACTIVITIES else "",
            asked="visa" in query or bool(written) or "status" in query,
            tokens=tokens,
            first=int(first) if first.isascii() and first.isdigit() and len(first) < 9 else 1,
        )

    def value(self, name: str) -> str:
        return dict(self.terms).get(name, "")

    def faults(self, today: date) -> dict[str, tuple[str, dict[str, str]]]:
        """Days that cannot be read and what no field has room for, by name: reason and details."""
        found: dict[str, tuple[str, dict[str, str]]] = {}
        for name, text in self.terms:
            if len(text) > MAX_LENGTH:
                found[name] = ("TOO_LONG", {"max": str(MAX_LENGTH)})
        for name, _, _ in DAYS:
            try:
                self._day(name, today)
            except InvalidInput as error:
                found[name] = (error.violations[0].reason, {})
        return found

    def request(self, client_ids: Sequence[str], today: date) -> SearchCasesRequest:
        """The question to collection. Raises InvalidInput for a day that ``faults`` names."""
        return SearchCasesRequest(
            client_ids=client_ids,
            activity=ACTIVITIES[self.activity][1],
            registered_from=from_date(self._day("regfran", today)),
            registered_to=from_date(self._day("regtill", today)),
            page_size=PAGE_SIZE,
            page_token=self.tokens[-1] if self.tokens else "",
            **{field: self.value(name) for name, _, field in TERMS},
        )

    def query(self) -> Query:
        """All of it as parameters of an address; what is as usual is not said."""
        found: Query = {
            **dict(self.terms),
            "status": self.activity,
            "visa": "lista" if self.asked else "",
            "sida": list(self.tokens),
            "rad": str(self.first) if self.tokens else "",
        }
        return {name: value for name, value in found.items() if value}

    def next(self, token: str) -> Query:
        """The page after this one."""
        return replace(self, tokens=(*self.tokens, token)[-MAX_TOKENS:], first=self.first + PAGE_SIZE).query()

    def previous(self) -> Query:
        """The page before this one; where the way back is no longer known, the first."""
        if len(self.tokens) > 1:
            return replace(self, tokens=self.tokens[:-1], first=max(self.first - PAGE_SIZE, 1)).query()
        return self.from_start().query()

    def from_start(self) -> "CaseSearch":
        return replace(self, tokens=(), first=1)

    def in_words(self) -> str:
        """The criteria as the heading of the result repeats them."""
        labels = {name: label for name, label, _ in (*TERMS, *DAYS)}
        parts = [ACTIVITIES[self.activity][0]] if self.activity else []
        parts += [f"{labels[name]} {text}" for name, text in self.terms if name != "idnr"]
        parts += ["ID-nummer"] if self.value("idnr") else []
        return ", ".join(parts) or "Alla"

    def _day(self, name: str, today: date) -> date | None:
        text = self.value(name)
        return parse_date(text, today) if text else None
