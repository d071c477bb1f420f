"""Invoices as the ledger tells them."""

from datetime import date, timedelta
from typing import Any

from chassis import wire
from rf.ledger.v1 import customers_pb2, invoices_pb2, terms_pb2
from tests.unit.gateway.house import ENERGI

TODAY = date(2026, 11, 24)


def an_id(n: int) -> str:
    return f"01930000-0000-7000-8000-{n:012d}"


def a_line(n: int = 1, overdue: int = 12, **changes: Any) -> invoices_pb2.InvoiceLine:
    due = TODAY - timedelta(overdue)
    return invoices_pb2.InvoiceLine(
        **{
            "invoice_id": an_id(n),
            "client_id": ENERGI,
            "number": str(40718000 + n),
            "customer_id": an_id(9000 + n),
            "customer_number": "100445",
            "customer_name": "Ylva Nattsjö",
            "invoice_date": wire.from_date(due - timedelta(30)),
            "due_date": wire.from_date(due),
            "days_since_due": overdue,
            "original": wire.money(123456),
            "remaining": wire.money(123456),
            "kind": invoices_pb2.INVOICE_KIND_INVOICE,
            "service": invoices_pb2.SERVICE_KIND_INVOICING,
            "status": invoices_pb2.INVOICE_STATUS_OVERDUE if overdue > 0 else invoices_pb2.INVOICE_STATUS_NOT_DUE,
            **changes,
        }
    )


def a_sum(count: int, remaining: int, paid: int = 0, currency: str = "SEK") -> invoices_pb2.InvoiceSums:
    amounts = {"original": remaining + paid, "paid": paid, "remaining": remaining}
    return invoices_pb2.InvoiceSums(
        count=count, **{name: wire.money(minor, currency) for name, minor in amounts.items()}
    )


def a_customer(**changes: Any) -> customers_pb2.Customer:
    return customers_pb2.Customer(
        **{
            "customer_id": an_id(9001),
            "client_id": ENERGI,
            "number": "100445",
            "kind": customers_pb2.PARTY_KIND_PERSON,
            "name": "Ylva Nattsjö",
            "id_number": "198602170006",
            "street": "Åkervindevägen 12 B",
            "postcode": "81291",
            "town": "Lidsjö",
            "country_code": "SE",
            **changes,
        }
    )


def an_invoice(
    n: int = 1, overdue: int = 12, *, line: dict[str, Any] | None = None, **changes: Any
) -> invoices_pb2.Invoice:
    first = a_line(n, overdue, **(line or {}))
    return invoices_pb2.Invoice(
        **{
            "line": first,
            "draft": invoices_pb2.InvoiceDraft(
                client_id=ENERGI,
                service=first.service,
                kind=first.kind,
                payment_terms_days=30,
                rows=[
                    invoices_pb2.InvoiceRow(
                        article_number="FB-500",
                        description="Fiber 500/500",
                        quantity="1",
                        unit="st",
                        unit_price="987.65",
                        vat_percent=25,
                        net=wire.money(98765),
                    ),
                    invoices_pb2.InvoiceRow(text_only=True, description="Juli till september"),
                ],
            ),
            "customer": a_customer(),
            "issuer": terms_pb2.Terms(name="Kvarnåsens Energi AB", collection_kind=terms_pb2.COLLECTION_KIND_OWN),
            "vat_sums": [invoices_pb2.VatSum(vat_percent=25, net=wire.money(98765), vat=wire.money(24691))],
            "ocr_number": "407162205",
            "history": [
                invoices_pb2.HistoryItem(
                    at=wire.from_time(None), booking_date=first.invoice_date, kind="REGISTERED", by="frida"
                )
            ],
            "can_hand_over": overdue > 0,
            "original_sek": first.original,
            "remaining_sek": first.remaining,
            **changes,
        }
    )
