"""The tables that every service has beside its own: events out and in, jobs, idempotency and the audit trail.

Each service's first Alembic migration calls `create_platform_tables`. They are exempt from row-level security, because
only the machinery reads them, on behalf of all clients at once; `RLS_EXEMPT` gives the reason for each and is what the
policy test reads.
"""

import re

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

metadata = MetaData()

_time = TIMESTAMP(timezone=True)


def _now() -> Column[object]:
    return Column("created_at", _time, nullable=False, server_default=func.now())


outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False, unique=True),  # = Nats-Msg-Id, and the consumers' inbox key
    Column("client_id", Uuid),
    Column("aggregate_type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("seq", BigInteger, nullable=False),  # 1..n within the aggregate
    Column("type", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("occurred_at", _time, nullable=False),
    Column("traceparent", Text),
    Column("recorded_at", _time, nullable=False, server_default=func.clock_timestamp()),
    # Identity values are taken before the commit, so `id > last` skips rows of slow transactions. Together with the
    # snapshot's xmin the transaction's number makes a position behind which nothing can appear any more.
    Column("transaction_id", BigInteger, nullable=False, server_default=text("(pg_current_xact_id()::text::bigint)")),
    Column("published_at", _time),
    Column("stream_seq", BigInteger),  # where the broker put it
    UniqueConstraint("aggregate_id", "seq", name="outbox_aggregate_seq"),
    CheckConstraint("seq > 0", name="outbox_seq_from_one"),
)
Index("outbox_todo", outbox.c.id, postgresql_where=outbox.c.published_at.is_(None))  # stays tiny
Index("outbox_stream_seq", outbox.c.stream_seq)
Index("outbox_position", outbox.c.transaction_id, outbox.c.id)

inbox = Table(
    "inbox",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("handled_at", _time, nullable=False, server_default=func.now()),
)

inbox_cursor = Table(
    "inbox_cursor",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("aggregate_id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("last_seq", BigInteger, nullable=False, server_default="0"),  # handled up to here
    Column("head_seq", BigInteger, nullable=False, server_default="0"),  # the producer has come at least this far
    Column("behind_since", _time),  # set while last_seq < head_seq
    Column("blocked", Boolean, nullable=False, server_default="false"),  # by a dead letter
)
Index("inbox_cursor_behind", inbox_cursor.c.behind_since, postgresql_where=inbox_cursor.c.behind_since.is_not(None))

inbox_pending = Table(
    "inbox_pending",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("aggregate_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("client_id", Uuid),
    Column("aggregate_type", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("occurred_at", _time, nullable=False),
    Column("traceparent", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),  # all tries
    Column("failures", Integer, nullable=False, server_default="0"),  # those that count as poison
    Column("last_error", Text),
    Column("retry_at", _time),  # of an event that failed; one that waits for its predecessor has none
    Column("parked_at", _time, nullable=False, server_default=func.now()),
)
Index("inbox_pending_due", inbox_pending.c.retry_at, postgresql_where=inbox_pending.c.retry_at.is_not(None))

inbox_position = Table(
    "inbox_position",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("token", Text, nullable=False, server_default=""),  # of the producer's GetEventHeads
    Column("compared_at", _time, nullable=False, server_default=func.now()),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("consumer", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Uuid),  # this and the next five are missing if the headers could not be read
    Column("client_id", Uuid),
    Column("aggregate_type", Text),
    Column("aggregate_id", Uuid),
    Column("seq", BigInteger),
    Column("type", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("occurred_at", _time),
    Column("traceparent", Text),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("died_at", _time, nullable=False, server_default=func.now()),
    Column("resolution", Text),
    Column("resolved_at", _time),
    Column("resolved_by", Text),
    CheckConstraint("resolution IN ('retried', 'skipped')", name="dead_letter_resolution"),
    CheckConstraint("(resolution IS NULL) = (resolved_at IS NULL)", name="dead_letter_resolved_whole"),
)
Index("dead_letter_open", dead_letter.c.id, postgresql_where=dead_letter.c.resolved_at.is_(None))

job = Table(
    "job",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("client_id", Uuid),
    Column("payload", JSONB, nullable=False),
    Column("status", Text, nullable=False, server_default="ready"),
    Column("run_after", _time, nullable=False, server_default=func.now()),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("leased_until", _time),
    Column("leased_by", Uuid),
    Column("last_error", Text),
    _now(),
    Column("finished_at", _time),
    UniqueConstraint("kind", "key", name="job_kind_key"),
    CheckConstraint("status IN ('ready', 'done', 'dead')", name="job_status"),
)
Index("job_ready", job.c.run_after, postgresql_where=job.c.status == "ready")

request = Table(
    "request",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("method", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("response", LargeBinary),
    _now(),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", _time, nullable=False, server_default=func.now()),
    Column("subject", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("client_id", Uuid),
    Column("object_type", Text),
    Column("object_id", Text),
    Column("details", JSONB, nullable=False, server_default="{}"),
    Column("request_id", Uuid),
)
Index("audit_entry_object", audit_entry.c.object_type, audit_entry.c.object_id, audit_entry.c.id)

RLS_EXEMPT: dict[str, str] = {
    "outbox": "the relay publishes the events of all clients; ReplayEvents is open to services only",
    "inbox": "holds ids of events, no data of a client",
    "inbox_cursor": "holds running numbers of aggregates, no data of a client",
    "inbox_pending": "the consumer retries the events of all clients",
    "inbox_position": "holds one position per producer",
    "dead_letter": "shown to staff administrators and services only",
    "job": "the worker claims the jobs of all clients, and sets the client of each before it works",
    "request": "reached only by the caller's own subject and request id",
    "audit_entry": "written by every call and read by staff administrators only; some entries have no client",
}
"""Platform tables without row-level security, each with the reason."""

APPEND_ONLY = ("inbox", "audit_entry")
"""Rows that nobody may change or remove, the owner of the table included."""

_GRANTS = {
    "outbox": "SELECT, INSERT, UPDATE (published_at, stream_seq)",
    "inbox": "SELECT, INSERT",
    "inbox_cursor": "SELECT, INSERT, UPDATE",
    "inbox_pending": "SELECT, INSERT, UPDATE, DELETE",
    "inbox_position": "SELECT, INSERT, UPDATE",
    "dead_letter": "SELECT, INSERT, UPDATE (resolution, resolved_at, resolved_by)",
    "job": "SELECT, INSERT, UPDATE",
    "request": "SELECT, INSERT, UPDATE (response)",
    "audit_entry": "SELECT, INSERT",
}

_REFUSE = """
CREATE FUNCTION platform_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def create_platform_tables(connection: Connection, app_role: str) -> None:
    """Create the tables, and let the service's role use them. For the first migration: ``…(op.get_bind(), role)``.

    ``app_role`` must not own them; it gets what the machinery needs and no more. Later changes of these tables are
    functions of their own beside this one, called by a later migration of every service.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", app_role):
        raise ValueError(f"{app_role!r} is no name of a role")
    metadata.create_all(connection, checkfirst=False)
    connection.execute(text(_REFUSE))
    for table in APPEND_ONLY:
        connection.execute(
            text(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION platform_refuse_change()"
            )
        )
    connection.execute(
        text(
            "CREATE TRIGGER kept_for_replay BEFORE DELETE ON outbox"
            " FOR EACH ROW EXECUTE FUNCTION platform_refuse_change()"
        )
    )
    for table, rights in _GRANTS.items():
        connection.execute(text(f"GRANT {rights} ON {table} TO {app_role}"))
