"""Sessions and the history of logins."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.auth.domain import sessions
from services.auth.domain.users import Profile
from services.auth.storage.users import profile_of


@dataclass(frozen=True, slots=True)
class Found:
    """A session, alive or ended, with its user."""

    session_id: UUID
    user_id: UUID
    profile: Profile
    login_at: datetime
    previous_login_at: datetime | None
    since_written_s: float  # since the last activity that was written
    ended: str | None  # why; None while it lives


_LOOK_UP = text("""
WITH found AS (
    SELECT s.session_id, s.created_at, s.previous_login_at,
           u.user_id, u.user_name, u.first_name, u.last_name, u.email, u.kind, u.theme, u.density,
           CAST(extract(epoch FROM now() - s.last_seen_at) AS float8) AS since_written_s,
           CASE WHEN s.ended_at IS NOT NULL THEN s.ended_reason
                WHEN u.disabled_at IS NOT NULL THEN 'disabled'
                WHEN s.created_at <= now() - CAST(:absolute AS interval) THEN 'expired'
                WHEN s.last_seen_at < now() - CAST(:idle AS interval) THEN 'idle' END AS ended
      FROM session s JOIN user_account u USING (user_id)
     WHERE s.token_hash = :token_hash
), written AS (
    UPDATE session s
       SET last_seen_at = CASE WHEN f.ended IS NULL THEN now() ELSE s.last_seen_at END,
           ended_at = CASE WHEN f.ended IS NOT NULL THEN now() END,
           ended_reason = f.ended
      FROM found f
     WHERE s.session_id = f.session_id AND s.ended_at IS NULL
       AND (f.ended IS NOT NULL OR (CAST(:touch AS boolean) AND f.since_written_s >= :write_every_s))
)
SELECT * FROM found
""")


def look_up(tx: Tx, token_hash: bytes, *, touch: bool) -> Found | None:
    """The session of a token. Writes its activity, if told to and if that is due, or that it has now ended."""
    row = tx.execute(
        _LOOK_UP,
        {
            "token_hash": token_hash,
            "touch": touch,
            "absolute": sessions.ABSOLUTE,
            "idle": sessions.IDLE_AS_WRITTEN,
            "write_every_s": sessions.WRITE_EVERY.total_seconds(),
        },
    ).one_or_none()
    if row is None:
        return None
    return Found(
        row.session_id,
        row.user_id,
        profile_of(row),
        row.created_at,
        row.previous_login_at,
        row.since_written_s,
        row.ended,
    )


_START = text("""
INSERT INTO session (session_id, token_hash, user_id, previous_login_at)
SELECT :session_id, :token_hash, u.user_id,
       (SELECT max(at) FROM login_history WHERE user_id = u.user_id AND outcome = 'signed_in')
  FROM user_account u
 WHERE u.user_id = :user_id AND u.disabled_at IS NULL
RETURNING session_id
""")


def start(tx: Tx, session_id: UUID, token_hash: bytes, user_id: UUID) -> bool:
    """Open a session; before the login is recorded, so that it knows the one before. False if the user is disabled."""
    row = tx.execute(_START, {"session_id": session_id, "token_hash": token_hash, "user_id": user_id}).one_or_none()
    return row is not None


def end(tx: Tx, token_hash: bytes, reason: str) -> None:
    """End the session of a token, if it lives."""
    tx.execute(
        text("""
            UPDATE session SET ended_at = now(), ended_reason = :reason
             WHERE token_hash = :token_hash AND ended_at IS NULL
        """),
        {"token_hash": token_hash, "reason": reason},
    )


def record_login(tx: Tx, login_id: UUID, user_id: UUID | None, client_ip: str, outcome: str) -> None:
    """Remember a try to sign in; ``user_id`` is None when there is no such user."""
    tx.execute(
        text("""
            INSERT INTO login_history (login_id, user_id, client_ip, outcome)
            VALUES (:login_id, :user_id, CAST(:client_ip AS inet), :outcome)
        """),
        {"login_id": login_id, "user_id": user_id, "client_ip": client_ip, "outcome": outcome},
    )
