"""Avancerad sökning: its terms (SPEC part 2), how each is written, and what it is in the question to the ledger.

A term stands in the address under its own name, a pair as ``…_fran`` and ``…_till``. ``rad`` names the rows that are
open, so that a row may be empty while one still writes; a search is not made with an empty one (R-05).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from chassis.wire import from_date
from gateway.forms.labels import Label
from gateway.forms.numbers import minor_of
from kernel.errors import Violations
from kernel.formats import MINUS, parse_date
from kernel.money import EXPONENTS
from rf.ledger.v1 import invoices_pb2
from rf.ledger.v1.invoices_pb2 import AmountSpan, DaySpan, SearchTerms
from rf.type.v1.date_pb2 import DateSpan

FROM, TO = "_fran", "_till"
MAX_LENGTH: Final = 120
MAX_DAYS: Final = 100_000

Options = tuple[tuple[str, str], ...]  # value in the address, text


@dataclass(frozen=True)
class Term:
    """A term: ``control`` is text, choice, choices (several, one must hold), dates, amounts or days."""

    name: str
    label: str
    field: str  # of SearchTerms
    control: str = "text"
    example: str = ""
    options: Options = ()

    @property
    def is_pair(self) -> bool:
        return self.control in {"dates", "amounts", "days"}

    @property
    def parameters(self) -> tuple[str, ...]:
        """Its names in the address."""
        return (self.name + FROM, self.name + TO) if self.is_pair else (self.name,)


KINDS: Final = {
    "f": ("Faktura", invoices_pb2.INVOICE_KIND_INVOICE),
    "k": ("Kreditfaktura", invoices_pb2.INVOICE_KIND_CREDIT),
    "r": ("Räntefaktura", invoices_pb2.INVOICE_KIND_INTEREST),
    "s": ("Slutfaktura kundkonto", invoices_pb2.INVOICE_KIND_FINAL),
}
SERVICES: Final = {
    "faktura": ("Fakturaservice", invoices_pb2.SERVICE_KIND_INVOICING),
    "reskontra": ("Reskontraservice", invoices_pb2.SERVICE_KIND_LEDGER),
}
STATUSES: Final = {  # the words of R-12; what nothing remains of is paid
    "fakturering": ("Fakturering", (invoices_pb2.INVOICE_STATUS_TO_BE_INVOICED,)),
    "ej-forfallen": ("Ej förfallen", (invoices_pb2.INVOICE_STATUS_NOT_DUE,)),
    "forfallen": ("Förfallen", (invoices_pb2.INVOICE_STATUS_OVERDUE,)),
    "paminnelse": ("Påminnelse", (invoices_pb2.INVOICE_STATUS_REMINDED,)),
    "inkasso": ("Inkasso", (invoices_pb2.INVOICE_STATUS_COLLECTION,)),
    "betald": (
        "Betald",
        (
            invoices_pb2.INVOICE_STATUS_PAID,
            invoices_pb2.INVOICE_STATUS_CREDITED,
            invoices_pb2.INVOICE_STATUS_FINAL_INVOICED,
        ),
    ),
}
STOPS: Final = {"ja": ("Ja", True), "nej": ("Nej", False)}

_AMOUNT = "Skriv t.ex. 1 234,50. Från kan inte vara mer än till."
_DAY = "Skriv t.ex. 2026-12-24 eller -30. Från kan inte vara efter till."
_NUMBER = "Skriv hela numret, eller början och en stjärna, t.ex. 4071*."
_PICK = "Välj i listan."


def _options(choices: Mapping[str, tuple[str, Any]]) -> Options:
    return tuple((value, text) for value, (text, _) in choices.items())


TERMS: Final = (
    Term("kundnummer", "Kundnummer", "customer_number", example=_NUMBER),
    Term("namn", "Namn", "name", example="Skriv minst två bokstäver, t.ex. Berg."),
    Term("idnr", "ID-nummer", "id_number", example="Skriv siffrorna eller de första av dem, t.ex. 19860217."),
    Term("gata", "Gatuadress", "street", example="Skriv början, t.ex. Storgatan."),
    Term("postnr", "Postnummer", "postcode", example="Skriv fem siffror eller de första av dem, t.ex. 812."),
    Term("ort", "Ort", "town", example="Skriv början, t.ex. Lid."),
    Term("fakturanummer", "Fakturanummer", "invoice_number", example=_NUMBER),
    Term("ocr", "OCR-nummer", "ocr_number", example="Skriv hela numret, t.ex. 407162205."),
    Term("fakturadatum", "Fakturadatum", "invoice_date", "dates", _DAY),
    Term("forfallodatum", "Förfallodatum", "due_date", "dates", _DAY),
    Term("belopp", "Belopp", "original", "amounts", _AMOUNT),
    Term("kvarstaende", "Kvarstående", "remaining", "amounts", _AMOUNT),
    Term("dagar", "Dagar sedan förfall", "days_since_due", "days", "Skriv hela dagar, t.ex. 30. Minus före förfall."),
    Term("valuta", "Valuta", "currency_code", "choice", _PICK, tuple((code, code) for code in EXPONENTS)),
    Term("fakturatyp", "Fakturatyp", "kinds", "choices", _PICK, _options(KINDS)),
    Term("tjanst", "Tjänst", "service", "choice", _PICK, _options(SERVICES)),
    Term("status", "Status", "statuses", "choices", _PICK, _options(STATUSES)),
    Term("kravstopp", "Kravstopp", "stopped", "choice", _PICK, _options(STOPS)),
    Term("er-referens", "Er referens", "your_reference", example="Skriv ett ord ur referensen."),
    Term("var-referens", "Vår referens", "our_reference", example="Skriv ett ord ur referensen."),
    Term("artikelnr", "Artikelnummer", "article_number", example="Skriv hela numret."),
    Term("fritext", "Fritext", "text", example="Skriv minst två tecken."),
)
BY_NAME: Final[Mapping[str, Term]] = {term.name: term for term in TERMS}
BY_FIELD: Final[Mapping[str, Term]] = {term.field: term for term in TERMS}
LABELS: Final[Mapping[str, Label]] = {
    parameter: Label(f"{term.label} {way}" if term.is_pair else term.label, term.example)
    for term in TERMS
    for parameter, way in zip(term.parameters, ("från", "till"), strict=False)
}
FIRST: Final = "namn"
"""The term of the first row; what one searches by most, beside the numbers that have fields of their own."""


@dataclass(frozen=True)
class TermRows:
    """The rows as they were written: which terms, in order, and what stands in them by parameter."""

    rows: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changing: bool = False  # a row was added or removed: what is empty is not wrong yet

    @classmethod
    def read(cls, query: MultiDict[str, str]) -> "TermRows":
        """From a query string; what no page of ours writes is left out. ``gor`` adds or removes a row."""
        values = {
            parameter: written
            for term in TERMS
            for parameter in term.parameters
            if (written := _written(term, query.getlist(parameter)))
        }
        rows = [name for name in dict.fromkeys(query.getlist("rad")) if name in BY_NAME]
        if "rad" not in query:
            rows = [term.name for term in TERMS if any(parameter in values for parameter in term.parameters)]
        act, _, which = query.get("gor", "").partition(":")
        if act == "ta-bort":
            rows = [name for name in rows if name != which]
        elif act == "lagg-till":
            rows += [name for name in (FIRST, *BY_NAME) if name not in rows][:1]
        kept = {parameter for name in rows for parameter in BY_NAME[name].parameters}
        return cls(tuple(rows), {p: v for p, v in values.items() if p in kept}, bool(act))

    def value(self, parameter: str) -> str:
        return self.values.get(parameter, ("",))[0]

    def chosen(self, parameter: str) -> tuple[str, ...]:
        return self.values.get(parameter, ())

    def message(self, today: date) -> SearchTerms:
        """The terms of the question. Raises InvalidInput, its fields the parameters; an empty row is ``REQUIRED``."""
        found: dict[str, Any] = {}
        with Violations() as v:
            for name in self.rows:
                term = BY_NAME[name]
                if not any(parameter in self.values for parameter in term.parameters):
                    v.require(term.parameters[0], self.changing, "REQUIRED")
                else:
                    found[term.field] = _READ[term.control](self, term, today, v)
        return SearchTerms(**found)

    def query(self) -> dict[str, Any]:
        """As parameters of an address."""
        return {p: list(v) if len(v) > 1 else v[0] for p, v in self.values.items()}

    def in_words(self) -> list[str]:
        """``Namn Berg``; of an ID number only that it was asked for."""
        return [_words(self, BY_NAME[name]) for name in self.rows if self._has(name)]

    def decimals(self) -> int:
        """Of amounts: as many as the currency has that is asked for, else two."""
        return EXPONENTS.get(self.value("valuta"), 2)

    def _has(self, name: str) -> bool:
        return any(parameter in self.values for parameter in BY_NAME[name].parameters)


def parameter_of(path: str) -> str:
    """Where the ledger's fault of a field of SearchTerms is shown: ``original.to_minor`` → ``belopp_till``."""
    first, _, rest = path.partition(".")
    term = BY_FIELD.get(first.partition("[")[0])
    if term is None:
        return ""
    return term.parameters[-1] if rest.startswith("to_") else term.parameters[0]


