"""Documents as auth keeps them, for one person."""

from typing import Any

from kernel.errors import NotFound
from rf.auth.v1 import documents_pb2
from tests.unit.gateway.house import House


class Kept:
    """What has been put, by kind and key; the house answers from it."""

    def __init__(self, house: House) -> None:
        self.documents: dict[tuple[int, str], documents_pb2.Document] = {}
        self._clock = 0
        house.answers |= {
            "PutDocument": self._put,
            "GetDocument": self._get,
            "ListDocuments": self._list,
            "DeleteDocument": self._delete,
        }

    def keys(self, kind: int) -> list[str]:
        return sorted(key for of_kind, key in self.documents if of_kind == kind)

    def _put(self, request: Any) -> documents_pb2.PutDocumentResponse:
        self._clock += 1
        kept = documents_pb2.Document()
        kept.CopyFrom(request.document)
        kept.changed_at.FromSeconds(1_795_510_860 + self._clock)  # 2026-11-24 13.01
        self.documents[kept.kind, kept.key] = kept
        return documents_pb2.PutDocumentResponse()

    def _get(self, request: Any) -> documents_pb2.GetDocumentResponse:
        found = self.documents.get((request.kind, request.key))
        if found is None:
            raise NotFound("document")
        return documents_pb2.GetDocumentResponse(document=found)

    def _list(self, request: Any) -> documents_pb2.ListDocumentsResponse:
        begins = request.key_prefix
        found = [one for (kind, key), one in self.documents.items() if kind == request.kind and key.startswith(begins)]
        answer = documents_pb2.ListDocumentsResponse(documents=found)
        for one in answer.documents:
            one.body = one.body if len(one.body.encode()) <= 4096 else ""
        return answer

    def _delete(self, request: Any) -> documents_pb2.DeleteDocumentResponse:
        gone = self.documents.pop((request.kind, request.key), None)
        return documents_pb2.DeleteDocumentResponse(deleted=gone is not None)
