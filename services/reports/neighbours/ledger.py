"""What this service asks of the ledger: an invoice, as it is printed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from chassis.rpc_client import Neighbour
from chassis.wire import to_date
from kernel.errors import DomainError, Kind
from kernel.money import exponent
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
        rows=(*(_row(row) for row in draft.rows), *_fee(invoice, vat_lines)),
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


def _fee(invoice: invoices_pb2.Invoice, vat_lines: tuple[VatLine, ...]) -> tuple[Row, ...]:
    """The invoicing fee as a row: the ledger has it in the sums, at the highest rate, and not among the rows."""
    fee = invoice.invoice_fee
    if not fee.minor_units:
        return ()
    price = Decimal(fee.minor_units).scaleb(-exponent(fee.currency_code))
    percent = max((line.percent for line in vat_lines), default=0)
    return (Row(FEE, unit_price=price, vat_percent=percent, net_minor=fee.minor_units),)


def _day(message: date_pb2.Date, number: str) -> date:
    day = to_date(message, "invoice")
    if day is None:
        raise InvoiceDoesNotAddUp(number=number)
    return day
