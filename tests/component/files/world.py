"""The files service as its neighbours see it, over a real database and a real object store."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from chassis import calls, settings
from chassis.database import Database
from chassis.jobs import Worker
from chassis.permissions import Permission, bitmap
from chassis.process import House
from chassis.rpc_client import Neighbour
from chassis.rpc_errors import Unavailable
from chassis.rpc_server import RpcServer, Served
from chassis.tokens import Caller, CallerKind, Signer, Verifier
from deploy.local.keys import Keys
from deploy.local.objects import ObjectStore as StoreServer
from kernel.errors import DomainError, Kind
from rf.files.v1 import archive_pb2, archive_pb2_grpc, uploads_pb2, uploads_pb2_grpc
from rf.ledger.v1 import payments_pb2, payments_pb2_grpc
from services.files import app, verify
from tests.stack import ServiceDatabase

LOCAL = "127.0.0.1:0"
CHUNK = 64 * 1024
SENDER = (Permission.FILES_SEND, Permission.LEDGER_READ, Permission.LEDGER_REGISTER)


class Ledger(payments_pb2_grpc.PaymentServiceServicer):
    """The neighbour: knows references, keeps journals of at most 5,000, and answers a repeat as it did before."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.journals: dict[str, list[payments_pb2.Payment]] = {}
        self.answers: dict[tuple[str, str], payments_pb2.RegisterPaymentsResponse] = {}
        self.sources: list[str] = []
        self.closed: set[str] = set()
        self.registers_left: int | None = None  # after that many it is down
        self.down = False
        self._lock = threading.Lock()

    def MatchPayments(self, request, context):  # noqa: N802 - the proto's name
        if self.down:
            raise Unavailable(what="time")
        calls.caller().require(Permission.LEDGER_READ, UUID(request.client_id))
        assert len(request.payments) <= 1000
        matched = [payments_pb2.MatchedPayment(payment=one, verdict=self._verdict(one)) for one in request.payments]
        return payments_pb2.MatchPaymentsResponse(payments=matched)

    def _verdict(self, payment: payments_pb2.Payment) -> payments_pb2.MatchVerdict.ValueType:
        if payment.bank_reference in self.known:
            return payments_pb2.MATCH_VERDICT_DUPLICATE
        is_ocr = any(reference.is_ocr for reference in payment.references)
        return payments_pb2.MATCH_VERDICT_OCR if is_ocr else payments_pb2.MATCH_VERDICT_UNPLACED

    def RegisterPayments(self, request, context):  # noqa: N802 - the proto's name
        caller = calls.caller()
        caller.require(Permission.LEDGER_REGISTER, UUID(request.client_id))
        with self._lock:
            key = (caller.subject, request.request_id)
            if key not in self.answers:
                if self.registers_left == 0:
                    raise Unavailable(what="time")
                self.answers[key] = self._register(request)
                if self.registers_left is not None:
                    self.registers_left -= 1
            return self.answers[key]

    def _register(self, request: payments_pb2.RegisterPaymentsRequest) -> payments_pb2.RegisterPaymentsResponse:
        assert len(request.payments) <= 5000
        new = [one for one in request.payments if one.bank_reference not in self.known]
        journal_id = request.journal_id
        if journal_id in self.closed:
            raise JournalAlreadyApproved
        if new:
            journal_id = journal_id or str(uuid4())
            journal = self.journals.setdefault(journal_id, [])
            journal += new
            assert len(journal) <= 5000
        self.known |= {one.bank_reference for one in new}
        self.sources.append(request.source)
        duplicates = len(request.payments) - len(new)
        return payments_pb2.RegisterPaymentsResponse(
            journal_id=journal_id, journal_number=1, added_count=len(new), duplicate_count=duplicates
        )


class JournalAlreadyApproved(DomainError):
    """As the ledger says it."""

    reason = "JOURNAL_ALREADY_APPROVED"
    kind = Kind.CONFLICT


