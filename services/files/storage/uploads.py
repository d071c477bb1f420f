"""Files that were sent. An upload whose status is ``receiving`` may lack its object and is shown to nobody."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx

RECEIVING: Final = "receiving"
RECEIVED: Final = "received"
PARSED: Final = "parsed"
REFUSED: Final = "refused"
ACCEPTED: Final = "accepted"


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A file as it comes in. ``sha256`` is hex."""

    client_id: UUID
    id: UUID
    file_name: str
    size_bytes: int
    sha256: str
    sent_by: str


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload. ``sha256`` is hex; ``sums`` are minor units by currency; a fault is row, position, reason, details."""

    client_id: UUID
    id: UUID
    status: str
    file_name: str
    size_bytes: int
    sha256: str
    sent_by: str
    received_at: datetime
    format: str
    format_version: str
    payment_count: int
    ignored_count: int
    sums: dict[str, int]
    faults: list[list[Any]]
    journal_ids: list[UUID]

    @property
    def key(self) -> str:
        """Where its bytes lie in the object store."""
        return f"uploads/{self.id}"


_COLUMNS = """client_id, id, status, file_name, size_bytes, encode(sha256, 'hex') AS sha256, sent_by, received_at,
       format, format_version, payment_count, ignored_count, sums, faults, journal_ids"""
_RESERVE = text("""
INSERT INTO upload (client_id, id, status, file_name, size_bytes, sha256, sent_by)
VALUES (:client_id, :id, 'receiving', :file_name, :size_bytes, decode(:sha256, 'hex'), :sent_by)
    ON CONFLICT DO NOTHING
""")
_BY_ID = text(f"SELECT {_COLUMNS} FROM upload WHERE client_id = :client_id AND id = :id")
_LOCK = text(f"SELECT {_COLUMNS} FROM upload WHERE client_id = :client_id AND id = :id FOR UPDATE")
_BY_CONTENT = text(f"""
SELECT {_COLUMNS} FROM upload
 WHERE client_id = :client_id AND sha256 = decode(:sha256, 'hex') AND status <> 'refused'
""")
_BY_MESSAGE = text(f"""
SELECT {_COLUMNS} FROM upload
 WHERE client_id = :client_id AND format = :format AND message_id = :message_id AND message_id <> ''
   AND status IN ('parsed', 'accepted')
""")
_RECEIVE = text("""
UPDATE upload SET status = 'received', file_name = :file_name, sent_by = :sent_by, received_at = now()
 WHERE client_id = :client_id AND id = :id AND status = 'receiving'
""")
_PARSE = text("""
UPDATE upload
   SET status = 'parsed', format = :format, format_version = :version, message_id = :message_id,
       payment_count = :payments, ignored_count = :ignored, sums = CAST(:sums AS jsonb)
 WHERE client_id = :client_id AND id = :id AND status = 'received'
""")
_REFUSE = text("""
UPDATE upload SET status = 'refused', format = :format, format_version = :version, faults = CAST(:faults AS jsonb)
 WHERE client_id = :client_id AND id = :id AND status = 'received'
""")
_CLAIM = text("""
UPDATE upload SET accepting_subject = :subject, accepting_since = now()
 WHERE client_id = :client_id AND id = :id AND status = 'parsed'
   AND (accepting_subject IS NULL OR accepting_subject = :subject
        OR accepting_since < now() - CAST(:patience AS interval))
""")
_ACCEPT = text("""
UPDATE upload SET status = 'accepted', journal_ids = CAST(:journal_ids AS uuid[])
 WHERE client_id = :client_id AND id = :id AND status = 'parsed'
""")
_PAGE = """
SELECT client_id, id, status, file_name, size_bytes, encode(sha256, 'hex') AS sha256, sent_by, received_at, format,
       format_version, payment_count, ignored_count, sums, '[]'::jsonb AS faults, journal_ids
  FROM upload u
 WHERE status <> 'receiving'
   AND (CAST(:time AS timestamptz) IS NULL OR (received_at, id) < (CAST(:time AS timestamptz), CAST(:id AS uuid)))
