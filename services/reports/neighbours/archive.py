"""What this service asks of files: to keep a document for ever, and to give it back."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from chassis.rpc_client import Neighbour
from chassis.rpc_errors import RemoteError
from kernel.errors import DomainError, Kind
from rf.files.v1 import archive_pb2, archive_pb2_grpc

CHUNK_BYTES = 64 * 1024
PDF = "application/pdf"


class ArchiveDamaged(DomainError):
    """The archive answered with other bytes than those that were stored."""

    reason = "ARCHIVE_DAMAGED"
    kind = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Archived:
    """A document of the archive with its content."""

    document_id: UUID
    sha256: str
    content: bytes


@dataclass(frozen=True)
class Archive:
    """Asks files."""

    neighbour: Neighbour

    def store(self, client_id: UUID, kind: str, subject_id: UUID, pdf: bytes) -> UUID:
        """Keep a PDF; the same content for the same subject again is the same document. Raises Unavailable."""
        sha256 = hashlib.sha256(pdf).hexdigest()
        head = archive_pb2.Document(
            client_id=str(client_id), kind=kind, subject_id=str(subject_id), content_type=PDF, sha256=sha256
        )

        def parts() -> Iterator[archive_pb2.StoreDocumentRequest]:
            yield archive_pb2.StoreDocumentRequest(head=head)
            for start in range(0, len(pdf), CHUNK_BYTES):
                yield archive_pb2.StoreDocumentRequest(chunk=pdf[start : start + CHUNK_BYTES])

        stored = self._stub().StoreDocument(parts()).document
        if stored.sha256 != sha256:
            raise ArchiveDamaged
        return UUID(stored.document_id)

    def fetch(self, client_id: UUID, document_id: UUID) -> Archived:
        """A document by its id. Raises NotFound as files does, ArchiveDamaged, Unavailable."""
        return self._fetch(archive_pb2.FetchDocumentRequest(client_id=str(client_id), document_id=str(document_id)))

    def find(self, client_id: UUID, kind: str, subject_id: UUID) -> Archived | None:
        """The document of a subject, None if there is none. Raises ArchiveDamaged, Unavailable."""
        request = archive_pb2.FetchDocumentRequest(client_id=str(client_id), kind=kind, subject_id=str(subject_id))
        try:
            return self._fetch(request)
        except RemoteError as error:
            if error.kind is Kind.NOT_FOUND:
                return None
            raise

    def _fetch(self, request: archive_pb2.FetchDocumentRequest) -> Archived:
        head, content = archive_pb2.Document(), bytearray()
        for response in self._stub().FetchDocument(request):
            if response.HasField("head"):
                head = response.head
            else:
                content += response.chunk
        if hashlib.sha256(content).hexdigest() != head.sha256:
            raise ArchiveDamaged
        return Archived(UUID(head.document_id), head.sha256, bytes(content))

    def _stub(self) -> archive_pb2_grpc.ArchiveServiceStub:
        return self.neighbour.stub(archive_pb2_grpc.ArchiveServiceStub)
