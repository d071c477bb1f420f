"""Messages of a search as criteria, every field checked."""

from collections.abc import Iterable, Sequence
from datetime import date
from re import compile as regex
from typing import Any
from uuid import UUID

from chassis.business_day import today
from chassis.wire import to_date, to_uuids
from kernel.errors import Violations, invalid_value
from kernel.free_text import clean
from kernel.money import EXPONENTS, MAX_AMOUNT_MINOR
from rf.ledger.v1 import invoices_pb2
from rf.type.v1 import date_pb2
from services.ledger.api import enums
from services.ledger.domain import numbers
from services.ledger.domain.criteria import AsOf, Criteria, SearchTerms, Span
from services.ledger.domain.kinds import Fact

_MAX_CLIENTS = 1_000
_MAX_TEXT = 120
_MAX_WORDS = 10
_MAX_DAYS = 36_500
_MIN_NAME = 2
_ID_NUMBER = regex(r"[0-9]{4,12}")
_OCR_NUMBER = regex(r"[0-9]{2,25}")
_BEGINNING = regex(r"[0-9A-Za-z][0-9A-Za-z/_.-]*\*")
_CENTURIES = ("", "19", "20", "16")  # as stored, or as people write it: without; an organisation has 16 for one


def of_search(request: invoices_pb2.SearchInvoicesRequest) -> Criteria:
    """What SearchInvoices searches for. Raises InvalidInput with every fault."""
    with Violations() as v:
        found = _common(v, request, "")
        for name in ("invoice_number", "customer_number"):
            if value := getattr(request, name):
                with v.field(name):
                    found[name] = numbers.check(value)
    return Criteria(**found)


def of(message: invoices_pb2.InvoiceCriteria) -> Criteria:
    """What the other RPCs search for. Raises InvalidInput with every fault under ``criteria``."""
    with Violations() as v:
        found = _common(v, message, "criteria.")
    return Criteria(**found)


def day_of(criteria: Criteria) -> date:
    """The day that statuses and days since due are of."""
    return criteria.as_of.day if criteria.as_of else today()


def _common(
    v: Violations, message: invoices_pb2.SearchInvoicesRequest | invoices_pb2.InvoiceCriteria, path: str
) -> dict[str, Any]:
    clients: list[UUID] = []
    facts: set[Fact] = set()
    v.require(f"{path}client_ids", len(message.client_ids) <= _MAX_CLIENTS, "TOO_MANY", max=_MAX_CLIENTS)
    with v.field(""):
        clients = to_uuids(message.client_ids, f"{path}client_ids")
    for index, fact in enumerate(message.facts):
        with v.field(f"{path}facts[{index}]"):
            facts.add(enums.chosen(enums.FACTS, fact, ""))
    found: dict[str, Any] = {"clients": clients, "facts": frozenset(facts)}
    if message.HasField("terms"):
        found["terms"] = terms(v, message.terms, f"{path}terms.")
    if message.HasField("as_of"):
        with v.field(f"{path}as_of.day"):
            found["as_of"] = AsOf(_day(message.as_of.day), message.as_of.as_it_looked)
    return found


