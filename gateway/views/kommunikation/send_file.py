"""Skicka fil: choose a file, send it, and see those sent before (manual §7.1)."""

import os
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from gateway import file_texts, texts
from gateway.rendering import page
from gateway.session import needs
from gateway.views.kommunikation.blueprint import kommunikation
from gateway.views.kommunikation.words import STATUS, UNKNOWN_STATUS, format_name
from kernel.errors import DomainError, Kind
from rf.auth.v1.sessions_pb2 import ClientAccess
from rf.files.v1.uploads_pb2 import ListUploadsRequest, SendFileHead, SendFileRequest, Upload

CHUNK_BYTES: Final = 64 * 1024
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_NAME: Final = 200
PAGE_SIZE: Final = 20
CHOOSE = "Välj den med Bläddra… eller släpp den i rutan."


@kommunikation.get("/skicka-fil")
@needs("files.send")
def send_file() -> ResponseReturnValue:
    return _page(200, {})


@kommunikation.post("/skicka-fil")
@needs("files.send")
def do_send_file() -> ResponseReturnValue:
    """Passes the file on as it comes from the form's own store on disk; nobody holds it whole."""
    faults: dict[str, str] = {}
    client = g.session.numbered(request.form.get("klientnr", ""), "files.send")
    if client is None:
        faults["klientnr"] = "Klient saknas. Välj vem filen gäller i listan."
    sent = request.files.get("fil")
    name = _name(sent)
    if sent is None or not name:
        faults["fil"] = f"Fil saknas. {CHOOSE}"
    elif fault := _unfit(sent, name):
        faults["fil"] = fault
    request_id = request.form.get("request_id", "")
    if not _is_uuid(request_id):
        faults.setdefault("fil", f"Formuläret gick inte att läsa. Ladda om sidan. {CHOOSE}")
    if faults or client is None or sent is None:
        return _page(422, faults)
    head = SendFileHead(request_id=request_id, client_id=client.client_id, file_name=name)
    try:
        upload = g.files.uploads.SendFile(_parts(head, sent)).upload
    except DomainError as error:
        return _refused(error, client, name)
    return redirect(address(upload), 303)


def address(upload: Upload) -> str:
    """The page of an upload; it names the client, because files are kept by client."""
    client = g.session.client(upload.client_id)
    number = client.number if client else "-"
    return url_for("kommunikation.upload", number=number, upload_id=upload.upload_id)


def _parts(head: SendFileHead, sent: FileStorage) -> Iterator[SendFileRequest]:
    yield SendFileRequest(head=head)
    while piece := sent.stream.read(CHUNK_BYTES):
        yield SendFileRequest(chunk=piece)


def _name(sent: FileStorage | None) -> str:
    """The name without the path that some browsers send."""
    return (sent.filename or "").replace("\\", "/").rsplit("/", 1)[-1].strip() if sent else ""


def _unfit(sent: FileStorage, name: str) -> str:
    """What keeps the file from being sent at all."""
    if not name.isprintable() or len(name) > MAX_NAME:
        return f"Filens namn går inte att använda. Döp om filen till högst {MAX_NAME} vanliga tecken."
    size = sent.stream.seek(0, os.SEEK_END)
    sent.stream.seek(0)
    if not size:
        return file_texts.fault("EMPTY_FILE", {})
    return file_texts.fault("FILE_TOO_LARGE", {}) if size > MAX_FILE_BYTES else ""


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _refused(error: DomainError, client: ClientAccess, name: str) -> ResponseReturnValue:
    """What the service says about the file as a whole."""
    if error.reason == "FILE_ALREADY_RECEIVED":
        first = error.details.get("upload_id", "")
        url = url_for("kommunikation.upload", upload_id=first, number=client.number) if _is_uuid(first) else ""
        earlier = {"name": name, "url": url, "day": error.details.get("received_on", "")}
        return _page(409, {}, earlier=earlier)
    if error.kind is not Kind.INVALID:
        raise error
    if error.reason in file_texts.FAULTS:
        return _page(422, {"fil": file_texts.fault(error.reason, error.details)})
    reasons = {violation.field.rpartition(".")[2]: violation for violation in error.violations}
    if "file_name" in reasons:
        return _page(422, {"fil": texts.fault(reasons["file_name"], "Filens namn")})
    raise error


def _page(status: int, faults: dict[str, str], **more: Any) -> ResponseReturnValue:
    clients = [one for one in g.session.clients if "files.send" in one.permissions]
    usable = g.session.clients_with("files.send")
    chosen = request.form.get("klientnr") or (usable[0].number if len(usable) == 1 else "")
    return page(
        "kommunikation/skicka_fil.html",
        status,
        clients=[(one.number, f"{one.number} {one.name}") for one in clients],
        chosen=chosen,
        faults=faults,
        **_earlier(),
        **more,
    )


def _earlier() -> dict[str, Any]:
    """Tidigare filer. The form above it works without them, so a neighbour that is away is only named."""
    scope = g.session.scope("files.send") if g.session.clients_with("files.send") else []
    tokens = [token for token in request.args.getlist("sida") if token]
    try:
        answer = g.files.uploads.ListUploads(
            ListUploadsRequest(client_ids=scope, page_size=PAGE_SIZE, page_token=tokens[-1] if tokens else "")
        )
    except DomainError as error:
        if error.kind is Kind.INVALID and tokens:
            return {"uploads": [], "silent": "Sidan i listan finns inte längre. Börja om från den första."}
        if error.kind not in {Kind.UNAVAILABLE, Kind.EXHAUSTED}:
            raise
        return {"uploads": [], "silent": f"{texts.reason(error).title}. {texts.reason(error).text}"}
    return {
        "uploads": [_row(one) for one in answer.uploads],
        "next_url": url_for("kommunikation.send_file", sida=answer.next_page_token, _anchor="tidigare")
        if answer.next_page_token
        else "",
        "first_url": url_for("kommunikation.send_file", _anchor="tidigare") if tokens else "",
        "silent": "",
    }


def _row(upload: Upload) -> dict[str, Any]:
    return {
        "upload": upload,
        "client": g.session.client_name(upload.client_id),
        "format": format_name(upload.format, "") or "Okänt",
        "status": STATUS.get(upload.status, UNKNOWN_STATUS),
        "url": address(upload),
    }
