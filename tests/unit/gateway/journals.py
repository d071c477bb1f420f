"""Journals, previews and receipts as the ledger tells them."""

from datetime import UTC, datetime
from typing import Any

from chassis import wire
from rf.ledger.v1 import invoices_pb2, journals_pb2, payments_pb2
from tests.unit.gateway.house import ENERGI
from tests.unit.gateway.invoices import TODAY, a_customer, an_id

JOURNAL = an_id(1187)


def a_preview(**draft: Any) -> invoices_pb2.InvoicePreview:
    return invoices_pb2.InvoicePreview(
        draft=invoices_pb2.InvoiceDraft(
            **{
                "client_id": ENERGI,
                "service": invoices_pb2.SERVICE_KIND_INVOICING,
                "kind": invoices_pb2.INVOICE_KIND_INVOICE,
                "customer_number": "100445",
                "invoice_date": wire.from_date(TODAY),
                "due_date": wire.from_date(TODAY),
                "payment_terms_days": 30,
                "currency_code": "SEK",
                "exchange_rate": "1",
                "rows": [
                    invoices_pb2.InvoiceRow(
                        description="Fast avgift", quantity="1", unit_price="39", vat_percent=25, net=wire.money(3900)
                    )
                ],
                **draft,
            }
        ),
        customer=a_customer(),
        vat_sums=[invoices_pb2.VatSum(vat_percent=25, net=wire.money(3900), vat=wire.money(975))],
        net=wire.money(3900),
        vat=wire.money(975),
        rounding=wire.money(25),
        total=wire.money(4900),
    )


def a_payment(verdict: "payments_pb2.MatchVerdict.ValueType", **changes: Any) -> payments_pb2.MatchedPayment:
    return payments_pb2.MatchedPayment(
        **{
            "payment": payments_pb2.Payment(
                bank_reference="B1",
                amount=wire.money(50000),
                booking_date=wire.from_date(TODAY),
                payer_name="Ylva Nattsjö",
                channel="CAMT054",
            ),
            "verdict": verdict,
            **changes,
        }
    )


def a_journal(**changes: Any) -> journals_pb2.Journal:
    return journals_pb2.Journal(
        **{
            "journal_id": JOURNAL,
            "client_id": ENERGI,
            "kind": journals_pb2.JOURNAL_KIND_INVOICES,
            "number": 1187,
            "item_count": 2,
            "sums": [wire.money(9800)],
            "version": 3,
            **changes,
        }
    )


def some_items() -> list[journals_pb2.JournalItem]:
    return [
        journals_pb2.JournalItem(item_id=an_id(501), position=1, invoice=a_preview()),
        journals_pb2.JournalItem(item_id=an_id(502), position=2, invoice=a_preview(invoice_number="A-17")),
    ]


def a_receipt(**changes: Any) -> journals_pb2.Receipt:
    return journals_pb2.Receipt(
        **{
            "journal_id": JOURNAL,
            "journal_number": 1187,
            "receipt_number": 7,
            "approved_at": wire.from_time(datetime(2026, 11, 24, 8, 41, tzinfo=UTC)),
            "approved_by": "frida",
            "item_count": 2,
            "sums": [wire.money(9800)],
            "hash": "ab" * 32,
            "previous_hash": "cd" * 32,
            "invoice_ids": [an_id(1)],
            "kind": journals_pb2.JOURNAL_KIND_INVOICES,
            "client_id": ENERGI,
            **changes,
        }
    )
