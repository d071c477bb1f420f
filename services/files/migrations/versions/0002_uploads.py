"""Files that clients send, and the payments in them."""

from alembic import op

from chassis.migrations import tenant_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # 'receiving' is decided but perhaps not in the object store yet; nobody is shown it.
    op.execute("""
        CREATE TABLE upload (
            client_id uuid NOT NULL,
            id uuid NOT NULL,
            status text NOT NULL CHECK (status IN ('receiving', 'received', 'parsed', 'refused', 'accepted')),
            file_name text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 200),
            size_bytes bigint NOT NULL CHECK (size_bytes > 0),
            sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
            sent_by text NOT NULL,
            received_at timestamptz NOT NULL DEFAULT now(),
            format text NOT NULL DEFAULT 'UNKNOWN',
            format_version text NOT NULL DEFAULT '',
            message_id text NOT NULL DEFAULT '',
            payment_count int NOT NULL DEFAULT 0 CHECK (payment_count >= 0),
            ignored_count int NOT NULL DEFAULT 0 CHECK (ignored_count >= 0),
            sums jsonb NOT NULL DEFAULT '{}',
            faults jsonb NOT NULL DEFAULT '[]',
            accepting_subject text,
            accepting_since timestamptz,
            journal_ids uuid[] NOT NULL DEFAULT '{}',
            PRIMARY KEY (client_id, id),
            CHECK ((status = 'refused') = (faults <> '[]'))
        )""")
    # one content is taken once, and so is one message of a bank, however often its file was written anew
    op.execute("CREATE UNIQUE INDEX upload_content ON upload (client_id, sha256) WHERE status <> 'refused'")
    op.execute("""
        CREATE UNIQUE INDEX upload_message ON upload (client_id, format, message_id)
         WHERE status IN ('parsed', 'accepted') AND message_id <> ''""")
    op.execute("CREATE INDEX upload_latest ON upload (client_id, received_at DESC, id DESC)")
    op.execute("CREATE INDEX upload_latest_of_all ON upload (received_at DESC, id DESC)")
    tenant_table("upload", "SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE upload_payment (
            client_id uuid NOT NULL,
            upload_id uuid NOT NULL,
            place int NOT NULL,
            row_no int NOT NULL,
            bank_reference text NOT NULL CHECK (length(bank_reference) BETWEEN 1 AND 140),
            amount_minor bigint NOT NULL,
            currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
            booking_date date NOT NULL,
            payer_name text NOT NULL,
            payer_account text NOT NULL,
            "references" jsonb NOT NULL,
            message text NOT NULL,
            note text NOT NULL,
            PRIMARY KEY (client_id, upload_id, place),
            FOREIGN KEY (client_id, upload_id) REFERENCES upload (client_id, id),
            CHECK (note <> '' OR amount_minor > 0)
        )""")
    op.execute("""
        CREATE UNIQUE INDEX upload_payment_reference ON upload_payment (client_id, upload_id, bank_reference)
         WHERE note = ''""")
    tenant_table("upload_payment", "SELECT, INSERT")
