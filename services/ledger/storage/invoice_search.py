"""The search of the ledger: SQL that costs the same at five thousand invoices as at a million.

There are two ways to a page. **Few**: terms are first asked for all that they find, up to MOST_COUNTED; if that was
all, it is counted, summed and put in order at once. **Many**: an index holds the invoices of a client in two halves,
open and settled, each in the order of a column. A page walks each half of each client until it has enough, and merges
what it found: the more there are that match, the shorter is the walk.

The LIMIT 1 of the last step keeps it a look-up by key: as a plain join it took 140 ms whenever the statistics of one
table were old.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from chassis.database import Tx
from services.ledger.domain.criteria import Criteria
from services.ledger.domain.kinds import Status
from services.ledger.storage.invoice_lines import LINE, WIDTH, Line, line
from services.ledger.storage.search_conditions import Segment, Where, where
from services.ledger.storage.search_facts import RANKS, STATUS_RANK, STATUSES

MOST_COUNTED = 10_000
MOST_JOINED = 20_000
"""So many customers of a search have their invoices read and put in order; more are met often enough by walking."""


class Sort(StrEnum):
    """What a list is ordered by; among equals, by when they were registered."""

    CLIENT = "client"
    NUMBER = "number"
    CUSTOMER_NUMBER = "customer_number"
    NAME = "name"
    INVOICE_DATE = "invoice_date"
    DUE_DATE = "due_date"
    PAID = "paid"
    REMAINING = "remaining"
    CURRENCY = "currency"
    KIND = "kind"
    SERVICE = "service"
    STATUS = "status"
    DAYS = "days"


_COLUMNS = {
    Sort.CLIENT: ("number_key", "text"),  # within the client
    Sort.NUMBER: ("number_key", "text"),
    Sort.CUSTOMER_NUMBER: ("customer_number_key", "text"),
    Sort.NAME: ("customer_sort_key", "text"),
    Sort.INVOICE_DATE: ("invoice_date", "date"),
    Sort.DUE_DATE: ("due_date", "date"),
    Sort.PAID: ("paid_minor", "bigint"),
    Sort.REMAINING: ("open_minor", "bigint"),
    Sort.CURRENCY: ("currency", "text"),
    Sort.KIND: ("kind", "text"),
    Sort.SERVICE: ("service", "text"),
    Sort.STATUS: ("due_date", "date"),  # within the status
    Sort.DAYS: ("due_date", "date"),
}
_CLIENT_KEY = "t.sort_key || ' ' || t.client_id"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the sort value of its last row (days as ISO) and its id.

    ``part`` is of the order that it is in: the place of its client, or of its status.
    """

    value: str | int
    id: UUID
    part: str = ""


