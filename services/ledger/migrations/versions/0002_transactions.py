"""Registered transactions: credits without a credit invoice, and direct payments on the client's own bank.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"

OWN_BANK_ACCOUNT = "1930"


def upgrade() -> None:
    op.execute("ALTER TABLE allocation ADD COLUMN journal_item_id uuid")  # of a credit that somebody registered
    op.execute("ALTER TABLE allocation DROP CONSTRAINT allocation_check")
    op.execute("""
        ALTER TABLE allocation ADD CONSTRAINT allocation_check CHECK (
            (kind = 'CREDIT') = (num_nonnulls(credit_invoice_id, journal_item_id) = 1)
            AND (kind <> 'CREDIT') = (payment_id IS NOT NULL)
        )
    """)
    op.execute("CREATE INDEX payment_of_voucher ON payment (client_id, voucher_id)")
    op.execute("SELECT set_config('app.everywhere', 'on', true)")
    op.execute(f"""
        INSERT INTO account_mapping (client_id, use, account)
        SELECT client_id, 'own_bank', number FROM account WHERE number = '{OWN_BANK_ACCOUNT}' ON CONFLICT DO NOTHING
    """)
