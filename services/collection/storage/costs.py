"""Costs of a case."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.collection.domain.costs import CostKind

_OF_CASE = text("""
SELECT kind, amount_minor, day, waived, added_at FROM cost
 WHERE client_id = :client_id AND case_id = :case_id ORDER BY day, id
""")
_INSERT = text("""
INSERT INTO cost (client_id, id, case_id, kind, amount_minor, day)
VALUES (:client_id, :id, :case_id, :kind, :amount_minor, :day)
""")
_RAISE = text("""
UPDATE collection_case
   SET costs_minor = costs_minor + :amount_minor, costs_remaining_minor = costs_remaining_minor + :amount_minor
 WHERE client_id = :client_id AND id = :case_id
""")


def of_case(tx: Tx, client_id: UUID, case_id: UUID) -> Sequence[Row[Any]]:
    """Every cost of the case, oldest first, the waived ones too."""
    return tx.execute(_OF_CASE, {"client_id": client_id, "case_id": case_id}).all()


def add(tx: Tx, client_id: UUID, case_id: UUID, cost_id: UUID, kind: CostKind, amount_minor: int, day: date) -> None:
    """Write a cost and raise the case's sums by it. The case is locked."""
    key = {"client_id": client_id, "case_id": case_id, "amount_minor": amount_minor}
    tx.execute(_INSERT, key | {"id": cost_id, "kind": kind.value, "day": day})
    tx.execute(_RAISE, key)
