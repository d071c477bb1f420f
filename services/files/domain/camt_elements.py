"""Reading values out of camt elements: text, amounts, days, accounts.

Paths are written without namespace (``Refs/TxId``) and hold for every version of the messages.
"""

from dataclasses import dataclass
from datetime import date, datetime
from re import ASCII
from re import compile as regex
from typing import Final, TypeAlias

from lxml.etree import _Element

from services.files.domain import faults
from services.files.domain.faults import FaultList
from services.files.domain.payments import MAX_AMOUNT_MINOR, SWEDISH_TIME, Account, AccountKind

Element: TypeAlias = _Element

_AMOUNT = regex(r"(?P<sign>[+-]?)(?P<whole>\d{0,18})(?:\.(?P<part>\d{0,18}))?", ASCII)
_CURRENCY = regex(r"[A-Z]{3}", ASCII)
_DATE = regex(r"\d{4}-\d\d-\d\d(?=$|[TZ+-])", ASCII)
_IBAN = regex(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", ASCII)
_COUNT = regex(r"\d{1,15}", ASCII)

# ISO 4217 currencies without hundredths, and with thousandths
_DECIMALS: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_SCHEMES: Final = {"BGNR": AccountKind.BANKGIRO, "PGNR": AccountKind.PLUSGIRO, "BBAN": AccountKind.BBAN}


@dataclass(frozen=True, slots=True)
class Amount:
    minor: int
    currency: str


class Part:
    """An element and what lies below it, looked up by path. The elements below are sorted once, at the first look."""

    __slots__ = ("_below", "element")

    def __init__(self, element: Element) -> None:
        self.element = element
        self._below: dict[str, list[Element]] | None = None

    @property
    def name(self) -> str:
        return local_name(self.element)

    def one(self, path: str) -> "Part | None":
        found = self._sorted().get(path)
        return Part(found[0]) if found else None

    def every(self, path: str) -> "list[Part]":
        return [Part(element) for element in self._sorted().get(path, ())]

    def text(self, *paths: str) -> str:
        """The text of the first path that has any, blanks collapsed."""
        below = self._sorted()
        for path in paths:
            if path in below and (value := " ".join((below[path][0].text or "").split())):
                return value
        return ""

    def _sorted(self) -> dict[str, list[Element]]:
        if self._below is None:
            self._below = {}
            _sort_into(self._below, self.element, "")
        return self._below


def _sort_into(below: dict[str, list[Element]], element: Element, prefix: str) -> None:
    for child in element:
        path = prefix + local_name(child)
        below.setdefault(path, []).append(child)
        if len(child):
            _sort_into(below, child, f"{path}/")


def local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def minor_units(value: str, currency: str) -> int:
    """``value`` (xs:decimal) in minor units. Raises ValueError when it is no amount that can be booked exactly."""
    match = _AMOUNT.fullmatch(value.strip())
    if not match or not (match["whole"] or match["part"]):
        raise ValueError
    decimals = _DECIMALS.get(currency, 2)
    part = match["part"] or ""
    if part[decimals:].strip("0"):
        raise ValueError
    minor = int(match["whole"] + part[:decimals].ljust(decimals, "0") or "0")
    if minor > MAX_AMOUNT_MINOR:
        raise ValueError
    return -minor if match["sign"] == "-" else minor


@dataclass(slots=True)
class Place:
    """Where in the file values are being read, and where to note what is wrong with them."""

    position: str
    found: FaultList
    row_no: int | None = None

    def fault(self, reason: str, **details: object) -> None:
        self.found.add(self.position, reason, self.row_no, **details)

    def amount(self, part: Part | None) -> Amount | None:
        """An element such as ``<Amt Ccy="SEK">100.00</Amt>``; None when it is missing, or faulty and noted."""
        if part is None:
            return None
        currency = str(part.element.get("Ccy", ""))
        if not _CURRENCY.fullmatch(currency):
            self.fault(faults.BAD_CURRENCY, element=part.name)
            return None
        try:
            minor = minor_units(part.element.text or "", currency)
        except ValueError:
            self.fault(faults.BAD_AMOUNT, element=part.name)
            return None
        if minor < 0:
            self.fault(faults.NEGATIVE_AMOUNT, element=part.name)
            return None
        return Amount(minor, currency)

    def day(self, part: Part, *paths: str) -> date | None:
        """The day of a date or date-time; None when it is missing, or faulty and noted."""
        value = part.text(*paths)
        if not value:
            return None
        try:
            return date.fromisoformat(value[:10]) if _DATE.match(value) else _no_date()
        except ValueError:
            self.fault(faults.BAD_DATE, element=paths[0])
            return None

    def count(self, part: Part, path: str) -> int | None:
        value = part.text(path)
        if value and not _COUNT.fullmatch(value):
            self.fault(faults.FOOTER_COUNT, element=path)
            return None
        return int(value) if value else None

    def moment(self, part: Part, path: str) -> datetime | None:
        value = part.text(path)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fault(faults.BAD_DATE, element=path)
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=SWEDISH_TIME)


def _no_date() -> date:
    raise ValueError


def account(part: Part, path: str = "") -> Account | None:
    """From the account at ``path`` (``RltdPties/DbtrAcct``), or that ``part`` itself is; None when there is none."""
    identity = f"{path}/Id" if path else "Id"
    if iban := part.text(f"{identity}/IBAN"):
        return Account(AccountKind.IBAN, iban.replace(" ", "").upper())
    number = part.text(f"{identity}/Othr/Id")
    if not number:
        return None
    if _IBAN.fullmatch(number):
        return Account(AccountKind.IBAN, number)
    scheme = part.text(f"{identity}/Othr/SchmeNm/Prtry", f"{identity}/Othr/SchmeNm/Cd")
    kind = _SCHEMES.get(scheme.upper(), AccountKind.OTHER)
    if kind in {AccountKind.BANKGIRO, AccountKind.PLUSGIRO}:
        number = number.replace("-", "").replace(" ", "").lstrip("0")
    return Account(kind, number)
