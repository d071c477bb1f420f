"""The questions of the statistics. Ages are worked out from the stored days when they are asked for.

``clients`` of None means every client that the transaction sees; row-level security holds in any case.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.reports.domain.statistics import Bucket, Line

AnyRow = Row[Any]


def _age(day: str) -> str:
    days = f"(CAST(:today AS date) - {day})"
    limits = ((0, "NOT_DUE"), (30, "30"), (60, "60"), (90, "90"), (180, "180"), (365, "365"))
    whens = " ".join(f"WHEN {days} <= {last} THEN '{key}'" for last, key in limits)
    return f"CASE {whens} ELSE 'OLDER' END"


_INVOICES: Final = "invoice_fact f WHERE f.open_minor > 0"
_CASES: Final = "case_fact f WHERE f.closed_on IS NULL"
_NOT_WITH_CASE: Final = "f.sent_to_collection_on IS NULL"
_SERVICE: Final = "CASE f.service WHEN 'SERVICE_KIND_INVOICING' THEN 'INVOICING' ELSE 'LEDGER' END"
_BETWEEN: Final = ">= make_date(:year - 1, 1, 1) AND {0} < make_date(:year + 1, 1, 1)"
_DEBTOR_AGE: Final = """
CASE WHEN d.debtor_kind = 'COMPANY' THEN 'COMPANY' WHEN d.years IS NULL THEN 'UNKNOWN'
     WHEN d.years < 18 THEN 'UNDER_18' WHEN d.years <= 25 THEN '18_25' WHEN d.years <= 35 THEN '26_35'
     WHEN d.years <= 45 THEN '36_45' WHEN d.years <= 55 THEN '46_55' WHEN d.years <= 65 THEN '56_65'
     ELSE 'OVER_65' END
