"""PIN codes: hashes, what they are good for, and what became of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.auth.domain.pins import MAX_WRONG_TRIES


@dataclass(frozen=True, slots=True)
class StoredPin:
    """A code without its secret."""

    pin_id: UUID
    client_id: UUID
    start: str
    permissions: int  # bitmap
    state: str  # open, used, revoked, expired, locked
    created_at: datetime
    expires_at: datetime
    used_by: str  # user name, or empty


@dataclass(frozen=True, slots=True)
class Checked:
    """What a typed code is checked against."""

    pin_id: UUID
    client_id: UUID
    secret_hash: bytes
    permissions: int
    is_open: bool


_STATE = f"""
CASE WHEN p.used_at IS NOT NULL THEN 'used' WHEN p.revoked_at IS NOT NULL THEN 'revoked'
     WHEN p.wrong_tries >= {MAX_WRONG_TRIES} THEN 'locked' WHEN p.expires_at <= now() THEN 'expired' ELSE 'open' END
"""
_SHOWN = f"""
SELECT p.pin_id, p.client_id, p.start, p.permissions, {_STATE} AS state, p.created_at, p.expires_at,
       coalesce(u.user_name, '') AS used_by
  FROM pin_code p LEFT JOIN user_account u ON u.user_id = p.used_by
"""


def insert(
    tx: Tx, pin_id: UUID, client_id: UUID, start: str, secret_hash: bytes, permissions: int, lifetime: timedelta
) -> None:
    """Add a code. Raises IntegrityError (``pin_code_start_key``) when another one begins the same."""
    tx.execute(
        text("""
            INSERT INTO pin_code (client_id, pin_id, start, secret_hash, permissions, created_by, expires_at)
            VALUES (:client_id, :pin_id, :start, :secret_hash, :permissions, :created_by,
                    now() + CAST(:lifetime AS interval))
        """),
        {
            "client_id": client_id,
            "pin_id": pin_id,
            "start": start,
            "secret_hash": secret_hash,
            "permissions": permissions,
            "created_by": tx.caller.subject,
            "lifetime": lifetime,
        },
    )


def get(tx: Tx, pin_id: UUID) -> StoredPin | None:
    """A code that the transaction may see."""
    row = tx.execute(text(f"{_SHOWN} WHERE p.pin_id = :pin_id"), {"pin_id": pin_id}).one_or_none()
    return None if row is None else _stored(row)


def page(tx: Tx, clients: Collection[UUID] | None, before: UUID | None, limit: int) -> list[StoredPin]:
    """Codes of these clients, of all for None, made before one of them; the latest first."""
    rows = tx.execute(
        text(f"""
            {_SHOWN} WHERE p.pin_id < coalesce(:before, CAST(:last AS uuid))
                       {"" if clients is None else "AND p.client_id = ANY(CAST(:clients AS uuid[]))"}
             ORDER BY p.pin_id DESC LIMIT :limit
        """),
        {
            "before": before,
            "last": UUID(int=2**128 - 1),
            "limit": limit,
            **({} if clients is None else {"clients": list(clients)}),
        },
    )
    return [_stored(row) for row in rows]


def lock(tx: Tx, start: str) -> Checked | None:
    """The code that begins so, locked until the end of the transaction."""
    row = tx.execute(
        text(f"""
            SELECT p.pin_id, p.client_id, p.secret_hash, p.permissions, {_STATE} = 'open' AS is_open
              FROM pin_code p WHERE p.start = :start FOR UPDATE
        """),
        {"start": start},
    ).one_or_none()
    if row is None:
        return None
    return Checked(row.pin_id, row.client_id, bytes(row.secret_hash), row.permissions, row.is_open)


def count_wrong_try(tx: Tx, pin_id: UUID) -> None:
    tx.execute(text("UPDATE pin_code SET wrong_tries = wrong_tries + 1 WHERE pin_id = :id"), {"id": pin_id})


def use(tx: Tx, pin_id: UUID, user_id: UUID) -> None:
    tx.execute(
        text("UPDATE pin_code SET used_at = now(), used_by = :user_id WHERE pin_id = :id"),
        {"id": pin_id, "user_id": user_id},
    )


def revoke(tx: Tx, pin_id: UUID) -> None:
    """Take a code back; one that has been used stays so."""
    tx.execute(
        text("""
            UPDATE pin_code SET revoked_at = now()
             WHERE pin_id = :id AND used_at IS NULL AND revoked_at IS NULL
        """),
        {"id": pin_id},
    )


def _stored(row: Row[Any]) -> StoredPin:
    return StoredPin(
        row.pin_id,
        row.client_id,
        row.start,
        row.permissions,
        row.state,
        row.created_at,
        row.expires_at,
        row.used_by,
    )
