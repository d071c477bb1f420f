"""The collection service as its neighbours see it: the ledger tells it events, people and systems call its RPCs."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from google.protobuf.message import Message
from sqlalchemy import Engine, create_engine, text

from chassis.bus import Bus
from chassis.consumer import Consumer
from chassis.database import Database
from chassis.envelope import Envelope
from chassis.jobs import Worker
from chassis.permissions import OFFICER_PERMISSIONS, Permission, bitmap
from chassis.process import House
from chassis.rpc_client import Neighbour
from chassis.rpc_errors import Unavailable
from chassis.rpc_server import RpcServer, Served
from chassis.settings import Secret
from chassis.tokens import Caller, CallerKind, Signer, Verifier
from chassis.wire import from_date, money
from deploy.local.keys import Keys
from kernel.errors import NotFound
from rf.collection.v1 import cases_pb2, cases_pb2_grpc, messages_pb2_grpc, officers_pb2_grpc
from rf.ledger.v1 import customers_pb2, events_pb2, invoices_pb2, invoices_pb2_grpc, terms_pb2
from services.collection import app, verify
from tests.stack import ROOT, ServiceDatabase

DUE, SENT = date(2026, 3, 31), date(2026, 4, 15)
CAPITAL = 10_000_00
LOCAL = "127.0.0.1:0"


@dataclass
class Ledger(invoices_pb2_grpc.InvoiceServiceServicer):
    """The neighbour: it knows the customers of the invoices that it was told of."""

    invoices: dict[str, tuple[customers_pb2.Customer, str]] = field(default_factory=dict)
    down: bool = False

    def GetInvoice(self, request, context):  # noqa: N802 - the proto's name
        if self.down:
            raise Unavailable(what="time")
        if request.invoice_id not in self.invoices:
            raise NotFound("invoice")
        customer, subject = self.invoices[request.invoice_id]
        draft = invoices_pb2.InvoiceDraft(subject=subject)
        line = invoices_pb2.InvoiceLine(number=f"F-{request.invoice_id[:4]}")
        return invoices_pb2.GetInvoiceResponse(invoice=invoices_pb2.Invoice(line=line, customer=customer, draft=draft))


@dataclass(frozen=True)
class Invoice:
    """An invoice in collection."""

    client_id: UUID
    id: UUID
    number: str


class Door:
    """The stubs of one caller."""

    def __init__(self, target: str, token: str) -> None:
        self._neighbour = Neighbour("collection", target, lambda: token)
        self.cases = self._neighbour.stub(cases_pb2_grpc.CaseServiceStub)
        self.officers = self._neighbour.stub(officers_pb2_grpc.OfficerServiceStub)
        self.messages = self._neighbour.stub(messages_pb2_grpc.MessageServiceStub)

    def close(self) -> None:
        self._neighbour.close()

    def search(self, **terms: Any) -> cases_pb2.SearchCasesResponse:
        return self.cases.SearchCases(cases_pb2.SearchCasesRequest(**terms))

    def case(self, case_id: str) -> cases_pb2.Case:
        return self.cases.GetCase(cases_pb2.GetCaseRequest(case_id=case_id)).case


class World:
    """A collection service on a database of its own."""

    def __init__(self, database: ServiceDatabase, folder: Path) -> None:
        self._keys = Keys(folder / "secrets")
        self._signer = Signer(self._keys.token_private_key)
        self.database = Database("collection", database.app_url, pool_size=6)
        self._everything: Engine = create_engine(database.verify_url)
        self._environment = {**os.environ, **database.env}
        self._seq: dict[UUID, int] = {}
        self._doors: list[Door] = []
        self.ledger = Ledger()  # type: ignore[abstract]  # what is not asked of it, it need not know
        self._ledger_server = self._serve("ledger", [self._ledger_served()])
        parts = app.build(self._house(f"127.0.0.1:{self._ledger_server.port}"))
        self._server = self._serve("collection", parts.served)
        # events are handed to it here, where a broker would
        self._bus = Bus("nats://127.0.0.1:1", "collection")
        self.consumer = Consumer(self.database, self._bus, parts.consumes, {})
        self._jobs = parts.jobs
        self.start_working()

    def start_working(self) -> None:
        self._worker = Worker(self.database, self._jobs, poll_s=0.02, max_attempts=2, first_retry_s=0.05)
        self._worker.start()

    def stop_working(self) -> None:
        self._worker.stop()

    def close(self) -> None:
        for door in self._doors:
            door.close()
        self.stop_working()
        self._server.stop()
        self._ledger_server.stop()
        self._bus._loop.close()  # it was never started
        self.database.engine.dispose()
        self._everything.dispose()

    def _serve(self, name: str, served: Iterable[Served]) -> RpcServer:
        server = RpcServer(LOCAL, Verifier(self._keys.token_public_keys, name), list(served), threads=4)
        server.start()
        return server

    def _ledger_served(self) -> Served:
        service = invoices_pb2.DESCRIPTOR.services_by_name["InvoiceService"]
        return Served(invoices_pb2_grpc.add_InvoiceServiceServicer_to_server, self.ledger, service)

    def _house(self, ledger_target: str) -> House:
        class OwnHouse(House):
            """Signs its own token: auth is not there."""

            own_token = staticmethod(lambda: self.token(CallerKind.SERVICE, everywhere=[Permission.LEDGER_READ]))  # type: ignore[assignment]

        return OwnHouse(
            "collection", SimpleNamespace(ledger_target=ledger_target, credential=Secret("")), self.database
        )

    # -- who calls ------------------------------------------------------------------------------------------------

    def token(
        self,
        kind: CallerKind,
        clients: Mapping[UUID, Iterable[Permission]] | None = None,
        everywhere: Iterable[Permission] = (),
    ) -> str:
        rights = {client_id: bitmap(permissions) for client_id, permissions in (clients or {}).items()}
        caller = Caller(str(uuid4()), "somebody", kind, rights, bitmap(everywhere))
        return self._signer.sign(caller, ["collection", "ledger"])

    def _door(self, token: str) -> Door:
        door = Door(f"127.0.0.1:{self._server.port}", token)
        self._doors.append(door)
        return door

    def client_user(self, *clients: UUID, may: Iterable[Permission] = (Permission.COLLECTION_READ,)) -> Door:
        return self._door(self.token(CallerKind.CLIENT_USER, dict.fromkeys(clients, tuple(may))))

    def officer(self) -> Door:
        return self._door(self.token(CallerKind.OFFICER, everywhere=OFFICER_PERMISSIONS))

    def administrator(self) -> Door:
        return self._door(self.token(CallerKind.ADMINISTRATOR, everywhere=[Permission.OFFICERS_MANAGE]))

    # -- what the ledger tells ------------------------------------------------------------------------------------

    def tell(self, client_id: UUID | None, aggregate_type: str, aggregate_id: UUID, message: Message) -> Envelope:
        """Hand over the next event of an aggregate."""
        seq = self._seq[aggregate_id] = self._seq.get(aggregate_id, 0) + 1
        event = Envelope(
            event_id=uuid4(),
            source="ledger",
            client_id=client_id,
            aggregate_type=aggregate_type,
            aggregate_id=aggregate_id,
            seq=seq,
            type=message.DESCRIPTOR.full_name,
            payload=message.SerializeToString(),
            occurred_at=datetime.now(UTC),
        )
        self.hear(event)
        return event

    def hear(self, event: Envelope) -> None:
        """What the broker does, and may do again."""
        self.consumer._receive(event)

    def an_invoice_in_collection(
        self,
        client_id: UUID,
        *,
        capital: int = CAPITAL,
        due: date = DUE,
        sent: date = SENT,
        number: str = "",
        kind: terms_pb2.CollectionKind.ValueType = terms_pb2.COLLECTION_KIND_AGENT,
        subject: str = "Städning mars",
        customer: str = "1017",
        kind_of_party: customers_pb2.PartyKind.ValueType = customers_pb2.PARTY_KIND_PERSON,
        **person: Any,
    ) -> Invoice:
        invoice = Invoice(client_id, uuid4(), number or str(uuid4().int)[:8])
        who: dict[str, Any] = {"name": "Ylva Ek", "number": customer, "kind": kind_of_party} | person
        self.ledger.invoices[str(invoice.id)] = customers_pb2.Customer(**who), subject
        message = events_pb2.InvoiceSentToCollection(
            invoice_id=str(invoice.id),
            invoice_number=invoice.number,
            customer_id=str(uuid4()),
            invoice_date=from_date(date(2026, 3, 1)),
            due_date=from_date(due),
            original=money(capital),
            capital=money(capital),
            collection_kind=kind,
            day=from_date(sent),
        )
        self.tell(client_id, "invoice", invoice.id, message)
        return invoice

    def a_payment(self, invoice: Invoice, amount: int, bank_date: date, payment_id: UUID | None = None) -> UUID:
        payment_id = payment_id or uuid4()
        message = events_pb2.InvoiceCasePaymentReceived(
            case_payment_id=str(payment_id),
            invoice_id=str(invoice.id),
            amount=money(amount),
            bank_date=from_date(bank_date),
        )
        self.tell(invoice.client_id, "invoice", invoice.id, message)
        return payment_id

    def sent_again(self, invoice: Invoice, capital: int) -> str:
        """The case that an invoice gets when it comes to collection once more, or its open one if that is refused."""
        message = events_pb2.InvoiceSentToCollection(
            invoice_id=str(invoice.id),
            invoice_number=invoice.number,
            invoice_date=from_date(date(2026, 3, 1)),
            due_date=from_date(DUE),
            capital=money(capital),
            collection_kind=terms_pb2.COLLECTION_KIND_OWN,
            day=from_date(date(2026, 6, 2)),
        )
        self.tell(invoice.client_id, "invoice", invoice.id, message)
        (row,) = self.rows("SELECT case_id FROM claim WHERE invoice_id = :id AND open", id=invoice.id)
        return str(row.case_id)

    # -- what came of it ------------------------------------------------------------------------------------------

    def rows(self, sql: str, **parameters: Any) -> list[Any]:
        """Rows of any client, past row-level security."""
        with self._everything.connect() as connection:
            return list(connection.execute(text(sql), parameters))

    def case_of(self, invoice: Invoice) -> str:
        """The id of the invoice's case."""
        (row,) = self.rows("SELECT case_id FROM claim WHERE invoice_id = :id", id=invoice.id)
        return str(row.case_id)

    def told(self, case_id: str, message: type[Message]) -> list[Any]:
        """The events of one kind that a case has told."""
        with self.database.unscoped() as tx:
            sql = text("SELECT payload FROM outbox WHERE aggregate_id = :id AND type = :type ORDER BY seq")
            rows = tx.execute(sql, {"id": case_id, "type": message.DESCRIPTOR.full_name}).all()
        return [message.FromString(bytes(row.payload)) for row in rows]

    def failed(self, aggregate_id: UUID) -> int:
        """How many events of an aggregate wait because their handler refused them."""
        with self.database.unscoped() as tx:
            sql = text("SELECT count(*) FROM inbox_pending WHERE aggregate_id = :id AND failures > 0")
            found: int = tx.execute(sql, {"id": aggregate_id}).scalar_one()
        return found

    def asked_again(self, case_id: str) -> tuple[str, int]:
        """Status and tries of the second job that asks for a debtor, once it is there."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with self.database.unscoped() as tx:
                sql = text("SELECT status, attempts FROM job WHERE kind = 'fetch_debtor' AND key = :key")
                row = tx.execute(sql, {"key": f"{case_id}/2"}).one_or_none()
            if row is not None:
                return row.status, row.attempts
            time.sleep(0.02)
        raise AssertionError("not asked again")

    def hurry(self) -> None:
        """Let jobs that wait for their time run now."""
        with self.database.unscoped() as tx:
            tx.execute(text("UPDATE job SET run_after = now() WHERE status = 'ready'"))

    def jobs_done(self) -> None:
        """Wait until no job waits."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with self.database.unscoped() as tx:
                states = {row.status: row.jobs for row in tx.execute(text(_JOBS))}
            assert "dead" not in states, states
            if "ready" not in states:
                return
            time.sleep(0.02)
        raise AssertionError("jobs are not done")

    def audit(self, action: str, object_id: str | None = None) -> list[Any]:
        """The audit trail of one kind, oldest first."""
        with self.database.unscoped() as tx:
            sql = text("""SELECT client_id, object_id, details FROM audit_entry
                           WHERE action = :action AND object_id = coalesce(:object_id, object_id) ORDER BY id""")
            return list(tx.execute(sql, {"action": action, "object_id": object_id}))

    def spoil(self, sql: str, client_id: UUID) -> None:
        """Change rows of one client behind the service's back."""
        with self.database.system([client_id]) as tx:
            tx.execute(text(sql), {"c": client_id})

    def disagreements(self) -> list[str]:
        """What `make verify` finds."""
        with self._everything.connect() as connection:
            return verify.check(connection)

    def verify_command(self) -> tuple[int, str]:
        """Exit code and words of the command behind `make verify`."""
        command = [sys.executable, "-m", "services.collection", "verify"]
        done = subprocess.run(command, env=self._environment, cwd=ROOT, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout

    def agrees(self) -> None:
        """`make verify` finds nothing."""
        assert self.disagreements() == []


_JOBS = "SELECT status, count(*) AS jobs FROM job GROUP BY status"


@contextmanager
def a_world(database: ServiceDatabase, folder: Path) -> Iterator[World]:
    """A world that is closed at the end."""
    world = World(database, folder)
    try:
        yield world
    finally:
        world.close()
