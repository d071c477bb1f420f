"""What this service asks of the ledger: an invoice, as it is printed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from chassis.rpc_client import Neighbour
from chassis.wire import to_date
from kernel.errors import DomainError, Kind
from rf.ledger.v1 import customers_pb2, invoices_pb2, invoices_pb2_grpc, terms_pb2
from rf.type.v1 import date_pb2
from services.reports.domain.invoice_document import (
    Administrator,
    InvoiceDocument,
    InvoiceDoesNotAddUp,
    InvoiceKind,
    Payee,
    Receiver,
    Row,
    Sender,
    VatLine,
)

_KINDS: Final = {
    invoices_pb2.INVOICE_KIND_INVOICE: InvoiceKind.INVOICE,
    invoices_pb2.INVOICE_KIND_CREDIT: InvoiceKind.CREDIT,
    invoices_pb2.INVOICE_KIND_INTEREST: InvoiceKind.INTEREST,
    invoices_pb2.INVOICE_KIND_FINAL: InvoiceKind.FINAL,
}
FEE: Final = "Faktureringsavgift"


class InvoiceNotPrintedHere(DomainError):
    """The client prints its invoices of Reskontraservice itself: there is no copy of them here."""

    reason = "INVOICE_NOT_PRINTED_HERE"
    kind = Kind.CONFLICT


@dataclass(frozen=True)
class Ledger:
    """Asks the ledger."""

    neighbour: Neighbour
    administrator: Administrator

    def invoice(self, client_id: UUID, invoice_id: UUID) -> InvoiceDocument:
        """The invoice. Raises NotFound as the ledger does, InvoiceNotPrintedHere, InvoiceDoesNotAddUp, Unavailable."""
        stub = self.neighbour.stub(invoices_pb2_grpc.InvoiceServiceStub)
        request = invoices_pb2.GetInvoiceRequest(client_id=str(client_id), invoice_id=str(invoice_id))
        return document_of(stub.GetInvoice(request).invoice, self.administrator)


def document_of(invoice: invoices_pb2.Invoice, administrator: Administrator) -> InvoiceDocument:
    """The ledger's invoice as it is printed."""
    line, draft = invoice.line, invoice.draft
    if line.service != invoices_pb2.SERVICE_KIND_INVOICING:
        raise InvoiceNotPrintedHere(number=line.number)
    vat_lines = tuple(VatLine(s.vat_percent, s.net.minor_units, s.vat.minor_units) for s in invoice.vat_sums)
    return InvoiceDocument(
        kind=_KINDS[line.kind],
        number=line.number,
        invoice_date=_day(line.invoice_date, line.number),
        due_date=_day(line.due_date, line.number),
        payment_terms_days=draft.payment_terms_days,
        currency=line.original.currency_code,
        exchange_rate=Decimal(draft.exchange_rate) if draft.exchange_rate else None,
        sender=_sender(invoice.issuer),
        receiver=_receiver(invoice.customer),
        administrator=administrator,
        your_reference=draft.your_reference,
        our_reference=draft.our_reference,
        subject=draft.subject,
        credits_number=draft.credits_invoice_number,
        rows=_with_fee(tuple(_row(row) for row in draft.rows), vat_lines, draft, line.number),
        vat_lines=vat_lines,
        rounding_minor=invoice.rounding.minor_units,
        total_minor=line.original.minor_units,
        payee=_payee(invoice, administrator),
    )


def _sender(issuer: terms_pb2.Terms) -> Sender:
    return Sender(
        name=issuer.name,
        street=issuer.street,
        postcode=issuer.postcode,
        town=issuer.town,
        phone=issuer.phone,
        email=issuer.email,
        organisation_number=issuer.organisation_number,
        f_tax=issuer.f_tax,
    )


def _receiver(customer: customers_pb2.Customer) -> Receiver:
    return Receiver(
        number=customer.number,
        name=customer.name,
        care_of=customer.care_of,
        street=customer.street,
        postcode=customer.postcode,
        town=customer.town,
        country_code=customer.country_code,
    )


def _payee(invoice: invoices_pb2.Invoice, administrator: Administrator) -> Payee | None:
    issuer = invoice.issuer
    if not issuer.bankgiro:
        return None
    name = issuer.name if issuer.holds_bank_account else f"{administrator.name}, klientmedel"
    return Payee(name, issuer.bankgiro, invoice.ocr_number or invoice.line.number, bool(invoice.ocr_number))


def _row(row: invoices_pb2.InvoiceRow) -> Row:
    if row.text_only:
        return Row(row.description, text_only=True)
    return Row(
        description=row.description,
        article=row.article_number,
        quantity=Decimal(row.quantity),
        unit=row.unit,
        unit_price=Decimal(row.unit_price),
        discount_percent=Decimal(row.discount_percent or 0),
        vat_percent=row.vat_percent,
        net_minor=row.net.minor_units,
    )


def _with_fee(
    rows: tuple[Row, ...], vat_lines: tuple[VatLine, ...], draft: invoices_pb2.InvoiceDraft, number: str
) -> tuple[Row, ...]:
    """The rows with the invoicing fee as one of them, if the sums hold one that the rows do not."""
    missing = {line.percent: line.net_minor for line in vat_lines}
    for row in rows:
        missing[row.vat_percent] = missing.get(row.vat_percent, 0) - row.net_minor
    fees = [(percent, minor) for percent, minor in missing.items() if minor]
    if not fees or not draft.with_invoice_fee:
        return rows  # sums that still disagree are refused by the document itself
    if len(fees) > 1:
        raise InvoiceDoesNotAddUp(number=number)
    percent, minor = fees[0]
    return (*rows, Row(FEE, unit_price=Decimal(minor).scaleb(-2), vat_percent=percent, net_minor=minor))


def _day(message: date_pb2.Date, number: str) -> date:
    day = to_date(message, "invoice")
    if day is None:
        raise InvoiceDoesNotAddUp(number=number)
    return day
