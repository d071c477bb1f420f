"""Customers and their addresses: SQL."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from kernel.sorting import sort_prefix
from services.ledger.domain.customers import Address, Customer
from services.ledger.domain.kinds import Delivery, PartyKind
from services.ledger.storage.recordsets import records, recordset

_CUSTOMER = {
    "id": "uuid",
    "number": "text",
    "number_key": "text",
    "kind": "text",
    "name": "text",
    "sort_key": "text",
    "id_number": "text",
    "email": "text",
    "phone": "text",
    "protected_identity": "boolean",
    "first_name": "text",
    "last_name": "text",
    "language": "text",
    "payment_terms_days": "integer",
    "delivery": "text",
    "reminder_block": "boolean",
    "collection_block": "boolean",
}
_ADDRESS = {
    "id": "uuid",
    "care_of": "text",
    "street": "text",
    "postcode": "text",
    "town": "text",
    "country_code": "text",
}

_INSERT = text(f"""
INSERT INTO customer (client_id, changed_by, {", ".join(_CUSTOMER)})
SELECT :client_id, :by, {", ".join(f"r.{name}" for name in _CUSTOMER)} FROM {recordset(_CUSTOMER)}
""")
_STOPS = {"id": "uuid", "reminder_block": "boolean", "collection_block": "boolean"}
_INSERT_STOPS = text(f"""
INSERT INTO customer_stop (client_id, customer_id, id, reminder_block, collection_block, day, by)
SELECT :client_id, r.id, uuidv7(), r.reminder_block, r.collection_block, :day, :by FROM {recordset(_STOPS)}
""")
_INSERT_ADDRESSES = text(f"""
INSERT INTO customer_address
       (client_id, customer_id, valid_from, care_of, street, postcode, town, country_code, changed_by)
SELECT :client_id, r.id, :day, r.care_of, r.street, r.postcode, r.town, r.country_code, :by FROM {recordset(_ADDRESS)}
""")
_ID_NUMBERS_TAKEN = text("""
SELECT id_number, min(number) AS number FROM customer
 WHERE client_id = :client_id AND id_number <> '' AND id_number = ANY(CAST(:id_numbers AS text[]))
   AND id IS DISTINCT FROM CAST(:but AS uuid)
 GROUP BY id_number
""")
_TAKEN = text("SELECT number FROM customer WHERE client_id = :client_id AND number = ANY(CAST(:numbers AS text[]))")
_IDS_TAKEN = text("SELECT id FROM customer WHERE client_id = :client_id AND id = ANY(CAST(:ids AS uuid[]))")

COLUMNS = """c.id, c.client_id, c.number, c.number_key, c.kind, c.name, c.sort_key, c.id_number, c.email, c.phone,
       c.protected_identity, c.first_name, c.last_name, c.language, c.payment_terms_days, c.delivery,
       c.reminder_block, c.collection_block, c.version, c.direct_debit_since,
       a.care_of, a.street, a.postcode, a.town, a.country_code"""
"""The columns that ``from_row`` reads, of customer ``c`` and its address ``a``."""

_SELECT = f"""
SELECT {COLUMNS}
  FROM customer c
  JOIN customer_address a ON a.client_id = c.client_id AND a.customer_id = c.id AND a.valid_to IS NULL
