"""Goes the whole way through the house from inside its network, as internal systems do: by gRPC, to names, with tokens.

smoke.py runs it in the image of files (which has chassis, the contracts and the writer of payment files), hands it the
first-run token on standard input, and reads what it prints: a line `step …` for each thing done, at the end one line of
JSON with what the web should show.
"""

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from chassis.business_day import today
from chassis.rpc_client import Neighbour, ServiceToken
from chassis.tokens import SERVICES
from chassis.wire import from_date
from kernel import ocr
from kernel.errors import DomainError
from rf.auth.v1 import clients_pb2, clients_pb2_grpc, sessions_pb2, sessions_pb2_grpc, users_pb2, users_pb2_grpc
from rf.collection.v1 import cases_pb2, cases_pb2_grpc, officers_pb2, officers_pb2_grpc
from rf.files.v1 import uploads_pb2, uploads_pb2_grpc
from rf.ledger.v1 import (
    customers_pb2,
    customers_pb2_grpc,
    invoices_pb2,
    invoices_pb2_grpc,
    journals_pb2,
    journals_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
)
from rf.reports.v1 import documents_pb2, documents_pb2_grpc
from services.files.domain import writers
from services.files.domain.payments import (
    Account,
    AccountKind,
    Deposit,
    PaymentRow,
    Reference,
    ReferenceKind,
)

PASSWORD = "rök-och-speglar-7"  # noqa: S105 - lives as long as the containers
BANKGIRO = "50501055"
CLIENT_RIGHTS = (
    *("ledger.read", "ledger.register", "ledger.approve", "collection.read", "collection.register"),
    *("files.send", "files.fetch"),
)
COPIES_OF_LEDGER = 3
MORE_INVOICES = 40
PATIENCE_S = 60

T = TypeVar("T")


def step(text: str) -> None:
    """Tell smoke.py how far we are."""
    sys.stdout.write(f"step {text}\n")
    sys.stdout.flush()


