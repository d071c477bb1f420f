"""DocumentService."""

import grpc

from chassis import paging
from chassis.database import Database, Tx
from rf.auth.v1 import documents_pb2, documents_pb2_grpc
from services.auth.api import to_proto
from services.auth.api.to_proto import DOCUMENT_KINDS
from services.auth.domain.documents import document, place, prefix
from services.auth.usecases import documents

_KINDS = {number: kind for kind, number in DOCUMENT_KINDS.items()}


class DocumentServicer(documents_pb2_grpc.DocumentServiceServicer):
    """What the web keeps for its callers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def PutDocument(
        self, request: documents_pb2.PutDocumentRequest, context: grpc.ServicerContext
    ) -> documents_pb2.PutDocumentResponse:
        asked = request.document
        wanted = document(_KINDS.get(asked.kind), asked.key, asked.title, asked.body)
        expected = request.expected_version if request.HasField("expected_version") else None

        def put(tx: Tx) -> documents_pb2.PutDocumentResponse:
            return documents_pb2.PutDocumentResponse(document=to_proto.document(documents.put(tx, wanted, expected)))

        return self._database.once(request, documents_pb2.PutDocumentResponse, put)

    def GetDocument(
        self, request: documents_pb2.GetDocumentRequest, context: grpc.ServicerContext
    ) -> documents_pb2.GetDocumentResponse:
        kind, key = place(_KINDS.get(request.kind), request.key)
        with self._database.read() as tx:
            return documents_pb2.GetDocumentResponse(document=to_proto.document(documents.get(tx, kind, key)))

    def ListDocuments(
        self, request: documents_pb2.ListDocumentsRequest, context: grpc.ServicerContext
    ) -> documents_pb2.ListDocumentsResponse:
        kind, beginning = prefix(_KINDS.get(request.kind), request.key_prefix)
        size = paging.size(request.page_size)
        after = paging.key(request.page_token, [str])
        with self._database.read() as tx:
            found = documents.page(tx, kind, beginning, str(after[0]) if after else "", size + 1)
        return documents_pb2.ListDocumentsResponse(
            documents=[to_proto.document(one) for one in found[:size]],
            next_page_token=paging.token(found[size - 1].key) if len(found) > size else "",
        )

    def DeleteDocument(
        self, request: documents_pb2.DeleteDocumentRequest, context: grpc.ServicerContext
    ) -> documents_pb2.DeleteDocumentResponse:
        kind, key = place(_KINDS.get(request.kind), request.key)
        expected = request.expected_version if request.HasField("expected_version") else None

        def delete(tx: Tx) -> documents_pb2.DeleteDocumentResponse:
            return documents_pb2.DeleteDocumentResponse(deleted=documents.delete(tx, kind, key, expected))

        return self._database.once(request, documents_pb2.DeleteDocumentResponse, delete)
