"""Changes of a customer's details, with its addresses and direct debit by day. SQL."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from chassis.ids import uuid7
from services.ledger.domain.customers import Address, Customer
from services.ledger.storage.customers import COLUMNS, from_row
from services.ledger.storage.tables import COUNTER_INVOICE

_LOCK = text(f"""
SELECT {COLUMNS} FROM customer c
  JOIN customer_address a ON a.client_id = c.client_id AND a.customer_id = c.id AND a.valid_to IS NULL
 WHERE c.client_id = :client_id AND c.id = :id FOR NO KEY UPDATE OF c
""")
_UPDATE = text("""
UPDATE customer
   SET kind = :kind, name = :name, sort_key = :sort_key, id_number = :id_number, email = :email, phone = :phone,
       protected_identity = :protected_identity, first_name = :first_name, last_name = :last_name,
       language = :language, payment_terms_days = :payment_terms_days, delivery = :delivery,
       reminder_block = :reminder_block, collection_block = :collection_block,
       direct_debit_since = :direct_debit_since,
       version = version + 1, changed_at = now(), changed_by = :by
 WHERE client_id = :client_id AND id = :id
""")
# Whoever approves invoices holds the counter while it reads the customers' names, so that none is written as it was.
_HOLD_APPROVALS = text("SELECT FROM counter WHERE client_id = :client_id AND series = :series FOR UPDATE")
_RENAME = text("""
UPDATE invoice i SET customer_sort_key = :sort_key
  FROM (SELECT id FROM invoice WHERE client_id = :client_id AND customer_id = :id ORDER BY id FOR NO KEY UPDATE) AS o
 WHERE i.client_id = :client_id AND i.id = o.id
""")
_END_ADDRESS = text("""
UPDATE customer_address SET valid_to = greatest(valid_from, CAST(:day AS date) - 1)
 WHERE client_id = :client_id AND customer_id = :id AND valid_to IS NULL
""")
_NEW_ADDRESS = text("""
INSERT INTO customer_address (client_id, customer_id, id, valid_from, care_of, street, postcode, town, country_code,
                              changed_by)
VALUES (:client_id, :id, :address_id, :day, :care_of, :street, :postcode, :town, :country_code, :by)
""")
_ADDRESSES = text("""
SELECT id, valid_from, valid_to, care_of, street, postcode, town, country_code, changed_by FROM customer_address
 WHERE client_id = :client_id AND customer_id = :id AND (CAST(:before AS uuid) IS NULL OR id < CAST(:before AS uuid))
 ORDER BY id DESC LIMIT :limit
""")
_DIRECT_DEBIT = text("""
INSERT INTO direct_debit (client_id, customer_id, id, since, day, by)
VALUES (:client_id, :id, :row_id, :since, :day, :by)
""")


def lock(tx: Tx, client_id: UUID, customer_id: UUID) -> Customer | None:
    """The customer, locked against other changes; invoices and payments of it go on."""
    row = tx.execute(_LOCK, {"client_id": client_id, "id": customer_id}).one_or_none()
    return None if row is None else from_row(row)


def update(tx: Tx, customer: Customer) -> None:
    """Write the details of a locked customer, its address excepted; its version counts up."""
    names = (
        *("client_id", "id", "name", "sort_key", "id_number", "email", "phone", "protected_identity", "first_name"),
        *("last_name", "language", "payment_terms_days", "reminder_block", "collection_block", "direct_debit_since"),
    )
    values: dict[str, Any] = {name: getattr(customer, name) for name in names}
    values |= {"kind": customer.kind.value, "delivery": customer.delivery.value, "by": tx.caller.name}
    tx.execute(_UPDATE, values)


def rename_on_invoices(tx: Tx, customer: Customer) -> None:
    """Let the customer's invoices sort by its new name."""
    tx.execute(_HOLD_APPROVALS, {"client_id": customer.client_id, "series": COUNTER_INVOICE})
    wanted = {"client_id": customer.client_id, "id": customer.id, "sort_key": customer.sort_key}
    tx.execute(_RENAME, wanted)


def move(tx: Tx, client_id: UUID, customer_id: UUID, address: Address, day: date) -> None:
    """The customer's address from a day on; the one before becomes history."""
    where = {"client_id": client_id, "id": customer_id, "day": day}
    tx.execute(_END_ADDRESS, where)
    parts = {name: getattr(address, name) for name in ("care_of", "street", "postcode", "town", "country_code")}
    tx.execute(_NEW_ADDRESS, {**where, **parts, "address_id": uuid7(), "by": tx.caller.name})


def addresses(tx: Tx, client_id: UUID, customer_id: UUID, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Addresses, latest first."""
    wanted = {"client_id": client_id, "id": customer_id, "before": before, "limit": limit}
    return tx.execute(_ADDRESSES, wanted).all()


def note_direct_debit(tx: Tx, client_id: UUID, customer_id: UUID, since: date | None, day: date) -> None:
    """Keep when a direct debit was set up or ended."""
    values = {"client_id": client_id, "id": customer_id, "row_id": uuid7(), "since": since, "day": day}
    tx.execute(_DIRECT_DEBIT, {**values, "by": tx.caller.name})
