"""Rows as messages."""

from chassis.wire import from_time, money
from rf.files.v1 import uploads_pb2
from rf.ledger.v1 import payments_pb2
from services.files.neighbours.ledger import payment
from services.files.storage import uploads
from services.files.storage.upload_payments import UploadPayment
from services.files.storage.uploads import Upload
from services.files.usecases.accepting import Taken
from services.files.usecases.uploads import Shown

_STATUSES = {
    uploads.RECEIVED: uploads_pb2.UPLOAD_STATUS_RECEIVED,
    uploads.PARSED: uploads_pb2.UPLOAD_STATUS_PARSED,
    uploads.REFUSED: uploads_pb2.UPLOAD_STATUS_REFUSED,
    uploads.ACCEPTED: uploads_pb2.UPLOAD_STATUS_ACCEPTED,
}


def upload(one: Upload) -> uploads_pb2.Upload:
    """An upload."""
    first, *more = map(str, one.journal_ids) if one.journal_ids else [""]
    return uploads_pb2.Upload(
        upload_id=str(one.id),
        client_id=str(one.client_id),
        file_name=one.file_name,
        format=one.format,
        format_version=one.format_version,
        size_bytes=one.size_bytes,
        sha256=one.sha256,
        status=_STATUSES[one.status],
        payment_count=one.payment_count,
        sums=[money(minor, currency) for currency, minor in sorted(one.sums.items())],
        faults=[
            uploads_pb2.FileFault(row=row, position=position, reason=reason, details=details)
            for row, position, reason, details in one.faults
        ],
        received_at=from_time(one.received_at),
        sent_by=one.sent_by,
        journal_id=first,
        more_journal_ids=more,
        ignored_count=one.ignored_count,
    )


def accepted(one: Upload, taken: Taken) -> uploads_pb2.AcceptUploadResponse:
    """An upload that was just accepted."""
    return uploads_pb2.AcceptUploadResponse(
        upload=upload(one), added_count=taken.added, duplicate_count=taken.duplicates
    )


def shown(one: Shown, limit: int, next_page_token: str) -> uploads_pb2.GetUploadResponse:
    """An upload with the first ``limit`` of its rows."""
    return uploads_pb2.GetUploadResponse(
        upload=upload(one.upload),
        rows=[_row(one, row) for row in one.rows[:limit]],
        next_page_token=next_page_token,
        verdict_counts=[
            uploads_pb2.VerdictCount(verdict=verdict, count=count) for verdict, count in sorted(one.counts.items())
        ],
        counted_count=sum(one.counts.values()),
        verdicts_missing=one.verdicts_missing,
    )


def _row(one: Shown, row: UploadPayment) -> uploads_pb2.UploadRow:
    matched = one.matched.get(row.place) or payments_pb2.MatchedPayment(payment=payment(row, one.upload.format))
    return uploads_pb2.UploadRow(row=row.row_no, payment=matched, note=row.note)
