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
    everywhere: int  # bitmap of what somebody of the staff may do beyond their kind
    second_factor: bool  # the session was confirmed with one


@dataclass(frozen=True, slots=True)
class Listed:
    """A live session as its owner sees it."""

    session_id: UUID
    started_at: datetime
    last_seen_at: datetime
    client_ip: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody signs in from."""

    client_ip: str
    user_agent: str


_LOOK_UP = text("""
WITH found AS (
    SELECT s.session_id, s.created_at, s.previous_login_at,
           u.user_id, u.user_name, u.first_name, u.last_name, u.email, u.phone, u.kind, u.theme,
           u.density, u.everywhere, s.second_factor,
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
        row.everywhere,
        row.second_factor,
    )


_START = text("""
INSERT INTO session (session_id, token_hash, user_id, previous_login_at, client_ip, user_agent,
                     second_factor)
SELECT :session_id, :token_hash, u.user_id,
       (SELECT max(at) FROM login_history WHERE user_id = u.user_id AND outcome = 'signed_in'),
       CAST(:client_ip AS inet), :user_agent, :second_factor
  FROM user_account u
 WHERE u.user_id = :user_id AND u.disabled_at IS NULL
RETURNING session_id
""")


def start(
    tx: Tx, session_id: UUID, token_hash: bytes, user_id: UUID, place: "Place", *, second_factor: bool = False
) -> bool:
    """Open a session; before the login is recorded, so that it knows the one before. False if the user is disabled."""
    row = tx.execute(
        _START,
        {
            "session_id": session_id,
            "token_hash": token_hash,
            "user_id": user_id,
            "client_ip": place.client_ip,
            "user_agent": place.user_agent,
            "second_factor": second_factor,
        },
    ).one_or_none()
    return row is not None


def mark_second_factor(tx: Tx, session_id: UUID) -> None:
    """The session has shown a second factor."""
    tx.execute(text("UPDATE session SET second_factor = true WHERE session_id = :id"), {"id": session_id})


_ALIVE = """
    ended_at IS NULL AND created_at > now() - CAST(:absolute AS interval)
    AND last_seen_at >= now() - CAST(:idle AS interval)
"""
_LIMITS = {"absolute": sessions.ABSOLUTE, "idle": sessions.IDLE_AS_WRITTEN}


def alive(tx: Tx, user_id: UUID, before: UUID | None, limit: int) -> list[Listed]:
    """A user's live sessions begun before one of them, the latest first (their ids are in order of time)."""
    rows = tx.execute(
        text(f"""
            SELECT session_id, created_at, last_seen_at, host(client_ip) AS client_ip, user_agent FROM session
             WHERE user_id = :user_id AND {_ALIVE} AND session_id < coalesce(:before, CAST(:last AS uuid))
             ORDER BY session_id DESC LIMIT :limit
        """),
        {"user_id": user_id, "before": before, "last": UUID(int=2**128 - 1), "limit": limit, **_LIMITS},
    )
    return [
        Listed(row.session_id, row.created_at, row.last_seen_at, row.client_ip or "", row.user_agent) for row in rows
    ]


def end_one(tx: Tx, user_id: UUID, session_id: UUID, reason: str) -> int:
    """End a session of a user's, if it lives; how many that were."""
    return tx.execute(
        text(f"""
            UPDATE session SET ended_at = now(), ended_reason = :reason
             WHERE user_id = :user_id AND session_id = :session_id AND {_ALIVE}
        """),
        {"user_id": user_id, "session_id": session_id, "reason": reason, **_LIMITS},
    ).rowcount


def end_all(tx: Tx, user_id: UUID, reason: str, but: UUID | None = None) -> int:
    """End all sessions of a user's but one; how many of them lived."""
    row = tx.execute(
        text(f"""
            WITH ended AS (
                UPDATE session s SET ended_at = now(), ended_reason = :reason
                  FROM (SELECT session_id, {_ALIVE} AS lived FROM session
                         WHERE user_id = :user_id AND ended_at IS NULL) o
                 WHERE s.session_id = o.session_id AND s.session_id IS DISTINCT FROM :but
                RETURNING o.lived)
            SELECT count(*) FILTER (WHERE lived) AS ended FROM ended
        """),
        {"user_id": user_id, "reason": reason, "but": but, **_LIMITS},
    ).one()
    return int(row.ended)


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
