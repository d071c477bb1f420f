"""What was sent, and what the ledger says of it now."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis import calls, logs
from chassis.database import Database
from chassis.permissions import Permission
from kernel.errors import DomainError, Kind, NotFound
from rf.ledger.v1 import payments_pb2
from services.files.neighbours.ledger import MAX_PIECE, Ledger, piece
from services.files.storage import upload_payments, uploads
from services.files.storage.upload_payments import UploadPayment
from services.files.storage.uploads import Upload

MAX_COUNTED: Final = 5_000
KEEP_S: Final = 2.0  # of the deadline, for the answer itself

log = logs.get(__name__)


@dataclass
class Shown:
    """An upload with a page of rows. ``matched`` has the ledger's answer by place, where it gave one."""

    upload: Upload
    rows: list[UploadPayment]
    matched: dict[int, payments_pb2.MatchedPayment] = field(default_factory=dict)
    counts: Counter[payments_pb2.MatchVerdict.ValueType] = field(default_factory=Counter)
    verdicts_missing: bool = False


@dataclass(frozen=True)
class Uploads:
    """Shows uploads."""

    database: Database
    ledger: Ledger

    def get(self, client_id: UUID, upload_id: UUID, after: int, limit: int) -> Shown:
        """An upload with the rows behind a place; one row more than ``limit`` if there is another page.

        The ledger is asked about a parsed upload, and on its first page about the whole file, within limits. If it
        does not answer, the upload is shown without verdicts. Raises PermissionDenied, NotFound.
        """
        with self.database.read() as tx:
            tx.caller.require(Permission.FILES_SEND, client_id)
            upload = uploads.by_id(tx, client_id, upload_id)
            if upload is None or upload.status == uploads.RECEIVING:
                raise NotFound("upload")
            rows = upload_payments.page(tx, client_id, upload_id, after, limit + 1)
            tx.audit("upload.open", "upload", upload_id, client_id)
        shown = Shown(upload, rows)
        if upload.status == uploads.PARSED:
            try:
                self._ask(shown, limit, count=after == 0)
            except DomainError as error:
                if error.kind not in {Kind.UNAVAILABLE, Kind.DENIED, Kind.EXHAUSTED}:
                    raise
                log.warning("upload is shown without verdicts", reason=error.reason)
                shown.verdicts_missing = True
        return shown

    def list(self, clients: Sequence[UUID], after: tuple[datetime, UUID] | None, limit: int) -> list[Upload]:
        """Uploads of the clients, latest first, without faults. Raises PermissionDenied, NotFound."""
        with self.database.read() as tx:
            return uploads.latest(tx, tx.caller.clients_with(Permission.FILES_SEND, clients), after, limit)

    def _ask(self, shown: Shown, limit: int, *, count: bool) -> None:
        """Match as one run from the beginning of the file, as acceptance will, and the page by itself elsewhere."""
        upload = shown.upload
        place = 0
        while count and len(shown.matched) < MAX_COUNTED and _seconds_left() > KEEP_S:
            with self.database.system([upload.client_id]) as tx:
                rows = upload_payments.payments(tx, upload.client_id, upload.id, place, MAX_PIECE)
            if not rows:
                break
            place = self._match(shown, rows)
        shown.counts.update(one.verdict for one in shown.matched.values())
        page = [row for row in shown.rows[:limit] if not row.note and row.place not in shown.matched]
        while page:
            last = self._match(shown, page)
            page = [row for row in page if row.place > last]

    def _match(self, shown: Shown, rows: Sequence[UploadPayment]) -> int:
        """Ask about the first of the rows, as many as a call holds; the place of the last of them."""
        told = piece(rows, shown.upload.format)
        asked = rows[: len(told)]
        answers = self.ledger.match(shown.upload.client_id, told)
        shown.matched.update((row.place, answer) for row, answer in zip(asked, answers, strict=True))
        return asked[-1].place


def _seconds_left() -> float:
    call = calls.current()
    return KEEP_S if call is None else call.seconds_left()
