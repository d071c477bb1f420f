"""DocumentService: translate, call, translate."""

from collections.abc import Iterator

import grpc

from chassis.wire import to_uuid
from rf.reports.v1 import documents_pb2, documents_pb2_grpc
from services.reports.usecases.invoice_copies import InvoiceCopies

CHUNK_BYTES = 64 * 1024


class DocumentServicer(documents_pb2_grpc.DocumentServiceServicer):
    """PDF documents."""

    def __init__(self, copies: InvoiceCopies) -> None:
        self._copies = copies

    def GetInvoiceCopy(
        self, request: documents_pb2.GetInvoiceCopyRequest, context: grpc.ServicerContext
    ) -> Iterator[documents_pb2.GetInvoiceCopyResponse]:
        """Streams the PDF; hash and name stand in the first piece."""
        copy = self._copies.open(to_uuid(request.client_id, "client_id"), to_uuid(request.invoice_id, "invoice_id"))
        for start in range(0, len(copy.content), CHUNK_BYTES):
            piece = documents_pb2.GetInvoiceCopyResponse(chunk=copy.content[start : start + CHUNK_BYTES])
            if start == 0:
                piece.sha256, piece.file_name = copy.sha256, copy.file_name
            yield piece
