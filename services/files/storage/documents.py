"""Documents of the archive, and their bytes until the object store is known to keep them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx


@dataclass(frozen=True, slots=True)
class Document:
    """A document; ``archived_at`` is None while the object store does not surely have it. ``sha256`` is hex."""

    client_id: UUID
    id: UUID
    kind: str
    subject_id: UUID
    content_type: str
    size_bytes: int
    sha256: str
    archived_at: datetime | None = None

    @property
    def key(self) -> str:
        """Where its bytes lie in the object store."""
        return f"documents/{self.id}"


_COLUMNS = """client_id, id, kind, subject_id, content_type, size_bytes, encode(sha256, 'hex') AS sha256, archived_at"""
_INSERT = text("""
INSERT INTO document (client_id, id, kind, subject_id, content_type, size_bytes, sha256, stored_by)
VALUES (:client_id, :id, :kind, :subject_id, :content_type, :size_bytes, decode(:sha256, 'hex'), :stored_by)
    ON CONFLICT ON CONSTRAINT document_subject DO NOTHING
""")
_KEEP = text("INSERT INTO document_content (client_id, document_id, content) VALUES (:client_id, :id, :content)")
_BY_SUBJECT = text(f"""
SELECT {_COLUMNS} FROM document WHERE client_id = :client_id AND kind = :kind AND subject_id = :subject_id
""")
_BY_ID = text(f"SELECT {_COLUMNS} FROM document WHERE client_id = :client_id AND id = :id")
_CONTENT = text("SELECT content FROM document_content WHERE client_id = :client_id AND document_id = :id")
_ARCHIVE = text("""
UPDATE document SET archived_at = now() WHERE client_id = :client_id AND id = :id AND archived_at IS NULL
""")
_RELEASE = text("DELETE FROM document_content WHERE client_id = :client_id AND document_id = :id")


def insert(tx: Tx, document: Document, content: bytes, stored_by: str) -> bool:
    """Write a document and its bytes; False, and nothing written, if its subject has one."""
    values = {
        "client_id": document.client_id,
        "id": document.id,
        "kind": document.kind,
        "subject_id": document.subject_id,
        "content_type": document.content_type,
        "size_bytes": document.size_bytes,
        "sha256": document.sha256,
        "stored_by": stored_by,
    }
    if tx.execute(_INSERT, values).rowcount == 0:
        return False
    tx.execute(_KEEP, {"client_id": document.client_id, "id": document.id, "content": content})
    return True


def of_subject(tx: Tx, client_id: UUID, kind: str, subject_id: UUID) -> Document | None:
    """The document of a subject."""
    row = tx.execute(_BY_SUBJECT, {"client_id": client_id, "kind": kind, "subject_id": subject_id}).one_or_none()
    return None if row is None else _document(row)


def by_id(tx: Tx, client_id: UUID, document_id: UUID) -> Document | None:
    """A document of the client."""
    row = tx.execute(_BY_ID, {"client_id": client_id, "id": document_id}).one_or_none()
    return None if row is None else _document(row)


def content(tx: Tx, client_id: UUID, document_id: UUID) -> bytes | None:
    """The bytes that are kept here; None once they are in the object store alone."""
    kept = tx.execute(_CONTENT, {"client_id": client_id, "id": document_id}).scalar_one_or_none()
    return None if kept is None else bytes(kept)


def archive(tx: Tx, document: Document) -> bool:
    """Mark a document as archived; False if somebody else has done so."""
    return tx.execute(_ARCHIVE, {"client_id": document.client_id, "id": document.id}).rowcount == 1


def release(tx: Tx, document: Document) -> None:
    """Keep its bytes no longer."""
    tx.execute(_RELEASE, {"client_id": document.client_id, "id": document.id})


def _document(row: Row[Any]) -> Document:
    return Document(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
