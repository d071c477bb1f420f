"""The reports service as its neighbours see it: the ledger tells and answers it, files keeps its documents."""

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from google.protobuf.message import Message
from sqlalchemy import create_engine, text

from chassis import calls
from chassis.business_day import today
from chassis.consumer import Received
from chassis.database import Database
from chassis.envelope import Envelope
from chassis.jobs import Worker
from chassis.permissions import Permission, bitmap
from chassis.process import House
from chassis.rpc_client import Neighbour
from chassis.rpc_errors import Unavailable
from chassis.rpc_server import RpcServer, Served
from chassis.settings import Secret
from chassis.tokens import Caller, CallerKind, Signer, Verifier
from chassis.wire import from_date, money
from deploy.local.keys import Keys
from kernel.errors import NotFound
from rf.files.v1 import archive_pb2, archive_pb2_grpc
from rf.ledger.v1 import (
    customer_search_pb2,
    customer_search_pb2_grpc,
    events_pb2,
    invoices_pb2,
    invoices_pb2_grpc,
    journals_pb2,
    terms_pb2,
    terms_pb2_grpc,
)
from rf.reports.v1 import documents_pb2, documents_pb2_grpc, exports_pb2_grpc, statistics_pb2_grpc
from services.reports import app, verify
from services.reports.domain.invoice_document import InvoiceDocument
from tests.stack import ServiceDatabase
from tests.unit.reports.messages import as_the_ledger_says

CHUNK_BYTES = 64 * 1024


@dataclass
class Ledger(invoices_pb2_grpc.InvoiceServiceServicer):
    """The neighbour that knows the invoices."""

    invoices: dict[tuple[str, str], invoices_pb2.Invoice] = field(default_factory=dict)
    lines: list[invoices_pb2.InvoiceLine] = field(default_factory=list)
    counted: int | None = None  # what it says that there are, if not as many as there are
    fails_after: int | None = None  # lines of a stream
    down: bool = False

    def SumInvoices(self, request, context):  # noqa: N802
        count = len(self.lines) if self.counted is None else self.counted
        return invoices_pb2.SumInvoicesResponse(sums=[invoices_pb2.InvoiceSums(count=count)])

    def StreamInvoices(self, request, context):  # noqa: N802
        for client_id in request.criteria.client_ids:
            calls.caller().require(Permission.LEDGER_READ, UUID(client_id))
        for start in range(0, len(self.lines), 500):
            if self.fails_after is not None and start >= self.fails_after:
                raise Unavailable(what="time")
            yield invoices_pb2.StreamInvoicesResponse(invoices=self.lines[start : start + 500])

    def GetInvoice(self, request, context):  # noqa: N802 - the proto's name
        if self.down:
            raise Unavailable(what="time")
        calls.caller().require(Permission.LEDGER_READ, UUID(request.client_id))
        found = self.invoices.get((request.client_id, request.invoice_id))
        if found is None:
            raise NotFound("invoice")
        return invoices_pb2.GetInvoiceResponse(invoice=found)


@dataclass
class Customers(customer_search_pb2_grpc.CustomerSearchServiceServicer):
    """The same neighbour, by customer."""

    lines: list[customer_search_pb2.CustomerLine] = field(default_factory=list)

    def StreamCustomers(self, request, context):  # noqa: N802
        yield customer_search_pb2.StreamCustomersResponse(customers=self.lines)


@dataclass
class Terms(terms_pb2_grpc.TermsServiceServicer):
    """The same neighbour, by client."""

    names: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def GetTerms(self, request, context):  # noqa: N802
        self.asked.append(request.client_id)
        if request.client_id not in self.names:
            raise NotFound("terms")
        return terms_pb2.GetTermsResponse(terms=terms_pb2.Terms(name=self.names[request.client_id]))


