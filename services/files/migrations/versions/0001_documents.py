"""The archive of documents."""

from alembic import op

from chassis.migrations import app_role, tenant_table
from chassis.platform_tables import create_platform_tables

revision = "0001"
down_revision = None

_ONCE_ARCHIVED = """
CREATE FUNCTION refuse_change_of_archived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a document never changes' USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    create_platform_tables(op.get_bind(), app_role())
    op.execute("""
        CREATE TABLE document (
            client_id uuid NOT NULL,
            id uuid NOT NULL,
            kind text NOT NULL CHECK (kind ~ '^[A-Z][A-Z0-9_]{0,39}$'),
            subject_id uuid NOT NULL,
            content_type text NOT NULL CHECK (length(content_type) BETWEEN 3 AND 100),
            size_bytes bigint NOT NULL CHECK (size_bytes > 0),
            sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
            stored_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            archived_at timestamptz,
            PRIMARY KEY (client_id, id),
            CONSTRAINT document_subject UNIQUE (client_id, kind, subject_id)
        )""")
    tenant_table("document", "SELECT, INSERT, UPDATE (archived_at)")
    op.execute("CREATE INDEX document_pending ON document (created_at) WHERE archived_at IS NULL")
    # Only the time of archiving may be set, and only once: an archived letter is never another one.
    op.execute(_ONCE_ARCHIVED)
    op.execute("""
        CREATE TRIGGER archived_once BEFORE UPDATE ON document FOR EACH ROW
        WHEN (OLD.archived_at IS NOT NULL
              OR (NEW.client_id, NEW.id, NEW.kind, NEW.subject_id, NEW.content_type, NEW.size_bytes, NEW.sha256)
                 IS DISTINCT FROM
                 (OLD.client_id, OLD.id, OLD.kind, OLD.subject_id, OLD.content_type, OLD.size_bytes, OLD.sha256))
        EXECUTE FUNCTION refuse_change_of_archived()""")
    op.execute("""
        CREATE TRIGGER kept BEFORE DELETE ON document FOR EACH ROW EXECUTE FUNCTION refuse_change_of_archived()""")
    # The bytes wait here until the object store has shown that it keeps them.
    op.execute("""
        CREATE TABLE document_content (
            client_id uuid NOT NULL,
            document_id uuid NOT NULL,
            content bytea NOT NULL,
            PRIMARY KEY (client_id, document_id),
            FOREIGN KEY (client_id, document_id) REFERENCES document (client_id, id)
        )""")
    op.execute("ALTER TABLE document_content ALTER COLUMN content SET STORAGE EXTERNAL")  # PDFs are compressed
    tenant_table("document_content", "SELECT, INSERT, DELETE")
