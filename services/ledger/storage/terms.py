"""Client terms, accounts and their mapping, reference rates: SQL."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from kernel.sorting import sort_key
from services.ledger.domain.accounts import CHART, AccountMapping, Use
from services.ledger.domain.kinds import CollectionKind, OcrForm
from services.ledger.domain.terms import Terms, TermsMissing
from services.ledger.storage.tables import COUNTER_CUSTOMER, COUNTER_INVOICE

_COLUMNS = [field.name for field in fields(Terms)]
_LIST = ", ".join(_COLUMNS)

_GET = text(f"SELECT {_LIST} FROM client_terms WHERE client_id = :client_id")
_SET = text(f"""
INSERT INTO client_terms ({_LIST}, sort_key) VALUES ({", ".join(f":{name}" for name in _COLUMNS)}, :sort_key)
ON CONFLICT (client_id) DO UPDATE
   SET changed_at = now(), sort_key = excluded.sort_key,
       {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "client_id")}
RETURNING xmax = 0 AS is_new
""")
_BEGUN = text("""
SELECT c.series FROM counter c JOIN client_terms t ON t.client_id = c.client_id
 WHERE c.client_id = :client_id
   AND (c.series = :invoice AND t.first_invoice_number <> :first_invoice_number
     OR c.series = :customer AND t.first_customer_number <> :first_customer_number)
""")
_CLIENTS = text("SELECT client_id FROM client_terms ORDER BY client_id")
_SEED_CHART = text("""
INSERT INTO account (client_id, number, name, type)
SELECT :client_id, c.number, c.name, c.type
  FROM unnest(CAST(:numbers AS text[]), CAST(:names AS text[]), CAST(:types AS text[])) AS c (number, name, type)
ON CONFLICT DO NOTHING
""")
_SEED_MAPPING = text("""
INSERT INTO account_mapping (client_id, use, account)
SELECT :client_id, m.use, m.account
  FROM unnest(CAST(:uses AS text[]), CAST(:accounts AS text[])) AS m (use, account)
ON CONFLICT DO NOTHING
""")
_MAP = text("UPDATE account_mapping SET account = :account WHERE client_id = :client_id AND use = :use")
_MAPPING = text("SELECT use, account FROM account_mapping WHERE client_id = :client_id")

_ADD_RATE = text("""
INSERT INTO reference_rate (half_year, basis_points, source, entered_by)
VALUES (:half_year, :basis_points, :source, :by) ON CONFLICT DO NOTHING RETURNING half_year
""")
_RATES = text("""
SELECT half_year, basis_points, source FROM reference_rate
 WHERE :before = '' OR half_year < :before ORDER BY half_year DESC LIMIT :limit
""")


def get(tx: Tx, client_id: UUID) -> Terms:
    """The client's terms. Raises TermsMissing."""
    row = tx.execute(_GET, {"client_id": client_id}).one_or_none()
    if row is None:
        raise TermsMissing
    return from_row(row)


def from_row(row: Row[Any]) -> Terms:
    """The terms in a row of client_terms."""
    values = {name: getattr(row, name) for name in _COLUMNS}
    values["ocr_kind"] = OcrForm(row.ocr_kind)
    values["collection_kind"] = CollectionKind(row.collection_kind)
    return Terms(**values)


def put(tx: Tx, terms: Terms) -> bool:
    """Store the terms; says whether they are the client's first."""
    values: dict[str, Any] = asdict(terms) | {"sort_key": sort_key(terms.name)}
    return bool(tx.execute(_SET, values).scalar_one())


def begun_series(tx: Tx, terms: Terms) -> set[str]:
    """Those of the client's series that have begun and would begin elsewhere by these terms."""
    wanted = {
        "client_id": terms.client_id,
        "invoice": COUNTER_INVOICE,
        "customer": COUNTER_CUSTOMER,
        "first_invoice_number": terms.first_invoice_number,
        "first_customer_number": terms.first_customer_number,
    }
    return set(tx.execute(_BEGUN, wanted).scalars())


def all_clients(tx: Tx) -> list[UUID]:
    """Every client that has terms."""
    return list(tx.execute(_CLIENTS).scalars())


def seed_accounts(tx: Tx, client_id: UUID, mapping: AccountMapping) -> None:
    """Give a new client the chart of accounts that everybody starts with."""
    chart = {"numbers": [c[0] for c in CHART], "names": [c[1] for c in CHART], "types": [c[2] for c in CHART]}
    tx.execute(_SEED_CHART, {"client_id": client_id, **chart})
    uses = {"uses": [use.value for use in mapping], "accounts": list(mapping.values())}
    tx.execute(_SEED_MAPPING, {"client_id": client_id, **uses})


def map_account(tx: Tx, client_id: UUID, use: Use, number: str) -> None:
    """Let a use have another account."""
    tx.execute(_MAP, {"client_id": client_id, "use": use.value, "account": number})


def mapping(tx: Tx, client_id: UUID) -> AccountMapping:
    """Which account each use has."""
    return {Use(row.use): row.account for row in tx.execute(_MAPPING, {"client_id": client_id})}


def add_rate(tx: Tx, half_year: str, basis_points: int, source: str) -> bool:
    """Enter a reference rate; says False when the half-year has one."""
    values = {"half_year": half_year, "basis_points": basis_points, "source": source, "by": tx.caller.subject}
    return tx.execute(_ADD_RATE, values).one_or_none() is not None


def rates(tx: Tx, before: str, limit: int) -> Sequence[Row[Any]]:
    """Reference rates, latest first, from before a half-year on."""
    return tx.execute(_RATES, {"before": before, "limit": limit}).all()
