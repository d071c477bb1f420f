"""The rows of a payment file, as the ledger is told them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx


@dataclass(frozen=True, slots=True)
class UploadPayment:
    """A row; ``place`` counts from 1. A reference is value, is_ocr, and its part in minor units or None."""

    place: int
    row_no: int
    bank_reference: str
    amount_minor: int
    currency: str
    booking_date: date
    payer_name: str
    payer_account: str
    references: list[list[Any]]
    message: str
    note: str


_COLUMNS = """place, row_no, bank_reference, amount_minor, currency, booking_date, payer_name, payer_account,
       "references", message, note"""
# COPY into a table with row-level security is refused, so it goes by way of a table of the transaction's own.
_INCOMING = text("""
CREATE TEMPORARY TABLE incoming (
    place int, row_no int, bank_reference text, amount_minor bigint, currency text, booking_date date,
    payer_name text, payer_account text, "references" text, message text, note text
) ON COMMIT DROP
""")
_COPY = f"COPY pg_temp.incoming ({_COLUMNS}) FROM STDIN"
_TAKE = text(f"""
INSERT INTO upload_payment (client_id, upload_id, {_COLUMNS})
SELECT :client_id, :upload_id, place, row_no, bank_reference, amount_minor, currency, booking_date, payer_name,
       payer_account, CAST("references" AS jsonb), message, note
  FROM pg_temp.incoming
""")
_PAGE = text(f"""
SELECT {_COLUMNS} FROM upload_payment
 WHERE client_id = :client_id AND upload_id = :upload_id AND place > :after
 ORDER BY place LIMIT :limit
""")
_PAYMENTS = text(f"""
SELECT {_COLUMNS} FROM upload_payment
 WHERE client_id = :client_id AND upload_id = :upload_id AND place > :after AND note = ''
 ORDER BY place LIMIT :limit
""")


def insert(tx: Tx, client_id: UUID, upload_id: UUID, rows: Iterable[list[Any]]) -> None:
    """Write the rows of a file in its order; each has the fields from ``row_no`` on."""
    tx.execute(_INCOMING)
    driver: Any = tx.connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for place, row in enumerate(rows, start=1):
            *before, references, message, note = row
            copy.write_row((place, *before, json.dumps(references, ensure_ascii=False), message, note))
    tx.execute(_TAKE, {"client_id": client_id, "upload_id": upload_id})


def page(tx: Tx, client_id: UUID, upload_id: UUID, after: int, limit: int) -> list[UploadPayment]:
    """Rows behind a place, also those left aside."""
    return _of(tx, _PAGE, client_id, upload_id, after, limit)


def payments(tx: Tx, client_id: UUID, upload_id: UUID, after: int, limit: int) -> list[UploadPayment]:
    """Rows behind a place that are the ledger's."""
    return _of(tx, _PAYMENTS, client_id, upload_id, after, limit)


def _of(tx: Tx, sql: Any, client_id: UUID, upload_id: UUID, after: int, limit: int) -> list[UploadPayment]:
    values = {"client_id": client_id, "upload_id": upload_id, "after": after, "limit": limit}
    return [UploadPayment(**row._mapping) for row in tx.execute(sql, values)]  # noqa: SLF001 - SQLAlchemy's public name
