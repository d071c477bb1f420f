"""Words are looked up with the clients written into the statement: how many rows a client has decides how to look.

With clients that the planner did not know, each of fifty went through the whole index of words; a look for two words
took seconds. No list reads a table whole, not even where it would find enough soon.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"

OF_CLIENTS = """
CREATE FUNCTION of_clients(clients uuid[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE cardinality(clients) WHEN 1 THEN format('w.client_id = %L::uuid', clients[1])
                                 ELSE format('w.client_id = ANY(%L::uuid[])', clients) END
"""
INVOICES_WITH = """
CREATE OR REPLACE FUNCTION invoices_with(words text[], clients uuid[], most bigint)
RETURNS TABLE (client_id uuid, id uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY EXECUTE
    'SELECT w.client_id, w.id FROM invoice_words w WHERE ' || of_clients(visible_clients(clients))
    || containing(words) || coalesce(' LIMIT ' || most, '');
END $$
"""
CUSTOMERS_WITH = """
CREATE OR REPLACE FUNCTION customers_with(words text[], street text, postcode text, town text, clients uuid[])
RETURNS TABLE (client_id uuid, id uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY EXECUTE
    'SELECT w.client_id, w.id FROM customer_words w WHERE ' || of_clients(visible_clients(clients))
    || coalesce(containing(words), '') || beginning('street', street) || beginning('postcode', postcode)
    || beginning('town', town);
END $$
"""


def upgrade() -> None:
    for statement in (OF_CLIENTS, INVOICES_WITH, CUSTOMERS_WITH):
        op.execute(statement)