def terms(v: Violations, message: invoices_pb2.SearchTerms, path: str) -> SearchTerms:
    """The terms of Avancerad sökning; a number that nothing can have is a fault, not an empty answer."""
    found: dict[str, Any] = {}

    def take(name: str, into: str, read: Any) -> None:
        value = getattr(message, name)
        if value:
            with v.field(f"{path}{name}"):
                found[into] = read(value)

    take("customer_number", "customer_number", _number)
    take("invoice_number", "invoice_number", _number)
    take("article_number", "article_number", _text)
    take("ocr_number", "ocr_number", _ocr_number)
    take("id_number", "id_numbers", _id_number)
    take("street", "street", _text)
    take("postcode", "postcode", lambda value: _text(value).replace(" ", ""))
    take("town", "town", _text)
    take("name", "name", lambda value: _words(value, _MIN_NAME))
    for name in ("your_reference", "our_reference", "text"):
        take(name, name, _words)
    take("currency_code", "currency", _currency)
    take("kinds", "kinds", lambda values: frozenset(_each(enums.INVOICE_KINDS, values)))
    take("service", "service", lambda value: enums.chosen(enums.SERVICES, value, ""))
    take("statuses", "statuses", lambda values: frozenset(_each(enums.STATUSES, values)))
    for name in ("invoice_date", "due_date"):
        if message.HasField(name):  # type: ignore[arg-type]
            with v.field(f"{path}{name}"):
                found[name] = _days(getattr(message, name))
    for name, unit, most in (
        ("original", "minor", MAX_AMOUNT_MINOR),
        ("remaining", "minor", MAX_AMOUNT_MINOR),
        ("days_since_due", "days", _MAX_DAYS),
    ):
        if message.HasField(name):  # type: ignore[arg-type]
            with v.field(f"{path}{name}"):
                found[name] = _span(getattr(message, name), unit, most)
    if message.HasField("stopped"):
        found["stopped"] = message.stopped
    return SearchTerms(**found)


def _day(message: date_pb2.Date) -> date:
    day = to_date(message, "")
    if day is None:
        raise invalid_value("REQUIRED")
    return day


def _days(message: date_pb2.DateSpan) -> Span[date]:
    found: list[date | None] = []
    with Violations() as v:
        for name in ("from_date", "to_date"):
            with v.field(name):
                found.append(to_date(getattr(message, name), ""))
    return _forward(Span(*found))


def _span(message: Any, unit: str, most: int) -> Span[int]:
    found: list[int | None] = []
    with Violations() as v:
        for name in (f"from_{unit}", f"to_{unit}"):
            value = getattr(message, name) if message.HasField(name) else None
            v.require(name, value is None or abs(value) <= most, "OUT_OF_RANGE", min=-most, max=most)
            found.append(value)
    return _forward(Span(*found))


def _forward(span: Span[Any]) -> Span[Any]:
    if span.least is not None and span.most is not None and span.least > span.most:
        raise invalid_value("REVERSED")
    return span


def _text(value: str) -> str:
    cleaned = clean(value, _MAX_TEXT)
    if not cleaned:
        raise invalid_value("REQUIRED")
    return cleaned


def _words(value: str, least: int = 1) -> tuple[str, ...]:
    words = tuple(_text(value).split())
    if len("".join(words)) < least:
        raise invalid_value("TOO_SHORT", min=least)
    if len(words) > _MAX_WORDS:
        raise invalid_value("TOO_MANY", max=_MAX_WORDS)
    return words


def _number(value: str) -> str:
    """A number, or its beginning followed by ``*``."""
    if not value.endswith("*"):
        return numbers.check(value)
    if len(value) > numbers.MAX_LENGTH:
        raise invalid_value("TOO_LONG", max=numbers.MAX_LENGTH)
    if not _BEGINNING.fullmatch(value):
        raise invalid_value("FORMAT")
    return value


def _ocr_number(value: str) -> str:
    digits = value.replace(" ", "")
    if not _OCR_NUMBER.fullmatch(digits):
        raise invalid_value("FORMAT")
    return digits


def _id_number(value: str) -> tuple[str, ...]:
    digits = value.replace("-", "").replace("+", "").replace(" ", "")
    if not _ID_NUMBER.fullmatch(digits):
        raise invalid_value("FORMAT")
    return tuple(century + digits for century in _CENTURIES)


def _currency(value: str) -> str:
    if value not in EXPONENTS:
        raise invalid_value("CURRENCY")
    return value


def _each(known: Any, values: Sequence[int]) -> Iterable[Any]:
    found = []
    with Violations() as v:
        for index, value in enumerate(values):
            with v.field(f"[{index}]"):
                found.append(enums.chosen(known, value, ""))
    return found
