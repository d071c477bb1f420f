"""Demand stops (kravstopp) of customers and invoices, and the changes of approved invoices.

The rows of customer and invoice hold what is true now; the append-only tables what was before, by whom and when.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from chassis.migrations import append_only, tenant_table

revision = "0003"
down_revision = "0002"

STOPS = "'NONE', 'REMINDER', 'COLLECTION', 'BOTH'"

COLUMNS = (
    """
    ALTER TABLE customer
        ADD COLUMN reminder_block boolean NOT NULL DEFAULT false,  -- Påminnelsespärr
        ADD COLUMN collection_block boolean NOT NULL DEFAULT false  -- Inkassospärr
    """,
    f"""
    ALTER TABLE invoice
        ADD COLUMN stop text NOT NULL DEFAULT 'NONE' CHECK (stop IN ({STOPS})),
        ADD COLUMN stop_until date,  -- the last day on which it holds; none: until further notice
        ADD COLUMN stop_reason text NOT NULL DEFAULT '',
        ADD CONSTRAINT invoice_stop_whole CHECK (stop <> 'NONE' OR (stop_until IS NULL AND stop_reason = ''))
    """,
    "CREATE INDEX customer_stopped ON customer (client_id, id) WHERE reminder_block OR collection_block",
    "CREATE INDEX invoice_stopped ON invoice (client_id, is_open, id) INCLUDE (stop_until) WHERE stop <> 'NONE'",
)
CUSTOMER_STOP = """
CREATE TABLE customer_stop (
    client_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    reminder_block boolean NOT NULL,  -- from then on
    collection_block boolean NOT NULL,
    day date NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    by text NOT NULL,  -- name of a user or service
    PRIMARY KEY (client_id, customer_id, id),
    FOREIGN KEY (client_id, customer_id) REFERENCES customer
)
"""
INVOICE_CHANGE = f"""
CREATE TABLE invoice_change (
    client_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    id uuid NOT NULL,  -- of its item of invoice_history too
    due_date_before date NOT NULL,
    stop_before text NOT NULL CHECK (stop_before IN ({STOPS})),
    stop_until_before date,
    stop_reason_before text NOT NULL,
    due_date date NOT NULL,
    stop text NOT NULL CHECK (stop IN ({STOPS})),
    stop_until date,
    stop_reason text NOT NULL,
    day date NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    by text NOT NULL,
    PRIMARY KEY (client_id, invoice_id, id),
    FOREIGN KEY (client_id, invoice_id) REFERENCES invoice
)
"""


def upgrade() -> None:
    for statement in (*COLUMNS, CUSTOMER_STOP, INVOICE_CHANGE):
        op.execute(statement)
    for table in ("customer_stop", "invoice_change"):
        tenant_table(table, "SELECT, INSERT")
        append_only(table)
