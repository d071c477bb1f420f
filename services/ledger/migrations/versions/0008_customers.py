"""Customers whole: names in parts, language, terms, delivery, version; addresses several a day; notes; direct debit.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

from chassis.migrations import append_only, tenant_table

revision = "0008"
down_revision = "0007"

COLUMNS = (
    """
    ALTER TABLE customer
        ADD COLUMN first_name text NOT NULL DEFAULT '',  -- of a person; they make its name
        ADD COLUMN last_name text NOT NULL DEFAULT '',
        ADD COLUMN language text NOT NULL DEFAULT 'sv',
        ADD COLUMN payment_terms_days integer CHECK (payment_terms_days BETWEEN 0 AND 180),  -- none: the client's
        ADD COLUMN delivery text NOT NULL DEFAULT 'POST' CHECK (delivery IN ('POST', 'EMAIL', 'E_INVOICE')),
        ADD COLUMN version bigint NOT NULL DEFAULT 1,  -- counts up at every change
        ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN changed_by text NOT NULL DEFAULT '',
        ADD COLUMN direct_debit_since date
    """,
    # an address that is changed twice in a day is three addresses
    "ALTER TABLE customer_address DROP CONSTRAINT customer_address_pkey",
    "ALTER TABLE customer_address ADD COLUMN id uuid NOT NULL DEFAULT uuidv7()",
    "ALTER TABLE customer_address ADD PRIMARY KEY (client_id, customer_id, id)",
    # the invoices of a customer, open ones first, each half by due day
    "DROP INDEX invoice_of_customer",
    "CREATE INDEX invoice_of_customer ON invoice (client_id, customer_id, is_open, due_date, id)",
    "CREATE INDEX overpayment_of_invoice ON overpayment (client_id, invoice_id) WHERE remaining_minor > 0",
)
PARTS = """
UPDATE customer SET first_name = left(trim(substring(name FROM '^(.*) [^ ]+$')), 60)
 WHERE kind = 'PERSON' AND name LIKE '% %'
"""
LAST_PARTS = "UPDATE customer SET last_name = left(substring(name FROM '[^ ]+$'), 60) WHERE kind = 'PERSON'"
CUSTOMER_NOTE = """
CREATE TABLE customer_note (
    client_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    text text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    by text NOT NULL,  -- name of the user
    subject text NOT NULL,
    PRIMARY KEY (client_id, customer_id, id),
    FOREIGN KEY (client_id, customer_id) REFERENCES customer
)
"""
DIRECT_DEBIT = """
CREATE TABLE direct_debit (
    client_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    since date,  -- first day; none: it has ended
    day date NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    by text NOT NULL,
    PRIMARY KEY (client_id, customer_id, id),
    FOREIGN KEY (client_id, customer_id) REFERENCES customer
)
"""


def upgrade() -> None:
    op.execute("SELECT set_config('app.everywhere', 'on', true)")
    for statement in (*COLUMNS, PARTS, LAST_PARTS, CUSTOMER_NOTE, DIRECT_DEBIT):
        op.execute(statement)
    for table in ("customer_note", "direct_debit"):
        tenant_table(table, "SELECT, INSERT")
        append_only(table)
