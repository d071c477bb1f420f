"""Messages between a client's users and the officer: threads about an invoice or a case.

Messages are the client's and the debtor's affairs in free text, so they can be removed when their time is over: the
table is not append-only, but the serving role may only add to it.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from chassis.migrations import tenant_table

revision = "0002"
down_revision = "0001"

THREAD = """
CREATE TABLE message_thread (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    invoice_id uuid,  -- about an invoice, in collection or not
    case_id uuid,  -- or about a case
    subject_number text NOT NULL,  -- FakturaNr or Ärendenr
    turn text NOT NULL CHECK (turn IN ('CLIENT', 'OFFICER')),
    message_count integer NOT NULL CHECK (message_count > 0),
    read_by_client integer NOT NULL DEFAULT 0,  -- place of the last message that the side has read or written
    read_by_officer integer NOT NULL DEFAULT 0,
    last_sent_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, case_id) REFERENCES collection_case,
    CONSTRAINT message_thread_about_one CHECK (num_nonnulls(invoice_id, case_id) = 1),
    CONSTRAINT message_thread_read CHECK (
        read_by_client BETWEEN 0 AND message_count AND read_by_officer BETWEEN 0 AND message_count)
)
"""
MESSAGE = """
CREATE TABLE message (
    client_id uuid NOT NULL,
    thread_id uuid NOT NULL,
    place integer NOT NULL CHECK (place > 0),
    id uuid NOT NULL,
    side text NOT NULL CHECK (side IN ('CLIENT', 'OFFICER')),
    author text NOT NULL,  -- name of the user or system
    author_id text NOT NULL,  -- subject of the token
    sent_at timestamptz NOT NULL,
    text text NOT NULL CHECK (text <> ''),
    PRIMARY KEY (client_id, thread_id, place),
    FOREIGN KEY (client_id, thread_id) REFERENCES message_thread
)
"""
INDEXES = (
    "CREATE UNIQUE INDEX message_thread_of_invoice ON message_thread (client_id, invoice_id)",
    "CREATE UNIQUE INDEX message_thread_of_case ON message_thread (client_id, case_id)",
    "CREATE UNIQUE INDEX message_thread_id ON message_thread (id)",
    "CREATE INDEX message_thread_latest ON message_thread (client_id, last_sent_at, id)",
    "CREATE INDEX message_thread_latest_of_all ON message_thread (last_sent_at, id)",
)


def upgrade() -> None:
    for statement in (THREAD, MESSAGE, *INDEXES):
        op.execute(statement)
    tenant_table("message_thread", "SELECT, INSERT, UPDATE")
    tenant_table("message", "SELECT, INSERT")
