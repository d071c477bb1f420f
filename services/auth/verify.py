"""What must hold in this service's database; ``python -m services.auth verify``, and ``make verify`` for the house."""

from sqlalchemy import Connection, text

from chassis import verifying

_FINDINGS = {
    "a client that was not told once": """
        SELECT client_id::text FROM client c
         WHERE 1 <> (SELECT count(*) FROM outbox o WHERE o.aggregate_id = c.client_id
                        AND o.type = 'rf.auth.v1.ClientCreated')""",
    "a user that was not told once": """
        SELECT user_id::text FROM user_account u
         WHERE 1 <> (SELECT count(*) FROM outbox o WHERE o.aggregate_id = u.user_id
                        AND o.type = 'rf.auth.v1.UserCreated')""",
    "a member of staff with rights of a client user": """
        SELECT u.user_id::text FROM user_account u
         WHERE u.kind <> 'client' AND EXISTS (SELECT 1 FROM membership m WHERE m.user_id = u.user_id)""",
    "an open session of a user who may not sign in": """
        SELECT s.session_id::text FROM session s JOIN user_account u USING (user_id)
         WHERE s.ended_at IS NULL AND u.disabled_at IS NOT NULL""",
    "a dead job": "SELECT kind || ' ' || key || ' ' || coalesce(last_error, '') FROM job WHERE status = 'dead'",
}


def check(connection: Connection) -> list[str]:
    """One line per finding, with ids only. Needs the role of verify, which sees past row-level security."""
    return [f"{what}: {row}" for what, sql in _FINDINGS.items() for row in connection.execute(text(sql)).scalars()]


def main() -> int:
    """The exit code of the command: 0 when everything agrees."""
    return verifying.run("auth", check)
