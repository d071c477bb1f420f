"""A client's chart of accounts: SQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.ledger.domain.accounts import Account, Use

_BOOKED = """
(EXISTS (SELECT FROM posting p WHERE p.client_id = a.client_id AND p.account = a.number)
 OR EXISTS (SELECT FROM article r WHERE r.client_id = a.client_id AND r.sales_account = a.number))
"""
_LIST = f"""
SELECT a.number, a.name, a.type, a.vat_code, {_BOOKED} AS booked,
       ARRAY(SELECT m.use FROM account_mapping m
              WHERE m.client_id = a.client_id AND m.account = a.number ORDER BY m.use) AS uses
  FROM account a WHERE a.client_id = :client_id
"""
_PAGE = text(f"{_LIST} AND a.number > :after ORDER BY a.number LIMIT :limit")
_ONE = text(f"{_LIST} AND a.number = :number FOR UPDATE OF a")
_PUT = text("""
INSERT INTO account AS a (client_id, number, name, type, vat_code)
VALUES (:client_id, :number, :name, :type, :vat_code)
    ON CONFLICT (client_id, number) DO UPDATE
   SET name = excluded.name, type = excluded.type, vat_code = excluded.vat_code
""")
_MAP = text("""
UPDATE account_mapping SET account = :number WHERE client_id = :client_id AND use = ANY(CAST(:uses AS text[]))
""")
_REMOVE = text("DELETE FROM account WHERE client_id = :client_id AND number = :number")
_IMPORT = text("""
WITH given AS (
    SELECT * FROM unnest(CAST(:numbers AS text[]), CAST(:names AS text[]), CAST(:types AS text[]))
                  AS g (number, name, type)
), changed AS (
    UPDATE account a SET name = g.name, type = g.type FROM given g
     WHERE a.client_id = :client_id AND a.number = g.number AND (a.name, a.type) <> (g.name, g.type)
    RETURNING a.number
), added AS (
    INSERT INTO account (client_id, number, name, type)
    SELECT :client_id, g.number, g.name, g.type FROM given g
        ON CONFLICT DO NOTHING
    RETURNING number
)
SELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM changed) AS changed
""")


def page(tx: Tx, client_id: UUID, after: str, limit: int) -> list[Account]:
    """Accounts by number, after one."""
    rows = tx.execute(_PAGE, {"client_id": client_id, "after": after, "limit": limit})
    return [_account(row) for row in rows]


def lock(tx: Tx, client_id: UUID, number: str) -> Account | None:
    """An account, locked until the commit."""
    row = tx.execute(_ONE, {"client_id": client_id, "number": number}).one_or_none()
    return None if row is None else _account(row)


def put(tx: Tx, client_id: UUID, account: Account) -> None:
    """Write an account, and let it be used for what it is to be used for."""
    values = {"client_id": client_id, "number": account.number}
    tx.execute(_PUT, values | {"name": account.name, "type": account.type, "vat_code": account.vat_code})
    tx.execute(_MAP, values | {"uses": [use.value for use in account.uses]})


def remove(tx: Tx, client_id: UUID, number: str) -> None:
    """Remove a locked account that nothing refers to."""
    tx.execute(_REMOVE, {"client_id": client_id, "number": number})


def bring_in(tx: Tx, client_id: UUID, given: Sequence[Account]) -> tuple[int, int]:
    """Add accounts and rename those that are there; how many were added, and how many changed."""
    row = tx.execute(
        _IMPORT,
        {
            "client_id": client_id,
            "numbers": [one.number for one in given],
            "names": [one.name for one in given],
            "types": [one.type for one in given],
        },
    ).one()
    return row.added, row.changed


def _account(row: Row[Any]) -> Account:
    return Account(row.number, row.name, row.type, row.vat_code, tuple(Use(use) for use in row.uses), booked=row.booked)
