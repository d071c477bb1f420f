"""ArchiveService: translate, call, translate."""

import hashlib
from collections.abc import Iterator
from io import BytesIO
from re import ASCII
from re import compile as regex
from typing import Final
from uuid import UUID

import grpc

from chassis.wire import from_time, refuse, to_uuid
from kernel.errors import Violations
from rf.files.v1 import archive_pb2, archive_pb2_grpc
from services.files.api import incoming
from services.files.storage.documents import Document
from services.files.usecases.archive import Archive

MAX_DOCUMENT_BYTES: Final = 32 * 1024 * 1024
_KIND = regex(r"[A-Z][A-Z0-9_]{0,39}", ASCII)
_CONTENT_TYPE = regex(r"[a-z]{1,20}/[a-z0-9.+-]{1,79}", ASCII)
_SHA256 = regex(r"[0-9a-f]{64}", ASCII)
_NO_ID = UUID(int=0)


class ArchiveServicer(archive_pb2_grpc.ArchiveServiceServicer):
    """Documents, stored once and fetched often."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def StoreDocument(
        self, request_iterator: Iterator[archive_pb2.StoreDocumentRequest], context: grpc.ServicerContext
    ) -> archive_pb2.StoreDocumentResponse:
        """Takes a document whole, then archives it."""
        head = incoming.head(request_iterator)
        content = BytesIO()
        size = incoming.receive(request_iterator, content, MAX_DOCUMENT_BYTES)
        document = _document(head, size, hashlib.sha256(content.getbuffer()).hexdigest())
        stored = self._archive.store(document, content.getvalue())
        return archive_pb2.StoreDocumentResponse(document=_to_proto(stored))

    def FetchDocument(
        self, request: archive_pb2.FetchDocumentRequest, context: grpc.ServicerContext
    ) -> Iterator[archive_pb2.FetchDocumentResponse]:
        """Streams a document; an error instead of its last piece if the whole is not what was stored."""
        client_id = to_uuid(request.client_id, "client_id")
        document_id = to_uuid(request.document_id, "document_id") if request.document_id else None
        subject_id = to_uuid(request.subject_id, "subject_id") if document_id is None else None
        if document_id is None and _KIND.fullmatch(request.kind) is None:
            raise refuse("kind", "BAD_CODE")
        found = self._archive.find(client_id, document_id, request.kind, subject_id)
        yield archive_pb2.FetchDocumentResponse(head=_to_proto(found))
        for piece in self._archive.content(found):
            yield archive_pb2.FetchDocumentResponse(chunk=piece)


def _document(head: archive_pb2.Document, size_bytes: int, sha256: str) -> Document:
    """What is to be stored. Raises InvalidInput, also when the bytes are not those that the head promises."""
    with Violations() as v:
        v.require("head.kind", _KIND.fullmatch(head.kind) is not None, "BAD_CODE")
        v.require("head.content_type", _CONTENT_TYPE.fullmatch(head.content_type) is not None, "BAD_MEDIA_TYPE")
        v.require("head.sha256", _SHA256.fullmatch(head.sha256) is not None, "BAD_HASH")
    if head.sha256 != sha256:
        raise refuse("head.sha256", "HASH_MISMATCH")
    return Document(
        client_id=to_uuid(head.client_id, "head.client_id"),
        id=_NO_ID,  # gets its own when it is new
        kind=head.kind,
        subject_id=to_uuid(head.subject_id, "head.subject_id"),
        content_type=head.content_type,
        size_bytes=size_bytes,
        sha256=sha256,
    )


def _to_proto(document: Document) -> archive_pb2.Document:
    return archive_pb2.Document(
        document_id=str(document.id),
        client_id=str(document.client_id),
        kind=document.kind,
        subject_id=str(document.subject_id),
        content_type=document.content_type,
        size_bytes=document.size_bytes,
        sha256=document.sha256,
        archived_at=from_time(document.archived_at),
    )