def _written(term: Term, texts: Iterable[str]) -> tuple[str, ...]:
    """What stands in a field; of choices only those that there are."""
    found = dict.fromkeys(" ".join(text.split()) for text in texts)
    known = {value for value, _ in term.options}
    kept = tuple(text for text in found if text and (not known or text in known))
    return kept if term.control == "choices" else kept[:1]


def _text(rows: TermRows, term: Term, _: date, v: Violations) -> str:
    text = rows.value(term.name)
    v.require(term.name, len(text) <= MAX_LENGTH, "TOO_LONG", max=MAX_LENGTH)
    return text


def _choice(rows: TermRows, term: Term, _: date, __: Violations) -> str | int | bool:
    chosen = rows.value(term.name)
    if term.name == "tjanst":
        return SERVICES[chosen][1]
    return STOPS[chosen][1] if term.name == "kravstopp" else chosen


def _choices(rows: TermRows, term: Term, _: date, __: Violations) -> Sequence[int]:
    chosen = rows.chosen(term.name)
    if term.name == "fakturatyp":
        return [KINDS[value][1] for value in chosen]
    return [status for value in chosen for status in STATUSES[value][1]]


def _dates(rows: TermRows, term: Term, today: date, v: Violations) -> DateSpan:
    ends = [_end(rows, parameter, lambda text: parse_date(text, today), v) for parameter in term.parameters]
    return DateSpan(from_date=from_date(ends[0]), to_date=from_date(ends[1]))


