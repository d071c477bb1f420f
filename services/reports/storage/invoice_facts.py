"""The read model of the statistics: one row per approved invoice. Built from events alone, so it can be built anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """An approved invoice. ``kind`` and ``service`` are the contract's names; the total is in minor units."""

    client_id: UUID
    invoice_id: UUID
    kind: str
    service: str
    invoice_date: date
    due_date: date
    currency: str
    total_minor: int


_REPLACE = text("""
INSERT INTO invoice_fact (client_id, invoice_id, kind, service, invoice_date, due_date, currency, total_minor)
SELECT * FROM unnest(CAST(:client_ids AS uuid[]), CAST(:invoice_ids AS uuid[]), CAST(:kinds AS text[]),
                     CAST(:services AS text[]), CAST(:invoice_dates AS date[]), CAST(:due_dates AS date[]),
                     CAST(:currencies AS text[]), CAST(:totals AS bigint[]))
    ON CONFLICT (client_id, invoice_id) DO UPDATE
   SET kind = excluded.kind, service = excluded.service, invoice_date = excluded.invoice_date,
       due_date = excluded.due_date, currency = excluded.currency, total_minor = excluded.total_minor
""")


_REMOVE = text("""
DELETE FROM invoice_fact WHERE client_id = :client_id AND invoice_id = ANY(CAST(:ids AS uuid[]))
""")
_KNOWN = text("SELECT count(*) FROM invoice_fact WHERE client_id = :client_id AND invoice_id = :id")


def remove(tx: Tx, client_id: UUID, invoice_ids: Sequence[UUID]) -> None:
    """Forget invoices that were revoked."""
    tx.execute(_REMOVE, {"client_id": client_id, "ids": list(invoice_ids)})


def is_known(tx: Tx, client_id: UUID, invoice_id: UUID) -> bool:
    """Whether the invoice was approved, and not revoked, as far as we have been told."""
    return bool(tx.execute(_KNOWN, {"client_id": client_id, "id": invoice_id}).scalar_one())


def replace(tx: Tx, facts: Sequence[InvoiceFact]) -> None:
    """Write the facts, over what was known of the same invoices."""
    if not facts:
        return
    tx.execute(
        _REPLACE,
        {
            "client_ids": [fact.client_id for fact in facts],
            "invoice_ids": [fact.invoice_id for fact in facts],
            "kinds": [fact.kind for fact in facts],
            "services": [fact.service for fact in facts],
            "invoice_dates": [fact.invoice_date for fact in facts],
            "due_dates": [fact.due_date for fact in facts],
            "currencies": [fact.currency for fact in facts],
            "totals": [fact.total_minor for fact in facts],
        },
    )
