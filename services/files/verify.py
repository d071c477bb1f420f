"""What must hold between this service's rows and its objects; ``python -m services.files verify``.

Exactly one object for every row that promises one, and no object without a row. ``RF_VERIFY_SAMPLE=0`` reads every
object back and compares its hash, which takes a while; else so many are drawn by lot.
"""

import hashlib
import os
import random
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from chassis import settings, verifying
from kernel.errors import DomainError
from services.files.app import Settings
from services.files.storage.objects import ObjectStore

GRACE: Final = timedelta(minutes=30)  # what has just begun may still be under way
SAMPLE: Final = 200

_PROMISED: Final = text("""
SELECT 'documents/' || id AS key, size_bytes, encode(sha256, 'hex') AS sha256, archived_at IS NOT NULL AS promised
  FROM document
UNION ALL
SELECT 'uploads/' || id, size_bytes, encode(sha256, 'hex'), status <> 'receiving' FROM upload
""")
_FINDINGS: Final = {
    "a document that has waited too long for the object store": """
        SELECT id::text FROM document WHERE archived_at IS NULL AND created_at < now() - CAST(:grace AS interval)""",
    "a document that waits without its bytes": """
        SELECT id::text FROM document d WHERE archived_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM document_content c
                            WHERE c.client_id = d.client_id AND c.document_id = d.id)""",
    "an archived document that was not told once": """
        SELECT id::text FROM document d WHERE archived_at IS NOT NULL
           AND 1 <> (SELECT count(*) FROM outbox o WHERE o.aggregate_id = d.id
                        AND o.type = 'rf.files.v1.DocumentArchived')""",
    "a file that has waited too long to be read": """
        SELECT id::text FROM upload WHERE status = 'received' AND received_at < now() - CAST(:grace AS interval)""",
    "an upload whose rows are not what it says": """
        SELECT u.id::text FROM upload u
          LEFT JOIN LATERAL (
                SELECT count(*) FILTER (WHERE note = '') AS payments, count(*) FILTER (WHERE note <> '') AS aside
                  FROM upload_payment p WHERE p.client_id = u.client_id AND p.upload_id = u.id) AS found ON true
         WHERE found.payments <> u.payment_count OR found.aside > u.ignored_count""",
    "an upload whose sums are not those of its rows": """
        SELECT u.id::text FROM upload u
         WHERE u.sums <> (
               SELECT coalesce(jsonb_object_agg(currency, minor), '{}') FROM (
                      SELECT currency, sum(amount_minor) AS minor FROM upload_payment p
                       WHERE p.client_id = u.client_id AND p.upload_id = u.id AND note = '' GROUP BY currency) AS s)""",
    "an upload whose end was not told once": """
        SELECT u.id::text FROM upload u
         WHERE u.status IN ('parsed', 'refused', 'accepted')
           AND 1 <> (SELECT count(*) FROM outbox o WHERE o.aggregate_id = u.id
                        AND o.type IN ('rf.files.v1.UploadParsed', 'rf.files.v1.UploadRefused'))""",
    "a dead job": "SELECT kind || ' ' || key || ' ' || coalesce(last_error, '') FROM job WHERE status = 'dead'",
}


def check(connection: Connection, objects: ObjectStore, sample: int = SAMPLE) -> list[str]:
    """One line per finding, with ids only. Needs the role of verify, which sees past row-level security.

    ``sample`` is how many objects are read back whole, 0 for all. Raises Unavailable if the store is away.
    """
    findings = [
        f"{what}: {row}"
        for what, sql in _FINDINGS.items()
        for row in connection.execute(text(sql), {"grace": GRACE}).scalars()
    ]
    # objects first: a row is committed before its object is written, so that none of these can lack its row
    stored = {one.key: one.size_bytes for one in objects.list("")}
    rows = {row.key: row for row in connection.execute(_PROMISED)}
    findings += [f"an object without a row: {key}" for key in stored.keys() - rows.keys()]
    # what was promised after the listing is asked for by its name
    findings += [
        f"a row without its object: {row.key}"
        for row in rows.values()
        if row.promised and row.key not in stored and objects.head(row.key) is None
    ]
    there = [row for row in rows.values() if row.promised and row.key in stored]
    findings += [f"an object of another size: {row.key}" for row in there if stored[row.key] != row.size_bytes]
    drawn = random.sample(there, sample) if 0 < sample < len(there) else there
    findings += [f"an object of another content: {row.key}" for row in drawn if not _same(objects, row)]
    return findings


def _same(objects: ObjectStore, row: Row[Any]) -> bool:
    digest = hashlib.sha256()
    try:
        for piece in objects.get(row.key):
            digest.update(piece)
    except DomainError:
        return False
    return bool(digest.hexdigest() == row.sha256)


def main() -> int:
    """The exit code of the command: 0 when rows and objects agree."""
    objects = settings.read(Settings).object_store()
    sample = int(os.environ.get("RF_VERIFY_SAMPLE", SAMPLE))
    return verifying.run("files", lambda connection: check(connection, objects, sample))
