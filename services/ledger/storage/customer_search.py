"""The ledger by customer: a line per customer and currency, which sums the invoices that a search finds. SQL."""

from collections.abc import Iterator
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
    rows = tx.execute(text(_statement(asked, order, goes_on=after is not None, limit=limit)), parameters).all()
    count = rows[0].lines
    return [_found(row) for row in rows if row.id is not None], count if count <= MOST_COUNTED else None


def every(tx: Tx, criteria: Criteria, order: Order, *, size: int, today: date) -> Iterator[list[Line]]:
    """All lines in order, so many at a time: a sum is known only when all has been read, so it is read once."""
    asked = where(criteria, today)
    statement = text(_lines(asked, order, goes_on=False))
    options = {"stream_results": True, "max_row_buffer": size}
    rows = tx.connection.execute(statement, asked.parameters, execution_options=options)
    for some in rows.partitions(size):
        yield [_found(row).line for row in some]


def _statement(asked: Where, order: Order, *, goes_on: bool, limit: int) -> str:
    direction = _direction(order)
    return f"""
WITH {_grouped(asked)}
SELECT l.*, n.lines FROM (SELECT count(*) AS lines FROM (SELECT FROM g LIMIT {MOST_COUNTED + 1}) AS counted) AS n
  LEFT JOIN ({_rows(order, goes_on=goes_on)} LIMIT {limit:d}) AS l ON true
 ORDER BY l.place {direction}, l.number_key {direction}, l.id {direction}, l.currency {direction}
"""


def _lines(asked: Where, order: Order, *, goes_on: bool) -> str:
    return f"WITH {_grouped(asked)} {_rows(order, goes_on=goes_on)}"


def _grouped(asked: Where) -> str:
    columns = "i.client_id, i.customer_id, i.currency, i.total_minor, i.paid_minor, i.open_minor"
    return f"""{asked.tables}g AS MATERIALIZED (
    SELECT h.client_id, h.customer_id AS id, h.currency, sum(h.total_minor)::bigint AS original,
           sum(h.paid_minor)::bigint AS paid, sum(h.open_minor)::bigint AS remaining, count(*)::int AS invoices
      FROM {asked.matching(columns)} GROUP BY h.client_id, h.customer_id, h.currency
)"""


def _rows(order: Order, *, goes_on: bool) -> str:
    value, kind = _VALUES[order.sort]
    direction, compare = _direction(order), "<" if order.descending else ">"
    keys = "JOIN client_terms t ON t.client_id = g.client_id" if order.sort is Sort.CLIENT else ""
    beyond = "true"
    if goes_on:
        beyond = (
            f"({value}, c.number_key, g.id, g.currency)"
            f" {compare} (CAST(:value AS {kind}), :number_key, CAST(:last AS uuid), :place_currency)"
        )
    return f"""
SELECT g.*, c.number, CASE WHEN c.protected_identity THEN '' ELSE c.name END AS name, {value} AS place, c.number_key
  FROM g JOIN customer c ON c.client_id = g.client_id AND c.id = g.id {keys}
 WHERE {beyond}
 ORDER BY place {direction}, c.number_key {direction}, g.id {direction}, g.currency {direction}"""


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


def _found(row: Any) -> Found:
    return Found(Line._make(row[:9]), Place(row.place, row.number_key, row.id, row.currency))
