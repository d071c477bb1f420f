"""UploadService: translate, call, translate."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast

import grpc

from chassis import calls, paging
from chassis.permissions import Permission
from chassis.wire import refuse, to_uuid, to_uuids
from kernel.errors import Violations
from rf.files.v1 import uploads_pb2, uploads_pb2_grpc
from services.files.api import incoming, to_proto
from services.files.domain.limited import LIMITS
from services.files.usecases.accepting import Accepting
from services.files.usecases.sending import Sending
from services.files.usecases.uploads import Uploads

MAX_NAME: Final = 200
IN_MEMORY_BYTES: Final = 1024 * 1024
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UploadServicer(uploads_pb2_grpc.UploadServiceServicer):
    """Files that clients send."""

    def __init__(self, sending: Sending, uploads: Uploads, accepting: Accepting) -> None:
        self._sending = sending
        self._uploads = uploads
        self._accepting = accepting

    def SendFile(
        self, request_iterator: Iterator[uploads_pb2.SendFileRequest], context: grpc.ServicerContext
    ) -> uploads_pb2.SendFileResponse:
        """Takes a file whole before anything of it is kept."""
        head = incoming.head(request_iterator)
        client_id = to_uuid(head.client_id, "head.client_id")
        calls.caller().require(Permission.FILES_SEND, client_id)  # before 64 MiB are taken from a stranger
        _check(head)
        with _spool() as content:
            size = incoming.receive(request_iterator, content, LIMITS.max_bytes)
            content.seek(0)
            sha256 = hashlib.file_digest(cast("Any", content), "sha256").hexdigest()
            upload_id = self._sending.send(head, client_id, content, size, sha256)
        upload = self._sending.when_read(client_id, upload_id)
        return uploads_pb2.SendFileResponse(upload=to_proto.upload(upload))

    def GetUpload(
        self, request: uploads_pb2.GetUploadRequest, context: grpc.ServicerContext
    ) -> uploads_pb2.GetUploadResponse:
        """Shows a page of rows."""
        limit = paging.size(request.page_size, default=100)
        after = paging.key(request.page_token, [int]) or [0]
        ids = to_uuid(request.client_id, "client_id"), to_uuid(request.upload_id, "upload_id")
        shown = self._uploads.get(*ids, int(after[0]), limit)
        token = paging.token(shown.rows[limit - 1].place) if len(shown.rows) > limit else ""
        return to_proto.shown(shown, limit, token)

    def AcceptUpload(
        self, request: uploads_pb2.AcceptUploadRequest, context: grpc.ServicerContext
    ) -> uploads_pb2.AcceptUploadResponse:
        """Makes journals of it."""
        client_id, upload_id = to_uuid(request.client_id, "client_id"), to_uuid(request.upload_id, "upload_id")
        return self._accepting.accept(request, client_id, upload_id, to_proto.accepted)

    def ListUploads(
        self, request: uploads_pb2.ListUploadsRequest, context: grpc.ServicerContext
    ) -> uploads_pb2.ListUploadsResponse:
        """Latest first."""
        limit = paging.size(request.page_size)
        after = paging.key(request.page_token, [int, str])
        key = (_time(int(after[0])), to_uuid(str(after[1]), "page_token")) if after else None
        found = self._uploads.list(to_uuids(request.client_ids, "client_ids"), key, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return uploads_pb2.ListUploadsResponse(
            uploads=[to_proto.upload(one) for one in found[:limit]],
            next_page_token=paging.token(_microseconds(last.received_at), str(last.id)) if last else "",
        )


def _spool() -> BinaryIO:
    return cast("BinaryIO", SpooledTemporaryFile(IN_MEMORY_BYTES))  # which it is, whatever its stub says


def _check(head: uploads_pb2.SendFileHead) -> None:
    """Raises InvalidInput. The name is shown and never used as one."""
    name = head.file_name
    with Violations() as v:
        if v.present("head.file_name", name.strip()):
            v.require("head.file_name", len(name) <= MAX_NAME, "TOO_LONG", max=MAX_NAME)
            v.require("head.file_name", name.isprintable() and not set(name) & set("/\\"), "BAD_FILE_NAME")
        with v.field("head"):
            to_uuid(head.request_id, "request_id")


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _time(microseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise refuse("page_token", "BAD_TOKEN") from None
