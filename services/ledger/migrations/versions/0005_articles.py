"""Artikelregister. An article that is taken out stays as a mark, so that drafts that name it can be told so.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from chassis.migrations import tenant_table

revision = "0005"
down_revision = "0004"

ARTICLE = """
CREATE TABLE article (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    number text COLLATE "C" NOT NULL,
    number_key text COLLATE "C" NOT NULL,  -- domain.numbers.natural_key
    description text NOT NULL,
    words text COLLATE "C" NOT NULL,  -- domain.articles.words: what a search compares with
    unit text NOT NULL,
    price numeric NOT NULL CHECK (price >= 0),  -- whole kronor, without VAT
    vat_percent integer NOT NULL CHECK (vat_percent IN (25, 12, 6, 0)),
    sales_account text,  -- none: the one of the VAT rate
    version bigint NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, sales_account) REFERENCES account
)
"""
INDEXES = (
    "CREATE UNIQUE INDEX article_number ON article (client_id, number) WHERE deleted_at IS NULL",
    "CREATE INDEX article_by_number ON article (client_id, number_key, id) WHERE deleted_at IS NULL",
    "CREATE INDEX article_of_number ON article (client_id, number)",
)


def upgrade() -> None:
    op.execute(ARTICLE)
    for statement in INDEXES:
        op.execute(statement)
    tenant_table("article", "SELECT, INSERT, UPDATE")
