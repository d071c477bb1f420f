"""The PDFs of an invoice in the window: its copy (I-13) and the letters of its history (I-11)."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from flask import Response, abort, g, request
from flask.typing import ResponseReturnValue

from gateway import security, texts
from gateway.rendering import page
from gateway.session import needs
from gateway.views.reskontra.blueprint import reskontra
from gateway.views.reskontra.history import letter_of
from gateway.views.reskontra.invoice import fetch
from kernel.errors import DomainError
from rf.files.v1.archive_pb2 import FetchDocumentRequest
from rf.reports.v1.documents_pb2 import GetInvoiceCopyRequest


@reskontra.get("/faktura/<uuid:invoice_id>/kopia.pdf")
@needs("ledger.read")
def invoice_copy(invoice_id: UUID) -> ResponseReturnValue:
    """The PDF as it was archived, or made now; ``?hamta=1`` saves it as a file instead."""

    def read() -> tuple[str, Iterator[bytes]]:
        line = fetch(invoice_id).line
        pieces = g.reports.documents.GetInvoiceCopy(
            GetInvoiceCopyRequest(client_id=line.client_id, invoice_id=line.invoice_id)
        )
        first = next(pieces)  # an error is told before anything is sent
        return first.file_name, _bytes(first.chunk, pieces)

    return _in_the_frame(read)


@reskontra.get("/faktura/<uuid:invoice_id>/brev/<uuid:document_id>.pdf")
@needs("ledger.read")
def invoice_letter(invoice_id: UUID, document_id: UUID) -> ResponseReturnValue:
    """An archived letter of the invoice's history, as it was sent."""

    def read() -> tuple[str, Iterator[bytes]]:
        found = fetch(invoice_id)
        if not letter_of(found, str(document_id)):
            abort(404)
        pieces = g.files.archive.FetchDocument(
            FetchDocumentRequest(client_id=found.line.client_id, document_id=str(document_id))
        )
        next(pieces)  # the head; an error is told before anything is sent
        return f"brev-{found.line.number}.pdf", _bytes(b"", pieces)

    return _in_the_frame(read)


def _in_the_frame(read: Callable[[], tuple[str, Iterator[bytes]]]) -> Response:
    """A PDF for the dialog's frame, or there the reason why there is none."""
    try:
        file_name, content = read()
    except DomainError as error:
        refused = page("fel/ruta.html", texts.STATUS[error.kind], error=texts.reason(error))
        refused.headers["Content-Security-Policy"] = security.FRAMED_CSP
        return refused
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Security-Policy"] = security.PDF_CSP
    kept = "".join(c for c in file_name if c.isascii() and (c.isalnum() or c in "-_."))
    way = "attachment" if request.args.get("hamta") else "inline"
    response.headers["Content-Disposition"] = f'{way}; filename="{kept or "faktura.pdf"}"'
    return response


def _bytes(first: bytes, rest: Iterator[Any]) -> Iterator[bytes]:
    yield first
    for piece in rest:
        yield piece.chunk
