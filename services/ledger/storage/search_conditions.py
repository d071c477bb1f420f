"""Criteria of a search as SQL: what a row ``i`` of invoices must be, and where to begin looking for it.

Comparisons only in what is to use an index, since nothing else is leakproof under row-level security. Words are looked
up by functions of the database that answer with ids; see migrations/versions/0004_search.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from services.ledger.domain.criteria import Criteria, SearchTerms, Span
from services.ledger.domain.kinds import Fact, Status
from services.ledger.storage import invoices_as_of
from services.ledger.storage.search_facts import (
    COLLECTION,
    FACTS,
    OPEN_FACTS,
    REMINDED,
    SETTLED_FACTS,
    STATUSES,
    STATUSES_OF,
)

END = "\U0010ffff"
"""Above every character: what begins with ``a`` lies between ``a`` and ``a`` + END."""


class Segment(NamedTuple):
    """A part of the indexes that can hold matches, and the facts that must hold in it.

    Where a walk in another order would leave out nearly everything, ``found_by`` is the column whose index finds it.
    """

    condition: str
    found_by: str = ""


@dataclass(frozen=True, slots=True)
class Driver:
    """A term that names few rows by itself: where a look for them begins, and the same as a condition of a row."""

    table: str  # common table expression
    begins: str  # FROM item ``k``, one row an invoice or a customer
    joined: str  # what ties ``i`` to it
    condition: str
    as_join: str = ""  # the same where reading all that it names costs less than to walk past the others


@dataclass(frozen=True, slots=True)
class Where:
    """A search as SQL."""

    criteria: Criteria
    source: str  # FROM item of invoices, without alias
    payers: str  # the same of customers
    drivers: tuple[Driver, ...]
    common: tuple[str, ...]  # common table expressions beside those of the drivers, before them
    terms: tuple[str, ...]  # conditions of all other terms
    facts: str
    segments: tuple[Segment, ...]
    day: date
    is_plain: bool  # nothing but facts, and as they are now
    is_text: bool  # nothing but words of Fritext
    parameters: dict[str, Any]

    @property
    def tables(self) -> str:
        """The common table expressions that conditions and ``matching`` read, to stand before others."""
        return "".join(f"{table},\n" for table in (*self.common, *(driver.table for driver in self.drivers)))

    @property
    def walked(self) -> str:
        """What a row met in some order must be besides its half and facts, to stand after another condition."""
        return _and([*(driver.condition for driver in self.drivers), *self.terms])

    @property
    def payers_found(self) -> str:
        """How many customers the terms name."""
        return "(SELECT count(*) FROM payers)" if any(one.as_join for one in self.drivers) else "0"

    def joining(self) -> "Where":
        """The same for terms that name few customers."""
        return replace(
            self, drivers=tuple(replace(one, condition=one.as_join or one.condition) for one in self.drivers)
        )

    def with_facts(self, condition: str) -> str:
        """The condition, and the facts."""
        return _and([condition, self.facts]).removeprefix(" AND ")

    def may_be(self, status: Status) -> bool:
        """Whether what matches can have the status, as far as facts and terms tell."""
        facts, statuses = self.criteria.facts, self.criteria.terms.statuses
        may = not facts or any(status in STATUSES_OF[fact] for fact in facts)
        return may and (not statuses or status in statuses)

    def matching(self, columns: str, limit: int | None = None) -> str:
        """A FROM item ``h``: these columns of what matches, found from where there is least to look through."""
        begins, joined, others = "unnest(CAST(:clients AS uuid[])) AS k (client_id)", "", self.drivers
        if self.drivers:
            first, *others = self.drivers  # type: ignore[assignment]
            begins, joined = first.begins, first.joined
        conditions = _and([joined, *(driver.condition for driver in others), *self.terms, self.facts])
        return f"""(
    SELECT m.* FROM {begins} CROSS JOIN LATERAL (
        SELECT {columns} FROM {self.source} i WHERE i.client_id = k.client_id{conditions}{_limit(limit)}
    ) AS m{_limit(limit)}
) AS h"""


def where(criteria: Criteria, today: date) -> Where:
    """The search as SQL; ``today`` is the day that it is asked on."""
    as_of = criteria.as_of
    day = as_of.day if as_of else today
    parameters: dict[str, Any] = {"clients": list(criteria.clients)}
    source, payers = invoices_as_of.sources(as_it_looked=as_of.as_it_looked) if as_of else ("invoice", "customer")
    drivers = _drivers(criteria.terms, parameters)
    terms = _terms(criteria, day, parameters)
    stopped = criteria.terms.stopped
    if stopped and as_of is None:
        drivers.append(_STOPPED)
    elif stopped is not None:
        terms.append(_STOPPED.condition if stopped else f"NOT {_STOPPED.condition}")
    facts = _or([FACTS[fact] for fact in sorted(criteria.facts)])
    segments = _segments(criteria.facts)
    if as_of:  # what is open now says nothing of another day
        segments = [Segment(f"{half}{_and([facts])}") for half in (*_HALVES, _REVOKED)]
    parameters["today"] = day
    if as_of:
        parameters |= invoices_as_of.parameters(as_of)
    only_text = criteria == Criteria(criteria.clients, terms=SearchTerms(text=criteria.terms.text))
    return Where(
        criteria=criteria,
        source=source,
        payers=payers,
        drivers=tuple(drivers),
        common=() if stopped is None else (_BLOCKED.format(customers=payers),),
        terms=tuple(terms),
        facts=facts,
        segments=tuple(segments),
        day=day,
        is_plain=not drivers and not terms and as_of is None,
        is_text=only_text and bool(criteria.terms.text),
        parameters=parameters,
    )


_BLOCKED = """blocked AS MATERIALIZED (
    SELECT c.client_id, c.id FROM unnest(CAST(:clients AS uuid[])) AS g (client_id)
      JOIN {customers} c ON c.client_id = g.client_id AND (c.reminder_block OR c.collection_block)
)"""
_STOP_HOLDS = "(i.stop <> 'NONE' AND (i.stop_until IS NULL OR i.stop_until >= :today))"
_STOPPED = Driver(
    f"""stopped AS MATERIALIZED (
    SELECT i.client_id, i.id FROM unnest(CAST(:clients AS uuid[])) AS g (client_id)
      JOIN invoice i ON i.client_id = g.client_id AND {_STOP_HOLDS}
     UNION SELECT i.client_id, i.id FROM blocked b JOIN invoice i ON i.client_id = b.client_id AND i.customer_id = b.id
)""",
    "stopped AS k",
    "i.id = k.id",
    f"({_STOP_HOLDS} OR (i.client_id, i.customer_id) IN (SELECT b.client_id, b.id FROM blocked b))",
)
_HALVES = ("i.is_open = true", "i.is_open = false")
_REVOKED = "i.is_open IS NULL"
"""Neither half: what is shown only as of a day before it was revoked."""


def _segments(facts: frozenset[Fact]) -> list[Segment]:
    """Where matches can be, disjoint."""
    open_half, settled_half = _HALVES
    if not facts:
        return [Segment(half) for half in _HALVES]
    found = []
    if facts >= {Fact.OVERDUE, Fact.NOT_DUE}:
        found.append(Segment(open_half))
    elif facts & OPEN_FACTS.keys() == {Fact.NOT_DUE}:
        # a month or so of a year and more, and the latest: to walk from the first number would read everything else
        found.append(Segment(f"{open_half} AND i.due_date >= :today", "due_date"))
        found.append(Segment(f"{open_half} AND i.open_minor < 0 AND i.due_date < :today", "open_minor"))
    elif facts & OPEN_FACTS.keys():
        found.append(Segment(open_half + _held(facts, OPEN_FACTS)))
    if facts & SETTLED_FACTS.keys():
        found.append(Segment(settled_half + _held(facts, SETTLED_FACTS)))
    return found


def _held(facts: frozenset[Fact], known: Mapping[Fact, str]) -> str:
    """One of the facts holds. What has been reminded or sent to collection stands in indexes of its own."""
    conditions = [_or([condition for fact, condition in known.items() if fact in facts])]
    if facts & known.keys() <= {Fact.REMINDED, Fact.COLLECTION}:
        conditions.append(f"({REMINDED} OR {COLLECTION})")
    return _and(conditions)


_OF_PAYERS = "(i.client_id, i.customer_id) IN (SELECT p.client_id, p.id FROM payers p)"


def _drivers(terms: SearchTerms, parameters: dict[str, Any]) -> list[Driver]:
    """The terms that name few rows, the fewest first."""
    found = []
    words = [*terms.text, *terms.your_reference, *terms.our_reference]
    if words:
        parameters |= {"words": words, "most": None}
        found.append(
            Driver(
                "found AS MATERIALIZED (SELECT * FROM invoices_with("
                "CAST(:words AS text[]), CAST(:clients AS uuid[]), CAST(:most AS bigint)))",
                "found AS k",
                "i.id = k.id",
                "has_words(i.client_id, i.id, CAST(:words AS text[]))",
            )
        )
    if terms.article_number:
        parameters["article_number"] = terms.article_number
        found.append(
            Driver(
                "articles AS MATERIALIZED (SELECT DISTINCT r.client_id, r.invoice_id AS id"
                " FROM unnest(CAST(:clients AS uuid[])) AS g (client_id)"
                " JOIN invoice_row r ON r.client_id = g.client_id AND r.article_number = :article_number"
                " AND r.article_number <> '')",
                "articles AS k",
                "i.id = k.id",
                "EXISTS (SELECT FROM invoice_row r WHERE r.client_id = i.client_id AND r.invoice_id = i.id"
                " AND r.article_number = :article_number)",
            )
        )
    payers = payers_of(terms, parameters)
    if payers:
        found.append(
            Driver(
                f"payers AS MATERIALIZED ({payers})",
                "payers AS k",
                "i.customer_id = k.id",
                f"({_OF_PAYERS}) IS TRUE",  # so that it is not made a join
                _OF_PAYERS,
            )
        )
    return found


def payers_of(terms: SearchTerms, parameters: dict[str, Any]) -> str:
    """The customers that the terms of a payer mean, as a sub-select; empty without such terms."""
    asked = ""
    if terms.name or terms.street or terms.postcode or terms.town:
        asked = "customers_with(CAST(:name AS text[]), :street, :postcode, :town, CAST(:clients AS uuid[]))"
        parameters |= {"name": list(terms.name), "street": terms.street}
        parameters |= {"postcode": terms.postcode, "town": terms.town}
    if not terms.id_numbers:
        return f"SELECT f.client_id, f.id FROM {asked} f" if asked else ""
    parameters |= {"id_numbers": list(terms.id_numbers), "id_end": END}
    known = f"JOIN {asked} f ON f.client_id = c.client_id AND f.id = c.id" if asked else ""
    return f"""SELECT DISTINCT c.client_id, c.id
  FROM unnest(CAST(:clients AS uuid[])) AS g (client_id) CROSS JOIN unnest(CAST(:id_numbers AS text[])) AS n (start)
  JOIN customer c ON c.client_id = g.client_id AND c.id_number <> ''
   AND c.id_number >= n.start AND c.id_number < n.start || :id_end {known}"""


def _terms(criteria: Criteria, day: date, parameters: dict[str, Any]) -> list[str]:
    """The conditions of all terms that are no drivers."""
    terms = criteria.terms
    found = [
        *_number("number", "box_number", criteria.invoice_number, parameters),
        *_number("customer_number", "box_customer", criteria.customer_number, parameters),
        *_number("number", "invoice_number", terms.invoice_number, parameters),
        *_number("customer_number", "customer_number", terms.customer_number, parameters),
        *_span("invoice_date", "invoice_date", terms.invoice_date, parameters),
        *_span("due_date", "due_date", terms.due_date, parameters),
        *_span("due_date", "days", _due(terms.days_since_due, day), parameters),
        *_span("total_minor", "original", terms.original, parameters),
        *_span("open_minor", "remaining", terms.remaining, parameters),
    ]
    if terms.ocr_number:
        parameters["ocr_number"] = terms.ocr_number
        found.append("i.ocr_number = :ocr_number")
    if terms.currency:
        parameters["currency"] = terms.currency
        found.append("i.currency = :currency")
    if terms.kinds:
        parameters["kinds"] = sorted(kind.value for kind in terms.kinds)
        found.append("i.kind = ANY(CAST(:kinds AS text[]))")
    if terms.service:
        parameters["service"] = terms.service.value
        found.append("i.service = :service")
    if terms.statuses:
        found.append(_or([part for one in Status if one in terms.statuses for part in STATUSES[one]]))
    for column in ("your_reference", "our_reference"):
        for place, word in enumerate(getattr(terms, column)):
            parameters[f"{column}_{place}"] = word
            found.append(f"position(folded(:{column}_{place}) IN folded(i.{column})) > 0")
    return found


def _number(column: str, name: str, value: str, parameters: dict[str, Any]) -> list[str]:
    if value.endswith("*"):
        start = value.removesuffix("*")
        parameters |= {name: start, f"{name}_end": start + END}
        return [f"i.{column} >= :{name} AND i.{column} < :{name}_end"]
    if value:
        parameters[name] = value
        return [f"i.{column} = :{name}"]
    return []


def _span(column: str, name: str, span: Span[Any], parameters: dict[str, Any]) -> list[str]:
    found = []
    for end, compare, value in (("from", ">=", span.least), ("to", "<=", span.most)):
        if value is not None:
            parameters[f"{name}_{end}"] = value
            found.append(f"i.{column} {compare} :{name}_{end}")
    return found


def _due(days: Span[int], today: date) -> Span[date]:
    """The due days of those that were due so many days ago."""
    latest, earliest = (None if one is None else today - timedelta(one) for one in (days.least, days.most))
    return Span(earliest, latest)


def _and(conditions: Sequence[str]) -> str:
    return "".join(f" AND {one}" for one in conditions if one)


def _or(conditions: Sequence[str]) -> str:
    return f"({' OR '.join(f'({one})' for one in conditions)})" if conditions else ""


def _limit(rows: int | None) -> str:
    return "" if rows is None else f" LIMIT {rows:d}"
