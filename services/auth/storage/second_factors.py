"""Authenticator apps, recovery codes, and sign-ins that wait for either."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.auth.domain.second_factors import WAITS


@dataclass(frozen=True, slots=True)
class App:
    """An authenticator app of a user's."""

    sealed_secret: bytes
    confirmed: bool
    last_step: int


def lock_app(tx: Tx, user_id: UUID) -> App | None:
    """The app, locked until the end of the transaction so that a code works once."""
    row = tx.execute(
        text("""
            SELECT sealed_secret, confirmed_at IS NOT NULL AS confirmed, last_step FROM totp
             WHERE user_id = :user_id FOR UPDATE
        """),
        {"user_id": user_id},
    ).one_or_none()
    return None if row is None else App(bytes(row.sealed_secret), row.confirmed, row.last_step)


def in_use(tx: Tx, user_id: UUID) -> bool:
    """Whether a user has a second factor."""
    found = tx.execute(
        text("SELECT FROM totp WHERE user_id = :user_id AND confirmed_at IS NOT NULL"), {"user_id": user_id}
    )
    return found.one_or_none() is not None


def put_app(tx: Tx, user_id: UUID, sealed_secret: bytes) -> bool:
    """Begin with an app, in place of one that was never confirmed; False where there is a confirmed one."""
    row = tx.execute(
        text("""
            INSERT INTO totp AS t (user_id, sealed_secret) VALUES (:user_id, :sealed)
            ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, created_at = now()
             WHERE t.confirmed_at IS NULL
            RETURNING user_id
        """),
        {"user_id": user_id, "sealed": sealed_secret},
    )
    return row.one_or_none() is not None


def use_step(tx: Tx, user_id: UUID, step: int) -> None:
    """The code of a step has been used; the first one confirms the app."""
    tx.execute(
        text("""
            UPDATE totp SET last_step = :step, confirmed_at = coalesce(confirmed_at, now()) WHERE user_id = :user_id
        """),
        {"user_id": user_id, "step": step},
    )


def remove(tx: Tx, user_id: UUID) -> bool:
    """Take the app and its recovery codes away; whether there was one."""
    tx.execute(text("DELETE FROM recovery_code WHERE user_id = :user_id"), {"user_id": user_id})
    tx.execute(text("DELETE FROM waiting_sign_in WHERE user_id = :user_id"), {"user_id": user_id})
    return tx.execute(text("DELETE FROM totp WHERE user_id = :user_id"), {"user_id": user_id}).rowcount > 0


def set_recovery_codes(tx: Tx, user_id: UUID, hashes: Sequence[bytes]) -> None:
    """These codes from now on, and no earlier ones."""
    tx.execute(text("DELETE FROM recovery_code WHERE user_id = :user_id"), {"user_id": user_id})
    tx.execute(
        text("""
            INSERT INTO recovery_code (user_id, code_hash)
            SELECT :user_id, hash FROM unnest(CAST(:hashes AS bytea[])) AS h (hash)
        """),
        {"user_id": user_id, "hashes": list(hashes)},
    )


def use_recovery_code(tx: Tx, user_id: UUID, code_hash: bytes) -> bool:
    """Use up a code; False if it is none, or used."""
    used = tx.execute(
        text("""
            UPDATE recovery_code SET used_at = now()
             WHERE user_id = :user_id AND code_hash = :hash AND used_at IS NULL
        """),
        {"user_id": user_id, "hash": code_hash},
    )
    return used.rowcount == 1


def recovery_codes_left(tx: Tx, user_id: UUID) -> int:
    found = tx.execute(
        text("SELECT count(*) FROM recovery_code WHERE user_id = :user_id AND used_at IS NULL"), {"user_id": user_id}
    )
    return int(found.scalar_one())


def wait(tx: Tx, user_id: UUID, token_hash: bytes) -> None:
    """Let a sign-in wait for its second factor; those that waited too long go."""
    tx.execute(
        text("DELETE FROM waiting_sign_in WHERE created_at < now() - CAST(:waits AS interval)"), {"waits": WAITS}
    )
    tx.execute(
        text("INSERT INTO waiting_sign_in (token_hash, user_id) VALUES (:hash, :user_id)"),
        {"hash": token_hash, "user_id": user_id},
    )


def waiting(tx: Tx, token_hash: bytes) -> UUID | None:
    """Whose sign-in waits under a token."""
    found = tx.execute(
        text("""
            SELECT user_id FROM waiting_sign_in
             WHERE token_hash = :hash AND created_at > now() - CAST(:waits AS interval)
        """),
        {"hash": token_hash, "waits": WAITS},
    )
    user_id: UUID | None = found.scalar_one_or_none()
    return user_id


def stop_waiting(tx: Tx, token_hash: bytes) -> bool:
    """The sign-in is confirmed; False if another one was faster."""
    gone = tx.execute(text("DELETE FROM waiting_sign_in WHERE token_hash = :hash"), {"hash": token_hash})
    return gone.rowcount == 1
