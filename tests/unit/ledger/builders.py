"""Drafts and terms for tables of cases."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.ledger.domain.drafts import Draft, Row
from services.ledger.domain.kinds import CollectionKind, InvoiceKind, OcrForm, Service
from services.ledger.domain.terms import Terms

TODAY = date(2026, 11, 24)

TERMS = Terms(
    client_id=UUID(int=1),
    name="Exempelbolaget AB",
    organisation_number="5560360793",
    street="Storgatan 1",
    postcode="11122",
    town="Stockholm",
    phone="",
    email="",
    bankgiro="50501055",
    holds_bank_account=False,
    f_tax=True,
    payment_terms_days=30,
    rounds_to_krona=True,
    ocr_kind=OcrForm.CHECK_DIGIT,
    first_invoice_number=1001,
    first_customer_number=501,
    collection_kind=CollectionKind.AGENT,
    four_eyes=False,
    invoice_fee_minor=2900,
)


def terms(**fields: Any) -> Terms:
    return replace(TERMS, **fields)


def a_row(price: str = "100", vat: int = 25, quantity: str = "1", **fields: Any) -> Row:
    return Row("Städning", quantity=Decimal(quantity), unit_price=Decimal(price), vat_percent=vat, **fields)


def a_printed(*rows: Row, **fields: Any) -> Draft:
    values: dict[str, Any] = {
        "service": Service.INVOICING,
        "kind": InvoiceKind.INVOICE,
        "customer_number": "501",
        "invoice_date": TODAY,
        "payment_terms_days": 30,
        "rows": rows or (a_row(),),
    }
    return Draft(**(values | fields))


def a_followed_up(net: int = 10_000, vat: int = 2_500, **fields: Any) -> Draft:
    values: dict[str, Any] = {
        "service": Service.LEDGER,
        "kind": InvoiceKind.INVOICE,
        "customer_number": "501",
        "invoice_date": TODAY,
        "payment_terms_days": 30,
        "invoice_number": "7001",
        "net_minor": net,
        "vat_minor": vat,
        "total_minor": net + vat,
    }
    return Draft(**(values | fields))