@dataclass
class Files(archive_pb2_grpc.ArchiveServiceServicer):
    """The neighbour that keeps documents: the same content of the same subject is the same document."""

    documents: dict[tuple[str, str, str, str], tuple[archive_pb2.Document, bytes]] = field(default_factory=dict)
    down: bool = False
    refused: int = 0  # how often it was asked while it was down
    lock: threading.Lock = field(default_factory=threading.Lock)

    def StoreDocument(self, request_iterator, context):  # noqa: N802
        if self.down:
            self.refused += 1
            raise Unavailable(what="object store")
        head = next(request_iterator).head
        calls.caller().require(Permission.DOCUMENTS_STORE, UUID(head.client_id))
        content = b"".join(part.chunk for part in request_iterator)
        assert hashlib.sha256(content).hexdigest() == head.sha256
        key = (head.client_id, head.kind, head.subject_id, head.sha256)
        with self.lock:
            if key not in self.documents:
                stored = archive_pb2.Document()
                stored.CopyFrom(head)
                stored.document_id = str(uuid4())
                self.documents[key] = stored, content
        return archive_pb2.StoreDocumentResponse(document=self.documents[key][0])

    def FetchDocument(self, request, context):  # noqa: N802
        if self.down:
            self.refused += 1
            raise Unavailable(what="object store")
        calls.caller().require(Permission.LEDGER_READ, UUID(request.client_id))
        for document, content in self.of(request.client_id):
            if request.document_id == document.document_id or request.subject_id == document.subject_id:
                yield archive_pb2.FetchDocumentResponse(head=document)
                for start in range(0, len(content), CHUNK_BYTES):
                    yield archive_pb2.FetchDocumentResponse(chunk=content[start : start + CHUNK_BYTES])
                return
        raise NotFound("document")

    def of(self, client_id: object) -> list[tuple[archive_pb2.Document, bytes]]:
        """The documents of a client."""
        return [entry for key, entry in self.documents.items() if key[0] == str(client_id)]


