"""Articles: SQL. A register is some hundred rows of a client: a search walks it by number."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.ledger.domain.articles import Article, sought, words
from services.ledger.storage.recordsets import records, recordset

_ARTICLE = {
    "id": "uuid",
    "number": "text",
    "number_key": "text",
    "description": "text",
    "words": "text",
    "unit": "text",
    "price": "numeric",
    "vat_percent": "integer",
    "sales_account": "text",
}
_COLUMNS = "client_id, id, number, description, unit, price, vat_percent, sales_account, version"
_INSERT = text(f"""
INSERT INTO article (client_id, changed_by, {", ".join(_ARTICLE)})
SELECT :client_id, :by, {", ".join(f"r.{name}" for name in _ARTICLE)} FROM {recordset(_ARTICLE)}
""")
_TAKEN = text("""
SELECT number FROM article
 WHERE client_id = :client_id AND number = ANY(CAST(:numbers AS text[])) AND deleted_at IS NULL
""")
_IDS_TAKEN = text("SELECT id FROM article WHERE client_id = :client_id AND id = ANY(CAST(:ids AS uuid[]))")
_GET = text(f"SELECT {_COLUMNS} FROM article WHERE client_id = :client_id AND id = :id AND deleted_at IS NULL")
_LOCK = text(f"{_GET.text} FOR UPDATE")
_CHANGE = text("""
UPDATE article
   SET description = :description, words = :words, unit = :unit, price = :price, vat_percent = :vat_percent,
       sales_account = :sales_account, version = version + 1, changed_at = now(), changed_by = :by
 WHERE client_id = :client_id AND id = :id
""")
_DELETE = text("""
UPDATE article SET deleted_at = now(), changed_by = :by
 WHERE client_id = :client_id AND id = :id AND deleted_at IS NULL
RETURNING id
""")
_ACCOUNTS = text("""
SELECT number FROM account WHERE client_id = :client_id AND number = ANY(CAST(:numbers AS text[]))
""")
_NAMED = text("""
SELECT number, bool_or(deleted_at IS NULL) AS there, max(sales_account) FILTER (WHERE deleted_at IS NULL) AS account
  FROM article WHERE client_id = :client_id AND number = ANY(CAST(:numbers AS text[])) GROUP BY number
""")
# Comparisons and strpos, and not LIKE: what is typed holds no patterns, and a register is walked in order anyway.
_MATCH = """
       o.client_id = c.client_id AND o.deleted_at IS NULL
       AND (:number = '' OR starts_with(upper(o.number), upper(:number)))
       AND NOT EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS w (word) WHERE strpos(o.words, w.word) = 0)
       AND (:query = '' OR starts_with(upper(o.number), upper(:query))
            OR (:query_said AND NOT EXISTS (SELECT FROM unnest(CAST(:query_words AS text[])) AS w (word)
                                             WHERE strpos(o.words, w.word) = 0)))
"""
_SEARCH = text(f"""
SELECT a.*
  FROM unnest(CAST(:clients AS uuid[])) AS c (client_id)
 CROSS JOIN LATERAL (
    SELECT {_COLUMNS}, o.number_key FROM article o
     WHERE {_MATCH}
       AND (NOT :started OR (o.number_key, o.id) > (:after_key, CAST(:after_id AS uuid)))
     ORDER BY o.number_key, o.id LIMIT :limit
 ) AS a
 ORDER BY a.number_key, a.id LIMIT :limit
""")


def insert(tx: Tx, client_id: UUID, articles: Sequence[Article]) -> None:
    """Add articles, in one statement."""
    rows = [{"id": one.id, "number_key": one.number_key, **_values(one)} for one in articles]
    tx.execute(_INSERT, {"client_id": client_id, "by": tx.caller.name, **records(_ARTICLE, rows)})


def taken_numbers(tx: Tx, client_id: UUID, numbers: Sequence[str]) -> set[str]:
    """Those of the numbers that articles have."""
    return set(tx.execute(_TAKEN, {"client_id": client_id, "numbers": list(numbers)}).scalars())


def taken_ids(tx: Tx, client_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the ids that articles have or had."""
    return set(tx.execute(_IDS_TAKEN, {"client_id": client_id, "ids": list(ids)}).scalars())


def get(tx: Tx, client_id: UUID, article_id: UUID, *, lock: bool = False) -> Article | None:
    """One article of the register."""
    row = tx.execute(_LOCK if lock else _GET, {"client_id": client_id, "id": article_id}).one_or_none()
    return None if row is None else _article(row)


def change(tx: Tx, article: Article) -> None:
    """Store a locked article anew; its number stays."""
    values = {key: value for key, value in _values(article).items() if key != "number"}
    tx.execute(_CHANGE, {"client_id": article.client_id, "id": article.id, "by": tx.caller.name, **values})


def delete(tx: Tx, client_id: UUID, article_id: UUID) -> bool:
    """Take an article out of the register; says whether it was there."""
    values = {"client_id": client_id, "id": article_id, "by": tx.caller.name}
    return tx.execute(_DELETE, values).one_or_none() is not None


def known_accounts(tx: Tx, client_id: UUID, accounts: Sequence[str]) -> set[str]:
    """Those of the accounts that the client's chart has."""
    if not accounts:
        return set()
    return set(tx.execute(_ACCOUNTS, {"client_id": client_id, "numbers": list(accounts)}).scalars())


def named(tx: Tx, client_id: UUID, numbers: Sequence[str]) -> dict[str, tuple[bool, str]]:
    """Of numbers that are or were articles': whether it is in the register now, and its account, empty for none."""
    if not numbers:
        return {}
    rows = tx.execute(_NAMED, {"client_id": client_id, "numbers": list(numbers)})
    return {row.number: (row.there, row.account or "") for row in rows}


def search(
    tx: Tx,
    clients: Sequence[UUID],
    *,
    number: str,
    description: str,
    query: str,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Article]:
    """Articles by number. What holds no letter or digit finds nothing by description."""
    key, last = after or ("", UUID(int=0))
    by_words = sought(query)
    rows = tx.execute(
        _SEARCH,
        {
            "clients": list(clients),
            "number": number,
            "words": sought(description) or (["\x01"] if description else []),
            "query": query,
            "query_said": bool(by_words),
            "query_words": by_words,
            "started": after is not None,
            "after_key": key,
            "after_id": last,
            "limit": limit,
        },
    )
    return [_article(row) for row in rows]


def _values(article: Article) -> dict[str, Any]:
    return {
        "number": article.number,
        "description": article.description,
        "words": words(article.description),
        "unit": article.unit,
        "price": article.price,
        "vat_percent": article.vat_percent,
        "sales_account": article.sales_account or None,
    }


def _article(row: Row[Any]) -> Article:
    return Article(
        id=row.id,
        client_id=row.client_id,
        number=row.number,
        description=row.description,
        unit=row.unit,
        price=row.price,
        vat_percent=row.vat_percent,
        sales_account=row.sales_account or "",
        version=row.version,
    )
