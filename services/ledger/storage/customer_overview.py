"""All that is known of one customer: SQL that reads its open invoices once, and a page of its invoices by an index."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from kernel.interest import ReferenceRate
from services.ledger.domain.customers import Customer
from services.ledger.storage.customers import COLUMNS, from_row
from services.ledger.storage.invoice_lines import LINE, Line, line

_CUSTOMER = text(f"""
SELECT {COLUMNS},
       (SELECT count(*) FROM customer_address f WHERE f.client_id = c.client_id AND f.customer_id = c.id) AS addresses,
       (SELECT count(*) FROM invoice i WHERE i.client_id = c.client_id AND i.customer_id = c.id) AS invoices
  FROM unnest(CAST(:clients AS uuid[])) AS k (client_id)
  JOIN customer c ON c.client_id = k.client_id AND c.id = :id
  JOIN customer_address a ON a.client_id = c.client_id AND a.customer_id = c.id AND a.valid_to IS NULL
""")
_OPEN = text("""
SELECT id, kind, currency, open_minor, total_minor, due_date, reminded_at IS NOT NULL AS reminded,
       sent_to_collection_on IS NOT NULL AS in_collection
  FROM invoice WHERE client_id = :client_id AND customer_id = :id AND is_open = true
""")
# what lowered an overdue claim counts from the day after the bank booked it; interest that a case has settled is paid
_LOWERED = text("""
SELECT i.id, coalesce(p.bank_date, a.booking_date) AS day, a.amount_minor AS capital_minor, 0 AS interest_minor
  FROM invoice i
  JOIN allocation a ON a.client_id = i.client_id AND a.invoice_id = i.id
  LEFT JOIN payment p ON p.client_id = a.client_id AND p.id = a.payment_id
 WHERE i.client_id = :client_id AND i.customer_id = :id AND i.is_open = true AND i.due_date < :today
 UNION ALL
SELECT i.id, p.bank_date, 0, p.interest_minor
  FROM invoice i JOIN case_payment p ON p.client_id = i.client_id AND p.invoice_id = i.id AND p.interest_minor > 0
 WHERE i.client_id = :client_id AND i.customer_id = :id AND i.is_open = true AND i.due_date < :today
""")
_OVERPAID = text("""
SELECT invoice_id, currency, sum(remaining_minor)::bigint AS minor FROM overpayment
 WHERE client_id = :client_id AND customer_id = :id AND remaining_minor > 0 GROUP BY invoice_id, currency
""")
_RATES = text("SELECT half_year, basis_points FROM reference_rate")
_PAGE = """
SELECT {line}, i.open_sek_minor, i.stop_reason FROM invoice i
  JOIN customer c ON c.client_id = i.client_id AND c.id = i.customer_id
 WHERE i.client_id = :client_id AND i.customer_id = :id {half} {after}
 ORDER BY i.due_date {direction}, i.id {direction} LIMIT :limit
"""


class Known(NamedTuple):
    """A customer and how much there is of it."""

    customer: Customer
    former_addresses: int
    invoices: int


class Lowered(NamedTuple):
    """What has lowered a claim: capital by day, and interest that has been paid."""

    capital: list[tuple[date, int]]
    interest_minor: int


class Listed(NamedTuple):
    """An invoice in the customer's list."""

    line: Line
    open_sek_minor: int
    stop_reason: str


class Place(NamedTuple):
    """Where a page ended."""

    due_date: date
    id: UUID


def find(tx: Tx, clients: Sequence[UUID], customer_id: UUID) -> Known | None:
    """The customer, if one of these clients has it."""
    row = tx.execute(_CUSTOMER, {"clients": list(clients), "id": customer_id}).one_or_none()
    return None if row is None else Known(from_row(row), row.addresses - 1, row.invoices)


def open_invoices(tx: Tx, customer: Customer) -> Sequence[Row[Any]]:
    """What decides about a balance, of every open invoice."""
    return tx.execute(_OPEN, {"client_id": customer.client_id, "id": customer.id}).all()


def lowered(tx: Tx, customer: Customer, today: date) -> Mapping[UUID, Lowered]:
    """By invoice what payments, credits and settlements took of what is overdue."""
    found: dict[UUID, Lowered] = {}
    capital: dict[UUID, list[tuple[date, int]]] = defaultdict(list)
    interest: dict[UUID, int] = defaultdict(int)
    where = {"client_id": customer.client_id, "id": customer.id, "today": today}
    for row in tx.execute(_LOWERED, where):
        capital[row.id] += [(row.day, -row.capital_minor)] if row.capital_minor else []
        interest[row.id] += row.interest_minor
    for invoice_id, parts in capital.items():
        found[invoice_id] = Lowered(parts, interest[invoice_id])
    return found


def overpaid(tx: Tx, customer: Customer) -> Sequence[Row[Any]]:
    """What remains of overpayments, by invoice (none for those of no invoice) and currency."""
    return tx.execute(_OVERPAID, {"client_id": customer.client_id, "id": customer.id}).all()


def reference_rates(tx: Tx) -> list[ReferenceRate]:
    """Every reference rate that has been entered."""
    return [
        ReferenceRate(
            date(int(row.half_year[:4]), 1 if row.half_year.endswith("1") else 7, 1),
            Decimal(row.basis_points).scaleb(-2),
        )
        for row in tx.execute(_RATES)
    ]


def page(tx: Tx, customer: Customer, *, settled_too: bool, after: Place | None, limit: int) -> list[Listed]:
    """A page of invoices: open ones with the earliest due day first, or all of them with the latest first."""
    compare, direction = ("<", "DESC") if settled_too else (">", "ASC")
    beyond = f"AND (i.due_date, i.id) {compare} (CAST(:due_date AS date), CAST(:last AS uuid))" if after else ""
    half = "" if settled_too else "AND i.is_open = true"
    parameters: dict[str, Any] = {"client_id": customer.client_id, "id": customer.id, "limit": limit}
    parameters |= {"due_date": after.due_date, "last": after.id} if after else {}
    statement = _PAGE.format(line=LINE, half=half, after=beyond, direction=direction)
    return [Listed(line(row), row.open_sek_minor, row.stop_reason) for row in tx.execute(text(statement), parameters)]
