"""Files that were sent, as the files service tells them."""

from datetime import UTC, date, datetime
from typing import Any

from chassis import wire
from rf.files.v1 import uploads_pb2
from rf.ledger.v1 import payments_pb2
from tests.unit.gateway.house import ENERGI
from tests.unit.gateway.invoices import an_id


def an_upload(n: int = 1, **changes: Any) -> uploads_pb2.Upload:
    return uploads_pb2.Upload(
        **{
            "upload_id": an_id(800 + n),
            "client_id": ENERGI,
            "file_name": "BgMax_20261124.txt",
            "format": "BGMAX",
            "format_version": "01",
            "size_bytes": 41_200,
            "status": uploads_pb2.UPLOAD_STATUS_PARSED,
            "payment_count": 4,
            "sums": [wire.money(284912)],
            "received_at": wire.from_time(datetime(2026, 11, 24, 8, 12, tzinfo=UTC)),
            "sent_by": "frida",
            **changes,
        }
    )


def a_row(
    row: int, verdict: int, minor: int, *, note: str = "", surplus: int = 0, **part: Any
) -> uploads_pb2.UploadRow:
    """A payment; with ``invoice_number`` one that pays that invoice."""
    parts = []
    if part:
        parts = [payments_pb2.PaymentPart(invoice_id=an_id(1), amount=wire.money(minor - surplus), **part)]
    return uploads_pb2.UploadRow(
        row=row,
        note=note,
        payment=payments_pb2.MatchedPayment(
            payment=payments_pb2.Payment(
                bank_reference=f"ref-{row}",
                amount=wire.money(minor),
                booking_date=wire.from_date(date(2026, 11, 23)),
                payer_name="Ylva Nattsjö",
                references=[payments_pb2.PaymentReference(value="407186240", is_ocr=True)],
                channel="BGMAX",
            ),
            verdict=verdict,  # type: ignore[arg-type]
            parts=parts,
            surplus=wire.money(surplus if parts else minor),
        ),
    )


def rows_of_each_verdict() -> list[uploads_pb2.UploadRow]:
    return [
        a_row(1, payments_pb2.MATCH_VERDICT_OCR, 123456, invoice_number="40718624"),
        a_row(2, payments_pb2.MATCH_VERDICT_INVOICE_NUMBER, 61456, surplus=1000, invoice_number="40718625"),
        a_row(3, payments_pb2.MATCH_VERDICT_UNPLACED, 50000),
        a_row(4, payments_pb2.MATCH_VERDICT_OCR, 50000, invoice_number="40718626", by_case=True),
        a_row(5, payments_pb2.MATCH_VERDICT_DUPLICATE, 34900, invoice_number="40718627"),
        a_row(6, payments_pb2.MATCH_VERDICT_UNSPECIFIED, 9900, note="REVERSAL"),
    ]


def a_parsed_upload(**changes: Any) -> uploads_pb2.GetUploadResponse:
    """Six rows: two by OCR (one of them to a case), one by number, one unplaced, a duplicate and a reversal."""
    counts = (
        (payments_pb2.MATCH_VERDICT_OCR, 2),
        (payments_pb2.MATCH_VERDICT_INVOICE_NUMBER, 1),
        (payments_pb2.MATCH_VERDICT_UNPLACED, 1),
        (payments_pb2.MATCH_VERDICT_DUPLICATE, 1),
    )
    return uploads_pb2.GetUploadResponse(
        **{
            "upload": an_upload(payment_count=5, ignored_count=1),
            "rows": rows_of_each_verdict(),
            "verdict_counts": [uploads_pb2.VerdictCount(verdict=verdict, count=n) for verdict, n in counts],
            "counted_count": 5,
            **changes,
        }
    )
