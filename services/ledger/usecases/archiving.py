"""The archived copy of an invoice."""

from typing import Any
from uuid import UUID

from chassis.consumer import Handlers, Received
from chassis.database import Tx
from rf.files.v1.events_pb2 import DocumentArchived
from services.ledger.storage import invoices, reversals
from services.ledger.storage.invoices import Note

INVOICE_COPY = "INVOICE_COPY"


def document_archived(tx: Tx, received: Received[Any]) -> None:
    """The copy of an invoice is archived: the invoice counts as printed, and its row holds what proves the copy.

    Other documents are not the ledger's business, and the first copy stays.
    """
    told: DocumentArchived = received.message
    if told.kind != INVOICE_COPY or received.client_id is None:
        return
    invoice_id, document_id = UUID(told.subject_id), UUID(told.document_id)
    reversals.see_revoked(tx)  # the archive keeps the copy of one that was revoked meanwhile, and its row says so
    if invoices.set_document(tx, received.client_id, invoice_id, document_id, bytes.fromhex(told.sha256)):
        invoices.note(tx, received.client_id, [Note(invoice_id, "DOCUMENT_ARCHIVED")], received.occurred_at)


HANDLERS: Handlers = {DocumentArchived: document_archived}
