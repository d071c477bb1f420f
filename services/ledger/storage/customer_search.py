"""The ledger by customer: a line per customer and currency, which sums the invoices that a search finds. SQL.

There are three ways to a page. **Few**: what the search finds, up to MOST_COUNTED invoices, is summed. **Walk**:
customers are met in the order of the list, each one's invoices summed from an index, until there are enough. **All**:
an order by sums is known only when everything has been summed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.ledger.domain.criteria import Criteria
from services.ledger.storage.search_conditions import Where, where

MOST_COUNTED = 10_000


class Sort(StrEnum):
    """What the list is ordered by; among equals by number and currency."""

    CLIENT = "client"
    NUMBER = "number"
    NAME = "name"
    CURRENCY = "currency"
    ORIGINAL = "original"
    PAID = "paid"
    REMAINING = "remaining"


_VALUES = {
    Sort.CLIENT: ("t.sort_key || ' ' || t.client_id", "text"),
    Sort.NUMBER: ("c.number_key", "text"),
    Sort.NAME: ("c.sort_key", "text"),
    Sort.CURRENCY: ("g.currency", "text"),
    Sort.ORIGINAL: ("g.original", "bigint"),
    Sort.PAID: ("g.paid", "bigint"),
    Sort.REMAINING: ("g.remaining", "bigint"),
}


class Line(NamedTuple):
    """A customer in one currency; amounts in its minor units."""

    client_id: UUID
    id: UUID
    currency: str
    original_minor: int
    paid_minor: int
    remaining_minor: int
    invoice_count: int
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: sort value, number key, customer, currency."""

    value: str | int
    number_key: str
    id: UUID
    currency: str


class Found(NamedTuple):
    """A line and its place."""

    line: Line
    place: Place


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, and which way."""

    sort: Sort
    descending: bool


def search(
    tx: Tx, criteria: Criteria, order: Order, *, after: Place | None, limit: int, today: date
) -> tuple[list[Found], int | None]:
    """A page of customers in order, and how many lines there are; None beyond MOST_COUNTED."""
    asked = where(criteria, today)
    parameters = asked.parameters | _keyset(after)
    page = _Page(asked, order, goes_on=after is not None, limit=limit)
    rows = None
    if asked.facts or not asked.is_plain:
        rows = tx.rows(page.of_few(), parameters)
        rows = rows if rows[0][-1] <= MOST_COUNTED else None
    if rows is None:
        may_walk = order.sort in _WALKED and criteria.as_of is None
        rows = tx.rows(page.walked() if may_walk else page.of_all(), parameters)
    count = rows[0][_COUNT]
    return [_found(row) for row in rows if row[0] is not None], count if count <= MOST_COUNTED else None


def every(tx: Tx, criteria: Criteria, order: Order, *, size: int, today: date) -> Iterator[list[Line]]:
    """All lines in order, so many at a time: a sum is known only when all has been read, so it is read once."""
    asked = where(criteria, today)
    lines = _Page(asked, order, goes_on=False, limit=0).lines()
    statement = text(f"WITH {asked.tables}{_grouped(_all(asked))} {lines}")
    options = {"stream_results": True, "max_row_buffer": size}
    rows = tx.connection.execute(statement, asked.parameters, execution_options=options)
    for some in rows.partitions(size):
        yield [_found(row).line for row in some]


@dataclass(frozen=True, slots=True)
class _Page:
    """The statements of a page: its lines, and beside each how many there are in all."""

    asked: Where
    order: Order
    goes_on: bool
    limit: int

    def of_few(self) -> str:
        """Of no more than MOST_COUNTED invoices; how many were found stands last in each row."""
        columns = f"{_SUMMED}, i.client_id"
        found = f"m AS MATERIALIZED (SELECT h.* FROM {_some(self.asked, columns)})"
        grouped = _grouped(f"m AS h WHERE (SELECT count(*) FROM m) <= {MOST_COUNTED}")
        return f"""WITH {self.asked.tables}{found}, {grouped}
