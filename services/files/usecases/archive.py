"""The archive: what is stored once is never lost, never changed, and never stored a second time.

A document is decided by its first commit: the row and the bytes. Then the bytes go to the object store, and a second
transaction says that they are there and tells it. Whatever dies in between, a repeat or the job ``settle_document``
goes on from there. That job runs some minutes later in any case: it reads the object back, since a store may lose
what it acknowledged when its power is cut, and only then are the bytes here let go.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Final
from uuid import UUID

from chassis import calls, jobs
from chassis.crashpoints import crashpoint, register
from chassis.database import Database, Tx
from chassis.ids import uuid7
from chassis.jobs import Job
from chassis.outbox import Event
from chassis.permissions import Permission
from chassis.rpc_errors import Unavailable
from chassis.tokens import Caller
from kernel.errors import DomainError, Kind, NotFound
from rf.files.v1 import events_pb2
from services.files.storage import documents
from services.files.storage.documents import Document
from services.files.storage.objects import CHUNK_BYTES, ArchiveDamaged, ObjectStore

SETTLE: Final = "settle_document"
SETTLE_AFTER: Final = timedelta(minutes=5)  # a disk has written what it was given by then
READERS: Final = (Permission.LEDGER_READ, Permission.COLLECTION_READ, Permission.FILES_FETCH)

BEFORE_PUT = register("files.before_put", "a document is decided, and the object store does not have it")
AFTER_PUT = register("files.after_put", "the object store has a document, and its row does not say so")


class AlreadyArchived(DomainError):
    """The subject has a document of another content, and archived documents never change."""

    reason = "ALREADY_ARCHIVED"
    kind = Kind.CONFLICT


@dataclass(frozen=True)
class Archive:
    """The archive over a database and an object store."""

    database: Database
    objects: ObjectStore

    def store(self, document: Document, content: bytes) -> Document:
        """Archive a document for a service; the same content again is the same document.

        Raises PermissionDenied, AlreadyArchived, Unavailable (then it is not archived yet, and a repeat goes on).
        """
        caller = calls.caller()
        caller.require_everywhere(Permission.DOCUMENTS_STORE)
        with self.database.system([document.client_id]) as tx:
            decided = _decided(tx, document, content, caller)
        if decided.archived_at is not None:
            return decided
        crashpoint(BEFORE_PUT)
        self._put(decided, content)
        crashpoint(AFTER_PUT)
        with self.database.system([document.client_id]) as tx:
            _archived(tx, decided)
            found = documents.by_id(tx, decided.client_id, decided.id)
        assert found is not None  # noqa: S101 - documents are never removed
        return found

    def find(self, client_id: UUID, document_id: UUID | None, kind: str, subject_id: UUID | None) -> Document:
        """A document for the current caller, by its id or by kind and subject. Raises PermissionDenied, NotFound."""
        with self.database.read() as tx:
            _may_read(tx.caller, client_id)
            if document_id is not None:
                found = documents.by_id(tx, client_id, document_id)
            else:
                found = documents.of_subject(tx, client_id, kind, subject_id) if subject_id else None
            if found is None:
                raise NotFound("document")
            tx.audit("document.open", found.kind, found.id, client_id)
        return found

    def content(self, document: Document) -> Iterator[bytes]:
        """Its bytes, in pieces of at most 64 KiB. Raises ArchiveDamaged before the last piece, Unavailable."""
        with self.database.system([document.client_id]) as tx:
            kept = documents.content(tx, document.client_id, document.id)
        if kept is None:
            return self.objects.checked(document.key, document.size_bytes, document.sha256)
        return _pieces(kept, document.sha256)

    def settle(self, _: Database, job: Job) -> None:
        """Finish what a crash left, read the object back, and let go of the bytes kept here.

        A store that is away is no failure of the job: it comes again until the store has answered.
        """
        assert job.client_id is not None  # noqa: S101 - every such job has one
        with self.database.system([job.client_id]) as tx:
            document = documents.by_id(tx, job.client_id, UUID(job.payload["document_id"]))
            kept = None if document is None else documents.content(tx, document.client_id, document.id)
        if document is None or kept is None:
            with self.database.system([job.client_id]) as tx:
                job.complete(tx)
            return
        try:
            self._put(document, kept)
            self._read_back(document, kept)
        except Unavailable:
            with self.database.system([job.client_id]) as tx:
                _settle_later(tx, document, int(job.payload["round"]) + 1)
                job.complete(tx)
            return
        with self.database.system([job.client_id]) as tx:
            _archived(tx, document)
            documents.release(tx, document)
            job.complete(tx)

    def _put(self, document: Document, content: bytes) -> None:
        self.objects.put_if_absent(
            document.key, BytesIO(content), document.size_bytes, document.sha256, document.content_type
        )

    def _read_back(self, document: Document, content: bytes) -> None:
        try:
            for _ in self.objects.checked(document.key, document.size_bytes, document.sha256):
                pass
        except ArchiveDamaged:
            self.objects.put(
                document.key, BytesIO(content), document.size_bytes, document.sha256, document.content_type
            )
            raise Unavailable(what="object store", why="damaged") from None


def _decided(tx: Tx, document: Document, content: bytes, caller: Caller) -> Document:
    """The document of this subject: this one, or the same one from before."""
    new = replace(document, id=uuid7())
    if documents.insert(tx, new, content, caller.subject):
        _settle_later(tx, new, 1)
        return new
    found = documents.of_subject(tx, document.client_id, document.kind, document.subject_id)
    assert found is not None  # noqa: S101 - the insert met it, and documents are never removed
    if found.sha256 != document.sha256 or found.size_bytes != document.size_bytes:
        raise AlreadyArchived(document_id=found.id)
    return found


def _settle_later(tx: Tx, document: Document, number: int) -> None:
    jobs.enqueue(
        tx,
        SETTLE,
        f"{document.id}/{number}",
        {"document_id": str(document.id), "round": number},
        client_id=document.client_id,
        run_after=datetime.now(UTC) + SETTLE_AFTER,
    )


def _archived(tx: Tx, document: Document) -> None:
    """Say that the object store has it; told once, whoever comes first."""
    if not documents.archive(tx, document):
        return
    message = events_pb2.DocumentArchived(
        document_id=str(document.id),
        kind=document.kind,
        subject_id=str(document.subject_id),
        sha256=document.sha256,
        size_bytes=document.size_bytes,
    )
    tx.publish(Event(document.client_id, "document", document.id, message))


def _may_read(caller: Caller, client_id: UUID) -> None:
    if caller.everywhere & Permission.DOCUMENTS_STORE.mask or any(caller.may(one, client_id) for one in READERS):
        return
    caller.require(Permission.FILES_FETCH, client_id)


def _pieces(content: bytes, sha256: str) -> Iterator[bytes]:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ArchiveDamaged(why="content")
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]
