"""Overpayments and unplaced payments are cleared: refunded, placed on an invoice, or written off.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from chassis.migrations import append_only, tenant_table

revision = "0007"
down_revision = "0006"

CLEARING = """
CREATE TABLE clearing (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('REFUND', 'PLACE', 'WRITE_OFF')),
    overpayment_id uuid,  -- none: it is what was unplaced of the payment
    payment_id uuid NOT NULL,  -- that the money came with
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),  -- what left, in the payment's currency
    amount_sek_minor bigint NOT NULL,  -- what left the account of overpayments or unplaced payments
    placed_minor bigint NOT NULL CHECK (placed_minor BETWEEN 0 AND amount_minor),  -- what invoice or case took
    invoice_id uuid,
    payee_name text NOT NULL,
    payee_account_kind text NOT NULL CHECK (payee_account_kind IN ('', 'BANKGIRO', 'PLUSGIRO', 'BANK_ACCOUNT')),
    payee_account_number text NOT NULL,
    note text NOT NULL,
    voucher_id uuid NOT NULL,
    booking_date date NOT NULL,
    cleared_by text NOT NULL,  -- name
    registered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, overpayment_id) REFERENCES overpayment,
    FOREIGN KEY (client_id, payment_id) REFERENCES payment,
    FOREIGN KEY (client_id, invoice_id) REFERENCES invoice,
    CHECK ((kind = 'PLACE') = (invoice_id IS NOT NULL) AND (kind = 'PLACE') = (placed_minor > 0)),
    CHECK ((kind = 'REFUND') = (payee_account_kind <> ''))
)
"""
STATEMENTS = (
    "SELECT set_config('app.everywhere', 'on', true), set_config('app.revoked', 'on', true)",
    CLEARING,
    "CREATE INDEX clearing_of_payment ON clearing (client_id, payment_id)",
    "CREATE INDEX clearing_of_overpayment ON clearing (client_id, overpayment_id) WHERE overpayment_id IS NOT NULL",
    # of what was unplaced: refunded or written off
    "ALTER TABLE payment ADD cleared_minor bigint NOT NULL DEFAULT 0 CHECK (cleared_minor >= 0)",
    "ALTER TABLE payment DROP CONSTRAINT payment_adds_up",
    (
        "ALTER TABLE payment ADD CONSTRAINT payment_adds_up CHECK (amount_minor"
        " = allocated_minor + for_case_minor + overpaid_minor + unplaced_minor + cleared_minor)"
    ),
    "ALTER TABLE allocation DROP CONSTRAINT allocation_kind, DROP CONSTRAINT allocation_source",
    (
        "ALTER TABLE allocation ADD CONSTRAINT allocation_kind CHECK"
        " (kind IN ('PAYMENT', 'OVERPAYMENT', 'CASE_SETTLEMENT', 'CREDIT', 'FINAL', 'REVERSAL'))"
    ),
    (
        "ALTER TABLE allocation ADD CONSTRAINT allocation_source CHECK"
        " ((kind = 'CREDIT') = (num_nonnulls(credit_invoice_id, journal_item_id) = 1)"
        " AND (kind = 'FINAL') = (final_invoice_id IS NOT NULL)"
        " AND (kind IN ('PAYMENT', 'OVERPAYMENT', 'CASE_SETTLEMENT')) = (payment_id IS NOT NULL))"
    ),
    # an overpayment may be placed on an invoice that a case owns
    "ALTER TABLE case_payment ADD overpayment_id uuid",
    "ALTER TABLE case_payment ADD FOREIGN KEY (client_id, overpayment_id) REFERENCES overpayment",
    # a copy, for the order of the list
    "ALTER TABLE overpayment ADD bank_date date",
    (
        "UPDATE overpayment o SET bank_date = p.bank_date FROM payment p"
        " WHERE p.client_id = o.client_id AND p.id = o.payment_id"
    ),
    "ALTER TABLE overpayment ALTER bank_date SET NOT NULL",
    "CREATE INDEX overpayment_by_day ON overpayment (client_id, bank_date, id) WHERE remaining_minor > 0",
    (
        "INSERT INTO account (client_id, number, name, type)"
        " SELECT client_id, '3990', 'Övriga ersättningar och intäkter', 'I' FROM client_terms ON CONFLICT DO NOTHING"
    ),
    (
        "INSERT INTO account_mapping (client_id, use, account)"
        " SELECT client_id, 'written_off', '3990' FROM client_terms ON CONFLICT DO NOTHING"
    ),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    tenant_table("clearing", "SELECT, INSERT")
    append_only("clearing")
