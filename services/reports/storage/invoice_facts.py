"""What the statistics know of invoices: one row each. Built from events alone, so it can be built anew.

An invoice's events come from several journals and in any order between them. So each kind of event writes its own
columns, amounts are added up, and what comes out is the same whichever came first.
"""

from collections.abc import Mapping, Sequence
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
    customer_id: UUID | None
    kind: str
    service: str
    invoice_date: date
    due_date: date
    registered_on: date
    currency: str
    total_minor: int


_NOTE = text("""
INSERT INTO invoice_fact (client_id, invoice_id, customer_id, kind, service, invoice_date, due_date, registered_on,
                          currency, total_minor)
SELECT * FROM unnest(CAST(:client_ids AS uuid[]), CAST(:invoice_ids AS uuid[]), CAST(:customer_ids AS uuid[]),
                     CAST(:kinds AS text[]), CAST(:services AS text[]), CAST(:invoice_dates AS date[]),
                     CAST(:due_dates AS date[]), CAST(:registered AS date[]), CAST(:currencies AS text[]),
                     CAST(:totals AS bigint[]))
    ON CONFLICT (client_id, invoice_id) DO UPDATE
   SET customer_id = excluded.customer_id, kind = excluded.kind, service = excluded.service,
       invoice_date = excluded.invoice_date, due_date = excluded.due_date, registered_on = excluded.registered_on,
       currency = excluded.currency, total_minor = excluded.total_minor
""")
_TAKE = text("""
INSERT INTO invoice_fact AS f (client_id, invoice_id, taken_minor)
SELECT :client_id, t.id, t.minor
  FROM unnest(CAST(:ids AS uuid[]), CAST(:amounts AS bigint[])) AS t (id, minor) ORDER BY t.id
    ON CONFLICT (client_id, invoice_id) DO UPDATE SET taken_minor = f.taken_minor + excluded.taken_minor
""")
_UNDO = """
INSERT INTO invoice_fact (client_id, invoice_id, {column})
SELECT :client_id, id, true FROM unnest(CAST(:ids AS uuid[])) AS t (id) ORDER BY id
    ON CONFLICT (client_id, invoice_id) DO UPDATE SET {column} = true
"""
_REVOKE, _REVERSE = text(_UNDO.format(column="revoked")), text(_UNDO.format(column="reversed"))
_DUE = text("""
INSERT INTO invoice_fact (client_id, invoice_id, changed_due_date) VALUES (:client_id, :id, :day)
    ON CONFLICT (client_id, invoice_id) DO UPDATE SET changed_due_date = excluded.changed_due_date
""")
_SENT = text("""
INSERT INTO invoice_fact (client_id, invoice_id, sent_to_collection_on) VALUES (:client_id, :id, :day)
    ON CONFLICT (client_id, invoice_id) DO UPDATE SET sent_to_collection_on = excluded.sent_to_collection_on
""")
_KNOWN = text("""
SELECT count(*) FROM invoice_fact
 WHERE client_id = :client_id AND invoice_id = :id AND total_minor IS NOT NULL AND NOT revoked
""")


def note(tx: Tx, facts: Sequence[InvoiceFact]) -> None:
    """Write what is told of new invoices."""
    ordered = sorted(facts, key=lambda fact: fact.invoice_id)  # so that two consumers lock rows in one order
    if not ordered:
        return
    tx.execute(
        _NOTE,
        {
            "client_ids": [fact.client_id for fact in ordered],
            "invoice_ids": [fact.invoice_id for fact in ordered],
            "customer_ids": [fact.customer_id for fact in ordered],
            "kinds": [fact.kind for fact in ordered],
            "services": [fact.service for fact in ordered],
            "invoice_dates": [fact.invoice_date for fact in ordered],
            "due_dates": [fact.due_date for fact in ordered],
            "registered": [fact.registered_on for fact in ordered],
            "currencies": [fact.currency for fact in ordered],
            "totals": [fact.total_minor for fact in ordered],
        },
    )


def take(tx: Tx, client_id: UUID, amounts: Mapping[UUID, int]) -> None:
    """Take so much off what is open of each invoice; below zero gives back."""
    if amounts:
        values = {"client_id": client_id, "ids": list(amounts), "amounts": list(amounts.values())}
        tx.execute(_TAKE, values)


def revoke(tx: Tx, client_id: UUID, invoice_ids: Sequence[UUID]) -> None:
    """The invoices are as if they had never been."""
    tx.execute(_REVOKE, {"client_id": client_id, "ids": list(invoice_ids)})


def reverse(tx: Tx, client_id: UUID, invoice_ids: Sequence[UUID]) -> None:
    """The invoices stay, with nothing open."""
    tx.execute(_REVERSE, {"client_id": client_id, "ids": list(invoice_ids)})


def change_due_date(tx: Tx, client_id: UUID, invoice_id: UUID, day: date) -> None:
    """The invoice is due on another day."""
    tx.execute(_DUE, {"client_id": client_id, "id": invoice_id, "day": day})


def send_to_collection(tx: Tx, client_id: UUID, invoice_id: UUID, day: date) -> None:
    """The invoice's debt is its case's."""
    tx.execute(_SENT, {"client_id": client_id, "id": invoice_id, "day": day})


def is_known(tx: Tx, client_id: UUID, invoice_id: UUID) -> bool:
    """Whether the invoice was approved, and not revoked, as far as we have been told."""
    return bool(tx.execute(_KNOWN, {"client_id": client_id, "id": invoice_id}).scalar_one())
