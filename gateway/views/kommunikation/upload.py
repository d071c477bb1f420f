"""A file that was sent: what it is, what each row would do, and the button that sends the rows on (manual §7.1)."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import file_texts
from gateway.presentation import money
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.kommunikation.blueprint import kommunikation
from gateway.views.kommunikation.words import (
    LEFT_ASIDE,
    NOT_LOOKED_AT,
    NOTE,
    STATUS,
    UNKNOWN_STATUS,
    VERDICT,
    format_name,
    size,
)
from kernel.errors import DomainError, Kind
from rf.auth.v1.sessions_pb2 import ClientAccess
from rf.files.v1 import uploads_pb2
from rf.files.v1.uploads_pb2 import (
    AcceptUploadRequest,
    FileFault,
    GetUploadRequest,
    GetUploadResponse,
    Upload,
    UploadRow,
)
from rf.ledger.v1 import payments_pb2

PAGE_SIZE: Final = 100
POLL_S: Final = 2
ROWS: Final = "rader"
READING: Final = "lasning"
TAKEN: Final = frozenset({"UPLOAD_ALREADY_ACCEPTED", "UPLOAD_BEING_ACCEPTED", "UPLOAD_NOT_READ", "UPLOAD_REFUSED"})
ENTERS_JOURNAL: Final = (
    payments_pb2.MATCH_VERDICT_OCR,
    payments_pb2.MATCH_VERDICT_INVOICE_NUMBER,
    payments_pb2.MATCH_VERDICT_UNPLACED,
)


@kommunikation.get("/fil/<number>/<uuid:upload_id>")
@needs("files.send")
def upload(number: str, upload_id: UUID) -> ResponseReturnValue:
    client = _client(number)
    tokens = [token for token in request.args.getlist("sida") if token]
    try:
        answer = _fetch(client, upload_id, PAGE_SIZE, tokens[-1] if tokens else "")
    except DomainError as error:
        if error.kind is Kind.INVALID and tokens:
            return redirect(_url(client, upload_id), 303)
        raise
    if answer.upload.status == uploads_pb2.UPLOAD_STATUS_RECEIVED:
        return _reading(client, answer)
    if wants_fragment(READING):  # it has been read since: the whole page is another
        return "", 204, {"HX-Refresh": "true"}
    context = {**_about(client, answer), **_rows(client, answer, tokens)}
    if wants_fragment(ROWS):
        return page("kommunikation/_rader.html", **context)
    first = _fetch(client, upload_id, 1, "") if tokens else answer  # the counts come with the first page
    return page("kommunikation/fil.html", **context, **_outcome(first, whole=not tokens and not answer.next_page_token))


@kommunikation.post("/fil/<number>/<uuid:upload_id>/skicka")
@needs("files.send")
def accept(number: str, upload_id: UUID) -> ResponseReturnValue:
    """Puts the payments in a journal of their own, where Godkänn Bunt makes them real."""
    client = _client(number)
    wanted = AcceptUploadRequest(
        request_id=request.form.get("request_id", ""), client_id=client.client_id, upload_id=str(upload_id)
    )
    try:
        answer = g.files.uploads.AcceptUpload(wanted)
    except DomainError as error:
        if error.reason not in TAKEN:
            raise
        return redirect(_url(client, upload_id, andrad=1), 303)  # somebody was first; the page says how it stands
    journals = _journals(answer.upload)
    if len(journals) == 1 and any(right in client.permissions for right in ("ledger.register", "ledger.approve")):
        return redirect(_journal_url(client, journals[0], tillagda=answer.added_count), 303)
    return redirect(_url(client, upload_id, **({} if journals else {"inget": 1})), 303)


def _client(number: str) -> ClientAccess:
    """Whose file it is. One of a client that the person may not send for is as if it did not exist."""
    client: ClientAccess | None = g.session.numbered(number, "files.send")
    if client is None:
        abort(404)
    return client


def _fetch(client: ClientAccess, upload_id: UUID, page_size: int, token: str) -> GetUploadResponse:
    answer: GetUploadResponse = g.files.uploads.GetUpload(
        GetUploadRequest(client_id=client.client_id, upload_id=str(upload_id), page_size=page_size, page_token=token)
    )
    return answer


def _url(client: ClientAccess, upload_id: UUID | str, **more: object) -> str:
    return url_for("kommunikation.upload", upload_id=upload_id, number=client.number, **more)  # type: ignore[arg-type]


def _journals(accepted: Upload) -> list[str]:
    """Ids of its journals; one holds 5,000 payments."""
    return [accepted.journal_id, *accepted.more_journal_ids] if accepted.journal_id else []


def _journal_url(client: ClientAccess, journal_id: str, **more: object) -> str:
    return url_for("reskontra.journal", number=client.number, journal_id=journal_id, **more)  # type: ignore[arg-type]


def _reading(client: ClientAccess, answer: GetUploadResponse) -> ResponseReturnValue:
    context = {**_about(client, answer), "poll_s": POLL_S, "poll_url": _url(client, answer.upload.upload_id)}
    return page("kommunikation/_laser.html" if wants_fragment(READING) else "kommunikation/laser.html", **context)


def _about(client: ClientAccess, answer: GetUploadResponse) -> dict[str, Any]:
    """What the head of the page says of the file."""
    found = answer.upload
    return {
        "upload": found,
        "client": client,
        "format": format_name(found.format, found.format_version),
        "size": size(found.size_bytes),
        "state": STATUS.get(found.status, UNKNOWN_STATUS),
        "waits": found.status == uploads_pb2.UPLOAD_STATUS_PARSED,
        "refused": found.status == uploads_pb2.UPLOAD_STATUS_REFUSED,
        "accepted": found.status == uploads_pb2.UPLOAD_STATUS_ACCEPTED,
        "journal_urls": [_journal_url(client, one) for one in _journals(found)],
        "faults": [_fault(client, one) for one in found.faults],
        "changed": "andrad" in request.args,
        "nothing_added": "inget" in request.args,
    }


def _fault(client: ClientAccess, fault: FileFault) -> dict[str, Any]:
    earlier = fault.details.get("upload_id", "")
    return {
        "earlier_url": _url(client, earlier) if earlier else "",
        "row": fault.row,
        "place": file_texts.place(fault.position),
        "text": file_texts.fault(fault.reason, fault.details),
    }


def _rows(client: ClientAccess, answer: GetUploadResponse, tokens: list[str]) -> dict[str, Any]:
    upload_id = answer.upload.upload_id
    following = [*tokens, answer.next_page_token]
    return {
        "rows": [_row(one) for one in answer.rows],
        "verdicts_missing": answer.verdicts_missing,
        "next_url": _url(client, upload_id, sida=following) if answer.next_page_token else "",
        "previous_url": _url(client, upload_id, sida=tokens[:-1]) if tokens else "",
        "may_read_ledger": g.session.may("ledger.read"),
    }


def _row(row: UploadRow) -> dict[str, Any]:
    matched = row.payment
    verdict = LEFT_ASIDE if row.note else VERDICT.get(matched.verdict, NOT_LOOKED_AT)
    return {
        "number": row.row,
        "verdict": verdict,
        "payment": matched.payment,
        "references": ", ".join(reference.value for reference in matched.payment.references) or matched.payment.message,
        "parts": matched.parts,
        "text": NOTE.get(row.note, row.note) or _surplus(matched),
    }


def _surplus(matched: payments_pb2.MatchedPayment) -> str:
    """What becomes of the part that no invoice takes, and of what goes by way of a case."""
    said = []
    if any(part.by_case for part in matched.parts):
        said.append("Går till inkassoärendet.")
    left = matched.surplus.minor_units
    if matched.verdict == payments_pb2.MATCH_VERDICT_UNPLACED:
        said.append("Ingen faktura hittades.")
    elif left and matched.parts:
        said.append(f"Överbetalning {money(left, matched.surplus.currency_code)}.")
    elif matched.verdict == payments_pb2.MATCH_VERDICT_DUPLICATE:
        said.append("Finns redan i reskontran. Hoppas över.")
    return " ".join(said)


def _outcome(answer: GetUploadResponse, *, whole: bool) -> dict[str, Any]:
    """How many rows of each verdict, and Om du skickar nu; amounts only where all rows are on the page."""
    counts: dict[int, int] = {one.verdict: one.count for one in answer.verdict_counts}
    ignored = answer.upload.ignored_count
    boxes = [(counts.get(verdict, 0), *look) for verdict, look in VERDICT.items()]
    covered = answer.counted_count or sum(counts.values())
    return {
        "boxes": [*boxes, (ignored, *LEFT_ASIDE)],
        "to_journal": sum(counts.get(verdict, 0) for verdict in ENTERS_JOURNAL),
        "duplicates": counts.get(payments_pb2.MATCH_VERDICT_DUPLICATE, 0),
        "not_looked_at": max(answer.upload.payment_count - covered, 0) if counts else 0,
        "effect": _effect(answer.rows) if whole and not answer.verdicts_missing else None,
    }


def _effect(rows: Iterable[UploadRow]) -> list[dict[str, Any]]:
    """What the rows do to the ledger, by currency: paid on invoices, to cases, overpaid, unplaced."""
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.note or row.payment.verdict not in ENTERS_JOURNAL:
            continue
        paid = row.payment
        one = sums.setdefault(paid.payment.amount.currency_code, dict.fromkeys(("invoices", "cases", "over", "un"), 0))
        for part in paid.parts:
            one["cases" if part.by_case else "invoices"] += part.amount.minor_units
        one["over" if paid.parts else "un"] += paid.surplus.minor_units
    return [{"currency": currency, **one, "total": sum(one.values())} for currency, one in sums.items()]