"""
_ORDER = " ORDER BY received_at DESC, id DESC LIMIT :limit"
_LATEST_OF_ALL = text(_PAGE + _ORDER)
_LATEST = text(f"""
SELECT found.* FROM unnest(CAST(:clients AS uuid[])) AS wanted (client_id)
 CROSS JOIN LATERAL ({_PAGE} AND u.client_id = wanted.client_id {_ORDER}) AS found
{_ORDER}
""")


def reserve(tx: Tx, upload: NewUpload) -> Upload:
    """The upload that this file belongs to: that of its request, an earlier one of its content, or a new one."""
    found = by_id(tx, upload.client_id, upload.id)
    if found is None:
        values = {
            "client_id": upload.client_id,
            "id": upload.id,
            "file_name": upload.file_name,
            "size_bytes": upload.size_bytes,
            "sha256": upload.sha256,
            "sent_by": upload.sent_by,
        }
        tx.execute(_RESERVE, values)
        found = by_id(tx, upload.client_id, upload.id) or of_content(tx, upload.client_id, upload.sha256)
    assert found is not None  # noqa: S101 - what the insert met is there
    return found


def by_id(tx: Tx, client_id: UUID, upload_id: UUID) -> Upload | None:
    """An upload of the client."""
    return _one(tx.execute(_BY_ID, {"client_id": client_id, "id": upload_id}).one_or_none())


def lock(tx: Tx, client_id: UUID, upload_id: UUID) -> Upload | None:
    """The same, locked until the transaction ends."""
    return _one(tx.execute(_LOCK, {"client_id": client_id, "id": upload_id}).one_or_none())


def of_content(tx: Tx, client_id: UUID, sha256: str) -> Upload | None:
    """The upload with this content that was not refused."""
    return _one(tx.execute(_BY_CONTENT, {"client_id": client_id, "sha256": sha256}).one_or_none())


def of_message(tx: Tx, client_id: UUID, file_format: str, message_id: str) -> Upload | None:
    """The upload that the bank's message came in with, if any."""
    key = {"client_id": client_id, "format": file_format, "message_id": message_id}
    return _one(tx.execute(_BY_MESSAGE, key).one_or_none())


def receive(tx: Tx, upload: Upload, file_name: str) -> None:
    """Its object is stored."""
    values = {"client_id": upload.client_id, "id": upload.id, "file_name": file_name, "sent_by": tx.caller.name}
    tx.execute(_RECEIVE, values)


def parse(
    tx: Tx,
    upload: Upload,
    *,
    file_format: str,
    version: str,
    message_id: str,
    payments: int,
    ignored: int,
    sums: dict[str, int],
) -> None:
    """It was read and is without faults."""
    values = {
        "client_id": upload.client_id,
        "id": upload.id,
        "format": file_format,
        "version": version,
        "message_id": message_id,
        "payments": payments,
        "ignored": ignored,
        "sums": json.dumps(sums),
    }
    tx.execute(_PARSE, values)


def refuse(tx: Tx, upload: Upload, *, file_format: str, version: str, faults: Sequence[Sequence[Any]]) -> None:
    """It has faults, and nothing of it is used."""
    values = {
        "client_id": upload.client_id,
        "id": upload.id,
        "format": file_format,
        "version": version,
        "faults": json.dumps(faults),
    }
    tx.execute(_REFUSE, values)


def claim(tx: Tx, upload: Upload, subject: str, patience: timedelta) -> bool:
    """Let this caller accept it; False while another one does, and has not for longer than ``patience``."""
    values = {"client_id": upload.client_id, "id": upload.id, "subject": subject, "patience": patience}
    return tx.execute(_CLAIM, values).rowcount == 1


def accept(tx: Tx, upload: Upload, journal_ids: Sequence[UUID]) -> None:
    """Its payments are in these journals."""
    values = {"client_id": upload.client_id, "id": upload.id, "journal_ids": list(journal_ids)}
    tx.execute(_ACCEPT, values)


def latest(tx: Tx, clients: Sequence[UUID], after: tuple[datetime, UUID] | None, limit: int) -> list[Upload]:
    """Uploads of the clients, of all that the transaction sees when none is named; latest first, without faults."""
    time, last = after or (None, None)
    values = {"time": time, "id": last, "limit": limit}
    if clients:
        return [_upload(row) for row in tx.execute(_LATEST, {**values, "clients": list(clients)})]
    return [_upload(row) for row in tx.execute(_LATEST_OF_ALL, values)]


def _one(row: Row[Any] | None) -> Upload | None:
    return None if row is None else _upload(row)


def _upload(row: Row[Any]) -> Upload:
    return Upload(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
