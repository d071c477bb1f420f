"""Skicka: the payments of a file become journals in the ledger, in pieces, each once however often this is repeated.

The request id of each piece is made of the upload and the piece, so the ledger answers a repeat as it did before, and
what it has by its reference it leaves out. Only then does the upload say that it is accepted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from chassis import calls
from chassis.database import Database, Tx
from chassis.outbox import Event
from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from kernel.errors import DomainError, Kind, NotFound
from rf.files.v1 import events_pb2, uploads_pb2
from rf.ledger.v1 import payments_pb2
from services.files.neighbours.ledger import MAX_PIECE, Ledger, Registered, piece
from services.files.storage import upload_payments, uploads
from services.files.storage.uploads import Upload

JOURNAL_ITEMS: Final = 5_000  # as many as a journal of the ledger holds
PATIENCE: Final = timedelta(minutes=10)  # then another user may go on with what somebody left half done
_CLOSED: Final = frozenset({"JOURNAL_ALREADY_APPROVED", "NOT_FOUND"})  # approved or removed since the last piece


class UploadNotRead(DomainError):
    """The file is still being read."""

    reason = "UPLOAD_NOT_READ"
    kind = Kind.CONFLICT


class UploadIsRefused(DomainError):
    """The file has faults, and nothing of it is used."""

    reason = "UPLOAD_REFUSED"
    kind = Kind.CONFLICT


class UploadAlreadyAccepted(DomainError):
    """Its payments are in a journal already."""

    reason = "UPLOAD_ALREADY_ACCEPTED"
    kind = Kind.CONFLICT


class UploadBeingAccepted(DomainError):
    """Another user is accepting it."""

    reason = "UPLOAD_BEING_ACCEPTED"
    kind = Kind.CONFLICT


@dataclass
class Taken:
    """What the ledger has taken so far."""

    journal_ids: list[UUID] = field(default_factory=list)
    added: int = 0
    duplicates: int = 0

    def add(self, piece: Registered) -> None:
        """One piece more."""
        self.added += piece.added
        self.duplicates += piece.duplicates
        if piece.journal_id is not None and piece.journal_id not in self.journal_ids:
            self.journal_ids.append(piece.journal_id)


Answer = Callable[[Upload, Taken], uploads_pb2.AcceptUploadResponse]
"""Makes the response of an accepted upload."""


@dataclass(frozen=True)
class Accepting:
    """Accepts uploads."""

    database: Database
    ledger: Ledger

    def accept(
        self, request: uploads_pb2.AcceptUploadRequest, client_id: UUID, upload_id: UUID, answer: Answer
    ) -> uploads_pb2.AcceptUploadResponse:
        """Put its payments in journals, with the caller's own rights at the ledger.

        Raises PermissionDenied, NotFound, UploadNotRead, UploadIsRefused, UploadAlreadyAccepted, UploadBeingAccepted,
        what the ledger refuses, Unavailable; after that a repeat goes on.
        """
        caller = calls.caller()
        caller.require(Permission.FILES_SEND, client_id)
        with self.database.system([client_id]) as tx:
            upload = uploads.lock(tx, client_id, upload_id)
            if upload is None or upload.status == uploads.RECEIVING:
                raise NotFound("upload")
            if upload.status == uploads.PARSED and not uploads.claim(tx, upload, caller.subject, PATIENCE):
                raise UploadBeingAccepted
        taken = self._register(upload) if upload.status == uploads.PARSED else Taken()
        return self.database.once(
            request,
            uploads_pb2.AcceptUploadResponse,
            lambda tx: answer(_accept(tx, client_id, upload_id, taken), taken),
        )

    def _register(self, upload: Upload) -> Taken:
        taken = Taken()
        journal_id: UUID | None = None
        place = in_journal = 0
        while True:
            with self.database.system([upload.client_id]) as tx:
                rows = upload_payments.payments(tx, upload.client_id, upload.id, place, MAX_PIECE)
            if not rows:
                return taken
            payments = piece(rows, upload.format)
            if in_journal + len(payments) > JOURNAL_ITEMS:
                journal_id, in_journal = None, 0
            done = self._register_piece(upload, place, payments, journal_id)
            if done.journal_id != journal_id:
                in_journal = 0
            journal_id = done.journal_id
            in_journal += done.added
            place = rows[len(payments) - 1].place
            taken.add(done)

    def _register_piece(
        self, upload: Upload, place: int, payments: list[payments_pb2.Payment], journal_id: UUID | None
    ) -> Registered:
        """One piece, the one behind a place, into the journal or, where that is closed, into a new one."""

        def into(journal: UUID | None) -> Registered:
            request_id = uuid5(upload.id, f"{place}/{journal or 'new'}")
            return self.ledger.register(request_id, upload.client_id, upload.file_name, payments, journal)

        try:
            return into(journal_id)
        except RemoteError as error:
            if journal_id is None or error.reason not in _CLOSED:
                raise
            return into(None)


def _accept(tx: Tx, client_id: UUID, upload_id: UUID, taken: Taken) -> Upload:
    upload = uploads.lock(tx, client_id, upload_id)
    if upload is None:
        raise NotFound("upload")
    if upload.status == uploads.RECEIVED:
        raise UploadNotRead
    if upload.status == uploads.REFUSED:
        raise UploadIsRefused
    if upload.status == uploads.ACCEPTED:
        raise UploadAlreadyAccepted
    uploads.accept(tx, upload, taken.journal_ids)
    journal = str(taken.journal_ids[0]) if taken.journal_ids else ""
    message = events_pb2.UploadAccepted(upload_id=str(upload_id), journal_id=journal)
    tx.publish(Event(client_id, "upload", upload_id, message))
    tx.audit("upload.accept", "upload", upload_id, client_id, added=taken.added, duplicates=taken.duplicates)
    return uploads.by_id(tx, client_id, upload_id) or upload
