"""What must hold in this service's database; `make verify` asks every service."""

import sys

from sqlalchemy import Connection, create_engine, text

from chassis import settings

_FINDINGS = {
    "a produced document without a hash": """
        SELECT client_id || ' ' || subject_id FROM produced_document WHERE octet_length(sha256) <> 32""",
    "a produced document that was never told": """
        SELECT d.document_id::text FROM produced_document d
         WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.aggregate_id = d.document_id
                              AND o.type = 'rf.reports.v1.DocumentProduced')""",
    "a finished job without its document": """
        SELECT j.key FROM job j
         WHERE j.kind = 'invoice_copy' AND j.status = 'done'
           AND EXISTS (  -- not revoked
               SELECT 1 FROM invoice_fact f WHERE f.client_id = j.client_id AND f.invoice_id = j.key::uuid)
           AND NOT EXISTS (
               SELECT 1 FROM produced_document d
                WHERE d.client_id = j.client_id AND d.kind = 'INVOICE_COPY' AND d.subject_id = j.key::uuid)""",
    "a dead job": "SELECT kind || ' ' || key || ' ' || coalesce(last_error, '') FROM job WHERE status = 'dead'",
}


def check(connection: Connection) -> list[str]:
    """One line per finding, with ids only. Needs the role of verify, which sees past row-level security."""
    return [f"{what}: {row}" for what, sql in _FINDINGS.items() for row in connection.execute(text(sql)).scalars()]


def main() -> int:
    """Check the database of RF_VERIFY_DATABASE_URL; the exit code is 1 when something is wrong."""
    engine = create_engine(settings.value("RF_VERIFY_DATABASE_URL") or "")
    with engine.connect() as connection:
        findings = check(connection)
    engine.dispose()
    for finding in findings:
        print(f"reports: {finding}", file=sys.stderr)
    return 1 if findings else 0
