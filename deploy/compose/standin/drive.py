"""Opens the house for business from inside its network, as internal systems do: by gRPC, to names, with tokens.

The first administrator, a client with terms, a clerk, an officer and a customer: what the web has no pages for yet.
smoke.py runs it in the image of files (which has chassis and the contracts), hands it the first-run token on standard
input, and reads the line of JSON that it prints: what the browser then works with.
"""

import json
import socket
import sys
import time
from pathlib import Path
from uuid import uuid4

from chassis.rpc_client import Neighbour, ServiceToken
from chassis.tokens import SERVICES
from kernel.errors import DomainError
from rf.auth.v1 import clients_pb2, clients_pb2_grpc, sessions_pb2, sessions_pb2_grpc, users_pb2, users_pb2_grpc
from rf.collection.v1 import cases_pb2, cases_pb2_grpc, officers_pb2, officers_pb2_grpc
from rf.files.v1 import uploads_pb2_grpc
from rf.ledger.v1 import (
    customers_pb2,
    customers_pb2_grpc,
    invoices_pb2_grpc,
    journals_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
)
from rf.reports.v1 import documents_pb2_grpc

PASSWORD = "rök-och-speglar-7"  # noqa: S105 - lives as long as the containers
BANKGIRO = "50501055"
CLIENT_RIGHTS = (
    *("ledger.read", "ledger.register", "ledger.approve", "collection.read", "collection.register"),
    *("files.send", "files.fetch"),
)
COPIES_OF_LEDGER = 3
CLIENT, CLERK = "4711", "frida"


def expect(truth: bool, what: str) -> None:
    """Stop here if something is not as it should be."""
    if not truth:
        sys.exit(f"not so: {what}")


class Person:
    """Somebody signed in, with a stub of each service in his name."""

    def __init__(self, sessions: sessions_pb2_grpc.SessionServiceStub, user_name: str) -> None:
        self._sessions = sessions
        self._session = sessions.SignIn(
            sessions_pb2.SignInRequest(user_name=user_name, password=PASSWORD, client_ip="192.0.2.1")
        ).session_token
        self._token, self._until = "", 0.0
        auth, ledger, collection, files, reports = (
            Neighbour(name, f"dns:///{name}:7000", self.token, 30.0)
            for name in ("auth", "ledger", "collection", "files", "reports")
        )
        self.clients = auth.stub(clients_pb2_grpc.ClientServiceStub)
        self.users = auth.stub(users_pb2_grpc.UserServiceStub)
        self.terms = ledger.stub(terms_pb2_grpc.TermsServiceStub)
        self.customers = ledger.stub(customers_pb2_grpc.CustomerServiceStub)
        self.journals = ledger.stub(journals_pb2_grpc.JournalServiceStub)
        self.invoices = ledger.stub(invoices_pb2_grpc.InvoiceServiceStub)
        self.cases = collection.stub(cases_pb2_grpc.CaseServiceStub)
        self.officers = collection.stub(officers_pb2_grpc.OfficerServiceStub)
        self.uploads = files.stub(uploads_pb2_grpc.UploadServiceStub)
        self.documents = reports.stub(documents_pb2_grpc.DocumentServiceStub)

    def token(self) -> str:
        """A token of this session; they live for a minute."""
        if time.monotonic() > self._until:
            answer = self._sessions.Authorize(
                sessions_pb2.AuthorizeRequest(session_token=self._session, audience=SERVICES, touch=True)
            )
            self._token, self._until = answer.access_token, time.monotonic() + 30
        return self._token


# -- the parts of the way --------------------------------------------------------------------------------------------


def first_administrator(first_run_token: str) -> None:
    """The account that a production start begins with."""
    users = Neighbour("auth", "dns:///auth:7000", None).stub(users_pb2_grpc.UserServiceStub)
    user = sessions_pb2.User(
        user_name="chefen", first_name="Alva", last_name="Myrhem", email="alva@resultatfinans.example"
    )
    request = users_pb2.CreateFirstAdministratorRequest(first_run_token=first_run_token, user=user, password=PASSWORD)
    users.CreateFirstAdministrator(request)
    try:
        users.CreateFirstAdministrator(request)
    except DomainError:
        return
    sys.exit("the first-run token worked twice")


