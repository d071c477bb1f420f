"""Accounts as their owners change them, and the links that reset their passwords."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.auth.domain.resets import LIFETIME
from services.auth.domain.users import Contact, Profile
from services.auth.storage.users import profile_of


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its owner sees it, and what its password is checked against."""

    user_id: UUID
    profile: Profile
    password_hash: str
    password_changed_at: datetime


_FIND = """
SELECT user_id, user_name, first_name, last_name, email, phone, kind, theme, density, password_hash,
       password_changed_at
  FROM user_account
"""


def find(tx: Tx, user_id: UUID) -> Account | None:
    """The account, unless it is disabled."""
    row = tx.execute(
        text(f"{_FIND} WHERE user_id = :user_id AND disabled_at IS NULL"), {"user_id": user_id}
    ).one_or_none()
    return None if row is None else Account(row.user_id, profile_of(row), row.password_hash, row.password_changed_at)


def set_contact(tx: Tx, user_id: UUID, written: Contact) -> None:
    tx.execute(
        text("""
            UPDATE user_account SET first_name = :first_name, last_name = :last_name, email = :email, phone = :phone
             WHERE user_id = :user_id
        """),
        {
            "user_id": user_id,
            "first_name": written.first_name,
            "last_name": written.last_name,
            "email": written.email,
            "phone": written.phone,
        },
    )


def set_password(tx: Tx, user_id: UUID, password_hash: str) -> None:
    """A new password; links that would reset the one before work no more."""
    tx.execute(
        text("UPDATE user_account SET password_hash = :hash, password_changed_at = now() WHERE user_id = :user_id"),
        {"user_id": user_id, "hash": password_hash},
    )
    drop_resets(tx, user_id)


def drop_resets(tx: Tx, user_id: UUID) -> None:
    """Let no link that was sent before choose a password."""
    tx.execute(
        text("UPDATE password_reset SET used_at = now() WHERE user_id = :user_id AND used_at IS NULL"),
        {"user_id": user_id},
    )


def set_appearance(tx: Tx, user_id: UUID, theme: str, density: str) -> None:
    tx.execute(
        text("UPDATE user_account SET theme = :theme, density = :density WHERE user_id = :user_id"),
        {"user_id": user_id, "theme": theme, "density": density},
    )


def reachable(tx: Tx, user_key: str, email: str, limit: int) -> list[UUID]:
    """Accounts that are not disabled and have an e-mail address, of this user name or e-mail address."""
    rows = tx.execute(
        text("""
            SELECT user_id FROM user_account
             WHERE (user_key = :user_key OR lower(email) = lower(:email)) AND email <> '' AND disabled_at IS NULL
             ORDER BY user_id LIMIT :limit
        """),
        {"user_key": user_key, "email": email, "limit": limit},
    )
    return list(rows.scalars())


def add_reset(tx: Tx, user_id: UUID, token_hash: bytes) -> None:
    """Let a token choose a new password for a while."""
    tx.execute(
        text("""
            INSERT INTO password_reset (token_hash, user_id, expires_at)
            VALUES (:hash, :user_id, now() + CAST(:lifetime AS interval))
        """),
        {"hash": token_hash, "user_id": user_id, "lifetime": LIFETIME},
    )


def lock_reset(tx: Tx, token_hash: bytes) -> Account | None:
    """The account that a token may choose a password for, the token locked; None if it is not good any more."""
    row = tx.execute(
        text("""
            SELECT user_id FROM password_reset WHERE token_hash = :hash AND used_at IS NULL AND expires_at > now()
               FOR UPDATE
        """),
        {"hash": token_hash},
    ).one_or_none()
    return None if row is None else find(tx, row.user_id)