"""
_BY_IDS = text(f"{_SELECT} WHERE c.client_id = :client_id AND c.id = ANY(CAST(:ids AS uuid[]))")
_BY_NUMBERS = text(f"{_SELECT} WHERE c.client_id = :client_id AND c.number = ANY(CAST(:numbers AS text[]))")

# Comparisons and not LIKE: only leakproof operators use an index under row-level security.
_LOOK_UP = text(f"""
WITH found AS MATERIALIZED (
    (SELECT id, number = :number AS exact, sort_key FROM customer
      WHERE client_id = :client_id AND number >= :number AND number < :number_end
      ORDER BY number LIMIT :most)
    UNION
    (SELECT id, number = :number, sort_key FROM customer
      WHERE client_id = :client_id AND sort_key >= :name AND sort_key < :name_end
        AND (sort_key, id) > (:after_key, CAST(:after_id AS uuid)) ORDER BY sort_key, id LIMIT :most)
    UNION
    (SELECT i.id, i.exact, i.sort_key FROM unnest(CAST(:id_prefixes AS text[])) AS p (prefix)
      CROSS JOIN LATERAL (SELECT id, number = :number AS exact, sort_key FROM customer
                           WHERE client_id = :client_id AND id_number <> ''
                             AND id_number >= p.prefix AND id_number < p.prefix || :end
                           ORDER BY id_number LIMIT :most) AS i)
), page AS (
    SELECT id, exact, sort_key FROM found
     WHERE NOT :started OR (NOT exact AND (sort_key, id) > (:after_key, CAST(:after_id AS uuid)))
        OR (:after_exact AND NOT exact)
     ORDER BY exact DESC, sort_key, id LIMIT :limit
)
{_SELECT} JOIN page p ON p.id = c.id WHERE c.client_id = :client_id ORDER BY p.exact DESC, p.sort_key, p.id
""")
_END = "\U0010ffff"
_CENTURIES = ("", "19", "20", "16")  # as stored, or as people write it
_MIN_ID_DIGITS = 6
_MOST = 1000
"""How many of each kind a look-up goes through: who types so little that more begin so, types on."""


def insert(tx: Tx, client_id: UUID, customers: Sequence[Customer], day: date) -> None:
    """Add customers with their addresses, in two statements."""
    rows = [
        {
            "id": one.id,
            "number": one.number,
            "number_key": one.number_key,
            "kind": one.kind.value,
            "name": one.name,
            "sort_key": one.sort_key,
            "id_number": one.id_number,
            "email": one.email,
            "phone": one.phone,
            "protected_identity": one.protected_identity,
            "first_name": one.first_name,
            "last_name": one.last_name,
            "language": one.language,
            "payment_terms_days": one.payment_terms_days,
            "delivery": one.delivery.value,
            "reminder_block": one.reminder_block,
            "collection_block": one.collection_block,
            "care_of": one.address.care_of,
            "street": one.address.street,
            "postcode": one.address.postcode,
            "town": one.address.town,
            "country_code": one.address.country_code,
        }
        for one in customers
    ]
    common = {"client_id": client_id, "by": tx.caller.name}
    tx.execute(_INSERT, {**common, **records(_CUSTOMER, rows)})
    tx.execute(_INSERT_ADDRESSES, {**common, "day": day, **records(_ADDRESS, rows)})
    note_stops(tx, client_id, [one for one in customers if one.reminder_block or one.collection_block], day)


def note_stops(tx: Tx, client_id: UUID, customers: Sequence[Customer], day: date) -> None:
    """Keep from when on customers have the blocks that they have."""
    if customers:
        rows = [{name: getattr(one, name) for name in _STOPS} for one in customers]
        tx.execute(_INSERT_STOPS, {"client_id": client_id, "day": day, "by": tx.caller.name, **records(_STOPS, rows)})


def taken_numbers(tx: Tx, client_id: UUID, numbers: Sequence[str]) -> set[str]:
    """Those of the numbers that customers have."""
    return set(tx.execute(_TAKEN, {"client_id": client_id, "numbers": list(numbers)}).scalars())


def taken_ids(tx: Tx, client_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the ids that customers have."""
    return set(tx.execute(_IDS_TAKEN, {"client_id": client_id, "ids": list(ids)}).scalars())


def with_id_numbers(tx: Tx, client_id: UUID, id_numbers: Sequence[str], but: UUID | None = None) -> dict[str, str]:
    """Those of the ID numbers that customers have, ``but`` one, each with a customer's number."""
    wanted = {"client_id": client_id, "id_numbers": list(id_numbers), "but": but}
    return {row.id_number: row.number for row in tx.execute(_ID_NUMBERS_TAKEN, wanted)}


def by_ids(tx: Tx, client_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Customer]:
    """Customers with their addresses of today, by id."""
    rows = tx.execute(_BY_IDS, {"client_id": client_id, "ids": list(ids)})
    return {row.id: from_row(row) for row in rows}


def by_numbers(tx: Tx, client_id: UUID, numbers: Sequence[str]) -> dict[str, Customer]:
    """Customers with their addresses of today, by number."""
    rows = tx.execute(_BY_NUMBERS, {"client_id": client_id, "numbers": list(numbers)})
    return {row.number: from_row(row) for row in rows}


def look_up(tx: Tx, client_id: UUID, query: str, limit: int, after: tuple[bool, str, UUID] | None) -> list[Customer]:
    """Customers whose number, name or ID number begins so: an exact number first, then in Swedish order."""
    digits = "".join(character for character in query if character not in "-+ ")
    typed = digits.isascii() and digits.isdigit() and len(digits) >= _MIN_ID_DIGITS
    name = sort_prefix(query)
    exact, key, last = after or (False, "", UUID(int=0))
    rows = tx.execute(
        _LOOK_UP,
        {
            "client_id": client_id,
            "number": query,
            "number_end": query + _END,
            "name": name or _END,  # nothing but punctuation is no name
            "name_end": name + _END,
            "id_prefixes": [century + digits for century in _CENTURIES] if typed else [],
            "end": _END,
            "started": after is not None,
            "after_exact": exact,
            "after_key": "" if exact else key,
            "after_id": last,
            "most": _MOST,
            "limit": limit,
        },
    )
    return [from_row(row) for row in rows]


def from_row(row: Row[Any]) -> Customer:
    """The customer in a row."""
    return Customer(
        id=row.id,
        client_id=row.client_id,
        number=row.number,
        kind=PartyKind(row.kind),
        name=row.name,
        id_number=row.id_number,
        email=row.email,
        phone=row.phone,
        protected_identity=row.protected_identity,
        first_name=row.first_name,
        last_name=row.last_name,
        language=row.language,
        payment_terms_days=row.payment_terms_days,
        delivery=Delivery(row.delivery),
        reminder_block=row.reminder_block,
        collection_block=row.collection_block,
        version=row.version,
        direct_debit_since=row.direct_debit_since,
        address=Address(row.care_of, row.street, row.postcode, row.town, row.country_code),
    )
