"""The PDF copy of an invoice: made once, archived by files, opened from there."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from chassis import calls
from chassis.crashpoints import crashpoint, register
from chassis.database import Database, Tx
from chassis.jobs import Job
from chassis.outbox import Event
from chassis.permissions import Permission
from chassis.rpc_errors import Unavailable
from kernel.errors import DomainError, Kind
from rf.reports.v1 import events_pb2
from services.reports.domain.invoice_document import InvoiceDocument
from services.reports.neighbours.archive import Archive, ArchiveDamaged
from services.reports.rendering import html
from services.reports.rendering.pool import RenderingBusy, RenderingFailed
from services.reports.storage import invoice_facts, produced_documents
from services.reports.storage.produced_documents import ProducedDocument

INVOICE_COPY = "INVOICE_COPY"
"""The kind of the document."""

JOB = "invoice_copy"
"""The kind of the job that makes one; its key is the invoice."""

RENDER_S = 30.0

AFTER_STORE = register("reports.after_store", "the archive has the document, and no row says so")


class CannotBeMade(Exception):
    """Rendering failed: whoever opens it may ask again, but for a job it is the document's fault, not the house's."""


class Invoices(Protocol):
    """The ledger, as far as it is needed here."""

    def invoice(self, client_id: UUID, invoice_id: UUID) -> InvoiceDocument:
        """The invoice as it is printed."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A PDF with its hash (hex) and the name to save it by."""

    content: bytes
    sha256: str
    file_name: str


def _nothing(_: Tx) -> None:
    return


@dataclass(frozen=True)
class InvoiceCopies:
    """Opens and makes invoice copies. ``archive`` is asked as this service, ``callers_archive`` as the caller."""

    database: Database
    ledger: Invoices
    archive: Archive
    callers_archive: Archive
    render: Callable[[str, float], bytes]  # HTML, seconds

    def open(self, client_id: UUID, invoice_id: UUID) -> Copy:
        """The copy for the current caller: from the archive, or made and archived now.

        Raises PermissionDenied, NotFound, InvoiceNotPrintedHere, RenderingBusy, RenderingFailed, Unavailable.
        """
        with self.database.read() as tx:
            tx.caller.require(Permission.LEDGER_READ, client_id)
            produced = produced_documents.find(tx, client_id, INVOICE_COPY, invoice_id)
            tx.audit("invoice_copy.open", "invoice", invoice_id, client_id)
        content = None
        if produced is None:
            produced, content = self.make(client_id, invoice_id)
        if content is None:
            archived = self.callers_archive.fetch(client_id, produced.document_id)
            if archived.sha256 != produced.sha256:
                raise ArchiveDamaged
            content = archived.content
        return Copy(content, produced.sha256, produced.file_name)

    def do_job(self, _: Database, job: Job) -> None:
        """Make the copy that a job asks for; nothing is left to make of an invoice that was revoked meanwhile.

        Raises CannotBeMade, which uses up a try, besides what ``make`` raises.
        """
        assert job.client_id is not None  # noqa: S101 - every such job has one
        invoice_id = UUID(job.payload["invoice_id"])
        try:
            self.make(job.client_id, invoice_id, job.complete)
        except RenderingFailed as failed:
            raise CannotBeMade(failed.details.get("cause", "")) from None
        except RenderingBusy:
            raise Unavailable(what="rendering") from None
        except DomainError as error:
            if error.kind is not Kind.NOT_FOUND:
                raise
            with self.database.system([job.client_id]) as tx:
                if invoice_facts.is_known(tx, job.client_id, invoice_id):
                    raise  # perhaps we have not been told yet: the job is tried again
                job.complete(tx)

    def make(
        self, client_id: UUID, invoice_id: UUID, finish: Callable[[Tx], None] = _nothing
    ) -> tuple[ProducedDocument, bytes | None]:
        """Make, archive and note the copy unless that is done; then without its content.

        ``finish`` belongs to the same transaction. One maker at a time per invoice. What a crash left in the archive
        without a row is found there and noted, so that there is never a second document, also if the customer has
        moved since.
        """
        with self.database.system([client_id]) as tx:
            produced_documents.lock(tx, client_id, INVOICE_COPY, invoice_id)
            produced = produced_documents.find(tx, client_id, INVOICE_COPY, invoice_id)
            content = None
            if produced is None:
                produced, content = self._archived(client_id, invoice_id)
                produced_documents.insert(tx, produced)
                tx.publish(Event(client_id, "document", produced.document_id, _told(produced)))
            finish(tx)
        return produced, content

    def _archived(self, client_id: UUID, invoice_id: UUID) -> tuple[ProducedDocument, bytes]:
        """The copy as it lies in the archive: left there by a crash, or made and stored now."""
        invoice = self.ledger.invoice(client_id, invoice_id)
        left = self.archive.find(client_id, INVOICE_COPY, invoice_id)
        if left is not None:
            document_id, content = left.document_id, left.content
        else:
            content = self.render(html.invoice(invoice), _seconds_left())
            document_id = self.archive.store(client_id, INVOICE_COPY, invoice_id, content)
            crashpoint(AFTER_STORE)
        sha256 = hashlib.sha256(content).hexdigest()
        return ProducedDocument(client_id, INVOICE_COPY, invoice_id, document_id, sha256, invoice.file_name), content


def _told(document: ProducedDocument) -> events_pb2.DocumentProduced:
    return events_pb2.DocumentProduced(
        document_id=str(document.document_id),
        kind=document.kind,
        subject_id=str(document.subject_id),
        sha256=document.sha256,
    )


def _seconds_left() -> float:
    call = calls.current()
    return RENDER_S if call is None else call.seconds_left()
