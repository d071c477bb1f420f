"""Cases, their claims and the history of their status."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.collection.domain.debts import Claim
from services.collection.domain.statuses import CaseKind, CaseStatus

AnyRow = Row[Any]


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case of one invoice, as it is registered."""

    client_id: UUID
    case_id: UUID
    claim_id: UUID
    kind: CaseKind
    registered_on: date
    invoice_id: UUID
    invoice_number: str
    invoice_date: date
    due_date: date
    capital_minor: int


@dataclass(frozen=True, slots=True)
class StoredClaim:
    """A claim with the dated changes of its capital."""

    case_id: UUID
    claim_id: UUID
    invoice_id: UUID
    invoice_number: str
    invoice_date: date
    subject: str
    claim: Claim


_INSERT_CASE = text("""
INSERT INTO collection_case (client_id, id, number, kind, status, registered_on, officer_id, capital_minor,
                             capital_remaining_minor)
VALUES (:client_id, :case_id, :number, :kind, 'registered', :registered_on,
        (SELECT officer_id FROM officer_client WHERE client_id = :client_id), :capital_minor, :capital_minor)
""")
_INSERT_CLAIM = text("""
INSERT INTO claim (client_id, id, case_id, invoice_id, invoice_number, invoice_date, due_date, capital_minor,
                   remaining_minor)
VALUES (:client_id, :claim_id, :case_id, :invoice_id, :invoice_number, :invoice_date, :due_date, :capital_minor,
        :capital_minor)
""")
_NEXT_NUMBER = text("UPDATE case_counter SET last_number = last_number + 1 WHERE name = 'case' RETURNING last_number")
_STATUS = text("""
INSERT INTO case_status (client_id, case_id, place, status, day, at)
SELECT :client_id, :case_id, coalesce(max(place), 0) + 1, :status, :day, :at
  FROM case_status WHERE client_id = :client_id AND case_id = :case_id
""")
_HISTORY = text("""
SELECT status, day, at FROM case_status WHERE client_id = :client_id AND case_id = :case_id ORDER BY place
""")
_LOCK = text("""
SELECT id, status, registered_on, closed_on, costs_minor, costs_remaining_minor, interest_paid_minor
  FROM collection_case WHERE client_id = :client_id AND id = :case_id FOR UPDATE
""")
_CLIENT_OF = text("SELECT client_id FROM collection_case WHERE id = :case_id")
_CASE_OF_INVOICE = text("""
SELECT case_id, id AS claim_id FROM claim
 WHERE client_id = :client_id AND invoice_id = :invoice_id ORDER BY open DESC, id DESC LIMIT 1
""")
_CLAIMS = text("""
SELECT k.case_id, c.id AS claim_id, c.invoice_id, c.invoice_number, c.invoice_date, c.due_date, c.subject,
       c.capital_minor, coalesce(p.days, '{}') AS days, coalesce(p.amounts, '{}') AS amounts
  FROM unnest(CAST(:client_ids AS uuid[]), CAST(:case_ids AS uuid[])) AS k (client_id, case_id)
  JOIN claim c ON c.client_id = k.client_id AND c.case_id = k.case_id
  LEFT JOIN LATERAL (
    SELECT array_agg(p.bank_date) AS days, array_agg(p.capital_minor) AS amounts
      FROM case_payment p
     WHERE p.client_id = k.client_id AND p.claim_id = c.id AND p.capital_minor > 0
  ) p ON true
 ORDER BY c.invoice_date, c.id
""")
_CLOSE_CASE = text("""
UPDATE collection_case SET status = :status, closed_on = :closed_on WHERE client_id = :client_id AND id = :case_id
""")
_CLOSE_CLAIMS = text("UPDATE claim SET open = false WHERE client_id = :client_id AND case_id = :case_id")
_WAIVE = text("""
WITH waived AS (
  UPDATE cost SET waived = true
   WHERE client_id = :client_id AND case_id = :case_id AND NOT waived AND day > :day RETURNING amount_minor
), total AS (SELECT coalesce(sum(amount_minor), 0) AS minor FROM waived)
UPDATE collection_case
   SET costs_minor = costs_minor - total.minor, costs_remaining_minor = costs_remaining_minor - total.minor
  FROM total WHERE client_id = :client_id AND id = :case_id
""")
_TAKE_CASE = text("""
UPDATE collection_case
   SET costs_remaining_minor = costs_remaining_minor - :costs,
       interest_paid_minor = interest_paid_minor + :interest,
       capital_remaining_minor = capital_remaining_minor - :capital
 WHERE client_id = :client_id AND id = :case_id
""")
_TAKE_CLAIM = text("""
UPDATE claim SET remaining_minor = remaining_minor - :capital WHERE client_id = :client_id AND id = :claim_id
""")
_SUBJECT = text("UPDATE claim SET subject = :subject WHERE client_id = :client_id AND case_id = :case_id")