def patiently(what: str, ask: Callable[[], T | None]) -> T:
    """Ask until there is an answer. Raises TimeoutError that names what never came."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if (answer := ask()) is not None:
            return answer
        time.sleep(0.3)
    raise TimeoutError(what)


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
                client_id=client_id, number="4711", name="Norrvret Bygg AB", organisation_number="5555551018"
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
    create_user(admin, "frida", sessions_pb2.USER_KIND_CLIENT, rights)
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


def register(clerk: Person, client_id: str, customer: str, days: list[date]) -> list[str]:
    """An invoice for each day, in one journal that is approved; answers with their ids."""
    drafts = [
        invoices_pb2.InvoiceDraft(
            client_id=client_id,
            service=invoices_pb2.SERVICE_KIND_INVOICING,
            kind=invoices_pb2.INVOICE_KIND_INVOICE,
            customer_number=customer,
            invoice_date=from_date(day),
            payment_terms_days=30,
            due_date=from_date(day + timedelta(days=30)),
            currency_code="SEK",
            rows=[
                invoices_pb2.InvoiceRow(
                    description="Snöröjning", quantity="4", unit="tim", unit_price="550", vat_percent=25
                )
            ],
        )
        for day in days
    ]
    journal = clerk.journals.RegisterInvoices(
        journals_pb2.RegisterInvoicesRequest(request_id=str(uuid4()), client_id=client_id, invoices=drafts)
    ).journal
    return approve(clerk, client_id, journal.journal_id)


def approve(clerk: Person, client_id: str, journal_id: str) -> list[str]:
    """Godkänn Bunt; answers with the ids of the invoices that it made real."""
    request = journals_pb2.ApproveJournalRequest(request_id=str(uuid4()), client_id=client_id, journal_id=journal_id)
    return list(clerk.journals.ApproveJournal(request).receipt.invoice_ids)


def line_of(clerk: Person, client_id: str, invoice_id: str) -> invoices_pb2.InvoiceLine:
    """The invoice as Reskontra shows it."""
    request = invoices_pb2.GetInvoiceRequest(client_id=client_id, invoice_id=invoice_id)
    return clerk.invoices.GetInvoice(request).invoice.line


def payment_file(line: invoices_pb2.InvoiceLine) -> bytes:
    """A BgMax file in which somebody pays the invoice by its OCR number."""
    amount = line.remaining.minor_units
    payment = PaymentRow(
        row_no=1,
        position="",
        bank_reference="",
        amount_minor=amount,
        currency="SEK",
        booking_date=today(),
        payer_name="Brf Hällmarken",
        references=(Reference(kind=ReferenceKind.OCR, value=ocr.create(line.number, ocr.HARD)),),
    )
    deposit = Deposit(
        account=Account(AccountKind.BANKGIRO, BANKGIRO),
        currency="SEK",
        booking_date=today(),
        amount_minor=amount,
        serial="1",
        payments=(payment,),
    )
    return writers.bgmax([deposit], created_at=datetime.now(tz=UTC))


def send(clerk: Person, client_id: str, content: bytes) -> uploads_pb2.Upload:
    """Skicka fil."""

    def parts() -> Iterator[uploads_pb2.SendFileRequest]:
        head = uploads_pb2.SendFileHead(request_id=str(uuid4()), client_id=client_id, file_name="bgmax.txt")
        yield uploads_pb2.SendFileRequest(head=head)
        yield uploads_pb2.SendFileRequest(chunk=content)

    return clerk.uploads.SendFile(parts()).upload


def pay_by_file(clerk: Person, client_id: str, invoice_id: str) -> None:
    """A payment file on its way from Skicka fil to a paid invoice; and once more, to no effect."""
    content = payment_file(line_of(clerk, client_id, invoice_id))
    upload = send(clerk, client_id, content)
    expect(upload.status == uploads_pb2.UPLOAD_STATUS_PARSED, f"the file is read: {upload.faults}")
    accepted = clerk.uploads.AcceptUpload(
        uploads_pb2.AcceptUploadRequest(request_id=str(uuid4()), client_id=client_id, upload_id=upload.upload_id)
    )
    expect(accepted.added_count == 1, "the payment is in a journal")
    approve(clerk, client_id, accepted.upload.journal_id)
    paid = line_of(clerk, client_id, invoice_id)
    expect(paid.status == invoices_pb2.INVOICE_STATUS_PAID and paid.remaining.minor_units == 0, "the invoice is paid")
    try:
        again = send(clerk, client_id, content)
    except DomainError:
        return
    expect(again.status == uploads_pb2.UPLOAD_STATUS_REFUSED, "the same file is refused")


def hand_over(clerk: Person, client_id: str, invoice_id: str) -> str:
    """An overdue invoice to collection; answers with the number of the case that came of it."""
    clerk.invoices.HandOverToCollection(
        invoices_pb2.HandOverToCollectionRequest(request_id=str(uuid4()), client_id=client_id, invoice_id=invoice_id)
    )
    number = line_of(clerk, client_id, invoice_id).number

    def case() -> cases_pb2.CaseLine | None:
        request = cases_pb2.SearchCasesRequest(client_ids=[client_id], invoice_number=number)
        found = clerk.cases.SearchCases(request).cases
        return found[0] if found else None

    patiently("a case in collection", case)
    return patiently("the case on the invoice", lambda: line_of(clerk, client_id, invoice_id).case_number or None)


def copy_of(clerk: Person, client_id: str, invoice_id: str) -> bytes:
    """Visa faktura."""
    request = documents_pb2.GetInvoiceCopyRequest(client_id=client_id, invoice_id=invoice_id)
    return b"".join(part.chunk for part in clerk.documents.GetInvoiceCopy(request))


def main() -> None:
    """All of it."""
    addresses = {entry[4][0] for entry in socket.getaddrinfo("ledger", 7000, socket.AF_INET, socket.SOCK_STREAM)}
    expect(len(addresses) == COPIES_OF_LEDGER, f"ledger has {len(addresses)} addresses")
    gateway = ServiceToken("dns:///auth:7000", "gateway", Path("/run/credential").read_text().strip(), SERVICES)
    sessions = Neighbour("auth", "dns:///auth:7000", gateway).stub(sessions_pb2_grpc.SessionServiceStub)
    first_administrator(sys.stdin.readline().strip())
    step("first administrator")
    client_id = open_for_business(Person(sessions, "chefen"))
    step("client, clerk, officer and terms")
    clerk = Person(sessions, "frida")
    customer = clerk.customers.CreateCustomers(
        customers_pb2.CreateCustomersRequest(
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
    ).customers[0]
    paid, overdue = register(clerk, client_id, customer.number, [today(), today() - timedelta(days=90)])
    step("invoices registered and approved")
    for _ in range(MORE_INVOICES):  # meanwhile a copy of the ledger is stopped
        register(clerk, client_id, customer.number, [today()])
    step(f"{MORE_INVOICES} more while a copy was stopped")
    pay_by_file(clerk, client_id, paid)
    step("paid by file")
    case = hand_over(clerk, client_id, overdue)
    step("handed over to collection")
    copy = copy_of(clerk, client_id, paid)
    expect(copy.startswith(b"%PDF"), "the invoice copy is a PDF")
    step(f"invoice copy of {len(copy)} bytes")
    shown = {
        "user_name": "frida",
        "password": PASSWORD,
        "paid": line_of(clerk, client_id, paid).number,
        "overdue": line_of(clerk, client_id, overdue).number,
        "case": case,
    }
    sys.stdout.write(json.dumps(shown) + "\n")


if __name__ == "__main__":
    main()
