"""The read model of the statistics, and the documents made."""

from alembic import op

from chassis.migrations import app_role, append_only, tenant_table
from chassis.platform_tables import create_platform_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_platform_tables(op.get_bind(), app_role())
    op.execute("""
        CREATE TABLE invoice_fact (
            client_id uuid NOT NULL,
            invoice_id uuid NOT NULL,
            kind text NOT NULL,
            service text NOT NULL,
            invoice_date date NOT NULL,
            due_date date NOT NULL,
            currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
            total_minor bigint NOT NULL,
            PRIMARY KEY (client_id, invoice_id)
        )""")
    op.execute("CREATE INDEX invoice_fact_month ON invoice_fact (client_id, invoice_date)")
    tenant_table("invoice_fact", "SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE produced_document (
            client_id uuid NOT NULL,
            kind text NOT NULL,
            subject_id uuid NOT NULL,
            document_id uuid NOT NULL UNIQUE,
            sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
            file_name text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 200),
            produced_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (client_id, kind, subject_id)
        )""")
    tenant_table("produced_document", "SELECT, INSERT")
    append_only("produced_document")
