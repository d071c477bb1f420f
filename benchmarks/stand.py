"""Where it is measured: a house of real processes on free ports, durable as in production, in a folder of its own."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg

from chassis.permissions import Permission, bitmap
from chassis.rpc_client import Neighbour
from chassis.tokens import SERVICES, Caller, CallerKind, Signer
from deploy.local.house import House
from deploy.local.topology import Seat, free_ports, settings
from rf.ledger.v1 import (
    customer_search_pb2_grpc,
    customers_pb2,
    customers_pb2_grpc,
    invoices_pb2_grpc,
    journals_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
)

FLOOR = "ledger_floor"
"""A second database like the ledger's, for what the floors write; without the triggers that watch over the books."""
A_RUN_LONG = 7200  # seconds that a token of a benchmark lives
USED = ("auth", "ledger", "reports")
MAY = (Permission.LEDGER_READ, Permission.LEDGER_REGISTER, Permission.LEDGER_APPROVE)


class Ledger:
    """The ledger for one caller."""

    def __init__(self, target: str, token: str) -> None:
        neighbour = Neighbour("ledger", target, lambda: token, timeout_s=60)
        self.terms = neighbour.stub(terms_pb2_grpc.TermsServiceStub)
        self.customers = neighbour.stub(customers_pb2_grpc.CustomerServiceStub)
        self.journals = neighbour.stub(journals_pb2_grpc.JournalServiceStub)
        self.invoices = neighbour.stub(invoices_pb2_grpc.InvoiceServiceStub)
        self.customer_search = neighbour.stub(customer_search_pb2_grpc.CustomerSearchServiceStub)


@dataclass(frozen=True)
class Client:
    """A client with one customer."""

    id: UUID
    customer: str


@dataclass(frozen=True)
class Stand:
    """The house under measurement."""

    house: House

    @property
    def ledger_target(self) -> str:
        return self.house.settings.targets("ledger")

    def need(self, *seats: Seat) -> None:
        """Start what does not run yet."""
        self.house.start_seats([seat for seat in seats if seat.name not in self.house.running])

    def stop(self, *seats: Seat) -> None:
        """Stop what should not take time from others."""
        for seat in seats:
            if seat.name in self.house.running:
                self.house.running.pop(seat.name).stop()

    def token(self, rights: Mapping[UUID, Sequence[Permission]], everywhere: Sequence[Permission] = ()) -> str:
        """A token of a user of these clients, as auth would sign it, for the length of a run."""
        clients = {client_id: bitmap(permissions) for client_id, permissions in rights.items()}
        kind = CallerKind.ADMINISTRATOR if everywhere else CallerKind.CLIENT_USER
        caller = Caller(str(uuid4()), "Mätning", kind, clients, bitmap(everywhere))
        return Signer(self.house.settings.keys.token_private_key).sign(caller, SERVICES, A_RUN_LONG)

    def ledger(self, clients: Sequence[UUID] = (), everywhere: Sequence[Permission] = ()) -> Ledger:
        """The ledger for a user of these clients, or for an administrator."""
        return Ledger(self.ledger_target, self.token(dict.fromkeys(clients, MAY), everywhere))

    def client(self, client_id: UUID | None = None, name: str = "Mätbolaget AB") -> Client:
        """A client with terms and one customer."""
        client_id = client_id or uuid4()
        self.ledger(everywhere=[Permission.TERMS_MANAGE]).terms.SetTerms(
            terms_pb2.SetTermsRequest(request_id=str(uuid4()), terms=_terms(client_id, name))
        )
        customer = customers_pb2.Customer(
            kind=customers_pb2.PARTY_KIND_COMPANY, name="Köparen AB", street="Torget 1", postcode="81290", town="Lidsjö"
        )
        request = customers_pb2.CreateCustomersRequest(
            request_id=str(uuid4()), client_id=str(client_id), customers=[customer]
        )
        return Client(client_id, self.ledger([client_id]).customers.CreateCustomers(request).customers[0].number)

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """A connection that no policy binds, one statement a transaction."""
        return self.house.settings.postgres.connect(database)

    def conninfo(self, database: str) -> str:
        """The same for a process that opens its own."""
        postgres = self.house.settings.postgres
        return f"host=127.0.0.1 port={postgres.port} user=postgres password={postgres.password} dbname={database}"


@contextmanager
def stand() -> Iterator[Stand]:
    """The house with its infrastructure and migrated databases; services are started when needed."""
    folder = Path(tempfile.mkdtemp(prefix="klientwebben-bench-"))
    folder.chmod(0o711)  # PostgreSQL's own user passes it
    values = settings(folder, free_ports(), demo=True, log_format="json")
    # the time of a commit is what an event's way is measured from
    timed = replace(values.postgres, settings={"track_commit_timestamp": "on"})
    house = House(replace(values, postgres=timed), folder)
    try:
        house.start_infrastructure()
        house.migrate(USED)
        _floor(house)
        yield Stand(house)
    finally:
        house.stop()
        shutil.rmtree(timed.home, ignore_errors=True)  # may lie elsewhere, where its user can reach it
        shutil.rmtree(folder, ignore_errors=True)


def _floor(house: House) -> None:
    house.settings.postgres.ensure_database("ledger", FLOOR, template="ledger")
    with house.settings.postgres.connect(FLOOR) as connection:
        # they see a voucher and its postings in one statement only, which COPY cannot give
        connection.execute("DROP TRIGGER vouchers_posted ON voucher")
        connection.execute("DROP TRIGGER postings_balance ON posting")


def _terms(client_id: UUID, name: str) -> terms_pb2.Terms:
    return terms_pb2.Terms(
        client_id=str(client_id),
        name=name,
        organisation_number="556036-0793",
        street="Storgatan 1",
        postcode="111 22",
        town="Stockholm",
        phone="08-123 45 67",
        email="ekonomi@example.se",
        bankgiro="5050-1055",
        f_tax=True,
        payment_terms_days=30,
        ocr_kind=terms_pb2.OCR_KIND_CHECK_DIGIT,
        first_invoice_number=1,
        first_customer_number=1,
        collection_kind=terms_pb2.COLLECTION_KIND_AGENT,
    )
