"""The customer's last invoice, to begin the next one from (SPEC B9)."""

from flask import g

from rf.auth.v1.sessions_pb2 import ClientAccess
from rf.ledger.v1.customers_pb2 import Customer
from rf.ledger.v1.invoices_pb2 import (
    INVOICE_KIND_INVOICE,
    INVOICE_SORT_INVOICE_DATE,
    GetInvoiceRequest,
    InvoiceDraft,
    SearchInvoicesRequest,
    SearchTerms,
)


def of(client: ClientAccess, customer: Customer) -> InvoiceDraft | None:
    """As it was registered; None where there is none, or where the person may not read invoices."""
    if "ledger.read" not in client.permissions:
        return None
    asked = SearchInvoicesRequest(
        client_ids=[client.client_id],
        customer_number=customer.number,
        terms=SearchTerms(kinds=[INVOICE_KIND_INVOICE]),
        sort=INVOICE_SORT_INVOICE_DATE,
        descending=True,
        page_size=1,
    )
    found = g.ledger.invoices.SearchInvoices(asked).invoices
    if not found:
        return None
    asked_for = GetInvoiceRequest(client_id=client.client_id, invoice_id=found[0].invoice_id)
    draft: InvoiceDraft = g.ledger.invoices.GetInvoice(asked_for).invoice.draft
    return draft
