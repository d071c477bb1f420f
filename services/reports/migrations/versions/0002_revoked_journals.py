"""What a revoked journal had made leaves the statistics.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from chassis.migrations import app_role

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(f"GRANT DELETE ON invoice_fact TO {app_role()}")
