"""Clients as tenants."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from kernel.sorting import sort_key
from services.auth.domain.clients import NewClient


@dataclass(frozen=True, slots=True)
class StoredClient:
    """A client as stored."""

    client_id: UUID
    number: int
    name: str
    organisation_number: str
    manages_own_users: bool = False
    second_factor_for_approval: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """A client and what somebody may do for it."""

    client_id: UUID
    number: int
    name: str
    permissions: int  # bitmap
    manages_own_users: bool = False
    second_factor_for_approval: bool = False
    withheld: int = 0  # bitmap of what waits for a second factor


_COLUMNS = "client_id, number, name, organisation_number, manages_own_users, second_factor_for_approval"


def insert(tx: Tx, client_id: UUID, client: NewClient) -> None:
    """Add a client. Raises IntegrityError, of the key of its id, number or organisation number."""
    tx.execute(
        text("""
            INSERT INTO client (client_id, number, name, sort_key, organisation_number)
            VALUES (:client_id, :number, :name, :sort_key, :organisation_number)
        """),
        {
            "client_id": client_id,
            "number": client.number,
            "name": client.name,
            "sort_key": sort_key(client.name),
            "organisation_number": client.organisation_number,
        },
    )


def page(tx: Tx, clients: Collection[UUID] | None, after: int, limit: int) -> list[StoredClient]:
    """Clients with a number above ``after``, by number; only those named, all if None."""
    rows = tx.execute(
        text(f"""
            SELECT {_COLUMNS} FROM client
             WHERE number > :after {"" if clients is None else "AND client_id = ANY(CAST(:clients AS uuid[]))"}
             ORDER BY number LIMIT :limit
        """),
        {"after": after, "limit": limit, **({} if clients is None else {"clients": list(clients)})},
    )
    return [_stored(row) for row in rows]


def update(tx: Tx, client_id: UUID, name: str, terms: tuple[bool, bool]) -> StoredClient | None:
    """Change a client's name and terms of access; None if there is none such."""
    row = tx.execute(
        text(f"""
            UPDATE client SET name = :name, sort_key = :sort_key, manages_own_users = :own,
                              second_factor_for_approval = :factor
             WHERE client_id = :client_id RETURNING {_COLUMNS}
        """),
        {"client_id": client_id, "name": name, "sort_key": sort_key(name), "own": terms[0], "factor": terms[1]},
    ).one_or_none()
    return None if row is None else _stored(row)


def managing_own_users(tx: Tx, client_ids: Collection[UUID]) -> set[UUID]:
    """Those of the clients whose terms let their own administrators manage their users."""
    rows = tx.execute(
        text("SELECT client_id FROM client WHERE client_id = ANY(CAST(:ids AS uuid[])) AND manages_own_users"),
        {"ids": list(client_ids)},
    )
    return set(rows.scalars())


def _stored(row: Row[Any]) -> StoredClient:
    return StoredClient(
        row.client_id,
        row.number,
        row.name,
        row.organisation_number,
        row.manages_own_users,
        row.second_factor_for_approval,
    )


def existing(tx: Tx, client_ids: Collection[UUID]) -> set[UUID]:
    """Those of the clients that exist."""
    rows = tx.execute(
        text("SELECT client_id FROM client WHERE client_id = ANY(CAST(:ids AS uuid[]))"), {"ids": list(client_ids)}
    )
    return set(rows.scalars())


_OF_USER = text("""
SELECT c.client_id, c.number, c.name, m.permissions, c.manages_own_users, c.second_factor_for_approval
  FROM membership m JOIN client c ON c.client_id = m.client_id
 WHERE m.user_id = :user_id
 ORDER BY c.sort_key LIMIT :limit
""")


def of_user(tx: Tx, user_id: UUID, limit: int) -> list[Access]:
    """A user's clients, in Swedish order of name."""
    rows = tx.execute(_OF_USER, {"user_id": user_id, "limit": limit})
    return [
        Access(
            row.client_id,
            row.number,
            row.name,
            row.permissions,
            row.manages_own_users,
            row.second_factor_for_approval,
        )
        for row in rows
    ]


def of_staff(tx: Tx, permissions: int, limit: int) -> list[Access]:
    """The first clients of all, in Swedish order of name, for somebody who may do the same for each."""
    rows = tx.execute(text("SELECT client_id, number, name FROM client ORDER BY sort_key LIMIT :n"), {"n": limit})
    return [Access(row.client_id, row.number, row.name, permissions) for row in rows]
