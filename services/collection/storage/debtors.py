"""Debtors: the only personal data that this service keeps."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.collection.domain.debtors import Debtor

_FIELDS = (
    "name, sort_key, id_number, customer_number, care_of, street, postcode, town, country_code, phone, email, "
    "is_company, protected_identity"
)
_NAMES = [name.strip() for name in _FIELDS.split(",")]
_SET = text(f"""
INSERT INTO debtor (client_id, case_id, place, {_FIELDS})
VALUES (:client_id, :case_id, :place, {", ".join(f":{name}" for name in _NAMES)})
ON CONFLICT (client_id, case_id, place) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _NAMES)}
""")
_OF_CASE = text(f"SELECT {_FIELDS} FROM debtor WHERE client_id = :client_id AND case_id = :case_id ORDER BY place")


def put(tx: Tx, client_id: UUID, case_id: UUID, place: int, debtor: Debtor) -> None:
    """Write the debtor at a place (from 1) of a case; what stood there is replaced."""
    values = {name: getattr(debtor, name) for name in _NAMES}
    tx.execute(_SET, {"client_id": client_id, "case_id": case_id, "place": place} | values)


def of_case(tx: Tx, client_id: UUID, case_id: UUID) -> list[Debtor]:
    """The debtors of a case, whole, in their order; empty until the ledger has been asked."""
    rows: Sequence[Row[Any]] = tx.execute(_OF_CASE, {"client_id": client_id, "case_id": case_id}).all()
    return [Debtor(**{name: getattr(row, name) for name in _NAMES if name != "sort_key"}) for row in rows]
