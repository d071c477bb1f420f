"""Documents that the web keeps for its callers. Whose they are is the token's subject: nobody can name another."""

from collections.abc import Sequence

from chassis.database import Tx
from kernel.errors import DomainError, Kind, NotFound
from services.auth.domain.documents import Document, DocumentKind
from services.auth.storage import documents
from services.auth.storage.documents import StoredDocument


class DocumentChanged(DomainError):
    """The document is not in the version that was expected; ``version`` is the one it has, 0 for none."""

    reason = "DOCUMENT_CHANGED"
    kind = Kind.CONFLICT


class TooManyDocuments(DomainError):
    """The caller has as many documents of the kind as it may; ``most`` says how many."""

    reason = "TOO_MANY_DOCUMENTS"
    kind = Kind.EXHAUSTED


def put(tx: Tx, document: Document, expected_version: int | None) -> StoredDocument:
    """Write a document; the answer has no body. Raises DocumentChanged, TooManyDocuments."""
    documents.clear_ended(tx)
    documents.lock_all(tx, document.kind)
    there = documents.version(tx, document.kind, document.key)
    _expect(expected_version, there)
    if not there and documents.count(tx, document.kind) >= document.kind.most:
        raise TooManyDocuments(most=document.kind.most)
    return documents.put(tx, document)


def get(tx: Tx, kind: DocumentKind, key: str) -> StoredDocument:
    """A document. Raises NotFound."""
    found = documents.get(tx, kind, key)
    if found is None:
        raise NotFound("document")
    return found


def page(tx: Tx, kind: DocumentKind, prefix: str, after: str, limit: int) -> Sequence[StoredDocument]:
    """Documents with keys behind ``after``, by key; short bodies only."""
    return documents.page(tx, kind, prefix, after, limit)


def delete(tx: Tx, kind: DocumentKind, key: str, expected_version: int | None) -> bool:
    """Remove a document, and say whether there was one. Raises DocumentChanged for another version of it."""
    if expected_version is not None:
        there = documents.version(tx, kind, key)
        if there:
            _expect(expected_version, there)
    return documents.delete(tx, kind, key)


def _expect(expected: int | None, there: int) -> None:
    if expected is not None and expected != there:
        raise DocumentChanged(version=there)
