"""Documents as the ledger would say them."""

from chassis.wire import from_date, money
from rf.ledger.v1 import customers_pb2, invoices_pb2, terms_pb2
from services.reports.domain.invoice_document import InvoiceDocument, InvoiceKind, Row

_KINDS = {
    InvoiceKind.INVOICE: invoices_pb2.INVOICE_KIND_INVOICE,
    InvoiceKind.CREDIT: invoices_pb2.INVOICE_KIND_CREDIT,
    InvoiceKind.INTEREST: invoices_pb2.INVOICE_KIND_INTEREST,
    InvoiceKind.FINAL: invoices_pb2.INVOICE_KIND_FINAL,
}


def as_the_ledger_says(document: InvoiceDocument) -> invoices_pb2.Invoice:
    """The ledger's message of which the document is made."""
    sender, receiver, payee = document.sender, document.receiver, document.payee
    return invoices_pb2.Invoice(
        line=invoices_pb2.InvoiceLine(
            number=document.number,
            invoice_date=from_date(document.invoice_date),
            due_date=from_date(document.due_date),
            original=money(document.total_minor, document.currency),
            kind=_KINDS[document.kind],
            service=invoices_pb2.SERVICE_KIND_INVOICING,
        ),
        draft=invoices_pb2.InvoiceDraft(
            payment_terms_days=document.payment_terms_days,
            exchange_rate=str(document.exchange_rate or ""),
            your_reference=document.your_reference,
            our_reference=document.our_reference,
            subject=document.subject,
            credits_invoice_number=document.credits_number,
            rows=[_row(row, document.currency) for row in document.rows],
        ),
        customer=customers_pb2.Customer(
            number=receiver.number,
            name=receiver.name,
            care_of=receiver.care_of,
            street=receiver.street,
            postcode=receiver.postcode,
            town=receiver.town,
            country_code=receiver.country_code,
        ),
        issuer=terms_pb2.Terms(
            name=sender.name,
            organisation_number=sender.organisation_number,
            street=sender.street,
            postcode=sender.postcode,
            town=sender.town,
            phone=sender.phone,
            email=sender.email,
            f_tax=sender.f_tax,
            bankgiro=payee.bankgiro if payee else "",
        ),
        vat_sums=[
            invoices_pb2.VatSum(
                vat_percent=line.percent,
                net=money(line.net_minor, document.currency),
                vat=money(line.vat_minor, document.currency),
            )
            for line in document.vat_lines
        ],
        rounding=money(document.rounding_minor, document.currency),
        ocr_number=payee.reference if payee and payee.is_ocr else "",
    )


def _row(row: Row, currency: str) -> invoices_pb2.InvoiceRow:
    if row.text_only:
        return invoices_pb2.InvoiceRow(text_only=True, description=row.description)
    return invoices_pb2.InvoiceRow(
        article_number=row.article,
        description=row.description,
        quantity=str(row.quantity),
        unit=row.unit,
        unit_price=str(row.unit_price),
        discount_percent=str(row.discount_percent),
        vat_percent=row.vat_percent,
        net=money(row.net_minor, currency),
    )
