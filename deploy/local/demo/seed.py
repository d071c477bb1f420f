"""Tells the made-up world to the services, the way an internal system would: RPCs with a service credential.

Every request_id is derived from what it does, so that an interrupted seed is simply run again.
"""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid5

from chassis.permissions import CLIENT_PERMISSIONS, Permission
from chassis.rpc_client import Neighbour, ServiceToken
from chassis.settings import Secret
from chassis.tokens import SERVICES
from chassis.wire import from_date, money
from deploy.local.demo import world
from deploy.local.demo.world import CASES, CLIENTS, DemoInvoice
from kernel import ocr
from rf.auth.v1 import clients_pb2, clients_pb2_grpc, sessions_pb2, users_pb2, users_pb2_grpc
from rf.collection.v1 import cases_pb2, cases_pb2_grpc, officers_pb2, officers_pb2_grpc
from rf.ledger.v1 import (
    customers_pb2,
    customers_pb2_grpc,
    invoices_pb2,
    invoices_pb2_grpc,
    journals_pb2,
    journals_pb2_grpc,
    payments_pb2,
    payments_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
)

PASSWORD = "demo-klientwebb"  # noqa: S105 - printed on the screen, and only where the demo flag is set
BATCH = 250
TIMEOUT_S = 30.0
NAMESPACE = uuid5(NAMESPACE_URL, "klientwebben/demo")

R = TypeVar("R")


@dataclass(frozen=True)
class Targets:
    """Where the services answer, and the demo's own credential."""

    credential: Secret
    auth_target: str
    ledger_target: str
    collection_target: str


def request_id(*parts: object) -> str:
    """The same id for the same deed."""
    return str(uuid5(NAMESPACE, "/".join(str(part) for part in parts)))


