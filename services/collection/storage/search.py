"""The list of cases: one query for a page, one for the count, whatever is searched for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx

COUNTED_TO = 10_000

# A range up to the last character that a name can go on with. LIKE is not leakproof: under row-level security it would
# be asked of every row and not of the index.
_BEGINS_WITH = "debtor.sort_key >= :name_prefix AND debtor.sort_key < :name_prefix || '\U0010ffff'"

_SHOWN = """
c.client_id, c.id, c.number, c.kind, c.status, c.registered_on, c.closed_on, c.capital_minor, c.capital_remaining_minor,
c.costs_minor, c.costs_remaining_minor, c.interest_paid_minor,
d.name AS debtor_name, coalesce(d.protected_identity, false) AS protected_identity,
o.user_id AS officer_id, o.name AS officer_name, o.phone AS officer_phone, o.email AS officer_email
"""
_BESIDE = """
LEFT JOIN debtor d ON d.client_id = c.client_id AND d.case_id = c.id AND d.place = 1
LEFT JOIN officer o ON o.user_id = c.officer_id
"""
_ONE = text(f"SELECT {_SHOWN} FROM collection_case c {_BESIDE} WHERE c.client_id = :client_id AND c.id = :case_id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to search for; None means any. All must hold."""

    clients: tuple[UUID, ...] | None  # None: every client that the transaction sees
    number: int | None = None
    invoice_number: str | None = None
    customer_number: str | None = None
    name_prefix: str | None = None  # of the sort key
    id_number: str | None = None
    active: bool | None = None
    registered_from: date | None = None
    registered_to: date | None = None


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    """The terms as SQL on ``c``, and their parameters."""
    of_case = "SELECT FROM {} WHERE {}.client_id = c.client_id AND {}.case_id = c.id AND "
    claim, debtor = of_case.format(*["claim"] * 3), of_case.format(*["debtor"] * 3)
    terms: list[tuple[str, str, Any]] = [
        ("c.number = :number", "number", wanted.number),
        (f"EXISTS ({claim} claim.invoice_number = :invoice_number)", "invoice_number", wanted.invoice_number),
        (f"EXISTS ({debtor} debtor.customer_number = :customer_number)", "customer_number", wanted.customer_number),
        # a name that is hidden is not found either: prefix by prefix, a search would spell it out
        (
            f"EXISTS ({debtor} NOT debtor.protected_identity AND {_BEGINS_WITH})",
            "name_prefix",
            wanted.name_prefix,
        ),
        (f"EXISTS ({debtor} debtor.id_number = :id_number)", "id_number", wanted.id_number),
        ("(c.status = 'registered') = :active", "active", wanted.active),
        ("c.registered_on >= :registered_from", "registered_from", wanted.registered_from),
        ("c.registered_on <= :registered_to", "registered_to", wanted.registered_to),
    ]
    given = [term for term in terms if term[2] is not None]
    return [sql for sql, _, _ in given], {name: value for _, name, value in given}


def _from(wanted: Wanted, conditions: Sequence[str], tail: str, columns: str) -> str:
    """The rows of each client by themselves, so that each is read from its own end of the index."""
    where = " AND ".join(conditions) or "true"
    if wanted.clients is None:
        return f"(SELECT {columns} FROM collection_case c WHERE {where} {tail})"
    return f"""(SELECT one.* FROM unnest(CAST(:clients AS uuid[])) AS k (client_id) CROSS JOIN LATERAL (
        SELECT {columns} FROM collection_case c WHERE c.client_id = k.client_id AND {where} {tail}) one)"""


def page(tx: Tx, wanted: Wanted, before: int | None, limit: int) -> Sequence[Row[Any]]:
    """At most ``limit`` cases, highest number first, below ``before``."""
    conditions, parameters = _conditions(wanted)
    if before is not None:
        conditions.append("c.number < :before")
    rows = _from(wanted, conditions, "ORDER BY c.number DESC LIMIT :limit", "c.*")
    sql = f"""
    WITH page AS (SELECT * FROM {rows} AS found ORDER BY number DESC LIMIT :limit)
    SELECT {_SHOWN} FROM page c {_BESIDE} ORDER BY c.number DESC
    """
    return tx.execute(text(sql), parameters | _scope(wanted) | {"before": before, "limit": limit}).all()


def count(tx: Tx, wanted: Wanted) -> int:
    """How many cases there are, at most COUNTED_TO + 1."""
    conditions, parameters = _conditions(wanted)
    rows = _from(wanted, conditions, "LIMIT :limit", "1 AS one")
    sql = f"SELECT count(*) FROM (SELECT * FROM {rows} AS found LIMIT :limit) AS counted"
    found: int = tx.execute(text(sql), parameters | _scope(wanted) | {"limit": COUNTED_TO + 1}).scalar_one()
    return found


def one(tx: Tx, client_id: UUID, case_id: UUID) -> Row[Any] | None:
    """The line of one case."""
    return tx.execute(_ONE, {"client_id": client_id, "case_id": case_id}).one_or_none()


def _scope(wanted: Wanted) -> dict[str, Any]:
    return {} if wanted.clients is None else {"clients": list(wanted.clients)}
