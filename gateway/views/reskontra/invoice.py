"""The dialog Fakturainformation: one invoice, its copy, its history, and the way to collection (manual §4.3)."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import security, texts
from gateway.forms.search import InvoiceSearch
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.reskontra.blueprint import reskontra
from gateway.views.reskontra.search import beneath
from gateway.views.reskontra.words import HISTORY, KIND, STATUS, STEP, by, change_in_words
from kernel.errors import DomainError
from rf.ledger.v1 import invoices_pb2
from rf.ledger.v1.invoices_pb2 import GetInvoiceRequest, HandOverToCollectionRequest, Invoice
from rf.reports.v1.documents_pb2 import GetInvoiceCopyRequest

BOXES: Final = ("historik", "faktura", "inkasso")
"""What the buttons at the right open, by the names that the address uses (I-01)."""

POLLS: Final = 20
"""How many seconds the dialog asks for the case number before it leaves it to the reader."""


@reskontra.get("/faktura/<uuid:invoice_id>")
@needs("ledger.read")
def invoice(invoice_id: UUID) -> ResponseReturnValue:
    return _dialog(_fetch(invoice_id))


@reskontra.get("/faktura/<uuid:invoice_id>/kopia.pdf")
@needs("ledger.read")
def invoice_copy(invoice_id: UUID) -> ResponseReturnValue:
    """The PDF as it was archived, in the window; ``?hamta=1`` saves it as a file instead."""
    try:
        line = _fetch(invoice_id).line
        pieces = g.reports.documents.GetInvoiceCopy(
            GetInvoiceCopyRequest(client_id=line.client_id, invoice_id=line.invoice_id)
        )
        first = next(pieces)  # an error is told before anything is sent
    except DomainError as error:
        # the dialog's frame shows the reason, so the page may stand in it
        response = page("fel/ruta.html", texts.STATUS[error.kind], error=texts.reason(error))
        response.headers["Content-Security-Policy"] = security.FRAMED_CSP
        return response
    response = Response(_bytes(first.chunk, pieces), mimetype="application/pdf")
    response.headers["Content-Security-Policy"] = security.PDF_CSP
    kept = "".join(c for c in first.file_name if c.isascii() and (c.isalnum() or c in "-_."))
    way = "attachment" if request.args.get("hamta") else "inline"
    response.headers["Content-Disposition"] = f'{way}; filename="{kept or "faktura.pdf"}"'
    return response


@reskontra.post("/faktura/<uuid:invoice_id>/inkasso")
@needs("collection.register")
def hand_over(invoice_id: UUID) -> ResponseReturnValue:
    """Lämna till inkasso: the case follows as soon as the collection service has made it."""
    found = _fetch(invoice_id)
    try:
        g.ledger.invoices.HandOverToCollection(
            HandOverToCollectionRequest(
                request_id=request.form.get("request_id", ""),
                client_id=found.line.client_id,
                invoice_id=found.line.invoice_id,
            )
        )
    except DomainError as error:
        if error.reason != "CANNOT_HAND_OVER":
            raise
        return _dialog(_fetch(invoice_id), 409, refused=texts.reason(error))
    query = InvoiceSearch.read(request.args).query()
    return redirect(url_for("reskontra.invoice", invoice_id=invoice_id, **query), 303)


@reskontra.get("/faktura/<uuid:invoice_id>/arende")
@needs("ledger.read")
def case_number(invoice_id: UUID) -> ResponseReturnValue:
    """The line that tells the case number, asked for every second until it is known."""
    found = _fetch(invoice_id)
    asked = request.args.get("n", "")
    return page("reskontra/_arende.html", i=found, poll=_polls(found, int(asked) if asked.isdigit() else POLLS))


def _fetch(invoice_id: UUID) -> Invoice:
    """Raises NotFound: also for an invoice of a client that is not the person's."""
    answer: Invoice = g.ledger.invoices.GetInvoice(GetInvoiceRequest(invoice_id=str(invoice_id))).invoice
    return answer


def _dialog(found: Invoice, status: int = 200, refused: texts.ErrorText | None = None) -> Response:
    asked = InvoiceSearch.read(request.args)
    boxes = [name for name in dict.fromkeys(request.args.getlist("ruta")) if name in BOXES]
    if refused is not None:
        boxes = [name for name in boxes if name != "inkasso"]
    context = {
        "i": found,
        "client": g.session.client_name(found.line.client_id),
        "kind": KIND.get(found.line.kind, ""),
        "status_word": STATUS.get(found.line.status, ""),
        "step": STEP.get(found.line.status, 0),
        "boxes": boxes,
        "rail": [
            {"name": name, "open": name in boxes, "url": _url(found, asked, _toggled(boxes, name))} for name in BOXES
        ],
        "close_url": url_for("reskontra.search", **asked.query()),
        "history": [_event(item) for item in found.history],
        "hand_over_url": url_for("reskontra.hand_over", invoice_id=found.line.invoice_id, **asked.query()),
        "may_hand_over": found.can_hand_over and _may_hand_over(found.line.client_id),
        "poll": _polls(found, 0),
        "refused": refused,
    }
    if wants_fragment("dialog-host"):
        return page("reskontra/_faktura.html", status, **context)
    return page("reskontra/faktura.html", status, **beneath(asked), **context)


def _may_hand_over(client_id: str) -> bool:
    client = g.session.client(client_id)
    return client is not None and "collection.register" in client.permissions


def _url(found: Invoice, asked: InvoiceSearch, boxes: list[str]) -> str:
    return url_for("reskontra.invoice", invoice_id=found.line.invoice_id, ruta=boxes, **asked.query())


def _toggled(boxes: list[str], name: str) -> list[str]:
    return [one for one in boxes if one != name] if name in boxes else [*boxes, name]


def _event(item: invoices_pb2.HistoryItem) -> dict[str, Any]:
    word, icon = HISTORY.get(item.kind, ("Händelse", "clock"))
    text = " ".join(part for part in (change_in_words(item.change), item.note) if part)
    return {"item": item, "word": word, "icon": icon, "text": text, "by": by(item.by)}


def _polls(found: Invoice, asked: int) -> int:
    """The number of the next question for the case number; 0 when there is nothing to wait for."""
    waits = found.line.status == invoices_pb2.INVOICE_STATUS_COLLECTION and not found.line.case_number
    return asked + 1 if waits and asked < POLLS else 0


def _bytes(first: bytes, rest: Iterator[Any]) -> Iterator[bytes]:
    yield first
    for piece in rest:
        yield piece.chunk
