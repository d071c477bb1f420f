"""Reskontra by customer: what a line sums stands in the index of a customer's invoices, so that no row is read.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("DROP INDEX invoice_of_customer")
    op.execute(
        "CREATE INDEX invoice_of_customer ON invoice (client_id, customer_id, is_open, due_date, id)"
        " INCLUDE (currency, total_minor, paid_minor, open_minor, phase, reminded_at, sent_to_collection_on)"
    )