SELECT l.*, n.lines, (SELECT count(*) FROM m) AS matches {self._beside_count(_BY_KEY)}"""

    def of_all(self) -> str:
        return f"WITH {self.asked.tables}{_grouped(_all(self.asked))} SELECT l.*, n.lines {self._beside_count()}"

    def walked(self) -> str:
        asked, sort = self.asked, self.order.sort
        direction, value = _direction(self.order), _VALUES[sort][0] if sort is not Sort.CLIENT else "k.part"
        keys = "JOIN client_terms t ON t.client_id = g.client_id" if sort is Sort.CLIENT else ""
        conditions = f"{asked.walked}{f' AND {asked.facts}' if asked.facts else ''}"
        return f"""
WITH {asked.tables}k AS MATERIALIZED (
    SELECT g.client_id, {_VALUES[sort][0] if sort is Sort.CLIENT else "''"} AS part
      FROM unnest(CAST(:clients AS uuid[])) AS g (client_id) {keys}
), p AS MATERIALIZED (
    SELECT h.* FROM k CROSS JOIN LATERAL (
        SELECT c.client_id, c.id, g.currency, g.original, g.paid, g.remaining, g.invoices, {_OF_CUSTOMER},
               {value} AS place, c.number_key
          FROM customer c CROSS JOIN LATERAL (
            SELECT i.currency, {_sums("i")} FROM {asked.source} i
             WHERE i.client_id = c.client_id AND i.customer_id = c.id{conditions} GROUP BY i.currency
         ) AS g
         WHERE c.client_id = k.client_id AND {self._beyond(value, "c.id")}{self._begins()}
         ORDER BY place {direction}, c.number_key {direction}, c.id {direction}, g.currency {direction}
         LIMIT {self.limit:d}
    ) AS h
    {_ordered("h", direction)} LIMIT {self.limit:d}
), n AS MATERIALIZED (
    SELECT count(*) AS lines FROM (
        SELECT FROM k CROSS JOIN LATERAL (
            SELECT DISTINCT ON (i.customer_id, i.currency) i.customer_id FROM {asked.source} i
             WHERE i.client_id = k.client_id{conditions} ORDER BY i.customer_id, i.currency LIMIT {MOST_COUNTED + 1}
        ) AS h LIMIT {MOST_COUNTED + 1}
    ) AS counted
)
SELECT l.*, n.lines FROM n LEFT JOIN p AS l ON true {_ordered("l", direction)}"""

    def lines(self, customers: str = "JOIN customer c ON c.client_id = g.client_id AND c.id = g.id") -> str:
        """Of the groups of ``g``, those of the page."""
        value = _VALUES[self.order.sort][0]
        keys = "JOIN client_terms t ON t.client_id = g.client_id" if self.order.sort is Sort.CLIENT else ""
        return f"""
