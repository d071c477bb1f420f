"""The files service as its neighbours see it, over a real database and a real object store."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from chassis import settings
from chassis.database import Database
from chassis.jobs import Worker
from chassis.permissions import Permission, bitmap
from chassis.process import House
from chassis.rpc_client import Neighbour
from chassis.rpc_server import RpcServer
from chassis.tokens import Caller, CallerKind, Signer, Verifier
from deploy.local.keys import Keys
from deploy.local.objects import ObjectStore as StoreServer
from rf.files.v1 import archive_pb2, archive_pb2_grpc
from services.files import app, verify
from tests.stack import ServiceDatabase

LOCAL = "127.0.0.1:0"
CHUNK = 64 * 1024


class Door:
    """The stubs of one caller."""

    def __init__(self, target: str, token: str) -> None:
        self._neighbour = Neighbour("files", target, lambda: token, timeout_s=20)
        self.archive = self._neighbour.stub(archive_pb2_grpc.ArchiveServiceStub)

    def close(self) -> None:
        self._neighbour.close()

    def store(
        self, client: UUID, subject: UUID, content: bytes, *, chunk: int = CHUNK, **head: Any
    ) -> archive_pb2.Document:
        """Archive an invoice copy."""
        values = {
            "client_id": str(client),
            "kind": "INVOICE_COPY",
            "subject_id": str(subject),
            "content_type": "application/pdf",
            "sha256": hashlib.sha256(content).hexdigest(),
        } | head

        def parts() -> Iterator[archive_pb2.StoreDocumentRequest]:
            yield archive_pb2.StoreDocumentRequest(head=archive_pb2.Document(**values))
            for start in range(0, len(content), chunk):
                yield archive_pb2.StoreDocumentRequest(chunk=content[start : start + chunk])

        return self.archive.StoreDocument(parts()).document

    def fetch(self, client_id: UUID, **which: str) -> tuple[archive_pb2.Document, bytes]:
        """A document and its bytes."""
        head, content = archive_pb2.Document(), b""
        for part in self.archive.FetchDocument(archive_pb2.FetchDocumentRequest(client_id=str(client_id), **which)):
            if part.HasField("head"):
                head = part.head
            else:
                content += part.chunk
        return head, content


class World:
    """A files service on a database and a bucket of its own."""

    def __init__(self, stored: ServiceDatabase, server: StoreServer, bucket: str, folder: Path) -> None:
        self.env = {
            **stored.env,
            "RF_S3_ENDPOINT": server.endpoint,
            "RF_S3_BUCKET": bucket,
            "RF_S3_ACCESS_KEY": server.access_key,
            "RF_S3_SECRET_KEY": server.secret_key,
        }
        self._keys = Keys(folder / "secrets")
        self._signer = Signer(self._keys.token_private_key)
        self._everything = create_engine(stored.verify_url)
        self._owner = create_engine(stored.owner_url)
        self._doors: list[Door] = []
        self.bucket = bucket
        self.minio = server.client()
        self.database = Database("files", stored.app_url, pool_size=8)
        self.server, self.jobs = self.serve()
        self.worker: Worker | None = None

    def serve(self, **other: str) -> tuple[RpcServer, Mapping[str, Any]]:
        """A server with other settings, and its jobs."""
        values = settings.read(app.Settings, {**self.env, **other})
        parts = app.build(House("files", values, self.database))
        server = RpcServer(LOCAL, Verifier(self._keys.token_public_keys, "files"), parts.served, threads=8)
        server.start()
        return server, parts.jobs

    def close(self) -> None:
        for door in self._doors:
            door.close()
        self.server.stop()
        for engine in (self.database.engine, self._everything, self._owner):
            engine.dispose()

    # -- who calls ------------------------------------------------------------------------------------------------

    def door(
        self,
        kind: CallerKind,
        clients: Mapping[UUID, Iterable[Permission]] | None = None,
        everywhere: Iterable[Permission] = (),
        server: RpcServer | None = None,
    ) -> Door:
        rights = {client_id: bitmap(permissions) for client_id, permissions in (clients or {}).items()}
        caller = Caller(str(uuid4()), "ylva", kind, rights, bitmap(everywhere))
        token = self._signer.sign(caller, ["files", "ledger"])
        door = Door(f"127.0.0.1:{(server or self.server).port}", token)
        self._doors.append(door)
        return door

    def reports(self, server: RpcServer | None = None) -> Door:
        """The service that stores documents."""
        return self.door(CallerKind.SERVICE, everywhere=[Permission.DOCUMENTS_STORE], server=server)

    def user(self, *clients: UUID, may: Iterable[Permission] = (Permission.FILES_SEND, Permission.LEDGER_READ)) -> Door:
        return self.door(CallerKind.CLIENT_USER, dict.fromkeys(clients, tuple(may)))

    # -- what came of it ------------------------------------------------------------------------------------------

    def rows(self, sql: str, **parameters: Any) -> list[Any]:
        """Rows of any client, past row-level security."""
        with self._everything.connect() as connection:
            return list(connection.execute(text(sql), parameters))

    def refused_by_database(self, sql: str, **parameters: Any) -> str:
        """What the database answers to a change by the owner of its tables."""
        with self._owner.connect() as connection:
            connection.execute(text("SELECT set_config('app.everywhere', 'on', true)"))
            with pytest.raises(DBAPIError) as caught:
                connection.execute(text(sql), parameters)
        return str(caught.value)

    def put(self, key: str, content: bytes) -> None:
        """Write an object behind the service's back."""
        self.minio.put_object(self.bucket, key, BytesIO(content), len(content))

    def told(self, aggregate_id: str) -> list[str]:
        """The names of the events of an aggregate."""
        sql = "SELECT type FROM outbox WHERE aggregate_id = :id ORDER BY seq"
        return [row.type.rpartition(".")[2] for row in self.rows(sql, id=aggregate_id)]

    def hurry(self) -> None:
        """Let jobs that wait for their time run now."""
        with self.database.unscoped() as tx:
            tx.execute(text("UPDATE job SET run_after = now() WHERE status = 'ready'"))

    def work(self, *, jobs: Mapping[str, Any] | None = None) -> None:
        """Do the jobs that are due, until none is, failed ones too."""
        worker = Worker(self.database, jobs or self.jobs, poll_s=0.01, first_retry_s=0.01)
        for _ in range(100):
            if not self.rows("SELECT 1 FROM job WHERE status = 'ready' AND run_after <= clock_timestamp()"):
                return
            worker._claim()
            while worker._running:
                worker._freed.wait(0.02)
                worker._freed.clear()
        raise AssertionError("jobs are not done")

    def objects(self) -> dict[str, int]:
        """Sizes of all objects by key."""
        found = self.minio.list_objects(self.bucket, recursive=True)
        return {one.object_name or "": one.size or 0 for one in found}

    def findings(self) -> list[str]:
        """What `make verify` finds."""
        values = settings.read(app.Settings, self.env)
        with self._everything.connect() as connection:
            return verify.check(connection, values.object_store(), 0)


@contextmanager
def a_world(stored: ServiceDatabase, server: StoreServer, bucket: str, folder: Path) -> Iterator[World]:
    world = World(stored, server, bucket, folder)
    try:
        yield world
    finally:
        world.close()
