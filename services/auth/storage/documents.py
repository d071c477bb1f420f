"""Documents of callers. Every statement names whose they are; what has ended is as if it were not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import Tx
from services.auth.domain.documents import SHORT_BYTES, Document, DocumentKind


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as stored; ``body`` is empty where it was not asked for."""

    kind: DocumentKind
    key: str
    title: str
    body: str
    size_bytes: int
    version: int
    changed_at: datetime
    expires_at: datetime | None


_ALIVE = "(expires_at IS NULL OR expires_at > now())"
_COLUMNS = "key, title, octet_length(body) AS size_bytes, version, changed_at, expires_at"
_OURS = "subject = :subject AND kind = :kind"

_PUT = text(f"""
INSERT INTO user_document AS d (subject, kind, key, title, body, expires_at)
VALUES (:subject, :kind, :key, :title, :body, now() + CAST(:lifetime AS interval))
ON CONFLICT (subject, kind, key) DO UPDATE
   SET title = excluded.title, body = excluded.body, expires_at = excluded.expires_at, changed_at = now(),
       version = nextval('user_document_version')
RETURNING {_COLUMNS}
""")
_VERSION = text(f"""
SELECT version FROM user_document WHERE {_OURS} AND key = :key AND {_ALIVE} FOR UPDATE
""")
_COUNT = text(f"SELECT count(*) FROM user_document WHERE {_OURS} AND {_ALIVE}")
_GET = text(f"SELECT {_COLUMNS}, body FROM user_document WHERE {_OURS} AND key = :key AND {_ALIVE}")
_PAGE = text(f"""
SELECT {_COLUMNS}, CASE WHEN octet_length(body) <= {SHORT_BYTES} THEN body ELSE '' END AS body FROM user_document
 WHERE {_OURS} AND key > :after AND starts_with(key, :prefix) AND {_ALIVE} ORDER BY key LIMIT :limit
""")
_DELETE = text(f"DELETE FROM user_document WHERE {_OURS} AND key = :key AND {_ALIVE}")
_CLEAR = text("""
DELETE FROM user_document WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM user_document WHERE expires_at < now() ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED))
""")


def lock_all(tx: Tx, kind: DocumentKind) -> None:
    """Let one writer at a time add to the caller's documents of a kind, so that their number can be limited."""
    tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": _name(tx, kind)})


def put(tx: Tx, document: Document) -> StoredDocument:
    """Write it, whatever is there; without its body in the answer."""
    written = {"key": document.key, "title": document.title, "body": document.body, "lifetime": document.kind.lifetime}
    return _stored(document.kind, tx.execute(_PUT, {**_ours(tx, document.kind), **written}).one(), "")


def version(tx: Tx, kind: DocumentKind, key: str) -> int:
    """The version of a document, which is locked; 0 where there is none."""
    return int(tx.execute(_VERSION, {**_ours(tx, kind), "key": key}).scalar_one_or_none() or 0)


def count(tx: Tx, kind: DocumentKind) -> int:
    return int(tx.execute(_COUNT, _ours(tx, kind)).scalar_one())


def get(tx: Tx, kind: DocumentKind, key: str) -> StoredDocument | None:
    row = tx.execute(_GET, {**_ours(tx, kind), "key": key}).one_or_none()
    return None if row is None else _stored(kind, row, row.body)


def page(tx: Tx, kind: DocumentKind, prefix: str, after: str, limit: int) -> Sequence[StoredDocument]:
    """Those with keys that begin so, behind ``after``, by key; with their bodies where these are short."""
    rows = tx.execute(_PAGE, {**_ours(tx, kind), "prefix": prefix, "after": after, "limit": limit})
    return [_stored(kind, row, row.body) for row in rows]


def delete(tx: Tx, kind: DocumentKind, key: str) -> bool:
    return tx.execute(_DELETE, {**_ours(tx, kind), "key": key}).rowcount > 0


def clear_ended(tx: Tx) -> None:
    """Remove some that have ended, of anybody: as many writes as made them take them away again."""
    tx.execute(_CLEAR)


def _ours(tx: Tx, kind: DocumentKind) -> dict[str, object]:
    return {"subject": tx.caller.subject, "kind": kind.label}


def _name(tx: Tx, kind: DocumentKind) -> str:
    return f"user_document {kind.label} {tx.caller.subject}"


def _stored(kind: DocumentKind, row: Row[Any], body: str) -> StoredDocument:
    return StoredDocument(kind, row.key, row.title, body, row.size_bytes, row.version, row.changed_at, row.expires_at)