SELECT g.*, {_OF_CUSTOMER}, {value} AS place, c.number_key
  FROM {self._first_groups(value)} {customers} {keys}
 WHERE {self._beyond(value, "g.id")}
 ORDER BY place {(d := _direction(self.order))}, c.number_key {d}, g.id {d}, g.currency {d}"""

    def _first_groups(self, value: str) -> str:
        """The groups that the page can show: in the order of a sum the others' customers need not be looked up."""
        if self.order.sort not in _BY_SUM or not self.limit:
            return "g"
        first = f"ORDER BY {value} {_direction(self.order)} FETCH FIRST {self.limit:d} ROWS WITH TIES"
        if not self.goes_on:
            return f"(SELECT * FROM g {first}) AS g"
        compare = "<" if self.order.descending else ">"
        same = f"SELECT * FROM g WHERE {value} = :value"
        return f"({same} UNION ALL (SELECT * FROM g WHERE {value} {compare} :value {first})) AS g"

    def _beside_count(self, *customers: str) -> str:
        return f"""
  FROM (SELECT count(*) AS lines FROM (SELECT FROM g LIMIT {MOST_COUNTED + 1}) AS counted) AS n
  LEFT JOIN ({self.lines(*customers)} LIMIT {self.limit:d}) AS l ON true {_ordered("l", _direction(self.order))}"""

    def _beyond(self, value: str, customer: str) -> str:
        if not self.goes_on:
            return "true"
        compare, kind = "<" if self.order.descending else ">", _VALUES[self.order.sort][1]
        return (
            f"({value}, c.number_key, {customer}, g.currency)"
            f" {compare} (CAST(:value AS {kind}), :number_key, CAST(:last AS uuid), :place_currency)"
        )

    def _begins(self) -> str:
        """Where an index begins that is walked: what ``_beyond`` says, in its columns."""
        if not self.goes_on:
            return ""
        compare = "<" if self.order.descending else ">"
        if self.order.sort is Sort.CLIENT:
            return f" AND (k.part {compare} :value OR (k.part = :value AND c.number_key {compare}= :number_key))"
        return f" AND {_VALUES[self.order.sort][0]} {compare}= :value"


_WALKED = frozenset({Sort.CLIENT, Sort.NUMBER, Sort.NAME})
_BY_KEY = "CROSS JOIN LATERAL (SELECT * FROM customer o WHERE o.client_id = g.client_id AND o.id = g.id LIMIT 1) AS c"
_BY_SUM = frozenset({Sort.ORIGINAL, Sort.PAID, Sort.REMAINING})
_SUMMED = "i.customer_id, i.currency, i.total_minor, i.paid_minor, i.open_minor"
_OF_CUSTOMER = "c.number, CASE WHEN c.protected_identity THEN '' ELSE c.name END AS name"
_COUNT = len(Line._fields) + 2  # after the two of the place


def _all(asked: Where) -> str:
    return asked.matching(f"i.client_id, {_SUMMED}")


def _some(asked: Where, columns: str) -> str:
    """No more than one beyond MOST_COUNTED: by terms, or from the parts of the indexes that hold the facts."""
    most = MOST_COUNTED + 1
    if not asked.is_plain:
        return asked.matching(columns, most)
    union = " UNION ALL ".join(
        f"(SELECT {columns} FROM invoice i WHERE i.client_id = k.client_id AND {segment.condition} LIMIT {most})"
        for segment in asked.segments
    )
    clients = "unnest(CAST(:clients AS uuid[])) AS k (client_id)"
    return f"(SELECT u.* FROM {clients} CROSS JOIN LATERAL ({union}) AS u LIMIT {most}) AS h"


def _grouped(found: str) -> str:
    return f"""g AS MATERIALIZED (
    SELECT h.client_id, h.customer_id AS id, h.currency, {_sums("h")}
      FROM {found} GROUP BY h.client_id, h.customer_id, h.currency
)"""


def _sums(of: str) -> str:
    return (
        f"sum({of}.total_minor)::bigint AS original, sum({of}.paid_minor)::bigint AS paid,"
        f" sum({of}.open_minor)::bigint AS remaining, count(*)::int AS invoices"
    )


def _ordered(of: str, direction: str) -> str:
    columns = ("place", "number_key", "id", "currency")
    return "ORDER BY " + ", ".join(f"{of}.{column} {direction}" for column in columns)


def _direction(order: Order) -> str:
    return "DESC" if order.descending else "ASC"


def _keyset(after: Place | None) -> dict[str, Any]:
    if after is None:
        return {}
    return {
        "value": after.value,
        "number_key": after.number_key,
        "last": after.id,
        "place_currency": after.currency,
    }


def _found(row: Sequence[Any]) -> Found:
    line = Line._make(row[:9])
    return Found(line, Place(row[9], row[10], line.id, line.currency))
