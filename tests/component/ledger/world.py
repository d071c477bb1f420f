"""The ledger as people and systems meet it: a real database, the real gRPC server, tokens of any kind of caller."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from google.protobuf.message import Message
from sqlalchemy import Connection, Engine, create_engine, text

from chassis.bus import Bus
from chassis.consumer import Consumer
from chassis.database import Database
from chassis.envelope import Envelope
from chassis.permissions import Permission, bitmap
from chassis.process import House
from chassis.rpc_client import Neighbour
from chassis.rpc_server import RpcServer
from chassis.tokens import Caller, CallerKind, Signer, Verifier
from chassis.wire import from_date, money
from deploy.local.keys import Keys
from kernel.errors import DomainError
from rf.ledger.v1 import (
    accounts_pb2_grpc,
    articles_pb2_grpc,
    customer_overview_pb2_grpc,
    customer_search_pb2,
    customer_search_pb2_grpc,
    customers_pb2,
    customers_pb2_grpc,
    events_pb2,
    invoices_pb2,
    invoices_pb2_grpc,
    journals_pb2,
    journals_pb2_grpc,
    payments_pb2,
    payments_pb2_grpc,
    periods_pb2_grpc,
    surplus_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
)
from services.ledger import app, verify
from tests.stack import ServiceDatabase

TODAY = date(2026, 11, 24)
EVERYTHING = (
    Permission.LEDGER_READ,
    Permission.LEDGER_REGISTER,
    Permission.LEDGER_APPROVE,
    Permission.LEDGER_WRITE_OFF,
    Permission.COLLECTION_REGISTER,
    Permission.CUSTOMERS_PROTECTED,
    Permission.CHART_OF_ACCOUNTS,
)


class Desk:
    """One caller, with a stub of each service."""

    def __init__(self, target: str, token: str, subject: str) -> None:
        self._neighbour = Neighbour("ledger", target, lambda: token, timeout_s=30.0)
        self.subject = subject
        self.terms = self._neighbour.stub(terms_pb2_grpc.TermsServiceStub)
        self.accounts = self._neighbour.stub(accounts_pb2_grpc.AccountServiceStub)
        self.articles = self._neighbour.stub(articles_pb2_grpc.ArticleServiceStub)
        self.periods = self._neighbour.stub(periods_pb2_grpc.PeriodServiceStub)
        self.customers = self._neighbour.stub(customers_pb2_grpc.CustomerServiceStub)
        self.overviews = self._neighbour.stub(customer_overview_pb2_grpc.CustomerOverviewServiceStub)
        self.journals = self._neighbour.stub(journals_pb2_grpc.JournalServiceStub)
        self.invoices = self._neighbour.stub(invoices_pb2_grpc.InvoiceServiceStub)
        self.by_customer = self._neighbour.stub(customer_search_pb2_grpc.CustomerSearchServiceStub)
        self.payments = self._neighbour.stub(payments_pb2_grpc.PaymentServiceStub)
        self.surplus = self._neighbour.stub(surplus_pb2_grpc.SurplusServiceStub)

    def close(self) -> None:
        self._neighbour.close()

    def customer(self, client_id: UUID, **fields: Any) -> customers_pb2.Customer:
        request = customers_pb2.CreateCustomersRequest(
            request_id=str(uuid4()), client_id=str(client_id), customers=[a_customer(**fields)]
        )
        created: customers_pb2.Customer = self.customers.CreateCustomers(request).customers[0]
        return created

    def preview(self, draft: invoices_pb2.InvoiceDraft) -> invoices_pb2.InvoicePreview:
        answer: journals_pb2.PreviewInvoiceResponse = self.journals.PreviewInvoice(
            journals_pb2.PreviewInvoiceRequest(draft=draft)
        )
        return answer.preview

    def register(self, client_id: UUID, *drafts: invoices_pb2.InvoiceDraft) -> journals_pb2.RegisterInvoicesResponse:
        request = journals_pb2.RegisterInvoicesRequest(
            request_id=str(uuid4()), client_id=str(client_id), invoices=drafts
        )
        answer: journals_pb2.RegisterInvoicesResponse = self.journals.RegisterInvoices(request)
        return answer

    def approve(self, journal: journals_pb2.Journal, version: int = 0, request_id: str = "") -> journals_pb2.Receipt:
        request = journals_pb2.ApproveJournalRequest(
            request_id=request_id or str(uuid4()),
            client_id=journal.client_id,
            journal_id=journal.journal_id,
            version=version,
        )
        answer: journals_pb2.ApproveJournalResponse = self.journals.ApproveJournal(request)
        return answer.receipt

    def invoice(self, client_id: UUID, draft: invoices_pb2.InvoiceDraft) -> invoices_pb2.Invoice:
        """Register, approve and look at it."""
        receipt = self.approve(self.register(client_id, draft).journal)
        return self.look(receipt.invoice_ids[0])

    def pay(self, client_id: UUID, *payments: payments_pb2.Payment) -> journals_pb2.Receipt:
        """Register payments in a journal of their own, and approve it."""
        request = payments_pb2.RegisterPaymentsRequest(
            request_id=str(uuid4()), client_id=str(client_id), source="bg.txt", payments=payments
        )
        journal_id = self.payments.RegisterPayments(request).journal_id
        return self.approve(journals_pb2.Journal(client_id=str(client_id), journal_id=journal_id))

    def revoke(self, receipt: journals_pb2.Receipt, request_id: str = "") -> journals_pb2.Receipt:
        request = journals_pb2.RevokeJournalRequest(
            request_id=request_id or str(uuid4()), client_id=receipt.client_id, journal_id=receipt.journal_id
        )
        answer: journals_pb2.RevokeJournalResponse = self.journals.RevokeJournal(request)
        return answer.receipt

    def reverse(self, receipt: journals_pb2.Receipt) -> journals_pb2.Receipt:
        request = journals_pb2.ReverseJournalRequest(
            request_id=str(uuid4()), client_id=receipt.client_id, journal_id=receipt.journal_id
        )
        answer: journals_pb2.ReverseJournalResponse = self.journals.ReverseJournal(request)
        return answer.receipt

    def look(self, invoice_id: str, client_id: UUID | str = "") -> invoices_pb2.Invoice:
        request = invoices_pb2.GetInvoiceRequest(client_id=str(client_id), invoice_id=invoice_id)
        answer: invoices_pb2.GetInvoiceResponse = self.invoices.GetInvoice(request)
        return answer.invoice

    def search(self, **terms: Any) -> invoices_pb2.SearchInvoicesResponse:
        answer: invoices_pb2.SearchInvoicesResponse = self.invoices.SearchInvoices(
            invoices_pb2.SearchInvoicesRequest(**terms)
        )
        return answer

    def sums(self, **criteria: Any) -> list[invoices_pb2.InvoiceSums]:
        request = invoices_pb2.SumInvoicesRequest(criteria=invoices_pb2.InvoiceCriteria(**criteria))
        answer: invoices_pb2.SumInvoicesResponse = self.invoices.SumInvoices(request)
        return list(answer.sums)

    def stream(
        self,
        sort: "invoices_pb2.InvoiceSort.ValueType" = invoices_pb2.INVOICE_SORT_UNSPECIFIED,
        descending: bool = False,
        **criteria: Any,
    ) -> list[invoices_pb2.InvoiceLine]:
        request = invoices_pb2.StreamInvoicesRequest(
            criteria=invoices_pb2.InvoiceCriteria(**criteria),
            sort=sort,
            descending=descending,
        )
        return [line for answer in self.invoices.StreamInvoices(request) for line in answer.invoices]

    def search_customers(
        self,
        sort: str = "UNSPECIFIED",
        page_size: int = 0,
        page_token: str = "",
        descending: bool = False,
        **criteria: Any,
    ) -> customer_search_pb2.SearchCustomersResponse:
        request = customer_search_pb2.SearchCustomersRequest(
            criteria=invoices_pb2.InvoiceCriteria(**criteria),
            sort=f"CUSTOMER_SORT_{sort}",  # type: ignore[arg-type]  # enums have names too
            descending=descending,
            page_size=page_size,
            page_token=page_token,
        )
        answer: customer_search_pb2.SearchCustomersResponse = self.by_customer.SearchCustomers(request)
        return answer

    def hand_over(self, invoice: invoices_pb2.InvoiceLine) -> invoices_pb2.InvoiceLine:
        request = invoices_pb2.HandOverToCollectionRequest(
            request_id=str(uuid4()), client_id=invoice.client_id, invoice_id=invoice.invoice_id
        )
        answer: invoices_pb2.HandOverToCollectionResponse = self.invoices.HandOverToCollection(request)
        return answer.invoice


class World:
    """A ledger on a database of its own."""

    def __init__(self, database: ServiceDatabase, folder: Path, nightly_run: str = app.NIGHTLY_RUN) -> None:
        keys = Keys(folder / "secrets")
        self._signer = Signer(keys.token_private_key)
        self.database = Database("ledger", database.app_url, pool_size=10)
        self.everything: Engine = create_engine(database.verify_url)
        self.owner_url = database.owner_url
        parts = app.build(House("ledger", SimpleNamespace(nightly_run=nightly_run), self.database))
        verifier = Verifier(keys.token_public_keys, "ledger")
        self._server = RpcServer("127.0.0.1:0", verifier, parts.served, threads=10)
        self._server.start()
        # events are handed to it here, where a broker would
        self._bus = Bus("nats://127.0.0.1:1", "ledger")
        self.consumer = Consumer(self.database, self._bus, parts.consumes, {})
        self._seq: dict[UUID, int] = {}
        self._desks: list[Desk] = []

    def close(self) -> None:
        for desk in self._desks:
            desk.close()
        self._server.stop()
        self._bus._loop.close()  # it was never started
        self.database.engine.dispose()
        self.everything.dispose()

    # -- who calls ------------------------------------------------------------------------------------------------

    def desk(
        self,
        kind: CallerKind,
        clients: Mapping[UUID, Iterable[Permission]] | None = None,
        everywhere: Iterable[Permission] = (),
        subject: str = "",
    ) -> Desk:
        rights = {client_id: bitmap(permissions) for client_id, permissions in (clients or {}).items()}
        caller = Caller(subject or str(uuid4()), "Ulla", kind, rights, bitmap(everywhere))
        desk = Desk(f"127.0.0.1:{self._server.port}", self._signer.sign(caller, ["ledger"]), caller.subject)
        self._desks.append(desk)
        return desk

    def user(self, *clients: UUID, may: Iterable[Permission] = EVERYTHING, subject: str = "") -> Desk:
        """A user of the clients, with all rights unless told otherwise."""
        return self.desk(CallerKind.CLIENT_USER, dict.fromkeys(clients, tuple(may)), subject=subject)

    def officer(self) -> Desk:
        return self.desk(CallerKind.OFFICER, everywhere=(*EVERYTHING, Permission.DIRECT_DEBIT))

    def administrator(self) -> Desk:
        return self.desk(CallerKind.ADMINISTRATOR, everywhere=[Permission.TERMS_MANAGE, Permission.RATES_MANAGE])

    def client(self, **terms: Any) -> UUID:
        """A new client with terms."""
        client_id = uuid4()
        self.set_terms(client_id, **terms)
        return client_id

    def set_terms(self, client_id: UUID, **terms: Any) -> terms_pb2.Terms:
        request = terms_pb2.SetTermsRequest(request_id=str(uuid4()), terms=some_terms(client_id, **terms))
        answer: terms_pb2.SetTermsResponse = self.administrator().terms.SetTerms(request)
        return answer.terms

    # -- what neighbours tell, and what is told ---------------------------------------------------------------------

    def tell(self, source: str, client_id: UUID, aggregate_type: str, aggregate_id: UUID, message: Message) -> None:
        """Hand over the next event of a neighbour's aggregate."""
        seq = self._seq[aggregate_id] = self._seq.get(aggregate_id, 0) + 1
        event = Envelope(
            event_id=uuid4(),
            source=source,
            client_id=client_id,
            aggregate_type=aggregate_type,
            aggregate_id=aggregate_id,
            seq=seq,
            type=message.DESCRIPTOR.full_name,
            payload=message.SerializeToString(),
            occurred_at=datetime.now(UTC),
        )
        self.consumer._receive(event)

    def told(self, client_id: UUID | None, kind: type[Message]) -> list[Any]:
        """The events of a kind that the ledger has told of a client, in order."""
        with self.everything.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT payload FROM outbox WHERE client_id IS NOT DISTINCT FROM :client AND type = :type "
                    "ORDER BY id"
                ),
                {"client": client_id, "type": kind.DESCRIPTOR.full_name},
            ).all()
        return [kind.FromString(bytes(row.payload)) for row in rows]

    def approved(self, client_id: UUID) -> list[events_pb2.JournalApproved]:
        return self.told(client_id, events_pb2.JournalApproved)

    # -- the books ---------------------------------------------------------------------------------------------------

    @contextmanager
    def books(self) -> Iterator[Connection]:
        """The database as `verify` sees it."""
        with self.everything.connect() as connection:
            yield connection

    def rows(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with self.books() as connection:
            return [tuple(row) for row in connection.execute(text(statement), parameters)]

    def balance(self, client_id: UUID) -> dict[str, int]:
        """Öre by account."""
        found = self.rows(
            "SELECT account, sum(amount_minor)::bigint FROM posting WHERE client_id = :id "
            "GROUP BY account ORDER BY account",
            id=client_id,
        )
        return {account: amount for account, amount in found if amount}

    def findings(self) -> list[str]:
        with self.books() as connection:
            return verify.check(connection)


@contextmanager
def a_world(database: ServiceDatabase, folder: Path) -> Iterator[World]:
    world = World(database, folder)
    try:
        yield world
    finally:
        world.close()


# -- builders ------------------------------------------------------------------------------------------------------


def some_terms(client_id: UUID, **fields: Any) -> terms_pb2.Terms:
    values: dict[str, Any] = {
        "client_id": str(client_id),
        "name": "Exempelbolaget AB",
        "organisation_number": "556036-0793",
        "street": "Storgatan 1",
        "postcode": "111 22",
        "town": "Stockholm",
        "phone": "08-123 45 67",
        "email": "ekonomi@example.se",
        "bankgiro": "5050-1055",
        "f_tax": True,
        "payment_terms_days": 30,
        "rounds_to_krona": True,
        "ocr_kind": terms_pb2.OCR_KIND_LENGTH_DIGIT,
        "first_invoice_number": 1001,
        "first_customer_number": 501,
        "collection_kind": terms_pb2.COLLECTION_KIND_AGENT,
        "invoice_fee_minor": 2900,
    }
    return terms_pb2.Terms(**(values | fields))


def a_customer(**fields: Any) -> customers_pb2.Customer:
    values: dict[str, Any] = {
        "kind": customers_pb2.PARTY_KIND_PERSON,
        "name": "Ylva Ek",
        "street": "Lillgatan 2",
        "postcode": "81291",
        "town": "Gysinge",
    }
    return customers_pb2.Customer(**(values | fields))


def a_row(price: str = "100", vat: int = 25, quantity: str = "1", **fields: Any) -> invoices_pb2.InvoiceRow:
    values: dict[str, Any] = {"description": "Städning", "quantity": quantity, "unit_price": price, "vat_percent": vat}
    return invoices_pb2.InvoiceRow(**(values | fields))


def a_printed(
    client_id: UUID, customer: str, *rows: invoices_pb2.InvoiceRow, **fields: Any
) -> invoices_pb2.InvoiceDraft:
    """A Fakturaservice invoice of 100 kronor and VAT, unless told otherwise."""
    values: dict[str, Any] = {
        "client_id": str(client_id),
        "service": invoices_pb2.SERVICE_KIND_INVOICING,
        "kind": invoices_pb2.INVOICE_KIND_INVOICE,
        "customer_number": customer,
        "invoice_date": from_date(TODAY),
        "payment_terms_days": 30,
        "currency_code": "SEK",
        "rows": rows or [a_row()],
    }
    return invoices_pb2.InvoiceDraft(**(values | fields))


def a_followed_up(
    client_id: UUID, customer: str, number: str, net: int = 10_000, vat: int = 2_500, **fields: Any
) -> invoices_pb2.InvoiceDraft:
    """A Reskontraservice invoice; amounts in öre."""
    currency = fields.get("currency_code", "SEK")
    values: dict[str, Any] = {
        "client_id": str(client_id),
        "service": invoices_pb2.SERVICE_KIND_LEDGER,
        "kind": invoices_pb2.INVOICE_KIND_INVOICE,
        "customer_number": customer,
        "invoice_number": number,
        "invoice_date": from_date(TODAY),
        "payment_terms_days": 30,
        "currency_code": currency,
        "net": money(net, currency),
        "vat": money(vat, currency),
        "total": money(net + vat, currency),
    }
    return invoices_pb2.InvoiceDraft(**(values | fields))


def a_payment(minor: int, reference: str = "", *, is_ocr: bool = True, **fields: Any) -> payments_pb2.Payment:
    values: dict[str, Any] = {
        "bank_reference": f"bank-{uuid4()}",
        "amount": money(minor),
        "booking_date": from_date(TODAY),
        "payer_name": "Ylva Ek",
        "channel": "BGMAX",
    }
    if reference:
        values["references"] = [payments_pb2.PaymentReference(value=reference, is_ocr=is_ocr)]
    return payments_pb2.Payment(**(values | fields))


def faults(error: DomainError) -> dict[str, str]:
    """Reason by field."""
    return {violation.field: violation.reason for violation in error.violations}