def insert(tx: Tx, case: NewCase, at: datetime) -> int:
    """Write a case with its claim; the answer is its number, from the agency's one series.

    The counter's row is locked from here to the commit, so that numbers leave no gaps.
    """
    values = {
        "client_id": case.client_id,
        "case_id": case.case_id,
        "claim_id": case.claim_id,
        "kind": case.kind.value,
        "registered_on": case.registered_on,
        "invoice_id": case.invoice_id,
        "invoice_number": case.invoice_number,
        "invoice_date": case.invoice_date,
        "due_date": case.due_date,
        "capital_minor": case.capital_minor,
    }
    number: int = tx.execute(_NEXT_NUMBER).scalar_one()
    tx.execute(_INSERT_CASE, values | {"number": number})
    tx.execute(_INSERT_CLAIM, values)
    add_status(tx, case.client_id, case.case_id, CaseStatus.REGISTERED, case.registered_on, at)
    return number


def add_status(tx: Tx, client_id: UUID, case_id: UUID, status: CaseStatus, day: date, at: datetime) -> None:
    """Add to the history of a case's status."""
    row = {"client_id": client_id, "case_id": case_id, "status": status.value, "day": day, "at": at}
    tx.execute(_STATUS, row)


def history(tx: Tx, client_id: UUID, case_id: UUID) -> Sequence[AnyRow]:
    """Status, day and time of each step, oldest first."""
    return tx.execute(_HISTORY, {"client_id": client_id, "case_id": case_id}).all()


def lock(tx: Tx, client_id: UUID, case_id: UUID) -> AnyRow | None:
    """The case's own sums, locked until the commit; None if there is no such case."""
    return tx.execute(_LOCK, {"client_id": client_id, "case_id": case_id}).one_or_none()


def client_of(tx: Tx, case_id: UUID) -> UUID | None:
    """The client of a case that the transaction may see."""
    client_id: UUID | None = tx.execute(_CLIENT_OF, {"case_id": case_id}).scalar_one_or_none()
    return client_id


def of_invoice(tx: Tx, client_id: UUID, invoice_id: UUID) -> tuple[UUID, UUID] | None:
    """Case and claim of an invoice: the open ones, else the latest."""
    row = tx.execute(_CASE_OF_INVOICE, {"client_id": client_id, "invoice_id": invoice_id}).one_or_none()
    return None if row is None else (row.case_id, row.claim_id)


def claims(tx: Tx, keys: Sequence[tuple[UUID, UUID]]) -> dict[UUID, list[StoredClaim]]:
    """The claims of these cases (client, case) with their dated capital, in one query."""
    found: dict[UUID, list[StoredClaim]] = {case_id: [] for _, case_id in keys}
    rows = tx.execute(_CLAIMS, {"client_ids": [key[0] for key in keys], "case_ids": [key[1] for key in keys]})
    for row in rows:
        changes = tuple((day, -amount) for day, amount in zip(row.days, row.amounts, strict=True))
        claim = Claim(row.due_date, row.capital_minor, changes)
        found[row.case_id].append(
            StoredClaim(
                row.case_id, row.claim_id, row.invoice_id, row.invoice_number, row.invoice_date, row.subject, claim
            )
        )
    return found


def take(tx: Tx, client_id: UUID, case_id: UUID, claim_id: UUID, *, costs: int, interest: int, capital: int) -> None:
    """Lower what remains by the shares of a payment. The case is locked."""
    shares = {"costs": costs, "interest": interest, "capital": capital}
    tx.execute(_TAKE_CASE, {"client_id": client_id, "case_id": case_id} | shares)
    tx.execute(_TAKE_CLAIM, {"client_id": client_id, "claim_id": claim_id, "capital": capital})


def waive_costs_after(tx: Tx, client_id: UUID, case_id: UUID, day: date) -> None:
    """Give up costs that arose after the debt was paid. The case is locked."""
    tx.execute(_WAIVE, {"client_id": client_id, "case_id": case_id, "day": day})


def close(tx: Tx, client_id: UUID, case_id: UUID, status: CaseStatus, closed_on: date, at: datetime) -> None:
    """End a case and its claims. The case is locked."""
    key = {"client_id": client_id, "case_id": case_id}
    tx.execute(_CLOSE_CASE, key | {"status": status.value, "closed_on": closed_on})
    tx.execute(_CLOSE_CLAIMS, key)
    add_status(tx, client_id, case_id, status, closed_on, at)


def set_subject(tx: Tx, client_id: UUID, case_id: UUID, subject: str) -> None:
    """What the claim's invoice is for."""
    tx.execute(_SUBJECT, {"client_id": client_id, "case_id": case_id, "subject": subject})
