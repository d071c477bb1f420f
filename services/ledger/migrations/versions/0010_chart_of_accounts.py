"""Kontoplan: accounts can be removed, and have a VAT code.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

from chassis.migrations import app_role

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("ALTER TABLE account ADD COLUMN vat_code text NOT NULL DEFAULT ''")
    op.execute("CREATE INDEX account_mapping_account ON account_mapping (client_id, account)")
    op.execute(f"GRANT DELETE ON account TO {app_role()}")