"""


def _of(clients: Sequence[UUID] | None) -> str:
    return "" if clients is None else " AND f.client_id = ANY(CAST(:clients AS uuid[]))"


def _buckets(tx: Tx, sql: str, clients: Sequence[UUID] | None, **values: Any) -> list[Bucket]:
    rows = tx.execute(text(sql), {"clients": None if clients is None else list(clients)} | values)
    return [Bucket(row.key, row.n, getattr(row, "minor", 0)) for row in rows]


def _by_month(tx: Tx, within: str, day: str, clients: Sequence[UUID] | None, year: int) -> list[Bucket]:
    sql = f"""
    SELECT to_char(m.month, 'YYYY-MM') AS key, m.n
      FROM (SELECT date_trunc('month', {day})::date AS month, count(*) AS n
              FROM {within} AND {day} {_BETWEEN.format(day)}{_of(clients)} GROUP BY 1) AS m
    """
    return _buckets(tx, sql, clients, year=year)


def new_cases(tx: Tx, clients: Sequence[UUID] | None, year: int) -> list[Bucket]:
    return _by_month(tx, "case_fact f WHERE true", "f.registered_on", clients, year)


def closed_cases(tx: Tx, clients: Sequence[UUID] | None, year: int) -> list[Bucket]:
    return _by_month(tx, "case_fact f WHERE f.closed_on IS NOT NULL", "f.closed_on", clients, year)


def invoices(tx: Tx, clients: Sequence[UUID] | None, year: int) -> list[Bucket]:
    """Registered invoices; credits are none."""
    within = "invoice_fact f WHERE NOT f.revoked AND f.kind <> 'INVOICE_KIND_CREDIT'"
    return _by_month(tx, within, "f.registered_on", clients, year)


def cases_by_age(tx: Tx, clients: Sequence[UUID] | None, today: date) -> list[Bucket]:
    """Active cases and what remains of their capital, by the age of their oldest invoice."""
    sql = f"""
    SELECT {_age("f.due_date")} AS key, count(*) AS n, sum(f.capital_minor - f.paid_minor)::bigint AS minor
      FROM {_CASES}{_of(clients)} GROUP BY 1
    """
    return _buckets(tx, sql, clients, today=today)


def cases_by_kind(tx: Tx, clients: Sequence[UUID] | None) -> list[Bucket]:
    sql = f"""
    SELECT CASE f.kind WHEN 'CASE_KIND_OWN' THEN 'OWN' ELSE 'AGENT' END AS key, count(*) AS n
      FROM {_CASES}{_of(clients)} GROUP BY 1
    """
    return _buckets(tx, sql, clients)


def invoices_by_age(tx: Tx, clients: Sequence[UUID] | None, today: date) -> list[Bucket]:
    sql = f"SELECT {_age('f.due_on')} AS key, count(*) AS n FROM {_INVOICES}{_of(clients)} GROUP BY 1"
    return _buckets(tx, sql, clients, today=today)


def debtors_by_age(tx: Tx, clients: Sequence[UUID] | None, today: date) -> list[Bucket]:
    """Debtors of active cases, each once: the customer of the ledger, where the case has an invoice of it."""
    sql = f"""
    SELECT {_DEBTOR_AGE} AS key, count(*) AS n
      FROM (SELECT DISTINCT ON (f.client_id, coalesce(i.customer_id, f.case_id)) f.debtor_kind,
                   extract(year FROM CAST(:today AS date))::int - f.birth_year AS years
              FROM case_fact f LEFT JOIN invoice_fact i ON i.client_id = f.client_id AND i.invoice_id = f.invoice_id
             WHERE f.closed_on IS NULL{_of(clients)}
             ORDER BY f.client_id, coalesce(i.customer_id, f.case_id), f.registered_on DESC, f.case_id) AS d
     GROUP BY 1
    """
    return _buckets(tx, sql, clients, today=today)


def lines(
    tx: Tx,
    of_invoices: Sequence[UUID] | None,
    of_cases: Sequence[UUID] | None,
    today: date,
    service: str | None = None,
) -> list[Line]:
    """What is open by service, or of one service by age; invoices that are in collection count as their cases."""
    age = "''" if service is None else _age("f.due")
    only = "" if service is None else "WHERE f.service = :service"
    invoices_within = "" if of_invoices is None else " AND f.client_id = ANY(CAST(:of_invoices AS uuid[]))"
    cases_within = "" if of_cases is None else " AND f.client_id = ANY(CAST(:of_cases AS uuid[]))"
    sql = f"""
    SELECT f.service, {age} AS age, f.currency, count(*) AS n, sum(f.capital)::bigint AS capital,
           sum(f.remaining)::bigint AS remaining
      FROM (SELECT {_SERVICE} AS service, f.due_on AS due, f.currency, f.total_minor AS capital,
                   f.open_minor AS remaining
              FROM {_INVOICES} AND {_NOT_WITH_CASE}{invoices_within}
             UNION ALL
            SELECT 'COLLECTION', f.due_date, f.currency, f.capital_minor, f.capital_minor - f.paid_minor
              FROM {_CASES}{cases_within}) AS f {only}
     GROUP BY 1, 2, 3
    """
    values = {
        "today": today,
        "service": service,
        "of_invoices": None if of_invoices is None else list(of_invoices),
        "of_cases": None if of_cases is None else list(of_cases),
    }
    return [
        Line(row.service, row.age, row.currency, row.n, row.capital, row.remaining)
        for row in tx.execute(text(sql), values)
    ]


def cases_of_age(
    tx: Tx,
    clients: Sequence[UUID] | None,
    today: date,
    age: str,
    after: tuple[date, UUID] | None,
    limit: int,
) -> Sequence[AnyRow]:
    """Active cases of one age, oldest first."""
    day, case_id = after or (None, None)
    sql = f"""
    SELECT f.client_id, f.case_id, f.number, f.due_date, f.currency, f.capital_minor,
           f.capital_minor - f.paid_minor AS remaining_minor
      FROM {_CASES} AND {_age("f.due_date")} = :age{_of(clients)}
       AND (CAST(:case_id AS uuid) IS NULL OR (f.due_date, f.case_id) > (CAST(:day AS date), CAST(:case_id AS uuid)))
     ORDER BY f.due_date, f.case_id LIMIT :limit
    """
    values = {"today": today, "age": age, "day": day, "case_id": case_id, "limit": limit}
    return tx.execute(text(sql), values | {"clients": None if clients is None else list(clients)}).all()