class Door:
    """The stubs of one caller."""

    def __init__(self, target: str, token: str) -> None:
        self._neighbour = Neighbour("files", target, lambda: token, timeout_s=40)
        self.archive = self._neighbour.stub(archive_pb2_grpc.ArchiveServiceStub)
        self.uploads = self._neighbour.stub(uploads_pb2_grpc.UploadServiceStub)

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

    def send(
        self, client_id: UUID, content: bytes, name: str = "inbetalningar.txt", request_id: str = "", chunk: int = CHUNK
    ) -> uploads_pb2.Upload:
        """Send a file."""
        head = uploads_pb2.SendFileHead(request_id=request_id or str(uuid4()), client_id=str(client_id), file_name=name)

        def parts() -> Iterator[uploads_pb2.SendFileRequest]:
            yield uploads_pb2.SendFileRequest(head=head)
            for start in range(0, len(content), chunk):
                yield uploads_pb2.SendFileRequest(chunk=content[start : start + chunk])

        return self.uploads.SendFile(parts()).upload

    def get(self, upload: uploads_pb2.Upload, **page: Any) -> uploads_pb2.GetUploadResponse:
        """A page of an upload."""
        request = uploads_pb2.GetUploadRequest(client_id=upload.client_id, upload_id=upload.upload_id, **page)
        return self.uploads.GetUpload(request)

    def accept(self, upload: uploads_pb2.Upload, request_id: str = "") -> uploads_pb2.AcceptUploadResponse:
        """Skicka."""
        request = uploads_pb2.AcceptUploadRequest(
            request_id=request_id or str(uuid4()), client_id=upload.client_id, upload_id=upload.upload_id
        )
        return self.uploads.AcceptUpload(request)


class World:
    """A files service on a database and a bucket of its own."""

    def __init__(self, stored: ServiceDatabase, server: StoreServer, bucket: str, folder: Path) -> None:
        self.env = {
            **stored.env,
            "RF_READ_WAIT_S": "20",  # a busy machine starts the reader slowly
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
        self.ledger = Ledger()
        service = payments_pb2.DESCRIPTOR.services_by_name["PaymentService"]
        served = Served(payments_pb2_grpc.add_PaymentServiceServicer_to_server, self.ledger, service)
        self._ledger_server = RpcServer(LOCAL, Verifier(self._keys.token_public_keys, "ledger"), [served], threads=4)
        self._ledger_server.start()
        self.env["RF_LEDGER_TARGET"] = f"127.0.0.1:{self._ledger_server.port}"
        self.server, self.jobs = self.serve()

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
        self._ledger_server.stop()
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

    def user(self, *clients: UUID, may: Iterable[Permission] = SENDER, server: RpcServer | None = None) -> Door:
        return self.door(CallerKind.CLIENT_USER, dict.fromkeys(clients, tuple(may)), server=server)

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

    def repeat_jobs(self, upload_id: str) -> None:
        """Let the finished jobs of an upload come again."""
        with self.database.unscoped() as tx:
            values = {"key": f"{upload_id}/%"}
            tx.execute(text("UPDATE job SET status = 'ready', leased_until = NULL WHERE key LIKE :key"), values)

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

    def run(self, module: list[str], **other: str) -> "subprocess.CompletedProcess[str]":
        """Run a module of ours as a process of its own."""
        env = {**os.environ, **self.env, **other}
        command = [sys.executable, "-m", *module]
        return subprocess.run(command, env=env, check=False, timeout=60, capture_output=True, text=True)

    def dies(self, what: str, client_id: UUID, key: UUID, content: bytes, point: str, folder: Path) -> int:
        """The exit code of a process that takes a file in and dies at the point."""
        path = folder / "content"
        path.write_bytes(content)
        module = ["tests.component.files.dying", what, str(client_id), str(key), str(path)]
        return self.run(module, RF_CRASH=point).returncode

    def wait_for_jobs(self) -> None:
        """Until nobody works on a job that is due."""
        deadline = time.monotonic() + 20
        while self.rows("SELECT 1 FROM job WHERE status = 'ready' AND kind = 'parse_upload'"):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Jobs are done as they come, as by the work role."""
        worker = Worker(self.database, self.jobs, poll_s=0.02, first_retry_s=0.05)
        worker.start()
        yield
        worker.stop()

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
