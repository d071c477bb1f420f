"""Searches of what few invoices are: reminded or sent to collection, each column's order in an index of those only.

Nothing of them is written when a journal is approved. Whether an invoice has words is asked of each row that a walk
meets, so it is made cheap.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"

COLUMNS = {
    "number": "number_key",
    "customer_number": "customer_number_key",
    "name": "customer_sort_key",
    "invoice_date": "invoice_date",
    "due_date": "due_date",
    "paid": "paid_minor",
    "remaining": "open_minor",
    "currency": "currency",
    "kind": "kind",
    "service": "service",
}
HAS_WORDS = """
CREATE OR REPLACE FUNCTION has_words(client uuid, invoice uuid, sought text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = public, pg_temp AS $$
DECLARE found text;
BEGIN
  IF current_setting('app.everywhere', true) IS DISTINCT FROM 'on'
     AND position(client::text IN coalesce(current_setting('app.clients', true), '')) = 0 THEN
    RETURN false;
  END IF;
  SELECT w.words INTO found FROM invoice_words w WHERE w.client_id = client AND w.id = invoice;
  RETURN found IS NOT NULL
     AND NOT EXISTS (SELECT FROM unnest(sought) AS word WHERE position(folded(word) IN found) = 0);
END $$
"""


def upgrade() -> None:
    for name, column in COLUMNS.items():
        op.execute(
            f"CREATE INDEX invoice_demanded_by_{name} ON invoice (client_id, is_open, {column}, id)"
            " INCLUDE (reminded_at, sent_to_collection_on)"
            " WHERE reminded_at IS NOT NULL OR sent_to_collection_on IS NOT NULL"
        )
    op.execute(HAS_WORDS)
