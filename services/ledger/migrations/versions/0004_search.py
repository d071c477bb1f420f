"""Avancerad sökning: what is sorted by and filtered by in every column, and words found wherever they stand.

LIKE is not leakproof: under row-level security it reads every row of a client. So the words stand in two tables that
nobody is granted, kept by triggers, and are reached by two functions that read for the clients of the transaction only
and answer with nothing but ids.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from chassis.migrations import app_role

revision = "0004"
down_revision = "0003"

# -- what of a status does not depend on the day ---------------------------------------------------------------------

INVOICE_PHASE = """
CREATE FUNCTION invoice_phase(kind text, service text, open_minor bigint, paid_minor bigint, credited_minor bigint,
                              document_id uuid, reminded_at timestamptz, sent_to_collection_on date,
                              final_invoiced_by uuid) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN final_invoiced_by IS NOT NULL THEN 4
    WHEN open_minor = 0 AND credited_minor <> 0 AND paid_minor = 0 AND kind <> 'K' THEN 5
    WHEN open_minor = 0 THEN 6
    WHEN sent_to_collection_on IS NOT NULL THEN 3
    WHEN reminded_at IS NOT NULL THEN 2
    WHEN service = 'INVOICING' AND document_id IS NULL THEN 0
    ELSE 1 END
