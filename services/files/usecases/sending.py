"""Skicka fil: a file is taken whole and kept; then it is read in the background.

The row comes first, the object second, and only then is the upload received: so every object has a row, and what a
crash leaves is taken over by the next try with the same content.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import BinaryIO, Final
from uuid import UUID, uuid5

from chassis import calls, jobs
from chassis.business_day import STOCKHOLM
from chassis.crashpoints import crashpoint, register
from chassis.database import Database, RequestIdReused, Tx
from chassis.permissions import Permission
from kernel.errors import DomainError, Kind, NotFound
from rf.files.v1 import uploads_pb2
from services.files.storage import uploads
from services.files.storage.objects import ObjectStore
from services.files.storage.uploads import NewUpload, Upload
from services.files.usecases.parsing import PARSE

POLL_S: Final = 0.05
ANSWER_S: Final = 0.5  # of the deadline, for the answer itself
_REQUESTS: Final = UUID("0ea97c0e-6f0b-4c58-9f5c-2b0b3f0c5f11")  # an upload's id is made of its request's

AFTER_UPLOAD_PUT = register("files.after_upload_put", "the object store has a file, and its row does not say so")


class FileAlreadyReceived(DomainError):
    """The client has sent this very content before, and it was not refused then."""

    reason = "FILE_ALREADY_RECEIVED"
    kind = Kind.CONFLICT


@dataclass(frozen=True)
class Sending:
    """Takes files in, and waits ``wait_s`` for each to be read before it answers."""

    database: Database
    objects: ObjectStore
    wait_s: float

    def send(
        self, head: uploads_pb2.SendFileHead, client_id: UUID, content: BinaryIO, size_bytes: int, sha256: str
    ) -> UUID:
        """Keep a file and queue its reading; the upload's id, the same for the same request.

        Raises PermissionDenied, FileAlreadyReceived, RequestIdReused, Unavailable.
        """
        caller = calls.caller()
        caller.require(Permission.FILES_SEND, client_id)
        own_id = uuid5(_REQUESTS, f"{caller.subject}/{head.request_id}")
        new = NewUpload(client_id, own_id, head.file_name, size_bytes, sha256, caller.name)
        with self.database.system([client_id]) as tx:
            upload = uploads.reserve(tx, new)
        if upload.status == uploads.RECEIVING:
            if upload.sha256 != sha256:
                raise RequestIdReused
            content.seek(0)
            self.objects.put_if_absent(upload.key, content, size_bytes, sha256, "application/octet-stream")
            crashpoint(AFTER_UPLOAD_PUT)
        fingerprint = hashlib.sha256(head.SerializeToString(deterministic=True) + bytes.fromhex(sha256)).digest()

        def receive(tx: Tx) -> uploads_pb2.SendFileResponse:
            _receive(tx, client_id, upload.id, head.file_name)
            return uploads_pb2.SendFileResponse(upload=uploads_pb2.Upload(upload_id=str(upload.id)))

        return UUID(self.database.once(head, uploads_pb2.SendFileResponse, receive, fingerprint).upload.upload_id)

    def when_read(self, client_id: UUID, upload_id: UUID) -> Upload:
        """The upload once it is read, or as it is after some seconds."""
        give_up = time.monotonic() + min(self.wait_s, _seconds_left() - ANSWER_S)
        while True:
            with self.database.system([client_id]) as tx:
                upload = uploads.by_id(tx, client_id, upload_id)
            if upload is None:
                raise NotFound("upload")
            if upload.status != uploads.RECEIVED or time.monotonic() > give_up:
                return upload
            time.sleep(POLL_S)


def _receive(tx: Tx, client_id: UUID, upload_id: UUID, file_name: str) -> None:
    upload = uploads.lock(tx, client_id, upload_id)
    if upload is None:
        raise NotFound("upload")
    if upload.status != uploads.RECEIVING:
        day = upload.received_at.astimezone(STOCKHOLM).date()
        raise FileAlreadyReceived(upload_id=upload.id, received_on=day.isoformat())
    uploads.receive(tx, upload, file_name)
    jobs.enqueue(tx, PARSE, f"{upload_id}/1", {"upload_id": str(upload_id), "round": 1}, client_id=client_id)
    tx.audit("file.send", "upload", upload_id, client_id, bytes=upload.size_bytes)


def _seconds_left() -> float:
    call = calls.current()
    return ANSWER_S if call is None else call.seconds_left()