def _amounts(rows: TermRows, term: Term, _: date, v: Violations) -> AmountSpan:
    ends = [_end(rows, parameter, lambda text: minor_of(text, rows.decimals()), v) for parameter in term.parameters]
    return AmountSpan(from_minor=ends[0], to_minor=ends[1])


def _days(rows: TermRows, term: Term, _: date, v: Violations) -> DaySpan:
    ends = [_end(rows, parameter, _whole, v) for parameter in term.parameters]
    for parameter, end in zip(term.parameters, ends, strict=True):
        v.require(parameter, end is None or abs(end) <= MAX_DAYS, "OUT_OF_RANGE")
    fits = [end if end is None or abs(end) <= MAX_DAYS else None for end in ends]
    return DaySpan(from_days=fits[0], to_days=fits[1])


def _whole(text: str) -> int:
    return minor_of(text.replace(MINUS, "-"), 0)


def _end(rows: TermRows, parameter: str, read: Callable[[str], Any], v: Violations) -> Any:
    """One end of a pair; None where it is open or cannot be read."""
    text = rows.value(parameter)
    if text:
        with v.field(parameter):
            return read(text)
    return None


_READ: Final[Mapping[str, Callable[[TermRows, Term, date, Violations], Any]]] = {
    "text": _text,
    "choice": _choice,
    "choices": _choices,
    "dates": _dates,
    "amounts": _amounts,
    "days": _days,
}


def _words(rows: TermRows, term: Term) -> str:
    if term.name == "idnr":
        return term.label
    if term.is_pair:
        first, last = (rows.value(parameter) for parameter in term.parameters)
        if first and last:
            return f"{term.label} {first} till {last}"
        return f"{term.label} från {first}" if first else f"{term.label} till {last}"
    texts = dict(term.options)
    return f"{term.label} {' eller '.join(texts.get(value, value) for value in rows.chosen(term.name))}"