class World:
    """A reports service on a database of its own."""

    def __init__(self, database: ServiceDatabase, folder: Path, fonts: Path, kept: Path) -> None:
        self._keys = Keys(folder / "secrets")
        self._signer = Signer(self._keys.token_private_key)
        self.database = Database("reports", database.app_url, pool_size=8)
        self._everything = create_engine(database.verify_url)
        self._seq: dict[UUID, int] = {}
        self.ledger = Ledger()  # type: ignore[abstract]  # the RPCs that nobody here calls stay unimplemented
        self.customers = Customers()  # type: ignore[abstract]
        self.terms = Terms()  # type: ignore[abstract]
        self.files = Files()
        self._ledger_server = self._serve("ledger", _served_ledger(self.ledger, self.customers, self.terms))
        self._files_server = self._serve("files", [_served_files(self.files)])
        values = app.Settings(
            database_url="",
            owner_database_url="",
            verify_database_url="",
            nats_url="",
            grpc_listen="",
            http_listen="",
            auth_target="",
            token_public_keys=self._keys.token_public_keys,
            credential=Secret(""),
            ledger_target=f"127.0.0.1:{self._ledger_server.port}",
            files_target=f"127.0.0.1:{self._files_server.port}",
            fonts=fonts,
            font_cache=kept,
        )
        self.parts = app.build(self._house(values))
        self._server = self._serve("reports", self.parts.served)
        self._worker = Worker(self.database, self.parts.jobs, poll_s=0.02, max_attempts=3, first_retry_s=0.05)
        self._worker.start()

    def close(self) -> None:
        self._worker.stop()
        for server in (self._server, self._ledger_server, self._files_server):
            server.stop()
        self.parts.close()
        self.database.engine.dispose()
        self._everything.dispose()

    def _serve(self, name: str, served: Iterable[Served]) -> RpcServer:
        server = RpcServer("127.0.0.1:0", Verifier(self._keys.token_public_keys, name), list(served), threads=8)
        server.start()
        return server

    def _house(self, values: app.Settings) -> House:
        rights = bitmap([Permission.LEDGER_READ, Permission.DOCUMENTS_STORE])
        service = Caller("reports", "reports", CallerKind.SERVICE, {}, rights)

        class OwnHouse(House):
            """Signs its own token: auth is not there."""

            own_token = staticmethod(lambda: self._sign(service))  # type: ignore[assignment]

        return OwnHouse("reports", values, self.database)

    # -- who calls ------------------------------------------------------------------------------------------------

    def _sign(self, caller: Caller) -> str:
        return self._signer.sign(caller, ["reports", "ledger", "files"])

    def open(
        self, client_id: UUID, invoice_id: UUID, *, may: Iterable[Permission] = (Permission.LEDGER_READ,), of: UUID
    ) -> tuple[bytes, str, str]:
        """Content, hash and name of a copy, opened by a user of the client ``of``."""
        caller = Caller(str(uuid4()), "somebody", CallerKind.CLIENT_USER, {of: bitmap(may)})
        neighbour = Neighbour("reports", f"127.0.0.1:{self._server.port}", lambda: self._sign(caller), 20)
        try:
            stub = neighbour.stub(documents_pb2_grpc.DocumentServiceStub)
            request = documents_pb2.GetInvoiceCopyRequest(client_id=str(client_id), invoice_id=str(invoice_id))
            pieces = list(stub.GetInvoiceCopy(request))
        finally:
            neighbour.close()
        return b"".join(piece.chunk for piece in pieces), pieces[0].sha256, pieces[0].file_name

    def listed(
        self, method: str, request: Any, *, of: UUID, may: Iterable[Permission] = (Permission.LEDGER_READ,)
    ) -> Any:
        """Content and name of a list, asked for by a user of the client ``of``."""
        caller = Caller(str(uuid4()), "somebody", CallerKind.CLIENT_USER, {of: bitmap(may)})
        neighbour = Neighbour("reports", f"127.0.0.1:{self._server.port}", lambda: self._sign(caller), 20)
        try:
            pieces = list(getattr(neighbour.stub(exports_pb2_grpc.ExportServiceStub), method)(request))
        finally:
            neighbour.close()
        return b"".join(piece.chunk for piece in pieces), [piece.file_name for piece in pieces]

    # -- what the ledger knows and tells ------------------------------------------------------------------------------

    def knows(self, client_id: UUID, document: InvoiceDocument) -> UUID:
        """Let the ledger have an invoice; its id."""
        invoice_id = uuid4()
        self.ledger.invoices[str(client_id), str(invoice_id)] = as_the_ledger_says(document)
        return invoice_id

    def approved(
        self,
        client_id: UUID,
        *invoice_ids: UUID,
        days_old: int = 3,
        service: invoices_pb2.ServiceKind.ValueType = invoices_pb2.SERVICE_KIND_INVOICING,
        total_minor: int = 63970,
    ) -> Envelope:
        """A journal of invoices was approved."""
        day = today() - timedelta(days=days_old)
        invoices = [
            events_pb2.ApprovedInvoice(
                invoice_id=str(invoice_id),
                kind=invoices_pb2.INVOICE_KIND_INVOICE,
                service=service,
                invoice_date=from_date(day),
                due_date=from_date(day + timedelta(days=30)),
                total=money(total_minor),
            )
            for invoice_id in invoice_ids
        ]
        message = events_pb2.JournalApproved(kind=journals_pb2.JOURNAL_KIND_INVOICES, invoices=invoices)
        event = as_event("ledger", client_id, message)
        self.hear(event)
        return event

    def revoked(self, client_id: UUID, *invoice_ids: UUID) -> None:
        """A journal of these invoices was revoked: the ledger does not know them any more."""
        for invoice_id in invoice_ids:
            self.ledger.invoices.pop((str(client_id), str(invoice_id)), None)
        message = events_pb2.JournalRevoked(
            kind=journals_pb2.JOURNAL_KIND_INVOICES, item_ids=[str(one) for one in invoice_ids]
        )
        self.hear(as_event("ledger", client_id, message))

    def hear(self, event: Envelope) -> None:
        """Hand an event to its handler, without an inbox that would stop a repeat."""
        assert event.client_id is not None
        handlers = {kind.DESCRIPTOR.full_name: (kind, do) for kind, do in self.parts.consumes[event.source].items()}
        kind, handle = handlers[event.type]
        with self.database.system([event.client_id]) as tx:
            handle(tx, Received(event, kind.FromString(event.payload)))

    def ask(self, method: str, request: Any, of: Mapping[UUID, Iterable[Permission]]) -> Any:
        """What StatisticsService answers to a user of these clients with these permissions."""
        rights = {client_id: bitmap(may) for client_id, may in of.items()}
        caller = Caller(str(uuid4()), "somebody", CallerKind.CLIENT_USER, rights)
        neighbour = Neighbour("reports", f"127.0.0.1:{self._server.port}", lambda: self._sign(caller), 20)
        try:
            return getattr(neighbour.stub(statistics_pb2_grpc.StatisticsServiceStub), method)(request)
        finally:
            neighbour.close()

    # -- what came of it ----------------------------------------------------------------------------------------------

    def rows(self, sql: str, **parameters: Any) -> list[Any]:
        """Rows of any client, past row-level security."""
        with self._everything.connect() as connection:
            return list(connection.execute(text(sql), parameters))

    def jobs(self, *invoice_ids: UUID) -> list[Any]:
        """The jobs of these invoices."""
        with self.database.unscoped() as tx:
            sql = text("SELECT key, status, attempts FROM job WHERE key = ANY(:keys)")
            return list(tx.execute(sql, {"keys": [str(invoice_id) for invoice_id in invoice_ids]}))

    def done(self, *invoice_ids: UUID) -> None:
        """Wait until the jobs of these invoices are done."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            states = {job.status for job in self.jobs(*invoice_ids)}
            assert "dead" not in states
            if states == {"done"}:
                return
            time.sleep(0.02)
        raise AssertionError("jobs are not done")

    def agrees(self) -> None:
        """What `make verify` finds."""
        with self._everything.connect() as connection:
            assert verify.check(connection) == []


def as_event(source: str, client_id: UUID, message: Message, *, at: datetime | None = None) -> Envelope:
    """A message as its producer tells it."""
    return Envelope(
        event_id=uuid4(),
        source=source,
        client_id=client_id,
        aggregate_type="journal",
        aggregate_id=uuid4(),
        seq=1,
        type=message.DESCRIPTOR.full_name,
        payload=message.SerializeToString(),
        occurred_at=at or datetime.now(UTC),
    )


def _served_ledger(ledger: Ledger, customers: Customers, terms: Terms) -> list[Served]:
    return [
        Served(
            invoices_pb2_grpc.add_InvoiceServiceServicer_to_server,
            ledger,
            invoices_pb2.DESCRIPTOR.services_by_name["InvoiceService"],
        ),
        Served(
            customer_search_pb2_grpc.add_CustomerSearchServiceServicer_to_server,
            customers,
            customer_search_pb2.DESCRIPTOR.services_by_name["CustomerSearchService"],
        ),
        Served(
            terms_pb2_grpc.add_TermsServiceServicer_to_server,
            terms,
            terms_pb2.DESCRIPTOR.services_by_name["TermsService"],
        ),
    ]


def _served_files(files: Files) -> Served:
    service = archive_pb2.DESCRIPTOR.services_by_name["ArchiveService"]
    return Served(archive_pb2_grpc.add_ArchiveServiceServicer_to_server, files, service)


@contextmanager
def a_world(database: ServiceDatabase, folder: Path, fonts: Path, kept: Path) -> Iterator[World]:
    """A world that is closed at the end."""
    world = World(database, folder, fonts, kept)
    try:
        yield world
    finally:
        world.close()
