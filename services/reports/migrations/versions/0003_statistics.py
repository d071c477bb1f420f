"""What the nine statistics count: what is open of each invoice, and the collection cases.

The facts are built anew from the events: their tables and the consumer's memory are emptied, and the consumer asks the
producers for everything (docs/runbook/statistics.md).

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from chassis.migrations import tenant_table
from services.reports.storage.rebuilding import FORGET

revision = "0003"
down_revision = "0002"

# Events of an invoice come from several journals, and in any order between them: a payment may be told before its
# invoice. So a row may know what was taken and nothing else yet; such a row is counted nowhere.
INVOICE_FACT = (
    *(
        f"ALTER TABLE invoice_fact ALTER COLUMN {column} DROP NOT NULL"
        for column in ("kind", "service", "invoice_date", "due_date", "currency", "total_minor")
    ),
    """
    ALTER TABLE invoice_fact
        ADD COLUMN customer_id uuid,
        ADD COLUMN registered_on date,
        ADD COLUMN taken_minor bigint NOT NULL DEFAULT 0,  -- paid, credited, moved to a final invoice
        ADD COLUMN changed_due_date date,
        ADD COLUMN sent_to_collection_on date,
        ADD COLUMN reversed boolean NOT NULL DEFAULT false,  -- nothing is open of it
        ADD COLUMN revoked boolean NOT NULL DEFAULT false,  -- as if it had never been
        ADD COLUMN due_on date GENERATED ALWAYS AS (coalesce(changed_due_date, due_date)) STORED,
        ADD COLUMN open_minor bigint GENERATED ALWAYS AS (
            CASE WHEN reversed OR revoked THEN 0 ELSE total_minor - taken_minor END) STORED""",
    "DROP INDEX invoice_fact_month",
    """
    CREATE INDEX invoice_fact_registered ON invoice_fact (client_id, registered_on)
     WHERE NOT revoked AND kind <> 'INVOICE_KIND_CREDIT'""",
    """
    CREATE INDEX invoice_fact_open ON invoice_fact (client_id, due_on)
           INCLUDE (service, currency, total_minor, open_minor, sent_to_collection_on)
     WHERE open_minor > 0""",
)
CASE_FACT = """
CREATE TABLE case_fact (
    client_id uuid NOT NULL,
    case_id uuid NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,  -- name of rf.collection.v1.CaseKind
    invoice_id uuid,  -- of its first claim, where that is the ledger's
    registered_on date NOT NULL,
    due_date date NOT NULL,
    currency text NOT NULL,
    capital_minor bigint NOT NULL,
    paid_minor bigint NOT NULL DEFAULT 0,  -- of the capital
    closed_on date,
    debtor_kind text NOT NULL DEFAULT 'UNKNOWN',
    birth_year integer,
    PRIMARY KEY (client_id, case_id)
)
"""
INDEXES = (
    "CREATE INDEX case_fact_registered ON case_fact (client_id, registered_on)",
    "CREATE INDEX case_fact_closed ON case_fact (client_id, closed_on) WHERE closed_on IS NOT NULL",
    (
        "CREATE INDEX case_fact_active ON case_fact (client_id, due_date, case_id)"
        " INCLUDE (kind, currency, capital_minor, paid_minor) WHERE closed_on IS NULL"
    ),
)


def upgrade() -> None:
    for statement in (*INVOICE_FACT, CASE_FACT, *INDEXES):
        op.execute(statement)
    tenant_table("case_fact", "SELECT, INSERT, UPDATE")
    op.execute(FORGET)
