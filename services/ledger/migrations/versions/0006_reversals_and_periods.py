"""Final invoices, revoked and reversed journals, closed periods: docs/adr/0004-revoking-and-reversing.md.

A mirrored voucher names the one that it mirrors, and so does a mirrored allocation, whose amounts have the other sign:
whoever sums vouchers or allocations has the right sum without knowing of reversals.

What was revoked is shown to nobody: a policy hides its invoices (`is_open` is null then), payments and overpayments,
but for the transaction that says otherwise (`app.revoked`).

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from chassis.migrations import append_only, tenant_table

revision = "0006"
down_revision = "0005"

ALLOCATION_CHECKS = (
    "ALTER TABLE allocation DROP CONSTRAINT allocation_kind_check",
    "ALTER TABLE allocation DROP CONSTRAINT allocation_amount_minor_check",
    "ALTER TABLE allocation DROP CONSTRAINT allocation_check",
    (
        "ALTER TABLE allocation ADD CONSTRAINT allocation_kind CHECK"
        " (kind IN ('PAYMENT', 'CASE_SETTLEMENT', 'CREDIT', 'FINAL', 'REVERSAL'))"
    ),
    "ALTER TABLE allocation ADD CONSTRAINT allocation_not_nothing CHECK (amount_minor <> 0)",
    (  # what takes from a claim is positive, and its mirror negative; credits that are listed or reversed go other ways
        "ALTER TABLE allocation ADD CONSTRAINT allocation_sign CHECK"
        " (kind IN ('FINAL', 'REVERSAL') OR (amount_minor > 0) = (reverses IS NULL))"
    ),
    (
        "ALTER TABLE allocation ADD CONSTRAINT allocation_source CHECK"
        " ((kind = 'CREDIT') = (num_nonnulls(credit_invoice_id, journal_item_id) = 1)"
        " AND (kind = 'FINAL') = (final_invoice_id IS NOT NULL)"
        " AND (kind IN ('PAYMENT', 'CASE_SETTLEMENT')) = (payment_id IS NOT NULL))"
    ),
)
JOURNALS = (
    "ALTER TABLE journal ADD COLUMN reverses uuid, ADD COLUMN reversal text",
    (
        "ALTER TABLE journal ADD CONSTRAINT journal_reversal CHECK ((reverses IS NULL) = (reversal IS NULL)"
        " AND (reversal IS NULL OR reversal IN ('REVOCATION', 'REVERSAL') AND approved_at IS NOT NULL))"
    ),
    "ALTER TABLE journal ADD CONSTRAINT journal_reverses FOREIGN KEY (client_id, reverses) REFERENCES journal",
    "CREATE UNIQUE INDEX journal_reversed_once ON journal (client_id, reverses) WHERE reverses IS NOT NULL",
)
BOOKS = (
    "ALTER TABLE voucher ADD COLUMN reverses uuid",
    "CREATE UNIQUE INDEX voucher_reversed_once ON voucher (client_id, reverses) WHERE reverses IS NOT NULL",
    "ALTER TABLE allocation ADD COLUMN reverses uuid, ADD COLUMN final_invoice_id uuid",
    (
        "ALTER TABLE allocation ADD CONSTRAINT allocation_final FOREIGN KEY (client_id, final_invoice_id)"
        " REFERENCES invoice"
    ),
    "CREATE UNIQUE INDEX allocation_reversed_once ON allocation (client_id, reverses) WHERE reverses IS NOT NULL",
    "CREATE INDEX allocation_of_voucher ON allocation (client_id, voucher_id)",
    *ALLOCATION_CHECKS,
    "CREATE INDEX posting_of_payment ON posting (client_id, payment_id) WHERE payment_id IS NOT NULL",
)
INVOICES = (
    (
        "ALTER TABLE invoice ADD COLUMN reversed_by uuid, ADD COLUMN revoked_at timestamptz,"
        " ADD CONSTRAINT invoice_reversed_is_settled CHECK (reversed_by IS NULL OR open_minor = 0),"
        " ADD CONSTRAINT invoice_revoked_is_reversed CHECK (revoked_at IS NULL OR reversed_by IS NOT NULL)"
    ),
    (
        "ALTER TABLE invoice ALTER COLUMN is_open"
        " SET EXPRESSION AS (CASE WHEN revoked_at IS NULL THEN open_minor <> 0 END)"
    ),
    # the number and OCR number of what was revoked are free again
    "ALTER TABLE invoice DROP CONSTRAINT invoice_number",
    "ALTER TABLE invoice ADD CONSTRAINT invoice_number UNIQUE NULLS NOT DISTINCT (client_id, number, revoked_at)",
    "DROP INDEX invoice_ocr",
    (
        "CREATE UNIQUE INDEX invoice_ocr ON invoice (client_id, ocr_number, revoked_at) NULLS NOT DISTINCT"
        " WHERE ocr_number IS NOT NULL"
    ),
    # the policy below asks for is_open: without it in the index, a walk by phase would read the table
    "DROP INDEX invoice_by_phase",
    (
        "CREATE INDEX invoice_by_phase ON invoice (client_id, phase, due_date, id)"
        " INCLUDE (open_minor, reminded_at, sent_to_collection_on, is_open)"
    ),
    "CREATE INDEX invoice_of_journal ON invoice (client_id, journal_id)",
    "CREATE INDEX invoice_of_final ON invoice (client_id, final_invoiced_by) WHERE final_invoiced_by IS NOT NULL",
)
PAYMENTS = (
    "ALTER TABLE payment ADD COLUMN reversed_by uuid",
    "ALTER TABLE overpayment ADD COLUMN reversed_by uuid",
    "ALTER TABLE payment DROP CONSTRAINT payment_bank_reference",
    (
        "ALTER TABLE payment ADD CONSTRAINT payment_bank_reference"
        " UNIQUE NULLS NOT DISTINCT (client_id, bank_reference, reversed_by)"
    ),
)
POLICIES = (
    (
        f"CREATE POLICY not_revoked ON {table} AS RESTRICTIVE"
        f" USING ({column} OR (SELECT current_setting('app.revoked', true) = 'on'))"
    )
    for table, column in (
        ("invoice", "is_open IS NOT NULL"),
        ("payment", "reversed_by IS NULL"),
        ("overpayment", "reversed_by IS NULL"),
    )
)
CLOSED_PERIOD = """
CREATE TABLE closed_period (
    client_id uuid NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),  -- its first day
    closed_at timestamptz NOT NULL DEFAULT now(),
    closed_by text NOT NULL,
    PRIMARY KEY (client_id, month)
)
"""


def upgrade() -> None:
    for statement in (*JOURNALS, *BOOKS, *INVOICES, *PAYMENTS, *POLICIES, CLOSED_PERIOD):
        op.execute(statement)
    tenant_table("closed_period", "SELECT, INSERT")
    append_only("closed_period")
