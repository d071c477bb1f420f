"""Documents that the web keeps for its callers: saved searches, drafts."""

from alembic import op

from chassis.migrations import app_role, grant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # One sequence for all: a version is never used again, not even by a document made anew under the same key.
    op.execute("CREATE SEQUENCE user_document_version")
    op.execute(f"GRANT USAGE ON SEQUENCE user_document_version TO {app_role()}")
    op.execute("""
        CREATE TABLE user_document (
            subject text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('saved_search', 'draft')),
            key text COLLATE "C" NOT NULL CHECK (char_length(key) BETWEEN 1 AND 100),
            title text NOT NULL CHECK (char_length(title) <= 120),
            body text NOT NULL CHECK (octet_length(body) <= 1048576),
            version bigint NOT NULL DEFAULT nextval('user_document_version'),
            changed_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz,
            PRIMARY KEY (subject, kind, key))
    """)
    op.execute("CREATE INDEX user_document_ended ON user_document (expires_at) WHERE expires_at IS NOT NULL")
    grant("user_document", "SELECT, INSERT, UPDATE, DELETE")
