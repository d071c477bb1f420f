"""What must hold in this service's database; `make verify` asks every service."""

from sqlalchemy import Connection, text

from chassis import verifying

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
               SELECT 1 FROM invoice_fact f
                WHERE f.client_id = j.client_id AND f.invoice_id = j.key::uuid AND NOT f.revoked)
           AND NOT EXISTS (
               SELECT 1 FROM produced_document d
                WHERE d.client_id = j.client_id AND d.kind = 'INVOICE_COPY' AND d.subject_id = j.key::uuid)""",
    "an invoice with more taken than there was": """
        SELECT client_id || ' ' || invoice_id FROM invoice_fact
         WHERE total_minor IS NOT NULL AND open_minor <> 0
           AND (sign(open_minor) <> sign(total_minor) OR abs(open_minor) > abs(total_minor))""",
    "a case with more paid than its capital": """
        SELECT client_id || ' ' || case_id FROM case_fact WHERE paid_minor NOT BETWEEN 0 AND capital_minor""",
    "a dead job": "SELECT kind || ' ' || key || ' ' || coalesce(last_error, '') FROM job WHERE status = 'dead'",
}


def check(connection: Connection) -> list[str]:
    """One line per finding, with ids only. Needs the role of verify, which sees past row-level security."""
    return [f"{what}: {row}" for what, sql in _FINDINGS.items() for row in connection.execute(text(sql)).scalars()]


def main() -> int:
    """The exit code of the command: 0 when everything agrees."""
    return verifying.run("reports", check)
