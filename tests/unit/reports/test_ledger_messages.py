"""From the ledger's invoice to the document: every field arrives, and what does not add up is not printed."""

from decimal import Decimal

import pytest

from chassis.wire import money
from rf.ledger.v1 import invoices_pb2
from services.reports.domain.invoice_document import InvoiceDoesNotAddUp, InvoiceKind
from services.reports.neighbours.ledger import FEE, InvoiceNotPrintedHere, document_of
from tests.unit.reports.builders import ADMINISTRATOR, SENDER, an_invoice
from tests.unit.reports.messages import as_the_ledger_says


def test_every_field_arrives() -> None:
    document = an_invoice(rounding_minor=-3)
    assert document_of(as_the_ledger_says(document), ADMINISTRATOR) == document


def test_a_client_with_its_own_bank_account_is_its_own_payee() -> None:
    message = as_the_ledger_says(an_invoice())
    message.issuer.holds_bank_account = True
    payee = document_of(message, ADMINISTRATOR).payee
    assert payee is not None
    assert payee.name == SENDER.name


def test_without_an_ocr_number_the_invoice_number_is_the_reference() -> None:
    message = as_the_ledger_says(an_invoice())
    message.ocr_number = ""
    payee = document_of(message, ADMINISTRATOR).payee
    assert payee is not None
    assert (payee.reference, payee.is_ocr) == ("40718568", False)


def test_an_invoicing_fee_in_the_sums_becomes_a_row() -> None:
    message = as_the_ledger_says(an_invoice())
    message.draft.with_invoice_fee = True
    message.invoice_fee.CopyFrom(money(2900))
    message.vat_sums[0].net.minor_units += 2900
    message.vat_sums[0].vat.minor_units += 725
    message.line.original.minor_units += 3625
    fee = document_of(message, ADMINISTRATOR).rows[-1]
    assert (fee.description, fee.net_minor, fee.unit_price, fee.vat_percent) == (FEE, 2900, Decimal(29), 25)


def test_sums_that_disagree_are_not_printed() -> None:
    message = as_the_ledger_says(an_invoice())
    message.line.original.minor_units += 1
    with pytest.raises(InvoiceDoesNotAddUp):
        document_of(message, ADMINISTRATOR)


def test_an_invoice_that_the_client_prints_is_refused() -> None:
    message = as_the_ledger_says(an_invoice())
    message.line.service = invoices_pb2.SERVICE_KIND_LEDGER
    with pytest.raises(InvoiceNotPrintedHere):
        document_of(message, ADMINISTRATOR)


def test_vat_of_another_currency_is_said_in_kronor() -> None:
    document = an_invoice(currency="EUR", exchange_rate=Decimal("11.25"))
    assert document.vat_minor == 12386
    assert document.vat_sek_minor == 139343
    assert an_invoice().vat_sek_minor is None


def test_interest_bears_no_interest() -> None:
    assert an_invoice().bears_interest
    assert not an_invoice(kind=InvoiceKind.INTEREST).bears_interest


def test_the_file_name_holds_no_path() -> None:
    assert an_invoice(number="../../7").file_name == "Faktura 7.pdf"
