"""Which events come in, and what each does."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from chassis import jobs
from chassis.business_day import today
from chassis.consumer import Received
from chassis.database import Tx
from chassis.wire import to_date
from rf.ledger.v1 import events_pb2, invoices_pb2, journals_pb2
from services.reports.storage import invoice_facts
from services.reports.storage.invoice_facts import InvoiceFact
from services.reports.usecases.invoice_copies import JOB


@dataclass(frozen=True)
class Handlers:
    """The handlers; ``render_days`` is how old an invoice may be for its copy to be made at once."""

    render_days: int

    def journal_approved(self, tx: Tx, received: Received[events_pb2.JournalApproved]) -> None:
        """Note the invoices for the statistics, and queue a copy of each young one that Resultat Finans prints.

        A repeat changes nothing: facts are replaced by the same, and a job is queued once per invoice.
        """
        message, client_id = received.message, received.client_id
        if message.kind != journals_pb2.JOURNAL_KIND_INVOICES or client_id is None:
            return
        facts = [_fact(client_id, invoice) for invoice in message.invoices]
        invoice_facts.replace(tx, facts)
        oldest = today() - timedelta(days=self.render_days)
        printed = invoices_pb2.ServiceKind.Name(invoices_pb2.SERVICE_KIND_INVOICING)
        for fact in facts:
            if fact.service == printed and fact.invoice_date >= oldest:
                key, payload = str(fact.invoice_id), {"invoice_id": str(fact.invoice_id)}
                jobs.enqueue(tx, JOB, key, payload, client_id=client_id)

    def journal_revoked(self, tx: Tx, received: Received[events_pb2.JournalRevoked]) -> None:
        """Its invoices leave the statistics. A copy that was made stays in the archive; nobody finds its invoice."""
        message, client_id = received.message, received.client_id
        if message.kind == journals_pb2.JOURNAL_KIND_INVOICES and client_id is not None:
            invoice_facts.remove(tx, client_id, [UUID(one) for one in message.item_ids])


def _fact(client_id: UUID, invoice: events_pb2.ApprovedInvoice) -> InvoiceFact:
    return InvoiceFact(
        client_id=client_id,
        invoice_id=UUID(invoice.invoice_id),
        kind=invoices_pb2.InvoiceKind.Name(invoice.kind),
        service=invoices_pb2.ServiceKind.Name(invoice.service),
        invoice_date=_day(to_date(invoice.invoice_date, "invoice_date")),
        due_date=_day(to_date(invoice.due_date, "due_date")),
        currency=invoice.total.currency_code,
        total_minor=invoice.total.minor_units,
    )


def _day(day: date | None) -> date:
    if day is None:
        raise ValueError("an approved invoice has both its days")
    return day
