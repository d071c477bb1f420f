"""Changes of approved invoices: SQL. A row of invoice_change holds what was before and after; the invoice the last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx
from services.ledger.domain.invoice_changes import Terms
from services.ledger.storage.invoice_lines import LINE, Line, line
from services.ledger.storage.recordsets import records, recordset

_CHANGE = {
    "invoice_id": "uuid",
    "id": "uuid",
    "due_date_before": "date",
    "stop_before": "text",
    "stop_until_before": "date",
    "stop_reason_before": "text",
    "due_date": "date",
    "stop": "text",
    "stop_until": "date",
    "stop_reason": "text",
}
_READ = f"""
SELECT {LINE}, i.stop_reason FROM invoice i JOIN customer c ON c.client_id = i.client_id AND c.id = i.customer_id
 WHERE i.client_id = :client_id AND i.id = ANY(CAST(:ids AS uuid[]))
"""
_LOOK = text(_READ)
_LOCK = text(f"{_READ} ORDER BY i.id FOR UPDATE OF i")
_UPDATE = text(f"""
UPDATE invoice i SET due_date = r.due_date, stop = r.stop, stop_until = r.stop_until, stop_reason = r.stop_reason
  FROM {recordset(_CHANGE)} WHERE i.client_id = :client_id AND i.id = r.invoice_id
""")
_APPEND = text(f"""
INSERT INTO invoice_change (client_id, day, by, {", ".join(_CHANGE)})
SELECT :client_id, :day, :by, {", ".join(f"r.{name}" for name in _CHANGE)} FROM {recordset(_CHANGE)}
""")


@dataclass(frozen=True, slots=True)
class Changeable:
    """An invoice as a change of it must know it."""

    line: Line
    terms: Terms


@dataclass(frozen=True, slots=True)
class Changed:
    """An invoice whose change is written; ``id`` is also that of its item of history."""

    id: UUID
    invoice_id: UUID
    before: Terms
    after: Terms


def find(tx: Tx, client_id: UUID, ids: Sequence[UUID], *, lock: bool) -> dict[UUID, Changeable]:
    """Invoices of a client; locked in the order of their ids if so asked."""
    rows = tx.execute(_LOCK if lock else _LOOK, {"client_id": client_id, "ids": list(ids)})
    found = {}
    for row in rows:
        one = line(row)
        facts = one.facts
        found[one.id] = Changeable(one, Terms(facts.due_date, facts.stop, facts.stop_until, row.stop_reason))
    return found


def write(tx: Tx, client_id: UUID, day: date, changes: Sequence[Changed]) -> None:
    """Change locked invoices, and keep what they were."""
    rows = [
        {
            "invoice_id": one.invoice_id,
            "id": one.id,
            **{f"{name}_before": value for name, value in one.before._asdict().items()},
            **one.after._asdict(),
        }
        for one in changes
    ]
    written = {"client_id": client_id, **records(_CHANGE, rows)}
    tx.execute(_UPDATE, written)
    tx.execute(_APPEND, {**written, "day": day, "by": tx.caller.name})
