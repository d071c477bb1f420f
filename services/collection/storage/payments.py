"""Payments that the ledger received for a case, and how they were settled."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.collection.domain.settlement import Settlement

_INSERT = text("""
INSERT INTO case_payment (client_id, id, case_id, claim_id, amount_minor, bank_date, received_at)
VALUES (:client_id, :id, :case_id, :claim_id, :amount_minor, :bank_date, :received_at)
ON CONFLICT (client_id, id) DO NOTHING
""")
_GET = text("""
SELECT id, case_id, claim_id, amount_minor, bank_date, settled_at FROM case_payment
 WHERE client_id = :client_id AND id = :id
""")
_OF_CASE = text("""
SELECT id, claim_id, amount_minor, bank_date, received_at, settled_at, costs_minor, interest_minor, capital_minor,
       surplus_minor
  FROM case_payment WHERE client_id = :client_id AND case_id = :case_id ORDER BY received_at, id
""")
_LAST_BANK_DATE = text("""
SELECT max(bank_date) FROM case_payment
 WHERE client_id = :client_id AND case_id = :case_id AND settled_at IS NOT NULL
""")
_SETTLE = text("""
UPDATE case_payment
   SET settled_at = :at, costs_minor = :costs, interest_minor = :interest, capital_minor = :capital,
       surplus_minor = :surplus
 WHERE client_id = :client_id AND id = :id AND settled_at IS NULL
""")
_WAITING = text("""
SELECT client_id, id FROM case_payment WHERE settled_at IS NULL ORDER BY bank_date, received_at, id
""")


def insert(
    tx: Tx,
    client_id: UUID,
    payment_id: UUID,
    case_id: UUID,
    claim_id: UUID,
    amount_minor: int,
    bank_date: date,
    received_at: datetime,
) -> bool:
    """Keep a payment, not settled yet; False if it is known."""
    row = {
        "client_id": client_id,
        "id": payment_id,
        "case_id": case_id,
        "claim_id": claim_id,
        "amount_minor": amount_minor,
        "bank_date": bank_date,
        "received_at": received_at,
    }
    return tx.execute(_INSERT, row).rowcount == 1


def get(tx: Tx, client_id: UUID, payment_id: UUID) -> Row[Any]:
    """A payment. Read it again under the case's lock before settling it."""
    return tx.execute(_GET, {"client_id": client_id, "id": payment_id}).one()


def of_case(tx: Tx, client_id: UUID, case_id: UUID) -> Sequence[Row[Any]]:
    """Every payment of the case in order of arrival; shares are None while it waits."""
    return tx.execute(_OF_CASE, {"client_id": client_id, "case_id": case_id}).all()


def last_bank_date(tx: Tx, client_id: UUID, case_id: UUID) -> date | None:
    """The latest bank day of the payments that are settled."""
    day: date | None = tx.execute(_LAST_BANK_DATE, {"client_id": client_id, "case_id": case_id}).scalar_one()
    return day


def settle(tx: Tx, client_id: UUID, payment_id: UUID, settlement: Settlement, at: datetime) -> bool:
    """Write the shares of a payment; False if it was settled before."""
    row = {
        "client_id": client_id,
        "id": payment_id,
        "at": at,
        "costs": settlement.costs,
        "interest": settlement.interest,
        "capital": settlement.capital,
        "surplus": settlement.surplus,
    }
    return tx.execute(_SETTLE, row).rowcount == 1


def waiting(tx: Tx) -> list[tuple[UUID, UUID]]:
    """Client and id of every payment that is not settled, of all clients, by the bank's day."""
    return [(row.client_id, row.id) for row in tx.execute(_WAITING)]
