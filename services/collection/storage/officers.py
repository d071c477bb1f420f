"""Officers and the clients whose new cases go to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer (handläggare) as shown to clients."""

    user_id: UUID
    name: str
    phone: str
    email: str


_SET = text("""
INSERT INTO officer (user_id, name, phone, email) VALUES (:user_id, :name, :phone, :email)
ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, phone = excluded.phone, email = excluded.email
""")
_LEAVE = text(
    "DELETE FROM officer_client WHERE officer_id = :officer_id AND client_id <> ALL(CAST(:clients AS uuid[]))"
)
_TAKE = text("""
INSERT INTO officer_client (client_id, officer_id)
SELECT client_id, :officer_id FROM unnest(CAST(:clients AS uuid[])) AS c (client_id) ORDER BY client_id
ON CONFLICT (client_id) DO UPDATE SET officer_id = excluded.officer_id
""")


def put(tx: Tx, officer: Officer) -> None:
    """Add or change an officer."""
    row = {"user_id": officer.user_id, "name": officer.name, "phone": officer.phone, "email": officer.email}
    tx.execute(_SET, row)


def assign(tx: Tx, officer_id: UUID, clients: Sequence[UUID]) -> None:
    """Make these, and no others, the clients whose new cases go to the officer; others lose them."""
    row = {"officer_id": officer_id, "clients": list(clients)}
    tx.execute(_LEAVE, row)
    tx.execute(_TAKE, row)
