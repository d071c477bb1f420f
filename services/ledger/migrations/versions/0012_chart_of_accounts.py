"""Kontoplan: accounts can be removed, and have a VAT code.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

from chassis.migrations import app_role

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("ALTER TABLE account ADD COLUMN vat_code text NOT NULL DEFAULT ''")
    op.execute("CREATE INDEX account_mapping_account ON account_mapping (client_id, account)")
    op.execute(f"GRANT DELETE ON account TO {app_role()}")