def open_for_business(admin: Person) -> str:
    """A client with terms, a clerk and an officer; answers with the client's id."""
    client_id = str(uuid4())
    admin.clients.CreateClient(
        clients_pb2.CreateClientRequest(
            request_id=str(uuid4()),
            client=clients_pb2.Client(
                client_id=client_id, number=CLIENT, name="Norrvret Bygg AB", organisation_number="5555551018"
            ),
        )
    )
    admin.terms.SetReferenceRate(
        terms_pb2.SetReferenceRateRequest(
            request_id=str(uuid4()),
            rate=terms_pb2.ReferenceRate(half_year="2026H2", basis_points=200, source="påhittad för provet"),
        )
    )
    admin.terms.SetTerms(
        terms_pb2.SetTermsRequest(
            request_id=str(uuid4()),
            terms=terms_pb2.Terms(
                client_id=client_id,
                name="Norrvret Bygg AB",
                organisation_number="5555551018",
                street="Kvarngatan 3",
                postcode="81290",
                town="Lidsjö",
                phone="0570-100 00",
                email="faktura@norrvret.example",
                bankgiro=BANKGIRO,
                f_tax=True,
                payment_terms_days=30,
                ocr_kind=terms_pb2.OCR_KIND_CHECK_DIGIT,
                first_invoice_number=1001,
                first_customer_number=101,
                collection_kind=terms_pb2.COLLECTION_KIND_AGENT,
            ),
        )
    )
    rights = [sessions_pb2.ClientAccess(client_id=client_id, permissions=CLIENT_RIGHTS)]
    create_user(admin, CLERK, sessions_pb2.USER_KIND_CLIENT, rights)
    officer = create_user(admin, "petra", sessions_pb2.USER_KIND_OFFICER, [])
    admin.officers.SetOfficer(
        officers_pb2.SetOfficerRequest(
            request_id=str(uuid4()),
            officer=cases_pb2.Officer(
                user_id=officer, name="Petra Sjögårde", phone="08-465 004 12", email="petra@resultatfinans.example"
            ),
            client_ids=[client_id],
        )
    )
    return client_id


def create_user(
    admin: Person, name: str, kind: sessions_pb2.UserKind.ValueType, rights: list[sessions_pb2.ClientAccess]
) -> str:
    """A user; answers with the id."""
    user = sessions_pb2.User(
        user_name=name, first_name=name.title(), last_name="Provsson", email=f"{name}@norrvret.example", kind=kind
    )
    request = users_pb2.CreateUserRequest(request_id=str(uuid4()), user=user, password=PASSWORD, clients=rights)
    return admin.users.CreateUser(request).user.user_id


def create_customer(clerk: Person, client_id: str) -> str:
    """A customer; answers with the number."""
    request = customers_pb2.CreateCustomersRequest(
        request_id=str(uuid4()),
        client_id=client_id,
        customers=[
            customers_pb2.Customer(
                name="Brf Hällmarken",
                kind=customers_pb2.PARTY_KIND_COMPANY,
                id_number="5555551026",
                street="Torggatan 1",
                postcode="81290",
                town="Lidsjö",
                country_code="SE",
            )
        ],
    )
    return clerk.customers.CreateCustomers(request).customers[0].number


def main() -> None:
    """All of it."""
    addresses = {entry[4][0] for entry in socket.getaddrinfo("ledger", 7000, socket.AF_INET, socket.SOCK_STREAM)}
    expect(len(addresses) == COPIES_OF_LEDGER, f"ledger has {len(addresses)} addresses")
    gateway = ServiceToken("dns:///auth:7000", "gateway", Path("/run/credential").read_text().strip(), SERVICES)
    sessions = Neighbour("auth", "dns:///auth:7000", gateway).stub(sessions_pb2_grpc.SessionServiceStub)
    first_administrator(sys.stdin.readline().strip())
    client_id = open_for_business(Person(sessions, "chefen"))
    customer = create_customer(Person(sessions, CLERK), client_id)
    made = {"client": CLIENT, "customer": customer, "bankgiro": BANKGIRO, "user_name": CLERK, "password": PASSWORD}
    sys.stdout.write(json.dumps(made) + "\n")


if __name__ == "__main__":
    main()
