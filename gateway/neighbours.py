"""The services that the web asks, as typed stubs: ``g.ledger.journals.ApproveJournal(request)``.

auth is asked about sessions, and by people without one, in the gateway's own name; all else goes with the token of the
page's session, so that the services decide with the rights of the person. All calls carry a deadline and raise
``kernel.errors.DomainError``.
"""

from typing import Protocol

from flask import g

from chassis.rpc_client import Neighbour, ServiceToken
from chassis.settings import Secret
from chassis.tokens import SERVICES
from rf.auth.v1 import (
    accounts_pb2_grpc,
    clients_pb2_grpc,
    credentials_pb2_grpc,
    pins_pb2_grpc,
    registration_pb2_grpc,
    sessions_pb2_grpc,
    users_pb2_grpc,
)
from rf.auth.v1 import documents_pb2_grpc as kept_pb2_grpc
from rf.collection.v1 import cases_pb2_grpc, messages_pb2_grpc
from rf.files.v1 import archive_pb2_grpc, uploads_pb2_grpc
from rf.ledger.v1 import accounts_pb2_grpc as chart_pb2_grpc
from rf.ledger.v1 import (
    articles_pb2_grpc,
    customer_overview_pb2_grpc,
    customer_search_pb2_grpc,
    customers_pb2_grpc,
    invoices_pb2_grpc,
    journals_pb2_grpc,
    payments_pb2_grpc,
    surplus_pb2_grpc,
    terms_pb2_grpc,
)
from rf.reports.v1 import documents_pb2_grpc, exports_pb2_grpc, statistics_pb2_grpc

FILE_TIMEOUT_S = 55.0  # a large file is parsed before it is answered
DOCUMENT_TIMEOUT_S = 20.0
SLOW_PLACES = 4  # of the threads at work, for what waits for the object store


class Targets(Protocol):
    """Where the services answer, and the gateway's own secret."""

    @property
    def credential(self) -> Secret: ...
    @property
    def auth_target(self) -> str: ...
    @property
    def ledger_target(self) -> str: ...
    @property
    def collection_target(self) -> str: ...
    @property
    def reports_target(self) -> str: ...
    @property
    def files_target(self) -> str: ...


class Auth:
    def __init__(self, neighbour: Neighbour, persons: Neighbour) -> None:
        self.sessions = neighbour.stub(sessions_pb2_grpc.SessionServiceStub)
        self.registration = neighbour.stub(registration_pb2_grpc.RegistrationServiceStub)
        self.documents = persons.stub(kept_pb2_grpc.DocumentServiceStub)
        self.accounts = persons.stub(accounts_pb2_grpc.AccountServiceStub)
        self.users = persons.stub(users_pb2_grpc.UserServiceStub)
        self.clients = persons.stub(clients_pb2_grpc.ClientServiceStub)
        self.credentials = persons.stub(credentials_pb2_grpc.CredentialServiceStub)
        self.pins = persons.stub(pins_pb2_grpc.PinServiceStub)


class Ledger:
    def __init__(self, neighbour: Neighbour) -> None:
        self.terms = neighbour.stub(terms_pb2_grpc.TermsServiceStub)
        self.accounts = neighbour.stub(chart_pb2_grpc.AccountServiceStub)
        self.articles = neighbour.stub(articles_pb2_grpc.ArticleServiceStub)
        self.customers = neighbour.stub(customers_pb2_grpc.CustomerServiceStub)
        self.customer_overview = neighbour.stub(customer_overview_pb2_grpc.CustomerOverviewServiceStub)
        self.invoices = neighbour.stub(invoices_pb2_grpc.InvoiceServiceStub)
        self.customer_search = neighbour.stub(customer_search_pb2_grpc.CustomerSearchServiceStub)
        self.journals = neighbour.stub(journals_pb2_grpc.JournalServiceStub)
        self.payments = neighbour.stub(payments_pb2_grpc.PaymentServiceStub)
        self.surplus = neighbour.stub(surplus_pb2_grpc.SurplusServiceStub)


class Collection:
    def __init__(self, neighbour: Neighbour) -> None:
        self.cases = neighbour.stub(cases_pb2_grpc.CaseServiceStub)
        self.messages = neighbour.stub(messages_pb2_grpc.MessageServiceStub)


class Reports:
    def __init__(self, documents: Neighbour, exports: Neighbour, statistics: Neighbour) -> None:
        self.documents = documents.stub(documents_pb2_grpc.DocumentServiceStub)
        self.exports = exports.stub(exports_pb2_grpc.ExportServiceStub)
        self.statistics = statistics.stub(statistics_pb2_grpc.StatisticsServiceStub)


class Files:
    def __init__(self, uploads: Neighbour, archive: Neighbour) -> None:
        self.uploads = uploads.stub(uploads_pb2_grpc.UploadServiceStub)
        self.archive = archive.stub(archive_pb2_grpc.ArchiveServiceStub)


class Neighbours:
    """All of them; one channel each for the life of the process."""

    def __init__(self, targets: Targets) -> None:
        self._own_token = ServiceToken(targets.auth_target, "gateway", targets.credential.reveal(), SERVICES)
        self.auth = Auth(
            Neighbour("auth", targets.auth_target, self._own_token),
            Neighbour("auth", targets.auth_target, _page_token),
        )
        self.ledger = Ledger(Neighbour("ledger", targets.ledger_target, _page_token))
        self.collection = Collection(Neighbour("collection", targets.collection_target, _page_token))

        def slow(name: str, target: str, timeout_s: float) -> Neighbour:
            return Neighbour(name, target, _page_token, timeout_s, SLOW_PLACES)

        self.reports = Reports(
            documents=slow("reports", targets.reports_target, DOCUMENT_TIMEOUT_S),
            exports=slow("reports", targets.reports_target, DOCUMENT_TIMEOUT_S),
            statistics=Neighbour("reports", targets.reports_target, _page_token),
        )
        self.files = Files(
            uploads=slow("files", targets.files_target, FILE_TIMEOUT_S),
            archive=slow("files", targets.files_target, FILE_TIMEOUT_S),
        )

    def ping(self) -> None:
        """Raise unless auth answers: without it no page can be shown."""
        self._own_token()


def _page_token() -> str:
    token: str = g.session.access_token
    return token
