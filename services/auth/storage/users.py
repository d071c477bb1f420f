"""User accounts and what they may do for which client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.auth.domain.users import Profile, UserKind, user_key


@dataclass(frozen=True, slots=True)
class Login:
    """What a password is checked against."""

    user_id: UUID
    password_hash: str
    disabled: bool


def profile_of(row: Row[Any]) -> Profile:
    """The profile in a row that has the columns of one."""
    return Profile(
        row.user_name,
        row.first_name,
        row.last_name,
        row.email,
        UserKind(row.kind),
        row.theme,
        row.density,
        phone=row.phone,
    )


def login(tx: Tx, key: str) -> Login | None:
    """The account of a user name (its ``user_key``)."""
    row = tx.execute(
        text("SELECT user_id, password_hash, disabled_at FROM user_account WHERE user_key = :key"), {"key": key}
    ).one_or_none()
    return None if row is None else Login(row.user_id, row.password_hash, row.disabled_at is not None)


def insert(tx: Tx, user_id: UUID, profile: Profile, password_hash: str) -> None:
    """Add a user. Raises IntegrityError (``user_account_user_key_key``) for a name that is taken."""
    tx.execute(
        text("""
            INSERT INTO user_account (user_id, user_name, user_key, first_name, last_name, email, phone, kind, theme,
                                      density, password_hash)
            VALUES (:user_id, :user_name, :user_key, :first_name, :last_name, :email, :phone, :kind, :theme, :density,
                    :password_hash)
        """),
        {
            "user_id": user_id,
            "user_name": profile.user_name,
            "user_key": user_key(profile.user_name),
            "first_name": profile.first_name,
            "last_name": profile.last_name,
            "email": profile.email,
            "phone": profile.phone,
            "kind": profile.kind.value,
            "theme": profile.theme,
            "density": profile.density,
            "password_hash": password_hash,
        },
    )


def insert_memberships(tx: Tx, user_id: UUID, access: Mapping[UUID, int]) -> None:
    """Give a user rights (bitmaps) for clients."""
    tx.execute(
        text("""
            INSERT INTO membership (client_id, user_id, permissions)
            SELECT client_id, :user_id, permissions
              FROM unnest(CAST(:client_ids AS uuid[]), CAST(:permissions AS bigint[])) AS m (client_id, permissions)
        """),
        {"user_id": user_id, "client_ids": list(access), "permissions": list(access.values())},
    )


def replace_hash(tx: Tx, user_id: UUID, old: str, new: str) -> None:
    """Store the same password under newer parameters, unless it was changed in the meantime."""
    tx.execute(
        text("UPDATE user_account SET password_hash = :new WHERE user_id = :user_id AND password_hash = :old"),
        {"user_id": user_id, "old": old, "new": new},
    )


def has_administrator(tx: Tx) -> bool:
    """Whether anybody is an administrator, disabled ones included."""
    return bool(tx.execute(text("SELECT EXISTS (SELECT FROM user_account WHERE kind = 'administrator')")).scalar_one())
