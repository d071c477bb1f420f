"""Clients, users and their rights, sessions, credentials."""

from alembic import op

from chassis.migrations import app_role, grant, tenant_table
from chassis.platform_tables import create_platform_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_platform_tables(op.get_bind(), app_role())
    op.execute("""
        CREATE TABLE client (
            client_id uuid PRIMARY KEY,
            number bigint NOT NULL CONSTRAINT client_number_key UNIQUE CHECK (number BETWEEN 1 AND 9999999999),
            name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
            sort_key text COLLATE "C" NOT NULL,
            organisation_number text NOT NULL CONSTRAINT client_organisation_number_key UNIQUE
                CHECK (organisation_number ~ '^[0-9]{10}$'),
            created_at timestamptz NOT NULL DEFAULT now())
    """)
    op.execute("CREATE INDEX client_sort_key ON client (sort_key)")
    tenant_table("client", "SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE user_account (
            user_id uuid PRIMARY KEY,
            user_name text NOT NULL,
            user_key text NOT NULL CONSTRAINT user_account_user_key_key UNIQUE,
            first_name text NOT NULL,
            last_name text NOT NULL,
            email text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('client', 'officer', 'administrator')),
            theme text NOT NULL CHECK (theme IN ('', 'light', 'dark')),
            density text NOT NULL CHECK (density IN ('', 'compact', 'normal', 'airy')),
            password_hash text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            disabled_at timestamptz)
    """)
    grant("user_account", "SELECT, INSERT, UPDATE")
    op.execute("CREATE INDEX user_account_administrators ON user_account (user_id) WHERE kind = 'administrator'")
    op.execute("""
        CREATE TABLE membership (
            client_id uuid NOT NULL REFERENCES client,
            user_id uuid NOT NULL REFERENCES user_account,
            permissions bigint NOT NULL CHECK (permissions > 0),
            PRIMARY KEY (client_id, user_id))
    """)
    op.execute("CREATE INDEX membership_user ON membership (user_id)")
    tenant_table("membership", "SELECT, INSERT, UPDATE, DELETE")
    op.execute("""
        CREATE TABLE session (
            session_id uuid PRIMARY KEY,
            token_hash bytea NOT NULL UNIQUE,
            user_id uuid NOT NULL REFERENCES user_account,
            created_at timestamptz NOT NULL DEFAULT now(),
            last_seen_at timestamptz NOT NULL DEFAULT now(),
            previous_login_at timestamptz,
            ended_at timestamptz,
            ended_reason text CHECK (ended_reason IN ('signed_out', 'idle', 'expired', 'disabled')),
            CONSTRAINT session_ended_whole CHECK ((ended_at IS NULL) = (ended_reason IS NULL)))
    """)
    op.execute("CREATE INDEX session_open ON session (user_id) WHERE ended_at IS NULL")
    grant("session", "SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE login_history (
            login_id uuid PRIMARY KEY,
            user_id uuid REFERENCES user_account,
            at timestamptz NOT NULL DEFAULT now(),
            client_ip inet NOT NULL,
            outcome text NOT NULL CHECK (outcome IN ('signed_in', 'refused')))
    """)
    op.execute("CREATE INDEX login_history_user ON login_history (user_id, outcome, at)")
    grant("login_history", "SELECT, INSERT")
    op.execute("""
        CREATE TABLE sign_in_failure (
            key bytea PRIMARY KEY,
            failures int NOT NULL DEFAULT 0,
            last_failed_at timestamptz NOT NULL DEFAULT now(),
            blocked_until timestamptz NOT NULL DEFAULT now())
    """)
    op.execute("CREATE INDEX sign_in_failure_age ON sign_in_failure (last_failed_at)")
    grant("sign_in_failure", "SELECT, INSERT, UPDATE, DELETE")
    op.execute("""
        CREATE TABLE credential (
            name text PRIMARY KEY CHECK (name ~ '^[a-z0-9-]{3,40}$'),
            secret_hash bytea NOT NULL,
            previous_hash bytea,
            previous_until timestamptz,
            everywhere bigint NOT NULL CHECK (everywhere >= 0),
            created_at timestamptz NOT NULL DEFAULT now(),
            disabled_at timestamptz,
            CONSTRAINT credential_previous_whole CHECK ((previous_hash IS NULL) = (previous_until IS NULL)))
    """)
    grant("credential", "SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE credential_client (
            client_id uuid NOT NULL REFERENCES client,
            name text NOT NULL REFERENCES credential,
            permissions bigint NOT NULL CHECK (permissions > 0),
            PRIMARY KEY (client_id, name))
    """)
    op.execute("CREATE INDEX credential_client_name ON credential_client (name)")
    tenant_table("credential_client", "SELECT, INSERT, UPDATE, DELETE")
    op.execute("""
        CREATE TABLE first_run_token (
            token_hash bytea PRIMARY KEY,
            created_at timestamptz NOT NULL DEFAULT now(),
            used_at timestamptz)
    """)
    grant("first_run_token", "SELECT, INSERT, UPDATE, DELETE")
