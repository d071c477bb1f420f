"""Credentials of services and internal systems, and the token of an installation's first start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx


@dataclass(frozen=True, slots=True)
class Credential:
    """What a secret is checked against, and what it is good for."""

    hashes: tuple[bytes, ...]  # one, or for a while after a rotation two
    everywhere: int
    clients: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class ListedCredential:
    """A credential as administrators see it."""

    name: str
    client_ids: Sequence[UUID]
    permissions: int
    created_at: datetime
    disabled_at: datetime | None


def page(tx: Tx, after: str, limit: int) -> list[ListedCredential]:
    """Credentials behind a name, by name."""
    rows = tx.execute(
        text("""
            SELECT c.name, c.created_at, c.disabled_at, coalesce(max(l.permissions), c.everywhere) AS permissions,
                   array_remove(array_agg(l.client_id ORDER BY l.client_id), NULL) AS client_ids
              FROM credential c LEFT JOIN credential_client l ON l.name = c.name
             WHERE c.name > :after GROUP BY c.name ORDER BY c.name LIMIT :limit
        """),
        {"after": after, "limit": limit},
    )
    return [
        ListedCredential(row.name, row.client_ids, row.permissions, row.created_at, row.disabled_at) for row in rows
    ]


def exists(tx: Tx, name: str) -> bool:
    return tx.execute(text("SELECT FROM credential WHERE name = :name"), {"name": name}).one_or_none() is not None


def find(tx: Tx, name: str) -> Credential | None:
    """The credential of that name, unless disabled."""
    rows = tx.execute(
        text("""
            SELECT c.secret_hash, CASE WHEN c.previous_until > now() THEN c.previous_hash END AS previous_hash,
                   c.everywhere, l.client_id, l.permissions
              FROM credential c LEFT JOIN credential_client l ON l.name = c.name
             WHERE c.name = :name AND c.disabled_at IS NULL
        """),
        {"name": name},
    ).all()
    if not rows:
        return None
    first = rows[0]
    hashes = (first.secret_hash,) if first.previous_hash is None else (first.secret_hash, first.previous_hash)
    clients = {row.client_id: row.permissions for row in rows if row.client_id is not None}
    return Credential(tuple(map(bytes, hashes)), first.everywhere, clients)


def insert(tx: Tx, name: str, secret_hash: bytes, everywhere: int, clients: Mapping[UUID, int]) -> None:
    """Add a credential. Raises IntegrityError (``credential_pkey``) for a name that is taken."""
    tx.execute(
        text("INSERT INTO credential (name, secret_hash, everywhere) VALUES (:name, :secret_hash, :everywhere)"),
        {"name": name, "secret_hash": secret_hash, "everywhere": everywhere},
    )
    if clients:
        tx.execute(
            text("""
                INSERT INTO credential_client (client_id, name, permissions)
                SELECT client_id, :name, permissions
                  FROM unnest(CAST(:client_ids AS uuid[]), CAST(:permissions AS bigint[])) AS m (client_id, permissions)
            """),
            {"name": name, "client_ids": list(clients), "permissions": list(clients.values())},
        )


def register(tx: Tx, name: str, secret_hash: bytes, everywhere: int, overlap: timedelta) -> None:
    """Make a credential be this one. A changed secret leaves the old one good for ``overlap``."""
    tx.execute(
        text("""
            INSERT INTO credential AS c (name, secret_hash, everywhere) VALUES (:name, :secret_hash, :everywhere)
            ON CONFLICT (name) DO UPDATE
               SET previous_hash = CASE WHEN c.secret_hash = excluded.secret_hash THEN c.previous_hash
                                        ELSE c.secret_hash END,
                   previous_until = CASE WHEN c.secret_hash = excluded.secret_hash THEN c.previous_until
                                         ELSE now() + CAST(:overlap AS interval) END,
                   secret_hash = excluded.secret_hash, everywhere = excluded.everywhere, disabled_at = NULL
        """),
        {"name": name, "secret_hash": secret_hash, "everywhere": everywhere, "overlap": overlap},
    )


def disable(tx: Tx, names: Sequence[str]) -> None:
    """Let these credentials no longer be traded."""
    tx.execute(
        text("""
            UPDATE credential SET disabled_at = now()
             WHERE name = ANY(CAST(:names AS text[])) AND disabled_at IS NULL
        """),
        {"names": list(names)},
    )


def replace_first_run_token(tx: Tx, token_hash: bytes) -> None:
    """Let this token make the first administrator, and no earlier one."""
    tx.execute(text("DELETE FROM first_run_token WHERE used_at IS NULL"))
    tx.execute(text("INSERT INTO first_run_token (token_hash) VALUES (:hash)"), {"hash": token_hash})


def holds_first_run_token(tx: Tx, token_hash: bytes) -> bool:
    """Whether a first-run token is good, as long as the transaction lasts (it is locked)."""
    row = tx.execute(
        text("SELECT 1 FROM first_run_token WHERE token_hash = :hash AND used_at IS NULL FOR UPDATE"),
        {"hash": token_hash},
    ).one_or_none()
    return row is not None


def use_first_run_token(tx: Tx, token_hash: bytes) -> None:
    """Let a first-run token work no more."""
    tx.execute(text("UPDATE first_run_token SET used_at = now() WHERE token_hash = :hash"), {"hash": token_hash})
