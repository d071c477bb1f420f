"""Reading values out of camt elements: text, amounts, days, accounts.

Paths are written without namespace (``Refs/TxId``) and hold for every version of the messages.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
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


@lru_cache(maxsize=512)
def _path(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def one(element: Element, path: str) -> Element | None:
    return element.find(_path(path))


def every(element: Element, path: str) -> list[Element]:
    return element.findall(_path(path))


def text(element: Element, *paths: str) -> str:
    """The text of the first path that has any, blanks collapsed."""
    for path in paths:
        if value := " ".join((element.findtext(_path(path)) or "").split()):
            return value
    return ""


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

    def amount(self, element: Element | None) -> Amount | None:
        """An element such as ``<Amt Ccy="SEK">100.00</Amt>``; None when it is missing, or faulty and noted."""
        if element is None:
            return None
        currency = str(element.get("Ccy", ""))
        if not _CURRENCY.fullmatch(currency):
            self.fault(faults.BAD_CURRENCY, element=local_name(element))
            return None
        try:
            minor = minor_units(element.text or "", currency)
        except ValueError:
            self.fault(faults.BAD_AMOUNT, element=local_name(element))
            return None
        if minor < 0:
            self.fault(faults.NEGATIVE_AMOUNT, element=local_name(element))
            return None
        return Amount(minor, currency)

    def day(self, element: Element, *paths: str) -> date | None:
        """The day of a date or date-time; None when it is missing, or faulty and noted."""
        value = text(element, *paths)
        if not value:
            return None
        try:
            return date.fromisoformat(value[:10]) if _DATE.match(value) else _no_date()
        except ValueError:
            self.fault(faults.BAD_DATE, element=paths[0])
            return None

    def count(self, element: Element, path: str) -> int | None:
        value = text(element, path)
        if value and not _COUNT.fullmatch(value):
            self.fault(faults.FOOTER_COUNT, element=path)
            return None
        return int(value) if value else None

    def moment(self, element: Element, path: str) -> datetime | None:
        value = text(element, path)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fault(faults.BAD_DATE, element=path)
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=SWEDISH_TIME)


def _no_date() -> date:
    raise ValueError


def account(element: Element | None) -> Account | None:
    """From ``DbtrAcct``, ``CdtrAcct`` or ``Acct``; None when there is none."""
    if element is None:
        return None
    if iban := text(element, "Id/IBAN"):
        return Account(AccountKind.IBAN, iban.replace(" ", "").upper())
    number = text(element, "Id/Othr/Id")
    if not number:
        return None
    if _IBAN.fullmatch(number):
        return Account(AccountKind.IBAN, number)
    kind = _SCHEMES.get(text(element, "Id/Othr/SchmeNm/Prtry", "Id/Othr/SchmeNm/Cd").upper(), AccountKind.OTHER)
    if kind in {AccountKind.BANKGIRO, AccountKind.PLUSGIRO}:
        number = number.replace("-", "").replace(" ", "").lstrip("0")
    return Account(kind, number)
