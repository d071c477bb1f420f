"""Own accounts: contact details, sessions one can tell apart, PIN codes, resets of passwords, terms of access."""

from alembic import op

from chassis.migrations import grant, tenant_table

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE user_account
            ADD COLUMN phone text NOT NULL DEFAULT '',
            ADD COLUMN everywhere bigint NOT NULL DEFAULT 0 CHECK (everywhere >= 0),
            ADD COLUMN password_changed_at timestamptz NOT NULL DEFAULT now()
    """)
    op.execute("CREATE INDEX user_account_email ON user_account (lower(email)) WHERE email <> ''")
    op.execute("""
        ALTER TABLE session
            ADD COLUMN client_ip inet,
            ADD COLUMN user_agent text NOT NULL DEFAULT '' CHECK (char_length(user_agent) <= 200)
    """)
    op.execute("ALTER TABLE session DROP CONSTRAINT session_ended_reason_check")
    op.execute("""
        ALTER TABLE session ADD CONSTRAINT session_ended_reason_check
            CHECK (ended_reason IN ('signed_out', 'idle', 'expired', 'disabled', 'password_changed', 'ended'))
    """)
    op.execute("""
        ALTER TABLE client
            ADD COLUMN manages_own_users boolean NOT NULL DEFAULT false,
            ADD COLUMN second_factor_for_approval boolean NOT NULL DEFAULT false
    """)
    op.execute("""
        CREATE TABLE pin_code (
            client_id uuid NOT NULL REFERENCES client,
            pin_id uuid PRIMARY KEY,
            start text NOT NULL CONSTRAINT pin_code_start_key UNIQUE CHECK (start ~ '^[0-9A-Z]{4}$'),
            secret_hash bytea NOT NULL,
            permissions bigint NOT NULL CHECK (permissions > 0),
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            wrong_tries int NOT NULL DEFAULT 0 CHECK (wrong_tries >= 0),
            revoked_at timestamptz,
            used_at timestamptz,
            used_by uuid REFERENCES user_account,
            CONSTRAINT pin_code_used_whole CHECK ((used_at IS NULL) = (used_by IS NULL)))
    """)
    op.execute("CREATE INDEX pin_code_client ON pin_code (client_id, pin_id)")
    tenant_table("pin_code", "SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE password_reset (
            token_hash bytea PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES user_account,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            used_at timestamptz)
    """)
    op.execute("CREATE INDEX password_reset_open ON password_reset (user_id) WHERE used_at IS NULL")
    grant("password_reset", "SELECT, INSERT, UPDATE")
