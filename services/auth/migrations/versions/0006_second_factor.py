"""A second factor: an authenticator app with recovery codes, and sign-ins that wait for it."""

from alembic import op

from chassis.migrations import grant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("ALTER TABLE session ADD COLUMN second_factor boolean NOT NULL DEFAULT false")
    op.execute("""
        CREATE TABLE totp (
            user_id uuid PRIMARY KEY REFERENCES user_account,
            sealed_secret bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            confirmed_at timestamptz,
            last_step bigint NOT NULL DEFAULT 0)
    """)
    grant("totp", "SELECT, INSERT, UPDATE, DELETE")
    op.execute("""
        CREATE TABLE recovery_code (
            user_id uuid NOT NULL REFERENCES user_account,
            code_hash bytea NOT NULL,
            used_at timestamptz,
            PRIMARY KEY (user_id, code_hash))
    """)
    grant("recovery_code", "SELECT, INSERT, UPDATE, DELETE")
    op.execute("""
        CREATE TABLE waiting_sign_in (
            token_hash bytea PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES user_account,
            created_at timestamptz NOT NULL DEFAULT now())
    """)
    op.execute("CREATE INDEX waiting_sign_in_age ON waiting_sign_in (created_at)")
    grant("waiting_sign_in", "SELECT, INSERT, UPDATE, DELETE")
