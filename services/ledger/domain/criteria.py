"""What the ledger is searched for: filters of Reskontra and terms of Avancerad sökning. All of it must hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from services.ledger.domain.kinds import Fact, InvoiceKind, Service, Status

T = TypeVar("T", int, date)


@dataclass(frozen=True, slots=True)
class Span(Generic[T]):
    """From–to, both included; None is open."""

    least: T | None = None
    most: T | None = None

    def __bool__(self) -> bool:
        return self.least is not None or self.most is not None


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """Empty means any. Numbers may be a beginning followed by ``*``. ``repr`` tells nothing that may name a person."""

    customer_number: str = field(default="", repr=False)
    name: tuple[str, ...] = field(default=(), repr=False)  # words, each somewhere in it
    id_numbers: tuple[str, ...] = field(default=(), repr=False)  # beginnings, one of which must hold
    street: str = field(default="", repr=False)  # these three: beginnings
    postcode: str = field(default="", repr=False)
    town: str = field(default="", repr=False)
    invoice_number: str = ""
    ocr_number: str = ""
    invoice_date: Span[date] = Span()
    due_date: Span[date] = Span()
    original: Span[int] = Span()  # minor units of the invoice's currency
    remaining: Span[int] = Span()
    days_since_due: Span[int] = Span()
    currency: str = ""
    kinds: frozenset[InvoiceKind] = frozenset()
    service: Service | None = None
    statuses: frozenset[Status] = frozenset()
    stopped: bool | None = None
    your_reference: tuple[str, ...] = field(default=(), repr=False)  # words
    our_reference: tuple[str, ...] = field(default=(), repr=False)
    article_number: str = ""
    text: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class AsOf:
    """Visa per datum: the state at the end of a day.

    *Bokfört per* counts what is booked on the day or before; *Som det såg ut* leaves out what was registered later.
    """

    day: date
    as_it_looked: bool = False


@dataclass(frozen=True, slots=True)
class Criteria:
    """A search: of these clients, one of the facts, all of the terms. The two numbers are the boxes of R-02, exact."""

    clients: Sequence[UUID]
    facts: frozenset[Fact] = frozenset()
    invoice_number: str = ""
    customer_number: str = ""
    terms: SearchTerms = SearchTerms()
    as_of: AsOf | None = None
