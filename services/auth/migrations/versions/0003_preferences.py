"""A third kind of user documents: how the web works for a person."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE user_document DROP CONSTRAINT user_document_kind_check")
    op.execute(
        "ALTER TABLE user_document ADD CONSTRAINT user_document_kind_check"
        " CHECK (kind IN ('saved_search', 'draft', 'preference'))"
    )