"""
PHASE = """
ALTER TABLE invoice ADD COLUMN phase smallint NOT NULL GENERATED ALWAYS AS (
    invoice_phase(kind, service, open_minor, paid_minor, credited_minor, document_id, reminded_at,
                  sent_to_collection_on, final_invoiced_by)
) STORED
"""
# The indexes that a search walks, one for each column of R-09, hold what facts are told by, so that a walk that leaves
# rows out never touches the table. What they cost a journal is less than a statement more would.
SORTS = {
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
FACTS = ("due_date", "open_minor", "phase", "reminded_at", "sent_to_collection_on")
SUMMED = ("currency", "total_minor", "paid_minor")  # a tally and exact sums read the one by due day
INDEXES = (
    *(
        statement
        for name, column in SORTS.items()
        for statement in (
            f"DROP INDEX IF EXISTS invoice_by_{name}",
            f"CREATE INDEX invoice_by_{name} ON invoice (client_id, is_open, {column}, id) INCLUDE ("
            + ", ".join(one for one in (*FACTS, *(SUMMED if name == "due_date" else ())) if one != column)
            + ")",
        )
    ),
    (
        "CREATE INDEX invoice_by_phase ON invoice (client_id, phase, due_date, id)"
        " INCLUDE (open_minor, reminded_at, sent_to_collection_on)"
    ),
    "CREATE INDEX invoice_by_original ON invoice (client_id, total_minor)",
    "CREATE INDEX invoice_row_of_article ON invoice_row (client_id, article_number) WHERE article_number <> ''",
)

# -- words -----------------------------------------------------------------------------------------------------------

FOLDED = """
CREATE FUNCTION folded(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN translate(lower(written), 'éèêëáàâãíìîïóòôõúùûüýÿçñæø', 'eeeeaaaaiiiioooouuuyyycnäö')
"""
PATTERN = r"""
CREATE FUNCTION containing(words text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN (SELECT string_agg(format(' AND w.words LIKE %L',
                                 '%' || regexp_replace(folded(word), '([\\%_])', '\\\1', 'g') || '%'), '')
          FROM unnest(words) AS word)
"""
TABLES = (
    """
    CREATE TABLE customer_words (
        client_id uuid NOT NULL,
        id uuid NOT NULL,
        words text NOT NULL,  -- of the name
        street text COLLATE "C" NOT NULL,  -- these three of the address in force; empty for protected identities
        postcode text COLLATE "C" NOT NULL,
        town text COLLATE "C" NOT NULL,
        PRIMARY KEY (client_id, id)
    )
    """,
    """
    CREATE TABLE invoice_words (
        client_id uuid NOT NULL,
        id uuid NOT NULL,
        words text NOT NULL,  -- numbers, name, references, subject and rows, a line each
        PRIMARY KEY (client_id, id)
    )
    """,
    "CREATE INDEX customer_words_anywhere ON customer_words USING gin (client_id, words gin_trgm_ops)",
    "CREATE INDEX customer_words_by_street ON customer_words (client_id, street)",
    "CREATE INDEX customer_words_by_postcode ON customer_words (client_id, postcode)",
    "CREATE INDEX customer_words_by_town ON customer_words (client_id, town)",
    "CREATE INDEX invoice_words_anywhere ON invoice_words USING gin (client_id, words gin_trgm_ops)",
)
WORDS_OF_CUSTOMERS = """
SELECT c.client_id, c.id, folded(c.name) AS words,
       CASE WHEN c.protected_identity THEN '' ELSE coalesce(folded(a.street), '') END AS street,
       CASE WHEN c.protected_identity THEN '' ELSE coalesce(replace(a.postcode, ' ', ''), '') END AS postcode,
       CASE WHEN c.protected_identity THEN '' ELSE coalesce(folded(a.town), '') END AS town
  FROM {customers} c
  LEFT JOIN customer_address a ON a.client_id = c.client_id AND a.customer_id = c.id AND a.valid_to IS NULL
"""
WORDS_OF_INVOICES = r"""
SELECT i.client_id, i.id, folded(concat_ws(E'\n', i.number, i.ocr_number, i.customer_number, c.name, i.your_reference,
                                           i.our_reference, i.subject, r.words)) AS words
  FROM {invoices} i
  JOIN customer c ON c.client_id = i.client_id AND c.id = i.customer_id
  LEFT JOIN LATERAL (
    SELECT string_agg(concat_ws(E'\n', nullif(o.article_number, ''), o.description), E'\n') AS words
      FROM invoice_row o WHERE o.client_id = i.client_id AND o.invoice_id = i.id
  ) AS r ON true
"""
CHANGED = "ON CONFLICT (client_id, id) DO UPDATE SET words = excluded.words"
CHANGED_ADDRESS = ", street = excluded.street, postcode = excluded.postcode, town = excluded.town"
TRIGGERS = (
    # of the owner, since nobody else may write the words; row-level security binds what they read
    f"""
    CREATE FUNCTION note_words_of_invoices() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
      INSERT INTO invoice_words {WORDS_OF_INVOICES.format(invoices="noted")};
      RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION note_words_of_customers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
      INSERT INTO customer_words {WORDS_OF_CUSTOMERS.format(customers="noted")} {CHANGED}{CHANGED_ADDRESS};
      IF TG_OP = 'UPDATE' THEN
        INSERT INTO invoice_words
        {WORDS_OF_INVOICES.format(invoices="invoice")}
         WHERE (i.client_id, i.customer_id) IN (
            SELECT n.client_id, n.id FROM noted n JOIN gone g USING (client_id, id)
             WHERE (n.name, n.number) IS DISTINCT FROM (g.name, g.number))
        {CHANGED};
      END IF;
      RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION note_addresses() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
      INSERT INTO customer_words
      {WORDS_OF_CUSTOMERS.format(customers="customer")}
       WHERE (c.client_id, c.id) IN (SELECT n.client_id, n.customer_id FROM noted n)
      {CHANGED}{CHANGED_ADDRESS};
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER note_words AFTER INSERT ON invoice REFERENCING NEW TABLE AS noted
    FOR EACH STATEMENT EXECUTE FUNCTION note_words_of_invoices()
    """,
    """
    CREATE TRIGGER note_words AFTER INSERT ON customer REFERENCING NEW TABLE AS noted
    FOR EACH STATEMENT EXECUTE FUNCTION note_words_of_customers()
    """,
    """
    CREATE TRIGGER note_changed_words AFTER UPDATE ON customer REFERENCING NEW TABLE AS noted OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_words_of_customers()
    """,
    """
    CREATE TRIGGER note_words AFTER INSERT ON customer_address REFERENCING NEW TABLE AS noted
    FOR EACH STATEMENT EXECUTE FUNCTION note_addresses()
    """,
    """
    CREATE TRIGGER note_changed_words AFTER UPDATE ON customer_address REFERENCING NEW TABLE AS noted
    FOR EACH STATEMENT EXECUTE FUNCTION note_addresses()
    """,
)
READERS = (
    """
    CREATE FUNCTION visible_clients(wanted uuid[]) RETURNS uuid[] LANGUAGE sql STABLE
    RETURN CASE WHEN current_setting('app.everywhere', true) = 'on' THEN wanted ELSE ARRAY(
        SELECT unnest(wanted) INTERSECT
        SELECT unnest(string_to_array(nullif(current_setting('app.clients', true), ''), ',')::uuid[])) END
    """,
    # the patterns are written into the statements: what the planner does not know, it finds by reading everything
    """
    CREATE FUNCTION invoices_with(words text[], clients uuid[], most bigint)
    RETURNS TABLE (client_id uuid, id uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
    SET search_path = public, pg_temp AS $$
    BEGIN
      RETURN QUERY EXECUTE
        'SELECT w.client_id, w.id FROM unnest($1) AS k (client_id) CROSS JOIN LATERAL ('
        || 'SELECT w.client_id, w.id FROM invoice_words w WHERE w.client_id = k.client_id' || containing(words)
        || ' LIMIT $2) AS w LIMIT $2' USING visible_clients(clients), most;
    END $$
    """,
    """
    CREATE FUNCTION customers_with(words text[], street text, postcode text, town text, clients uuid[])
    RETURNS TABLE (client_id uuid, id uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
    SET search_path = public, pg_temp AS $$
    BEGIN
      RETURN QUERY EXECUTE
        'SELECT w.client_id, w.id FROM unnest($1) AS k (client_id) CROSS JOIN LATERAL ('
        || 'SELECT w.client_id, w.id FROM customer_words w WHERE w.client_id = k.client_id'
        || coalesce(containing(words), '') || beginning('street', street) || beginning('postcode', postcode)
        || beginning('town', town) || ') AS w' USING visible_clients(clients);
    END $$
    """,
    """
    CREATE FUNCTION has_words(client uuid, invoice uuid, sought text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = public, pg_temp AS $$
    DECLARE found boolean;
    BEGIN
      SELECT bool_and(position(folded(word) IN w.words) > 0) INTO found
        FROM invoice_words w CROSS JOIN unnest(sought) AS word
       WHERE w.client_id = ANY(visible_clients(ARRAY[client])) AND w.id = invoice;
      RETURN coalesce(found, false);
    END $$
    """,
)
BEGINNING = """
CREATE FUNCTION beginning(part text, written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN written = '' THEN '' ELSE
    format(' AND w.%1$I >= %2$L AND w.%1$I < %3$L', part, folded(written), folded(written) || U&'\\+10FFFF') END
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    op.execute("SELECT set_config('app.everywhere', 'on', true)")
    for statement in (INVOICE_PHASE, PHASE, *INDEXES, FOLDED, PATTERN, BEGINNING, *TABLES):
        op.execute(statement)
    op.execute(f"INSERT INTO customer_words {WORDS_OF_CUSTOMERS.format(customers='customer')}")
    op.execute(f"INSERT INTO invoice_words {WORDS_OF_INVOICES.format(invoices='invoice')}")
    for statement in (*TRIGGERS, *READERS):
        op.execute(statement)
    for function in ("invoices_with", "customers_with", "has_words"):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {app_role()}")
