"""What the statistics know of collection cases: one row each, from the events of the case in their order."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx


@dataclass(frozen=True, slots=True)
class CaseFact:
    """A registered case. ``kind`` is the contract's name; ``due_date`` is of its oldest claim."""

    client_id: UUID
    case_id: UUID
    number: str
    kind: str
    invoice_id: UUID | None
    registered_on: date
    due_date: date
    currency: str
    capital_minor: int


_NOTE = text("""
INSERT INTO case_fact (client_id, case_id, number, kind, invoice_id, registered_on, due_date, currency, capital_minor)
VALUES (:client_id, :case_id, :number, :kind, :invoice_id, :registered_on, :due_date, :currency, :capital_minor)
    ON CONFLICT (client_id, case_id) DO NOTHING
""")
_PAID = text("""
UPDATE case_fact SET paid_minor = paid_minor + :capital WHERE client_id = :client_id AND case_id = :case_id
""")
_CLOSED = text("UPDATE case_fact SET closed_on = :day WHERE client_id = :client_id AND case_id = :case_id")
_DEBTOR = text("""
UPDATE case_fact SET debtor_kind = :kind, birth_year = :birth_year WHERE client_id = :client_id AND case_id = :case_id
""")


def note(tx: Tx, fact: CaseFact) -> None:
    """Write a new case."""
    tx.execute(_NOTE, {name: getattr(fact, name) for name in CaseFact.__dataclass_fields__})


def pay(tx: Tx, client_id: UUID, case_id: UUID, capital_minor: int) -> None:
    """So much of the capital was paid."""
    tx.execute(_PAID, {"client_id": client_id, "case_id": case_id, "capital": capital_minor})


def close(tx: Tx, client_id: UUID, case_id: UUID, day: date) -> None:
    """The case has ended."""
    tx.execute(_CLOSED, {"client_id": client_id, "case_id": case_id, "day": day})


def note_debtor(tx: Tx, client_id: UUID, case_id: UUID, kind: str, birth_year: int | None) -> None:
    """What is counted of whoever owes."""
    values = {"client_id": client_id, "case_id": case_id, "kind": kind, "birth_year": birth_year}
    tx.execute(_DEBTOR, values)
