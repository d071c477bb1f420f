"""A world of its own in a running house: clients with terms, stubs as an internal system has them, and the model."""

import threading
from collections import defaultdict
from datetime import timedelta
from random import Random
from uuid import UUID

from stdnum import luhn

from chassis import business_day, settings
from chassis.permissions import CLIENT_PERMISSIONS
from chassis.rpc_client import Neighbour, ServiceToken
from chassis.tokens import SERVICES
from deploy.local.demo.seed import Targets as DemoTargets
from deploy.local.house import House
from kernel.errors import DomainError
from rf.auth.v1 import clients_pb2, clients_pb2_grpc, sessions_pb2, users_pb2, users_pb2_grpc
from rf.collection.v1 import cases_pb2_grpc
from rf.files.v1 import uploads_pb2_grpc
from rf.ledger.v1 import (
    customers_pb2_grpc,
    invoices_pb2_grpc,
    journals_pb2_grpc,
    payments_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
)
from rf.reports.v1 import documents_pb2_grpc
from tests.resilience.harness.model import Model

TIMEOUT_S = 4.0
PASSWORD = "ett-starkt-losenord-for-prov"
RATE_HALF_YEAR, RATE_BASIS_POINTS = "2026H2", 200  # the one that our sources lack


class World:
    """One internal system with its clients. ``chance`` decides all ids, so that a seed means the same world."""

    def __init__(self, house: House, chance: Random, clients: int = 2) -> None:
        self.house = house
        self.chance = chance
        self.lock = threading.RLock()  # of all below
        self.model = Model()
        self.today = business_day.today()
        self.customers: dict[str, list[str]] = defaultdict(list)  # client → numbers
        self.uploads: dict[str, tuple[str, list[str]]] = {}  # upload id → client and references, until accepted
        self.numbers = chance.randrange(10**8, 9 * 10**8)
        self._connect()
        self.clients = [self._client(place) for place in range(clients)]
        self._rate()

    def _connect(self) -> None:
        env = self.house.settings.caller("demo")
        known = settings.read(DemoTargets, env)
        token = ServiceToken(known.auth_target, "demo", known.credential.reveal(), SERVICES)

        def to(service: str) -> Neighbour:
            return Neighbour(service, env[f"RF_{service.upper()}_TARGET"], token, TIMEOUT_S)

        auth, ledger = to("auth"), to("ledger")
        self.auth_clients = auth.stub(clients_pb2_grpc.ClientServiceStub)
        self.users = auth.stub(users_pb2_grpc.UserServiceStub)
        self.terms = ledger.stub(terms_pb2_grpc.TermsServiceStub)
        self.ledger_customers = ledger.stub(customers_pb2_grpc.CustomerServiceStub)
        self.journals = ledger.stub(journals_pb2_grpc.JournalServiceStub)
        self.invoices = ledger.stub(invoices_pb2_grpc.InvoiceServiceStub)
        self.payments = ledger.stub(payments_pb2_grpc.PaymentServiceStub)
        self.cases = to("collection").stub(cases_pb2_grpc.CaseServiceStub)
        self.files = to("files").stub(uploads_pb2_grpc.UploadServiceStub)
        self.documents = to("reports").stub(documents_pb2_grpc.DocumentServiceStub)

    def request_id(self) -> str:
        """A new one, made by the client as a browser does."""
        with self.lock:
            return str(UUID(int=self.chance.getrandbits(128), version=4))

    def key(self) -> str:
        """A word that nobody has used: on an invoice, in a name, as a bank's reference."""
        with self.lock:
            return f"K{self.chance.getrandbits(80):020x}"

    def number(self) -> str:
        """The next FakturaNr of those that a client gives."""
        with self.lock:
            self.numbers += 1
            return str(self.numbers)

    def _client(self, place: int) -> str:
        client_id = self.request_id()
        body = f"555555{self.chance.randrange(1000):03}"
        while True:
            try:
                self.auth_clients.CreateClient(
                    clients_pb2.CreateClientRequest(
                        request_id=self.request_id(),
                        client=clients_pb2.Client(
                            client_id=client_id,
                            number=str(self.chance.randrange(10**6, 10**9)),
                            name=f"Provbolaget {place} AB",
                            organisation_number=body + luhn.calc_check_digit(body),
                        ),
                    )
                )
                break
            except DomainError as taken:
                if "TAKEN" not in taken.reason:
                    raise
                body = f"555555{self.chance.randrange(1000):03}"
        self.terms.SetTerms(
            terms_pb2.SetTermsRequest(
                request_id=self.request_id(),
                terms=terms_pb2.Terms(
                    client_id=client_id,
                    name=f"Provbolaget {place} AB",
                    organisation_number=body + luhn.calc_check_digit(body),
                    street="Provgatan 1",
                    postcode="81290",
                    town="Lidsjö",
                    phone="0570-100 00",
                    email="prov@klient.example",
                    bankgiro="9912346",
                    f_tax=True,
                    payment_terms_days=30,
                    ocr_kind=terms_pb2.OCR_KIND_CHECK_DIGIT,
                    first_invoice_number=40_000_000,
                    first_customer_number=1_000,
                    collection_kind=terms_pb2.COLLECTION_KIND_AGENT,
                ),
            )
        )
        return client_id

    def _rate(self) -> None:
        try:
            self.terms.SetReferenceRate(
                terms_pb2.SetReferenceRateRequest(
                    request_id=self.request_id(),
                    rate=terms_pb2.ReferenceRate(
                        half_year=RATE_HALF_YEAR, basis_points=RATE_BASIS_POINTS, source="påhittad för provet"
                    ),
                )
            )
        except DomainError as error:
            if error.reason != "REFERENCE_RATE_ENTERED_ALREADY":
                raise

    def a_user(self) -> str:
        """A person who may do everything for the clients; the name to sign in with, with PASSWORD."""
        name = f"prov{self.key()[1:9]}"
        self.users.CreateUser(
            users_pb2.CreateUserRequest(
                request_id=self.request_id(),
                user=sessions_pb2.User(
                    user_name=name,
                    first_name="Prova",
                    last_name="Provsson",
                    email=f"{name}@klient.example",
                    kind=sessions_pb2.USER_KIND_CLIENT,
                ),
                password=PASSWORD,
                clients=[
                    sessions_pb2.ClientAccess(client_id=one, permissions=[p.label for p in CLIENT_PERMISSIONS])
                    for one in self.clients
                ],
            )
        )
        return name

    @property
    def overdue(self) -> timedelta:
        """How long ago a claim fell due."""
        return timedelta(days=60)
