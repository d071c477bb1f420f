"""The documents that this service has made and that lie in the archive: at most one per client, kind and subject."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from chassis.database import Tx


@dataclass(frozen=True, slots=True)
class ProducedDocument:
    """A document in the archive of files. ``kind`` is a constant of the contract, ``sha256`` is hex."""

    client_id: UUID
    kind: str
    subject_id: UUID
    document_id: UUID
    sha256: str
    file_name: str


_FIND = text("""
SELECT client_id, kind, subject_id, document_id, encode(sha256, 'hex') AS sha256, file_name
  FROM produced_document
 WHERE client_id = :client_id AND kind = :kind AND subject_id = :subject_id
""")
_INSERT = text("""
INSERT INTO produced_document (client_id, kind, subject_id, document_id, sha256, file_name)
VALUES (:client_id, :kind, :subject_id, :document_id, decode(:sha256, 'hex'), :file_name)
""")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))")


def find(tx: Tx, client_id: UUID, kind: str, subject_id: UUID) -> ProducedDocument | None:
    """The document of that subject, if it was made."""
    row = tx.execute(_FIND, {"client_id": client_id, "kind": kind, "subject_id": subject_id}).one_or_none()
    return None if row is None else ProducedDocument(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def lock(tx: Tx, client_id: UUID, kind: str, subject_id: UUID) -> None:
    """Wait until nobody else makes this document, and keep others from it until the transaction ends."""
    tx.execute(_LOCK, {"subject": f"{client_id}/{kind}/{subject_id}"})


def insert(tx: Tx, document: ProducedDocument) -> None:
    """Note a document. The caller holds its lock and has found none."""
    tx.execute(
        _INSERT,
        {
            "client_id": document.client_id,
            "kind": document.kind,
            "subject_id": document.subject_id,
            "document_id": document.document_id,
            "sha256": document.sha256,
            "file_name": document.file_name,
        },
    )
