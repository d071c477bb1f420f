"""The job ``parse_upload``: what was sent is read; then all of it waits to be accepted, or nothing of it is used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final
from uuid import UUID

from chassis import jobs, logs
from chassis.business_day import STOCKHOLM
from chassis.database import Database, Tx
from chassis.jobs import Job
from chassis.outbox import Event
from chassis.rpc_errors import Unavailable
from rf.files.v1 import events_pb2
from services.files.reader import apart
from services.files.reader.apart import Limits, Outcome, ReaderFailed
from services.files.storage import upload_payments, uploads
from services.files.storage.objects import ArchiveDamaged, ObjectStore
from services.files.storage.uploads import Upload

PARSE: Final = "parse_upload"
STORE_AWAY: Final = timedelta(seconds=20)
TRIES: Final = 3  # of a file on which the reader dies
MESSAGE_ALREADY_RECEIVED: Final = "MESSAGE_ALREADY_RECEIVED"
UNREADABLE: Final = "FILE_UNREADABLE"

log = logs.get(__name__)


@dataclass(frozen=True)
class Parsing:
    """Reads what was sent."""

    objects: ObjectStore
    limits: Limits

    def parse(self, database: Database, job: Job) -> None:
        """Read one upload. A store that is away is no failure: the job comes again until it has answered."""
        assert job.client_id is not None  # noqa: S101 - every such job has one
        with database.system([job.client_id]) as tx:
            upload = uploads.by_id(tx, job.client_id, UUID(job.payload["upload_id"]))
        if upload is None or upload.status != uploads.RECEIVED:
            with database.system([job.client_id]) as tx:
                job.complete(tx)
            return
        try:
            with self._copy(upload) as path, apart.read(path, self.limits) as (outcome, rows):
                _settle(database, job, upload, outcome, rows)
        except Unavailable:
            with database.system([upload.client_id]) as tx:
                _again_later(tx, upload, int(job.payload["round"]) + 1)
                job.complete(tx)
        except (ReaderFailed, ArchiveDamaged) as error:
            if job.attempt < TRIES:
                raise
            log.error("upload is unreadable", upload_id=str(upload.id), error=str(error))
            _settle(database, job, upload, Outcome("UNKNOWN", "", faults=[[0, "", UNREADABLE, {}]]), iter(()))

    @contextmanager
    def _copy(self, upload: Upload) -> Iterator[Path]:
        with NamedTemporaryFile(prefix="upload-") as copy:
            for piece in self.objects.checked(upload.key, upload.size_bytes, upload.sha256):
                copy.write(piece)
            copy.flush()
            yield Path(copy.name)


def _settle(database: Database, job: Job, upload: Upload, outcome: Outcome, rows: Iterator[list[Any]]) -> None:
    """One transaction: the rows or the faults, the event, and the end of the job."""
    with database.system([upload.client_id]) as tx:
        locked = uploads.lock(tx, upload.client_id, upload.id)
        if locked is not None and locked.status == uploads.RECEIVED:
            faults = outcome.faults or _sent_before(tx, upload, outcome)
            if faults:
                _refuse(tx, upload, outcome, faults)
            else:
                _take(tx, upload, outcome, rows)
        job.complete(tx)


def _sent_before(tx: Tx, upload: Upload, outcome: Outcome) -> list[list[Any]]:
    """The fault of a message that came in another file; the index upload_message holds against two at once."""
    earlier = uploads.of_message(tx, upload.client_id, outcome.format, outcome.message_id)
    if earlier is None:
        return []
    day = earlier.received_at.astimezone(STOCKHOLM).date()
    details = {"upload_id": str(earlier.id), "received_on": day.isoformat()}
    return [[0, "", MESSAGE_ALREADY_RECEIVED, details]]


def _refuse(tx: Tx, upload: Upload, outcome: Outcome, faults: list[list[Any]]) -> None:
    uploads.refuse(tx, upload, file_format=outcome.format, version=outcome.version, faults=faults)
    message = events_pb2.UploadRefused(upload_id=str(upload.id), format=outcome.format, reason=faults[0][2])
    tx.publish(Event(upload.client_id, "upload", upload.id, message))


def _take(tx: Tx, upload: Upload, outcome: Outcome, rows: Iterator[list[Any]]) -> None:
    upload_payments.insert(tx, upload.client_id, upload.id, rows)
    uploads.parse(
        tx,
        upload,
        file_format=outcome.format,
        version=outcome.version,
        message_id=outcome.message_id,
        payments=outcome.payments,
        ignored=outcome.ignored,
        sums=outcome.sums,
    )
    message = events_pb2.UploadParsed(upload_id=str(upload.id), format=outcome.format, payment_count=outcome.payments)
    tx.publish(Event(upload.client_id, "upload", upload.id, message))


def _again_later(tx: Tx, upload: Upload, number: int) -> None:
    jobs.enqueue(
        tx,
        PARSE,
        f"{upload.id}/{number}",
        {"upload_id": str(upload.id), "round": number},
        client_id=upload.client_id,
        run_after=datetime.now(UTC) + STORE_AWAY,
    )
