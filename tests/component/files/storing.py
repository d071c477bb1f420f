"""A process that archives one document as a service would, for tests that let it die: client, subject, path."""

import hashlib
import sys
from pathlib import Path
from uuid import UUID

from chassis import calls, settings
from chassis.calls import Call
from chassis.database import Database
from chassis.permissions import Permission, bitmap
from chassis.tokens import Caller, CallerKind
from services.files import app
from services.files.storage.documents import Document
from services.files.usecases.archive import Archive


def main(client_id: str, subject_id: str, path: str) -> None:
    values = settings.read(app.Settings)
    archive = Archive(Database("files", values.database_url, pool_size=2), values.object_store())
    content = Path(path).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    document = Document(
        UUID(client_id), UUID(int=0), "INVOICE_COPY", UUID(subject_id), "application/pdf", len(content), sha256
    )
    caller = Caller("reports", "reports", CallerKind.SERVICE, everywhere=bitmap([Permission.DOCUMENTS_STORE]))
    with calls.during(Call("store", caller)):
        archive.store(document, content)


main(*sys.argv[1:])
