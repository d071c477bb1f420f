"""The customer register: customers by number, name, ID number and address, page by page. SQL.

By number and by name a page walks one index per client; what names few customers is looked up first
(``search_conditions.payers_of``). The other columns are sorted by hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.ledger.domain.criteria import SearchTerms
from services.ledger.domain.customers import Customer
from services.ledger.storage.customers import COLUMNS, from_row
from services.ledger.storage.search_conditions import END, payers_of

MOST_COUNTED = 10_000


class Sort(StrEnum):
    """What the register is ordered by."""

    NUMBER = "number"
    NAME = "name"
    ID_NUMBER = "id_number"
    STREET = "street"
    POSTCODE = "postcode"
    TOWN = "town"


def _swedish(column: str) -> str:
    return f"""translate(lower({column}), 'åäö', '{{|}}') COLLATE "C\""""


def _shown(column: str) -> str:
    return f"CASE WHEN c.protected_identity THEN '' ELSE {column} END"


_KEYS = {
    Sort.NUMBER: "c.number_key",
    Sort.NAME: "c.sort_key",
    Sort.ID_NUMBER: _shown("c.id_number"),
    Sort.STREET: _shown(_swedish("a.street")),
    Sort.POSTCODE: _shown("a.postcode"),
    Sort.TOWN: _shown(_swedish("a.town")),
}
_WITH_ADDRESS = """customer c
  JOIN customer_address a ON a.client_id = c.client_id AND a.customer_id = c.id AND a.valid_to IS NULL"""


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, and which way."""

    sort: Sort
    descending: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: key of the order, customer."""

    key: str
    id: UUID


class Found(NamedTuple):
    """A customer in the register, and its key in the order."""

    customer: Customer
    is_new: bool  # it has no invoice yet
    key: str


def page(
    tx: Tx, clients: Sequence[UUID], terms: SearchTerms, order: Order, *, after: Place | None, limit: int
) -> list[Found]:
    """A page of customers in order."""
    parameters: dict[str, Any] = {"clients": list(clients)}
    tables, source, conditions = _matching(terms, parameters, with_address=order.sort not in (Sort.NUMBER, Sort.NAME))
    key, direction, compare = _KEYS[order.sort], *(("DESC", "<") if order.descending else ("ASC", ">"))
    if after is not None:
        conditions += f" AND ({key}, c.id) {compare} (:key, CAST(:last AS uuid))"
        parameters |= {"key": after.key, "last": after.id}
    end = f"ORDER BY place {direction}, c.id {direction} LIMIT {limit:d}"
    some = _each_client(source, f"c.client_id, c.id, {key} AS place", conditions, end)
    rows = tx.execute(
        text(f"""
WITH {tables}p AS MATERIALIZED (
    SELECT h.* FROM {some}
     ORDER BY h.place {direction}, h.id {direction} LIMIT {limit:d}
)
SELECT {COLUMNS}, p.place,
       NOT EXISTS (SELECT FROM invoice i WHERE i.client_id = c.client_id AND i.customer_id = c.id) AS is_new
  FROM p JOIN customer c ON c.client_id = p.client_id AND c.id = p.id
  JOIN customer_address a ON a.client_id = c.client_id AND a.customer_id = c.id AND a.valid_to IS NULL
 ORDER BY p.place {direction}, p.id {direction}
"""),
        parameters,
    )
    return [Found(from_row(row), row.is_new, row.place) for row in rows]


def count(tx: Tx, clients: Sequence[UUID], terms: SearchTerms) -> int | None:
    """How many match; None beyond MOST_COUNTED."""
    parameters: dict[str, Any] = {"clients": list(clients)}
    tables, source, conditions = _matching(terms, parameters, with_address=False)
    with_tables = f"WITH {tables.rstrip().rstrip(',')}" if tables else ""
    counted = _each_client(source, "c.id", conditions, f"LIMIT {MOST_COUNTED + 1:d}")
    found = tx.execute(
        text(f"{with_tables} SELECT count(*) FROM (SELECT FROM {counted} LIMIT {MOST_COUNTED + 1:d}) AS n"), parameters
    ).scalar_one()
    return int(found) if found <= MOST_COUNTED else None


def _matching(terms: SearchTerms, parameters: dict[str, Any], *, with_address: bool) -> tuple[str, str, str]:
    """Common table expressions, where the rows come from, and what must hold of each."""
    source = _WITH_ADDRESS if with_address else "customer c"
    conditions = "true"
    number = terms.customer_number
    if number.endswith("*"):
        start = number.removesuffix("*")
        conditions = "c.number >= :number AND c.number < :number_end"
        parameters |= {"number": start, "number_end": start + END}
    elif number:
        conditions = "c.number = :number"
        parameters["number"] = number
    payers = payers_of(terms, parameters)
    if not payers:
        return "", source, conditions
    conditions += " AND (c.client_id, c.id) IN (SELECT f.client_id, f.id FROM payers f)"
    return f"payers AS MATERIALIZED ({payers}),\n", source, conditions


def _each_client(source: str, columns: str, conditions: str, end: str) -> str:
    """A FROM item ``h``: so much of each client."""
    return f"""unnest(CAST(:clients AS uuid[])) AS k (client_id) CROSS JOIN LATERAL (
        SELECT {columns} FROM {source} WHERE c.client_id = k.client_id AND {conditions} {end}
    ) AS h"""