class Found(NamedTuple):
    """A line, and its place in the order, which only the last one of a page is asked for."""

    line: Line
    value: object
    part: str

    @property
    def place(self) -> Place:
        return Place(_key(self.value), self.line.id, self.part)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many match, and what remains of them by currency; nothing of the sort beyond MOST_COUNTED."""

    count: int | None
    remaining: dict[str, int]


class Order(NamedTuple):
    """By which column, and which way."""

    sort: Sort
    descending: bool

    @property
    def column(self) -> str:
        return _COLUMNS[self.sort][0]

    @property
    def value(self) -> str:
        """The value of the column where the page before ended."""
        return f"CAST(:value AS {_COLUMNS[self.sort][1]})"

    @property
    def falls(self) -> bool:
        """Whether the column falls: days since due grow as the due day recedes."""
        return self.descending is not (self.sort is Sort.DAYS)

    @property
    def direction(self) -> str:
        return "DESC" if self.falls else "ASC"

    @property
    def compare(self) -> str:
        return "<" if self.falls else ">"


def search(
    tx: Tx, criteria: Criteria, order: Order, *, after: Place | None, limit: int, today: date
) -> tuple[list[Found], Tally]:
    """A page of what matches, and the tally of all of it."""
    asked = where(criteria, today)
    if asked.is_plain:
        return _many(tx, asked, order, after, limit), _tally(tx, asked)
    return _by_terms(tx, asked, order, after, limit)


def every(tx: Tx, criteria: Criteria, order: Order, *, size: int, today: date) -> Iterator[list[Line]]:
    """All of what matches, so many lines at a time."""
    asked = where(criteria, today)
    after: Place | None = None
    while True:
        if asked.is_plain:
            found = _many(tx, asked, order, after, size + 1)
        else:
            found, _ = _by_terms(tx, asked, order, after, size + 1)
        if found:
            yield [one.line for one in found[:size]]
        if len(found) <= size:
            return
        after = found[size - 1].place


# -- few -------------------------------------------------------------------------------------------------------------


def _by_terms(tx: Tx, asked: Where, order: Order, after: Place | None, limit: int) -> tuple[list[Found], Tally]:
    """Page and tally at once; when more match than are counted, a page that is walked."""
    parameters = asked.parameters | _keyset(after)
    if asked.is_text:
        parameters["most"] = MOST_COUNTED + 1
    rows = tx.rows(_gather(asked, order, goes_on=after is not None, limit=limit), parameters)
    matches, payers, sums = rows[0][-3:]
    if matches > MOST_COUNTED:
        walked = asked
        if order.sort is Sort.NAME and payers <= MOST_JOINED:  # they stand together, maybe at the other end
            walked = asked.joining()
        return _many(tx, walked, order, after, limit), Tally(None, {})
    return [_found(row) for row in rows if row[0] is not None], Tally(matches, dict(sorted((sums or {}).items())))


def _gather(asked: Where, order: Order, *, goes_on: bool, limit: int) -> str:
    columns = f"i.client_id, i.id, i.currency, i.open_minor, i.{order.column} AS place"
    part, keys, beyond = "''", "", "true"
    if order.sort is Sort.STATUS:
        columns, part = f"{columns}, ({STATUS_RANK})::text AS part", "m.part"
    elif order.sort is Sort.CLIENT:
        part, keys = _CLIENT_KEY, "JOIN client_terms t ON t.client_id = m.client_id"
    if goes_on:
        beyond = f"({part}, m.place, m.id) {order.compare} (:part, {order.value}, CAST(:last AS uuid))"
    return f"""
WITH {asked.tables}m AS MATERIALIZED (
    SELECT h.* FROM {asked.matching(columns, MOST_COUNTED + 1)}
), tally AS MATERIALIZED (
    SELECT (SELECT count(*) FROM m) AS matches, {asked.payers_found} AS payers,
           (SELECT jsonb_object_agg(s.currency, s.remaining)
              FROM (SELECT currency, sum(open_minor) AS remaining FROM m GROUP BY currency) AS s) AS sums
), p AS MATERIALIZED (
    SELECT m.client_id, m.id, m.place, {part} AS part FROM m {keys}
     WHERE (SELECT matches FROM tally) <= {MOST_COUNTED} AND {beyond}
     ORDER BY part {order.direction}, m.place {order.direction}, m.id {order.direction} LIMIT {limit:d}
)
SELECT l.*, tally.matches, tally.payers, tally.sums FROM tally LEFT JOIN ({_lines(asked)}) AS l ON true
 ORDER BY l.part {order.direction}, l.place {order.direction}, l.id {order.direction}
"""


def _lines(asked: Where) -> str:
    """The lines of the rows of ``p``."""
    return f"""
SELECT {LINE}, p.place, p.part FROM p
 CROSS JOIN LATERAL (SELECT * FROM {asked.source} o WHERE o.client_id = p.client_id AND o.id = p.id LIMIT 1) AS i
 CROSS JOIN LATERAL (
    SELECT * FROM {asked.payers} o WHERE o.client_id = p.client_id AND o.id = i.customer_id LIMIT 1
 ) AS c