def patiently(ask: Callable[[], R | None], timeout_s: float = 60) -> R:
    """Ask until there is an answer: events need a moment on their way between services."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = ask()
        if answer is not None:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.3)


class Seed:
    """The demo data for one day; ``most`` takes only that many invoices of each client, the oldest, for tests."""

    def __init__(self, targets: Targets, today: date, most: int | None = None) -> None:
        self.today = today
        self.most = most
        token = ServiceToken(targets.auth_target, "demo", targets.credential.reveal(), SERVICES)
        auth = Neighbour("auth", targets.auth_target, token, TIMEOUT_S)
        ledger = Neighbour("ledger", targets.ledger_target, token, TIMEOUT_S)
        collection = Neighbour("collection", targets.collection_target, token, TIMEOUT_S)
        self.clients = auth.stub(clients_pb2_grpc.ClientServiceStub)
        self.users = auth.stub(users_pb2_grpc.UserServiceStub)
        self.terms = ledger.stub(terms_pb2_grpc.TermsServiceStub)
        self.customers = ledger.stub(customers_pb2_grpc.CustomerServiceStub)
        self.journals = ledger.stub(journals_pb2_grpc.JournalServiceStub)
        self.invoices = ledger.stub(invoices_pb2_grpc.InvoiceServiceStub)
        self.payments = ledger.stub(payments_pb2_grpc.PaymentServiceStub)
        self.cases = collection.stub(cases_pb2_grpc.CaseServiceStub)
        self.officers = collection.stub(officers_pb2_grpc.OfficerServiceStub)

    def run(self) -> None:
        """All of it, logins first."""
        client_ids = [self._client(place) for place in range(len(CLIENTS))]
        officer = self._users(client_ids)
        self._reference_rate()
        for place, client_id in enumerate(client_ids):
            self._terms(place, client_id)
        self.officers.SetOfficer(
            officers_pb2.SetOfficerRequest(
                request_id=request_id("officer"),
                officer=cases_pb2.Officer(
                    user_id=officer, name="Petra Sjögårde", phone="08-465 004 12", email="petra@resultatfinans.example"
                ),
                client_ids=client_ids,
            )
        )
        say("three clients and four logins are there")
        for place, client_id in enumerate(client_ids):
            self._ledger(place, client_id)

    def _client(self, place: int) -> str:
        client = CLIENTS[place]
        answer = self.clients.CreateClient(
            clients_pb2.CreateClientRequest(
                request_id=request_id("client", place),
                client=clients_pb2.Client(
                    client_id=request_id("client id", place),
                    number=client.number,
                    name=client.name,
                    organisation_number=client.organisation_number,
                ),
            )
        )
        return answer.client.client_id

    def _users(self, client_ids: list[str]) -> str:
        """The four logins; returns the officer's id."""
        everything = [permission.label for permission in CLIENT_PERMISSIONS]
        reading = [Permission.LEDGER_READ.label, Permission.COLLECTION_READ.label]
        self._user("demo", "Frida", "Ahlgård", sessions_pb2.USER_KIND_CLIENT, client_ids, everything)
        self._user("lasare", "Nils", "Läsare", sessions_pb2.USER_KIND_CLIENT, client_ids[:1], reading)
        self._user("admin", "Alva", "Myrhem", sessions_pb2.USER_KIND_ADMINISTRATOR, [], [])
        return self._user("handlaggare", "Petra", "Sjögårde", sessions_pb2.USER_KIND_OFFICER, [], [])

    def _user(
        self,
        name: str,
        first: str,
        last: str,
        kind: sessions_pb2.UserKind.ValueType,
        clients: Iterable[str],
        may: list[str],
    ) -> str:
        answer = self.users.CreateUser(
            users_pb2.CreateUserRequest(
                request_id=request_id("user", name),
                user=sessions_pb2.User(
                    user_name=name, first_name=first, last_name=last, email=f"{name}@klientwebben.example", kind=kind
                ),
                password=PASSWORD,
                clients=[sessions_pb2.ClientAccess(client_id=client_id, permissions=may) for client_id in clients],
            )
        )
        return answer.user.user_id

    def _reference_rate(self) -> None:
        self.terms.SetReferenceRate(
            terms_pb2.SetReferenceRateRequest(
                request_id=request_id("reference rate 2026H2"),
                rate=terms_pb2.ReferenceRate(
                    half_year="2026H2", basis_points=200, source="Påhittad för demon; källan saknar 2026-07-01"
                ),
            )
        )

    def _terms(self, place: int, client_id: str) -> None:
        client = CLIENTS[place]
        self.terms.SetTerms(
            terms_pb2.SetTermsRequest(
                request_id=request_id("terms", place),
                terms=terms_pb2.Terms(
                    client_id=client_id,
                    name=client.name,
                    organisation_number=client.organisation_number,
                    street=client.street,
                    postcode="81290",
                    town="Lidsjö",
                    phone="0570-100 00",
                    email=f"faktura@klient{client.number}.example",
                    bankgiro=client.bankgiro,
                    holds_bank_account=client.holds_bank_account,
                    f_tax=True,
                    payment_terms_days=30,
                    rounds_to_krona=client.rounds_to_krona,
                    ocr_kind=(
                        terms_pb2.OCR_KIND_LENGTH_DIGIT if client.length_digit else terms_pb2.OCR_KIND_CHECK_DIGIT
                    ),
                    first_invoice_number=client.first_invoice_number,
                    first_customer_number=client.first_customer_number,
                    collection_kind=(
                        terms_pb2.COLLECTION_KIND_OWN if client.own_name else terms_pb2.COLLECTION_KIND_AGENT
                    ),
                ),
            )
        )

    def _ledger(self, place: int, client_id: str) -> None:
        name = CLIENTS[place].name
        customers = self._customers(place, client_id)
        planned = world.invoices_of(place, self.today)[: self.most]
        invoice_ids = self._invoices(place, client_id, customers, planned)
        say(f"{name}: {len(customers)} customers and {len(invoice_ids)} invoices")
        lines = self._lines(client_id)
        paid = self._pay(place, client_id, [(fate, lines[one]) for fate, one in zip(planned, invoice_ids, strict=True)])
        say(f"{name}: {paid} payments")
        open_lines = [
            lines[one]
            for fate, one in zip(planned, invoice_ids, strict=True)
            if fate.fate == "open" and fate.due < self.today - timedelta(days=25)
        ]
        handed = self._hand_over(
            place, client_id, open_lines[: round(CASES * world.SHARES[place]) if self.most is None else 2]
        )
        say(f"{name}: {handed} invoices in collection")

    def _customers(self, place: int, client_id: str) -> list[str]:
        """Numbers of the customers, in the world's order."""
        answer = self.customers.CreateCustomers(
            customers_pb2.CreateCustomersRequest(
                request_id=request_id("customers", place),
                client_id=client_id,
                customers=[
                    customers_pb2.Customer(
                        name=one.name,
                        kind=customers_pb2.PARTY_KIND_COMPANY if one.id_number else customers_pb2.PARTY_KIND_PERSON,
                        id_number=one.id_number,
                        street=one.street,
                        postcode=one.postcode,
                        town=one.town,
                        country_code="SE",
                        protected_identity=one.protected,
                    )
                    for one in world.customers_of(place)
                ],
            )
        )
        return [customer.number for customer in answer.customers]

    def _invoices(self, place: int, client_id: str, customers: list[str], planned: list[DemoInvoice]) -> list[str]:
        """Ids of the invoices, in the world's order."""
        made: list[str] = []
        for start, batch in world.batches(planned, BATCH):
            drafts = [_draft(client_id, customers, start + at, one) for at, one in enumerate(batch)]
            registered = self.journals.RegisterInvoices(
                journals_pb2.RegisterInvoicesRequest(
                    request_id=request_id("invoices", place, start), client_id=client_id, invoices=drafts
                )
            )
            made += self._approve(client_id, registered.journal.journal_id).invoice_ids
        return made

    def _approve(self, client_id: str, journal_id: str) -> journals_pb2.Receipt:
        return self.journals.ApproveJournal(
            journals_pb2.ApproveJournalRequest(
                request_id=request_id("approve", journal_id), client_id=client_id, journal_id=journal_id
            )
        ).receipt

    def _lines(self, client_id: str) -> dict[str, invoices_pb2.InvoiceLine]:
        """The ledger's lines of a client by invoice id."""
        lines: dict[str, invoices_pb2.InvoiceLine] = {}
        token = ""
        while True:
            answer = self.invoices.SearchInvoices(
                invoices_pb2.SearchInvoicesRequest(
                    client_ids=[client_id], sort=invoices_pb2.INVOICE_SORT_NUMBER, page_size=200, page_token=token
                )
            )
            lines |= {line.invoice_id: line for line in answer.invoices}
            token = answer.next_page_token
            if not token:
                return lines

    def _pay(self, place: int, client_id: str, fates: list[tuple[DemoInvoice, invoices_pb2.InvoiceLine]]) -> int:
        """Payments month by month, as the bank's files would bring them."""
        chance = random.Random(world.SEED * 13 + place)  # noqa: S311 - a made-up world
        months: dict[str, list[payments_pb2.Payment]] = defaultdict(list)
        for fate, line in fates:
            if fate.paid_on is None:
                continue
            total = line.original.minor_units
            amount = {"part": total // 3, "over": total + 10_000}.get(fate.fate, total)
            months[f"{fate.paid_on:%Y-%m}"].append(
                self._payment(place, f"{place}-{line.number}", amount, fate.paid_on, line, by_ocr=chance.random() < 0.9)
            )
        for month in sorted(months):
            day = months[month][0].booking_date
            months[month].append(
                payments_pb2.Payment(
                    bank_reference=f"DEMO-{place}-{month}-oplacerad",
                    amount=money(chance.randint(200, 3_000) * 100),
                    booking_date=day,
                    payer_name="Okänd betalare",
                    message="faktura, tack",
                    channel="MANUAL",
                )
            )
        for month, payments in sorted(months.items()):
            self._register_payments(client_id, f"Inbetalningar {month}", payments, place, month)
        return sum(len(payments) for payments in months.values())

    def _register_payments(
        self, client_id: str, source: str, payments: list[payments_pb2.Payment], *key: object
    ) -> None:
        registered = self.payments.RegisterPayments(
            payments_pb2.RegisterPaymentsRequest(
                request_id=request_id("payments", *key), client_id=client_id, source=source, payments=payments
            )
        )
        if registered.journal_id:
            self._approve(client_id, registered.journal_id)

    def _payment(
        self,
        place: int,
        key: str,
        amount: int,
        day: date,
        line: invoices_pb2.InvoiceLine,
        *,
        by_ocr: bool,
    ) -> payments_pb2.Payment:
        rule = ocr.HARD_LENGTH if CLIENTS[place].length_digit else ocr.HARD
        value = ocr.create(line.number, rule) if by_ocr else line.number
        return payments_pb2.Payment(
            bank_reference=f"DEMO-{key}",
            amount=money(amount),
            booking_date=from_date(day),
            payer_name=line.customer_name,
            references=[payments_pb2.PaymentReference(value=value, is_ocr=by_ocr)],
            channel="MANUAL",
        )

    def _hand_over(self, place: int, client_id: str, lines: list[invoices_pb2.InvoiceLine]) -> int:
        """Overdue invoices to collection; every fifth case is then paid in full, every fifth in part."""
        for line in lines:
            self.invoices.HandOverToCollection(
                invoices_pb2.HandOverToCollectionRequest(
                    request_id=request_id("hand over", line.invoice_id), client_id=client_id, invoice_id=line.invoice_id
                )
            )
        payments = []
        for place_in_list, line in enumerate(lines):
            case = patiently(lambda line=line: self._case_of(client_id, line))  # type: ignore[misc]
            if place_in_list % 3 == 0:
                self._add_cost(case)
            if place_in_list % 5 in {0, 1}:
                owed = case.line.remaining.minor_units + (18_000 if place_in_list % 3 == 0 else 0)
                amount = owed if place_in_list % 5 == 0 else owed // 2
                payments.append(
                    self._payment(place, f"{place}-case-{line.number}", amount, self.today, line, by_ocr=True)
                )
        if payments:
            self._register_payments(client_id, "Inbetalningar inkasso", payments, place, "cases")
        return len(lines)

    def _case_of(self, client_id: str, line: invoices_pb2.InvoiceLine) -> cases_pb2.Case | None:
        found = self.cases.SearchCases(
            cases_pb2.SearchCasesRequest(client_ids=[client_id], invoice_number=line.number)
        ).cases
        if not found:
            return None
        return self.cases.GetCase(cases_pb2.GetCaseRequest(case_id=found[0].case_id)).case

    def _add_cost(self, case: cases_pb2.Case) -> None:
        self.cases.AddCost(
            cases_pb2.AddCostRequest(
                request_id=request_id("cost", case.line.number),
                case_id=case.line.case_id,
                kind=cases_pb2.COST_KIND_DEMAND,
                amount=money(18_000),
                day=from_date(self.today),
            )
        )


def _draft(client_id: str, customers: list[str], place: int, one: DemoInvoice) -> invoices_pb2.InvoiceDraft:
    draft = invoices_pb2.InvoiceDraft(
        client_id=client_id,
        service=invoices_pb2.SERVICE_KIND_INVOICING if one.printed else invoices_pb2.SERVICE_KIND_LEDGER,
        kind=invoices_pb2.INVOICE_KIND_INVOICE,
        customer_number=customers[one.customer],
        invoice_date=from_date(one.day),
        payment_terms_days=30,
        due_date=from_date(one.due),
        currency_code="SEK",
        our_reference="Kundtjänst",
    )
    if one.printed:
        draft.rows.extend(
            invoices_pb2.InvoiceRow(
                article_number=article,
                description=text,
                quantity=quantity,
                unit=unit,
                unit_price=price,
                vat_percent=vat,
            )
            for article, text, quantity, unit, price, vat in one.rows
        )
        draft.rows.add(text_only=True, description=f"Avser {one.day:%Y-%m}")
    else:
        net = 20_000 + place % 97 * 1_300
        draft.invoice_number = str(500_000_000 + place)
        draft.net.CopyFrom(money(net))
        draft.vat.CopyFrom(money(net // 4))
        draft.total.CopyFrom(money(net + net // 4))
    return draft


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)
