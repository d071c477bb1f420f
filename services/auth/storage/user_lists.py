"""Users as those see them who manage them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.auth.domain.users import Profile
from services.auth.storage.users import profile_of


@dataclass(frozen=True, slots=True)
class ListedUser:
    """A user in a list."""

    user_id: UUID
    key: str  # of the user name, which the list goes by
    profile: Profile
    everywhere: int
    disabled: bool
    last_login_at: datetime | None
    second_factor: bool


_SELECT = """
SELECT u.user_id, u.user_key, u.user_name, u.first_name, u.last_name, u.email, u.phone, u.kind, u.theme, u.density,
       u.everywhere, u.disabled_at IS NOT NULL AS disabled,
       EXISTS (SELECT FROM totp t WHERE t.user_id = u.user_id AND t.confirmed_at IS NOT NULL) AS second_factor,
       (SELECT max(at) FROM login_history l WHERE l.user_id = u.user_id AND l.outcome = 'signed_in') AS last_login_at
  FROM user_account u
"""


def page(tx: Tx, clients: Collection[UUID] | None, begins_with: str, after: str, limit: int) -> list[ListedUser]:
    """Users behind a key, by key; only those with rights at one of the clients, all for None."""
    of_clients = """
        AND EXISTS (SELECT FROM membership m
                     WHERE m.user_id = u.user_id AND m.client_id = ANY(CAST(:clients AS uuid[])))
    """
    rows = tx.execute(
        text(f"""
            {_SELECT} WHERE u.user_key > :after {"" if clients is None else of_clients}
                        AND (starts_with(u.user_key, :begins) OR starts_with(lower(u.last_name), :begins))
             ORDER BY u.user_key LIMIT :limit
        """),
        {
            "after": after,
            "begins": begins_with,
            "limit": limit,
            **({} if clients is None else {"clients": list(clients)}),
        },
    )
    return [_listed(row) for row in rows]


def get(tx: Tx, user_id: UUID) -> ListedUser | None:
    row = tx.execute(text(f"{_SELECT} WHERE u.user_id = :user_id"), {"user_id": user_id}).one_or_none()
    return None if row is None else _listed(row)


def clients_of(tx: Tx, user_id: UUID) -> int:
    """For how many clients a user has rights, also ones that the transaction does not see."""
    found = tx.execute(text("SELECT membership_count(:user_id)"), {"user_id": user_id})
    return int(found.scalar_one())


def lock(tx: Tx, user_id: UUID) -> None:
    """Let nobody else change the account until the end of the transaction."""
    tx.execute(text("SELECT FROM user_account WHERE user_id = :user_id FOR UPDATE"), {"user_id": user_id})


def access(tx: Tx, user_id: UUID, clients: Collection[UUID]) -> dict[UUID, int]:
    """What a user may do for these clients; those without rights are missing."""
    rows = tx.execute(
        text("""
            SELECT client_id, permissions FROM membership
             WHERE user_id = :user_id AND client_id = ANY(CAST(:clients AS uuid[]))
        """),
        {"user_id": user_id, "clients": list(clients)},
    )
    return {row.client_id: row.permissions for row in rows}


def set_access(tx: Tx, user_id: UUID, wanted: Mapping[UUID, int]) -> None:
    """Set what a user may do for these clients; 0 takes one away."""
    gone = [client_id for client_id, bits in wanted.items() if not bits]
    kept = {client_id: bits for client_id, bits in wanted.items() if bits}
    tx.execute(
        text("DELETE FROM membership WHERE user_id = :user_id AND client_id = ANY(CAST(:clients AS uuid[]))"),
        {"user_id": user_id, "clients": gone},
    )
    tx.execute(
        text("""
            INSERT INTO membership (client_id, user_id, permissions)
            SELECT client_id, :user_id, permissions
              FROM unnest(CAST(:clients AS uuid[]), CAST(:bits AS bigint[])) AS m (client_id, permissions)
            ON CONFLICT (client_id, user_id) DO UPDATE SET permissions = excluded.permissions
        """),
        {"user_id": user_id, "clients": list(kept), "bits": list(kept.values())},
    )


def set_everywhere(tx: Tx, user_id: UUID, permissions: int) -> None:
    tx.execute(
        text("UPDATE user_account SET everywhere = :bits WHERE user_id = :user_id"),
        {"user_id": user_id, "bits": permissions},
    )


def set_disabled(tx: Tx, user_id: UUID, *, disabled: bool) -> None:
    """Let a user sign in no more, or again."""
    tx.execute(
        text("""
            UPDATE user_account SET disabled_at = CASE WHEN :disabled THEN coalesce(disabled_at, now()) END
             WHERE user_id = :user_id
        """),
        {"user_id": user_id, "disabled": disabled},
    )


def _listed(row: Row[Any]) -> ListedUser:
    return ListedUser(
        row.user_id,
        row.user_key,
        profile_of(row),
        row.everywhere,
        row.disabled,
        row.last_login_at,
        row.second_factor,
    )
