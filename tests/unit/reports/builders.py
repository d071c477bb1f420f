"""Invoices to print, one word at a time."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.vat import vat_of
from services.reports.domain.invoice_document import (
    Administrator,
    InvoiceDocument,
    InvoiceKind,
    Payee,
    Receiver,
    Row,
    Sender,
    VatLine,
)

SENDER = Sender(
    name="Kvarnåsens Fiber AB",
    street="Ljusgatan 7",
    postcode="81290",
    town="Lidsjö",
    phone="08-465 004 10",
    email="faktura@kvarnasen.example",
    organisation_number="5599990016",
    f_tax=True,
)
RECEIVER = Receiver("104757", "Elvira Kornstrand", "", "Vallmotorget 3 lgh 1102", "81292", "Lidsjö", "SE")
ADMINISTRATOR = Administrator("Resultat Finans AB", "Box 412, 812 90 Lidsjö")
PAYEE = Payee("Resultat Finans AB, klientmedel", "59990010", "407185685", is_ocr=True)


def a_row(description: str, net_minor: int, **more: Any) -> Row:
    """A row of one piece that costs so many öre, at 25 %, unless told otherwise."""
    usual: dict[str, Any] = {"unit": "st", "unit_price": Decimal(net_minor).scaleb(-2), "vat_percent": 25}
    return Row(description, net_minor=net_minor, **usual | more)


ROWS = (
    a_row(
        "Fiber 250/250, oktober–december",
        48900,
        article="F250",
        quantity=Decimal(3),
        unit="mån",
        unit_price=Decimal(163),
    ),
    a_row(
        "Serietidning, provnummer",
        2687,
        article="T-6",
        quantity=Decimal("1.5"),
        unit_price=Decimal("19.905"),
        discount_percent=Decimal(10),
        vat_percent=6,
    ),
    Row("Avtal 2026-1182, leverans till Vallmotorget 3", text_only=True),
)


def an_invoice(rows: tuple[Row, ...] = ROWS, **changes: Any) -> InvoiceDocument:
    """An invoice over the rows, with VAT and total that follow from them, and with these changes."""
    percents = sorted({row.vat_percent for row in rows if not row.text_only}, reverse=True)
    nets = {p: sum(row.net_minor for row in rows if row.vat_percent == p and not row.text_only) for p in percents}
    lines = tuple(VatLine(p, net, vat_of(net, Decimal(p))) for p, net in nets.items())
    exact = sum(line.net_minor + line.vat_minor for line in lines)
    rounding = changes.pop("rounding_minor", 0)
    invoice = InvoiceDocument(
        kind=InvoiceKind.INVOICE,
        number="40718568",
        invoice_date=date(2026, 9, 22),
        due_date=date(2026, 10, 22),
        payment_terms_days=30,
        currency="SEK",
        exchange_rate=None,
        sender=SENDER,
        receiver=RECEIVER,
        administrator=ADMINISTRATOR,
        your_reference="Elvira K",
        our_reference="Kundtjänst",
        subject="Bredband kvartal 4",
        credits_number="",
        rows=rows,
        vat_lines=lines,
        rounding_minor=rounding,
        total_minor=exact + rounding,
        payee=PAYEE,
    )
    return replace(invoice, **changes)


def a_credit() -> InvoiceDocument:
    """The whole of `an_invoice`, credited."""
    rows = tuple(replace(row, quantity=-row.quantity, net_minor=-row.net_minor) for row in ROWS)
    return an_invoice(rows, kind=InvoiceKind.CREDIT, number="40718569", credits_number="40718568")


def many_rows(count: int) -> tuple[Row, ...]:
    """So many rows of one to five lines, of 1 krona, 2 kronor and so on."""
    words = "Mätning och justering av fördelningsskåp enligt protokoll "
    return tuple(a_row(words * (1 + n % 3) + str(n), 100 * n, article=f"A{n}") for n in range(1, count + 1))