"""


# -- many ------------------------------------------------------------------------------------------------------------


def _many(tx: Tx, asked: Where, order: Order, after: Place | None, limit: int) -> list[Found]:
    """A page, walked. By status it is one walk after the other, from status to status."""
    if order.sort is not Sort.STATUS:
        return _page(tx, asked, order, asked.segments, after, limit)
    statuses = [one for one in Status if asked.may_be(one)]
    if order.falls:
        statuses.reverse()
    if after is not None:
        statuses = statuses[next((at for at, one in enumerate(statuses) if RANKS[one] == after.part), 0) :]
    found: list[Found] = []
    for status in statuses:
        place = after if after is not None and after.part == RANKS[status] else None
        segments = [Segment(asked.with_facts(part)) for part in STATUSES[status]]
        page = _page(tx, asked, order, segments, place, limit - len(found))
        found += [one._replace(part=RANKS[status]) for one in page]
        if len(found) == limit:
            break
    return found


def _page(
    tx: Tx, asked: Where, order: Order, segments: Sequence[Segment], after: Place | None, limit: int
) -> list[Found]:
    """The next rows of these segments of an index, whose conditions they are."""
    if not segments:
        return []
    statement = _walk(asked, order, segments, goes_on=after is not None, limit=limit)
    return [_found(row) for row in tx.rows(statement, asked.parameters | _keyset(after))]


def _found(row: Sequence[Any]) -> Found:
    """What is found in a row of ``_lines``."""
    return Found(line(row), row[WIDTH], row[WIDTH + 1])


def _walk(asked: Where, order: Order, segments: Sequence[Segment], *, goes_on: bool, limit: int) -> str:
    by_client = order.sort is Sort.CLIENT
    column, direction, compare = order.column, order.direction, order.compare
    beyond = f"(i.{column}, i.id) {compare} ({order.value}, CAST(:last AS uuid))" if goes_on else "true"
    if goes_on and by_client:
        beyond = f"(k.part {compare} :part OR (k.part = :part AND {beyond}))"
    union = " UNION ALL ".join(
        f"(SELECT * FROM (SELECT i.client_id, i.id, i.{column} AS place FROM {asked.source} i"
        f" WHERE i.client_id = k.client_id AND {segment.condition}{asked.walked} AND {beyond}"
        f"{'' if segment.found_by in ('', column) else ' OFFSET 0'}) AS i"  # a fence: what is found is put in order
        f" ORDER BY i.place {direction}, i.id {direction} LIMIT {limit:d})"
        for segment in segments
    )
    first = f"f.part {direction}, " if by_client else ""
    keys = "JOIN client_terms t ON t.client_id = g.client_id" if by_client else ""
    return f"""
WITH {asked.tables}k AS MATERIALIZED (
    SELECT g.client_id, {_CLIENT_KEY if by_client else "''"} AS part
      FROM unnest(CAST(:clients AS uuid[])) AS g (client_id) {keys}
), f AS MATERIALIZED (
    SELECT k.part, h.* FROM k CROSS JOIN LATERAL ({union}) AS h
), p AS MATERIALIZED (
    SELECT * FROM f ORDER BY {first}f.place {direction}, f.id {direction} LIMIT {limit:d}
)
{_lines(asked)} ORDER BY {first.replace("f.", "p.")}p.place {direction}, p.id {direction}
"""


def _tally(tx: Tx, asked: Where) -> Tally:
    """Count what matches, up to MOST_COUNTED, and sum what remains of it."""
    if not asked.segments:
        return Tally(0, {})
    rows = tx.rows(_count(asked), asked.parameters)
    count = sum(matches for _, matches, _ in rows)
    if count > MOST_COUNTED:
        return Tally(None, {})
    return Tally(count, {currency: remaining for currency, _, remaining in sorted(rows)})


def _count(asked: Where) -> str:
    union = " UNION ALL ".join(
        f"(SELECT i.currency, i.open_minor FROM invoice i WHERE i.client_id = k.client_id AND {segment.condition}"
        f" LIMIT {MOST_COUNTED + 1})"
        for segment in asked.segments
    )
    return f"""
SELECT h.currency, count(*) AS matches, sum(h.open_minor)::bigint AS remaining FROM (
    SELECT u.* FROM unnest(CAST(:clients AS uuid[])) AS k (client_id) CROSS JOIN LATERAL ({union}) AS u
     LIMIT {MOST_COUNTED + 1}
) AS h GROUP BY h.currency
"""


def _keyset(after: Place | None) -> dict[str, Any]:
    return {} if after is None else {"value": after.value, "last": after.id, "part": after.part}


def _key(value: object) -> str | int:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)
