"""A process that takes a file in, for tests that let it die: ``store`` or ``send``, client, key, path."""

import hashlib
import sys
from io import BytesIO
from pathlib import Path
from uuid import UUID

from chassis import calls, settings
from chassis.calls import Call
from chassis.database import Database
from chassis.permissions import Permission, bitmap
from chassis.tokens import Caller, CallerKind
from rf.files.v1 import uploads_pb2
from services.files import app
from services.files.storage.documents import Document
from services.files.usecases.archive import Archive
from services.files.usecases.sending import Sending

RIGHTS = bitmap([Permission.DOCUMENTS_STORE, Permission.FILES_SEND])


def main(what: str, client: str, key: str, path: str) -> None:
    values = settings.read(app.Settings)
    database, objects = Database("files", values.database_url, pool_size=2), values.object_store()
    content, client_id = Path(path).read_bytes(), UUID(client)
    size, sha256 = len(content), hashlib.sha256(content).hexdigest()
    with calls.during(Call(what, Caller("robot", "robot", CallerKind.SERVICE, everywhere=RIGHTS))):
        if what == "store":
            document = Document(client_id, UUID(int=0), "INVOICE_COPY", UUID(key), "application/pdf", size, sha256)
            Archive(database, objects).store(document, content)
        else:
            head = uploads_pb2.SendFileHead(request_id=key, client_id=client, file_name="bank.xml")
            Sending(database, objects, 0).send(head, client_id, BytesIO(content), size, sha256)


main(*sys.argv[1:])
