"""Two clients with something of everything: what the fuzzer's requests are about, and the good ones it starts from."""

import hashlib
import time
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import grpc
import pytest
from google.protobuf.message import Message

from chassis.business_day import STOCKHOLM
from chassis.calls import Call, during
from chassis.consumer import Received
from chassis.envelope import from_proto
from chassis.permissions import (
    ADMINISTRATOR_PERMISSIONS,
    CLIENT_PERMISSIONS,
    OFFICER_PERMISSIONS,
    Permission,
)
from chassis.tokens import CallerKind
from chassis.wire import from_date, money
from rf.auth.v1 import (
    clients_pb2,
    credentials_pb2,
    sessions_pb2,
    users_pb2,
)
from rf.auth.v1 import documents_pb2 as kept_pb2
from rf.collection.v1 import cases_pb2, messages_pb2, officers_pb2
from rf.events.v1 import events_pb2
from rf.files.v1 import archive_pb2, uploads_pb2
from rf.ledger.v1 import (
    accounts_pb2,
    articles_pb2,
    customer_overview_pb2,
    customer_search_pb2,
    customers_pb2,
    demand_stops_pb2,
    invoices_pb2,
    journals_pb2,
    payments_pb2,
    periods_pb2,
    surplus_pb2,
    terms_pb2,
    transactions_pb2,
)
from rf.ledger.v1 import events_pb2 as told_by_ledger
from rf.reports.v1 import documents_pb2, exports_pb2, statistics_pb2
from rf.type.v1 import date_pb2
from services.auth.usecases import installation
from services.files.domain import writers
from services.files.domain.payments import (
    SWEDISH_TIME,
    Account,
    AccountKind,
    Deposit,
    PaymentRow,
    Reference,
    ReferenceKind,
)
from tests.component.fuzz import accounts
from tests.component.fuzz.hostile import MARK, PERSONAL_NUMBER
from tests.component.fuzz.requests import STRANGER, Requests
from tests.served import Rpc, Served

TODAY = date(2026, 6, 15)
TRIES = 4
DEADLINE_S = 30.0


class World:
    """The services with two clients in them."""

    def __init__(self, house: Served, chance: Random) -> None:
        self.house = house
        self.chance = chance
        self.rpcs: Mapping[str, Rpc] = {_key(rpc): rpc for rpc in house.rpcs}
        self.clients = [self._uuid(), self._uuid()]
        self.requests = Requests(chance, self.clients)
        self.answered: Counter[str] = Counter()  # times that each RPC said yes
        self.denied: set[tuple[str, str]] = set()  # what a caller may not do at all
        ours = self.clients[0]
        token = house.token
        self.callers = {
            "clerk": token(CallerKind.CLIENT_USER, {ours: CLIENT_PERMISSIONS}),
            "reader": token(CallerKind.CLIENT_USER, {ours: [Permission.LEDGER_READ, Permission.COLLECTION_READ]}),
            "nobody": token(CallerKind.CLIENT_USER, {ours: []}),
            "officer": token(CallerKind.OFFICER, everywhere=OFFICER_PERMISSIONS),
            "administrator": token(CallerKind.ADMINISTRATOR, everywhere=ADMINISTRATOR_PERMISSIONS),
            "service": token(CallerKind.SERVICE, everywhere=Permission),
        }
        self.strangers = {"clerk": [STRANGER, str(self.clients[1])], "reader": [STRANGER], "nobody": [STRANGER]}
        self._make()

    def ask(self, name: str, *stream: Message, caller: str = "service") -> Any:
        """Ask in the service's name or another's, and keep the request as one to start from; the last answer."""
        rpc = self.rpcs[name]
        raw = [message.SerializeToString() for message in stream]
        answers = self._patiently(rpc, raw, caller)
        for answer in answers:
            self.requests.learn(answer)
        self.requests.keep(rpc.path, list(stream))
        self.answered[str(rpc)] += 1
        return answers[-1] if answers else None

    def _patiently(self, rpc: Rpc, raw: list[bytes], caller: str) -> list[Message]:
        """The answers to a good request; a neighbour that is slow on a busy machine is asked again."""
        for _ in range(TRIES - 1):
            try:
                return list(self.house.call(rpc, raw, self.callers[caller], DEADLINE_S))
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                time.sleep(1)
        return list(self.house.call(rpc, raw, self.callers[caller], DEADLINE_S))

    def caller(self, rpc: Rpc) -> str:
        """Somebody to ask as; mostly one who may."""
        wanted = [name for name in self.callers if (rpc.path, name) not in self.denied]
        return self.chance.choice(wanted if wanted and self.chance.random() < 0.9 else list(self.callers))

    # -- its making ------------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self._people()
        accounts.make(self)
        self._kept_documents()
        rate = terms_pb2.ReferenceRate(half_year="2026H2", basis_points=200, source="påhittad")
        self.ask("SetReferenceRate", terms_pb2.SetReferenceRateRequest(request_id=self._id(), rate=rate))
        self.ask("ListReferenceRates", terms_pb2.ListReferenceRatesRequest())
        for place, client_id in enumerate(self.clients):
            self._ledger(str(client_id), STRANGER if place else MARK)
        self._carry_to_collection()
        for place, client_id in enumerate(self.clients):
            self._collection(str(client_id), STRANGER if place else MARK)
            self._documents(str(client_id))
        self._events()
        self.requests.known["client_id"] = [str(client) for client in self.clients]

    def _people(self) -> None:
        administrator = sessions_pb2.User(user_name="alva", first_name="Alva", last_name="Myrhem")
        first_run_token = installation.new_first_run_token(self.house.opened["auth"])
        self.ask(
            "CreateFirstAdministrator",
            users_pb2.CreateFirstAdministratorRequest(
                first_run_token=first_run_token or "", user=administrator, password=accounts.PASSWORD
            ),
        )
        for place, client_id in enumerate(self.clients):
            client = clients_pb2.Client(
                client_id=str(client_id),
                number=str(1042 + place),
                name=STRANGER if place else "Kvarnåsens Energi AB",
                organisation_number=("5555555555", "5555550028")[place],
            )
            self.ask("CreateClient", clients_pb2.CreateClientRequest(request_id=self._id(), client=client))
        self.ask("SignOut", sessions_pb2.SignOutRequest(session_token="nobody's"))
        self.ask("ListClients", clients_pb2.ListClientsRequest(page_size=1))
        access = sessions_pb2.ClientAccess(client_id=str(self.clients[0]), permissions=["ledger.read"])
        user = sessions_pb2.User(
            user_name="asa", first_name="Åsa", last_name=MARK, email="a@example.se", kind=sessions_pb2.USER_KIND_CLIENT
        )
        self.ask(
            "CreateUser",
            users_pb2.CreateUserRequest(request_id=self._id(), user=user, password=accounts.PASSWORD, clients=[access]),
        )
        signed_in = self.ask(
            "SignIn", sessions_pb2.SignInRequest(user_name="asa", password=accounts.PASSWORD, client_ip="192.0.2.1")
        )
        self.ask(
            "Authorize",
            sessions_pb2.AuthorizeRequest(session_token=signed_in.session_token, audience=["ledger"], touch=True),
        )
        created = self.ask(
            "CreateCredential",
            credentials_pb2.CreateCredentialRequest(
                request_id=self._id(),
                name="affarssystem",
                client_ids=[str(self.clients[0])],
                permissions=["ledger.read"],
            ),
        )
        self.ask(
            "ExchangeCredential",
            credentials_pb2.ExchangeCredentialRequest(name="affarssystem", secret=created.secret, audience=["ledger"]),
        )

    def _kept_documents(self) -> None:
        draft = kept_pb2.Document(
            kind=kept_pb2.DOCUMENT_KIND_DRAFT, key="faktura/1", title=MARK, body=f'{{"a": "{MARK}"}}'
        )
        search = kept_pb2.Document(
            kind=kept_pb2.DOCUMENT_KIND_SAVED_SEARCH, key="s1", title=MARK, body="filter=inkasso"
        )
        for one in (draft, search):
            self.ask("PutDocument", kept_pb2.PutDocumentRequest(request_id=self._id(), document=one))
            self.ask("GetDocument", kept_pb2.GetDocumentRequest(kind=one.kind, key=one.key))
            self.ask("ListDocuments", kept_pb2.ListDocumentsRequest(kind=one.kind, page_size=1))
        self.ask(
            "DeleteDocument", kept_pb2.DeleteDocumentRequest(request_id=self._id(), kind=draft.kind, key=draft.key)
        )

    def _ledger(self, client: str, word: str) -> None:
        terms = terms_pb2.Terms(
            client_id=client,
            name=f"{word} AB",
            organisation_number="5555555555",
            street="Kvarnåsvägen 1",
            postcode="81290",
            town="Lidsjö",
            phone="0570-100 00",
            email="faktura@klient.example",
            bankgiro="9912346",
            f_tax=True,
            payment_terms_days=30,
            ocr_kind=terms_pb2.OCR_KIND_CHECK_DIGIT,
            first_invoice_number=1000,
            first_customer_number=100,
            collection_kind=terms_pb2.COLLECTION_KIND_AGENT,
        )
        self.ask("SetTerms", terms_pb2.SetTermsRequest(request_id=self._id(), terms=terms))
        self.ask("GetTerms", terms_pb2.GetTermsRequest(client_id=client))
        person = customers_pb2.Customer(
            name=f"{word} Sjögårde",
            kind=customers_pb2.PARTY_KIND_PERSON,
            id_number=PERSONAL_NUMBER,
            street="Tranbärsstigen 4",
            postcode="81290",
            town="Lidsjö",
            email="k@example.se",
        )
        made = self.ask(
            "CreateCustomers",
            customers_pb2.CreateCustomersRequest(request_id=self._id(), client_id=client, customers=[person]),
        ).customers[0]
        self.ask("GetCustomer", customers_pb2.GetCustomerRequest(client_id=client, customer_id=made.customer_id))
        self._customer(client, made, word)
        self.ask("LookUpCustomers", customers_pb2.LookUpCustomersRequest(client_id=client, query=word[:4]))
        drafts = [self._draft(client, made.number, word, days) for days in (90, 85, 80, 75, 70, 65, 60, 5)]
        self.ask("PreviewInvoice", journals_pb2.PreviewInvoiceRequest(draft=drafts[0]))
        self._approved(client, drafts)
        lines = self.ask("SearchInvoices", invoices_pb2.SearchInvoicesRequest(client_ids=[client])).invoices
        self._searches(client, word)
        for line in lines:
            self.ask("GetInvoice", invoices_pb2.GetInvoiceRequest(client_id=client, invoice_id=line.invoice_id))
        self._changes(client, [line.invoice_id for line in lines[:3]], word)
        overdue = [line for line in lines if line.days_since_due > 0]
        for line in overdue[:3]:
            where = {"client_id": client, "invoice_id": line.invoice_id}
            self.ask("HandOverToCollection", invoices_pb2.HandOverToCollectionRequest(request_id=self._id(), **where))
        self._payments(client, overdue[2:4], word)
        self._transactions(client, overdue[4:6], word)
        self._articles(client, word)
        self._undone(client, self._draft(client, made.number, word, 2))
        self._periods(client)
        self._accounts(client)
        self._open_journal(client, self._draft(client, made.number, word, 3))

    def _articles(self, client: str, word: str) -> None:
        articles = [
            articles_pb2.Article(number=number, description=word, unit="mån", price="39.5", vat_percent=25)
            for number in ("EL-FAST", "EL-GAMMAL")
        ]
        made = self.ask(
            "CreateArticles",
            articles_pb2.CreateArticlesRequest(request_id=self._id(), client_id=client, articles=articles),
        ).articles
        changed = articles_pb2.Article()
        changed.CopyFrom(made[0])
        changed.sales_account = "3001"
        self.ask(
            "ChangeArticle",
            articles_pb2.ChangeArticleRequest(request_id=self._id(), client_id=client, article=changed),
        )
        where = {"client_id": client, "article_id": made[1].article_id}
        self.ask("GetArticle", articles_pb2.GetArticleRequest(**where))
        self.ask("DeleteArticle", articles_pb2.DeleteArticleRequest(request_id=self._id(), **where))
        self.ask("SearchArticles", articles_pb2.SearchArticlesRequest(client_ids=[client], query=word[:4]))

    def _undone(self, client: str, draft: invoices_pb2.InvoiceDraft) -> None:
        """A journal that is revoked, and one that is reversed once its nightly run has passed."""
        for name, request in (
            ("RevokeJournal", journals_pb2.RevokeJournalRequest),
            ("ReverseJournal", journals_pb2.ReverseJournalRequest),
        ):
            journal = self.ask(
                "RegisterInvoices",
                journals_pb2.RegisterInvoicesRequest(request_id=self._id(), client_id=client, invoices=[draft]),
            ).journal
            self._approve(client, journal.journal_id)
            asked = request(request_id=self._id(), client_id=client, journal_id=journal.journal_id)
            with pytest.MonkeyPatch.context() as later:  # approvals carry the database's clock
                if name == "ReverseJournal":
                    later.setenv(
                        "RF_TODAY", (max(datetime.now(STOCKHOLM).date(), TODAY) + timedelta(days=2)).isoformat()
                    )
                self.ask(name, asked)

    def _periods(self, client: str) -> None:
        day = from_date(TODAY - timedelta(days=400))
        self.ask("ClosePeriod", periods_pb2.ClosePeriodRequest(request_id=self._id(), client_id=client, day=day))
        self.ask("ListClosedPeriods", periods_pb2.ListClosedPeriodsRequest(client_id=client))

    def _accounts(self, client: str) -> None:
        own = accounts_pb2.Account(number="3999", name="Övriga intäkter", type="I")
        sie = b'#FLAGGA 0\r\n#FORMAT PC8\r\n#SIETYP 4\r\n#KONTO 3998 "Andra"\r\n'
        for name, request in (
            (
                "PutAccount",
                accounts_pb2.PutAccountRequest(request_id=self._id(), client_id=client, account=own, is_new=True),
            ),
            (
                "ImportAccounts",
                accounts_pb2.ImportAccountsRequest(request_id=self._id(), client_id=client, content=sie),
            ),
            (
                "RemoveAccount",
                accounts_pb2.RemoveAccountRequest(request_id=self._id(), client_id=client, number="3999"),
            ),
        ):
            self.ask(name, request)

    def _customer(self, client: str, made: customers_pb2.Customer, word: str) -> None:
        where: dict[str, Any] = {"client_id": client, "customer_id": made.customer_id}
        moved = customers_pb2.Customer()
        moved.CopyFrom(made)
        moved.street, moved.delivery = "Tranbärsstigen 5", customers_pb2.DELIVERY_KIND_EMAIL
        self.ask("UpdateCustomer", customers_pb2.UpdateCustomerRequest(request_id=self._id(), customer=moved))
        self.ask("ListCustomerAddresses", customers_pb2.ListCustomerAddressesRequest(**where))
        self.ask("ListCustomers", customers_pb2.ListCustomersRequest(client_ids=[client], name=word[:4]))
        since = from_date(TODAY)
        self.ask(
            "SetDirectDebit", customers_pb2.SetDirectDebitRequest(request_id=self._id(), since_date=since, **where)
        )
        self.ask("GetCustomerOverview", customer_overview_pb2.GetCustomerOverviewRequest(**where))
        if client == str(self.clients[0]):  # notes are for the client's own users
            noted = customers_pb2.AddCustomerNoteRequest(request_id=self._id(), text=word, **where)
            self.ask("AddCustomerNote", noted, caller="clerk")
            self.ask("ListCustomerNotes", customers_pb2.ListCustomerNotesRequest(**where), caller="clerk")

    def _changes(self, client: str, invoice_ids: list[str], word: str) -> None:
        stop = demand_stops_pb2.DemandStop(kind=demand_stops_pb2.DEMAND_STOP_KIND_REMINDER, reason=word)
        changes = invoices_pb2.InvoiceChanges(client_id=client, invoice_ids=invoice_ids, stop=stop)
        self.ask("PreviewInvoiceChanges", invoices_pb2.PreviewInvoiceChangesRequest(changes=changes))
        self.ask("ChangeInvoices", invoices_pb2.ChangeInvoicesRequest(request_id=self._id(), changes=changes))
        changes.stop.CopyFrom(demand_stops_pb2.DemandStop(kind=demand_stops_pb2.DEMAND_STOP_KIND_NONE))
        self.ask("ChangeInvoices", invoices_pb2.ChangeInvoicesRequest(request_id=self._id(), changes=changes))

    def _searches(self, client: str, word: str) -> None:
        terms = invoices_pb2.SearchTerms(
            name=word[:4],
            street="Tran",
            invoice_date=date_pb2.DateSpan(from_date=from_date(TODAY - timedelta(days=400))),
            original=invoices_pb2.AmountSpan(from_minor=1),
            days_since_due=invoices_pb2.DaySpan(from_days=-100, to_days=400),
            article_number="EL",
            our_reference=word[:4],
            text=word[:4],
        )
        facts = [invoices_pb2.INVOICE_FACT_OVERDUE, invoices_pb2.INVOICE_FACT_NOT_DUE]
        criteria = invoices_pb2.InvoiceCriteria(client_ids=[client], facts=facts, terms=terms)
        dated = invoices_pb2.AsOf(day=from_date(TODAY), as_it_looked=True)
        self.ask("SearchInvoices", invoices_pb2.SearchInvoicesRequest(client_ids=[client], terms=terms, as_of=dated))
        self.ask("SumInvoices", invoices_pb2.SumInvoicesRequest(criteria=criteria))
        self.ask("StreamInvoices", invoices_pb2.StreamInvoicesRequest(criteria=criteria))
        self.ask("SearchCustomers", customer_search_pb2.SearchCustomersRequest(criteria=criteria))
        self.ask("StreamCustomers", customer_search_pb2.StreamCustomersRequest(criteria=criteria))
        for kind in (exports_pb2.LIST_FORMAT_XLSX, exports_pb2.LIST_FORMAT_CSV):
            invoices = invoices_pb2.StreamInvoicesRequest(criteria=criteria)
            self.ask("GetInvoiceList", exports_pb2.GetInvoiceListRequest(search=invoices, format=kind))
            customers = customer_search_pb2.StreamCustomersRequest(criteria=criteria)
            self.ask("GetCustomerList", exports_pb2.GetCustomerListRequest(search=customers, format=kind))

    def _draft(self, client: str, customer: str, word: str, days: int) -> invoices_pb2.InvoiceDraft:
        row = invoices_pb2.InvoiceRow(
            article_number="EL", description=word, quantity="2.5", unit="kWh", unit_price="39.90", vat_percent=25
        )
        return invoices_pb2.InvoiceDraft(
            client_id=client,
            service=invoices_pb2.SERVICE_KIND_INVOICING,
            kind=invoices_pb2.INVOICE_KIND_INVOICE,
            customer_number=customer,
            invoice_date=from_date(TODAY - timedelta(days=days)),
            payment_terms_days=30,
            currency_code="SEK",
            our_reference=word,
            subject=word,
            rows=[row, invoices_pb2.InvoiceRow(text_only=True, description="Avser juni")],
        )

    def _approved(self, client: str, drafts: list[invoices_pb2.InvoiceDraft]) -> None:
        journal = self.ask(
            "RegisterInvoices",
            journals_pb2.RegisterInvoicesRequest(request_id=self._id(), client_id=client, invoices=drafts),
        ).journal
        self._approve(client, journal.journal_id)

    def _approve(self, client: str, journal_id: str) -> None:
        self.ask(
            "ApproveJournal",
            journals_pb2.ApproveJournalRequest(request_id=self._id(), client_id=client, journal_id=journal_id),
        )
        self.ask("GetReceipt", journals_pb2.GetReceiptRequest(client_id=client, journal_id=journal_id))

    def _payments(self, client: str, lines: list[invoices_pb2.InvoiceLine], word: str) -> None:
        payments = [
            payments_pb2.Payment(
                bank_reference=f"{client}-{place}",
                amount=money(line.original.minor_units + 100 * place),
                booking_date=from_date(TODAY),
                payer_name=word,
                references=[payments_pb2.PaymentReference(value=line.number)],
                channel="BGMAX",
            )
            for place, line in enumerate(lines)
        ]
        payments.append(
            payments_pb2.Payment(
                bank_reference=f"{client}-unplaced",
                amount=money(12_300),
                booking_date=from_date(TODAY),
                message=word,
                channel="MANUAL",
            )
        )
        self.ask("MatchPayments", payments_pb2.MatchPaymentsRequest(client_id=client, payments=payments))
        journal = self.ask(
            "RegisterPayments",
            payments_pb2.RegisterPaymentsRequest(
                request_id=self._id(), client_id=client, source="bank.txt", payments=payments
            ),
        )
        self._approve(client, journal.journal_id)
        self._surplus(client, word)

    def _transactions(self, client: str, lines: list[invoices_pb2.InvoiceLine], word: str) -> None:
        """A direct payment and a credit that wait, one of them changed."""
        kinds = (transactions_pb2.TRANSACTION_KIND_DIRECT_PAYMENT, transactions_pb2.TRANSACTION_KIND_CREDIT)
        drafts = [
            transactions_pb2.TransactionDraft(
                kind=kind,
                invoice_number=line.number,
                date=from_date(TODAY),
                amount=money(100),
                note=word,
            )
            for kind, line in zip(kinds, lines, strict=True)
        ]
        made = self.ask(
            "RegisterTransactions",
            journals_pb2.RegisterTransactionsRequest(request_id=self._id(), client_id=client, transactions=drafts),
        )
        where = {"client_id": client, "journal_id": made.journal.journal_id}
        self.ask(
            "ChangeTransaction",
            journals_pb2.ChangeTransactionRequest(
                request_id=self._id(), item_id=made.item_ids[0], transaction=drafts[0], **where
            ),
        )
        self.ask("GetJournal", journals_pb2.GetJournalRequest(**where))

    def _surplus(self, client: str, word: str) -> None:
        """Money that is no invoice's, looked at and some of it written off."""
        which = surplus_pb2.SurplusFilter(client_ids=[client])
        self.ask("ListOverpayments", surplus_pb2.ListOverpaymentsRequest(filter=which))
        [one, *_] = self.ask("ListUnplaced", surplus_pb2.ListUnplacedRequest(filter=which)).payments
        self.ask("GetSurplus", surplus_pb2.GetSurplusRequest(client_id=client, payment_ids=[one.payment_id]))
        suggest = surplus_pb2.SuggestInvoicesRequest(client_id=client, payment_id=one.payment_id)
        self.ask("SuggestInvoices", suggest)
        self.ask(
            "ClearSurplus",
            surplus_pb2.ClearSurplusRequest(
                request_id=self._id(),
                client_id=client,
                items=[surplus_pb2.SurplusSeen(payment_id=one.payment_id, remaining=one.remaining)],
                kind=surplus_pb2.CLEARING_KIND_WRITE_OFF,
                note=word,
            ),
        )

    def _open_journal(self, client: str, draft: invoices_pb2.InvoiceDraft) -> None:
        """One that waits, with an item to change and one to remove."""
        made = self.ask(
            "RegisterInvoices",
            journals_pb2.RegisterInvoicesRequest(request_id=self._id(), client_id=client, invoices=[draft] * 3),
        )
        where = {"client_id": client, "journal_id": made.journal.journal_id}
        self.ask(
            "ChangeInvoice",
            journals_pb2.ChangeInvoiceRequest(request_id=self._id(), item_id=made.item_ids[0], invoice=draft, **where),
        )
        self.ask("RemoveItem", journals_pb2.RemoveItemRequest(request_id=self._id(), item_id=made.item_ids[1], **where))
        self.ask("GetJournal", journals_pb2.GetJournalRequest(**where))
        self.ask("ListOpenJournals", journals_pb2.ListOpenJournalsRequest(client_ids=[client]))

    def _carry_to_collection(self) -> None:
        """What a broker would do with the ledger's events."""
        heads = self.ask("ledger GetEventHeads", events_pb2.GetEventHeadsRequest()).heads
        handlers = self.house.parts["collection"].consumes["ledger"]
        for head in heads:
            rpc = self.rpcs["ledger ReplayEvents"]
            request = events_pb2.ReplayEventsRequest(aggregate_id=head.aggregate_id, from_seq=1)
            raw = [request.SerializeToString()]
            for answer in self.house.call(rpc, raw, self.callers["service"], DEADLINE_S):
                envelope = from_proto(answer.event)  # type: ignore[attr-defined]
                kind = getattr(told_by_ledger, envelope.type.rpartition(".")[2])
                if kind in handlers:
                    scope = [envelope.client_id] if envelope.client_id else []
                    with during(Call(envelope.type)), self.house.opened["collection"].system(scope) as tx:
                        handlers[kind](tx, Received(envelope, kind.FromString(envelope.payload)))

    def _collection(self, client: str, word: str) -> None:
        officer = cases_pb2.Officer(user_id=str(self._uuid()), name=word, phone="08-1", email="h@example.se")
        self.ask(
            "SetOfficer",
            officers_pb2.SetOfficerRequest(request_id=self._id(), officer=officer, client_ids=[client]),
        )
        case = self.ask("SearchCases", cases_pb2.SearchCasesRequest(client_ids=[client])).cases[0]
        self.ask("GetCase", cases_pb2.GetCaseRequest(case_id=case.case_id))
        self.ask(
            "AddCost",
            cases_pb2.AddCostRequest(
                request_id=self._id(),
                case_id=case.case_id,
                kind=cases_pb2.COST_KIND_DEMAND,
                amount=money(18_000),
                day=from_date(TODAY),
            ),
        )
        self._messages(client, case.case_id, word)

    def _messages(self, client: str, case_id: str, word: str) -> None:
        about = messages_pb2.ThreadSubject(case_id=case_id)
        sent = self.ask(
            "SendMessage",
            messages_pb2.SendMessageRequest(request_id=self._id(), client_id=client, subject=about, text=word),
        )
        where = {"thread_id": sent.thread.thread_id}
        self.ask("ReplyToThread", messages_pb2.ReplyToThreadRequest(request_id=self._id(), text=word, **where))
        self.ask("GetThread", messages_pb2.GetThreadRequest(**where))
        self.ask("ListThreads", messages_pb2.ListThreadsRequest(client_ids=[client]))
        self.ask("MarkThreadRead", messages_pb2.MarkThreadReadRequest(request_id=self._id(), place=1, **where))

    def _documents(self, client: str) -> None:
        line = self.ask("SearchInvoices", invoices_pb2.SearchInvoicesRequest(client_ids=[client])).invoices[0]
        self.ask("GetInvoiceCopy", documents_pb2.GetInvoiceCopyRequest(client_id=client, invoice_id=line.invoice_id))
        self.ask(
            "FetchDocument",
            archive_pb2.FetchDocumentRequest(client_id=client, kind="INVOICE_COPY", subject_id=line.invoice_id),
        )
        content = b"%PDF-1.7\n%%EOF\n"
        head = archive_pb2.Document(
            client_id=client,
            kind="INVOICE_COPY",
            subject_id=self._id(),
            content_type="application/pdf",
            sha256=hashlib.sha256(content).hexdigest(),
        )
        pieces = archive_pb2.StoreDocumentRequest(head=head), archive_pb2.StoreDocumentRequest(chunk=content)
        self.ask("StoreDocument", *pieces)
        upload = self.ask(
            "SendFile",
            uploads_pb2.SendFileRequest(
                head=uploads_pb2.SendFileHead(request_id=self._id(), client_id=client, file_name="bank.txt")
            ),
            uploads_pb2.SendFileRequest(chunk=a_payment_file(line.number)),
        ).upload
        found = uploads_pb2.GetUploadRequest(client_id=client, upload_id=upload.upload_id)
        while self.ask("GetUpload", found).upload.status == uploads_pb2.UPLOAD_STATUS_RECEIVED:
            time.sleep(0.3)
        self.ask("ListUploads", uploads_pb2.ListUploadsRequest(client_ids=[client]))
        self.ask(
            "AcceptUpload",
            uploads_pb2.AcceptUploadRequest(request_id=self._id(), client_id=client, upload_id=upload.upload_id),
        )

        self._statistics(client)

    def _statistics(self, client: str) -> None:
        new, old = statistics_pb2.STATISTIC_NEW_CASES, statistics_pb2.AGE_OLDER
        self.ask("GetStatistic", statistics_pb2.GetStatisticRequest(statistic=new, client_ids=[client]))
        self.ask("GetCaseStatistics", statistics_pb2.GetCaseStatisticsRequest(client_ids=[client]))
        self.ask("ListCasesOfAge", statistics_pb2.ListCasesOfAgeRequest(age=old, client_ids=[client]))

    def _events(self) -> None:
        for service in self.house.parts:
            heads = self.ask(f"{service} GetEventHeads", events_pb2.GetEventHeadsRequest()).heads
            for head in heads[:2]:
                self.ask(
                    f"{service} ReplayEvents",
                    events_pb2.ReplayEventsRequest(aggregate_id=head.aggregate_id, from_seq=1),
                )
            self.ask(f"{service} ListDeadLetters", events_pb2.ListDeadLettersRequest())

    def _uuid(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def _id(self) -> str:
        """A request id, or an id of what does not exist."""
        return str(self._uuid())


def _key(rpc: Rpc) -> str:
    """By the method's name; every service has the EventService, so there the service is named too."""
    common = rpc.method.containing_service.full_name.startswith("rf.events.")
    return f"{rpc.service} {rpc.method.name}" if common else rpc.method.name


def a_payment_file(invoice_number: str) -> bytes:
    """A camt.054 with one payment for an invoice and one for nothing."""

    def payment(row: int, reference: str) -> PaymentRow:
        return PaymentRow(
            row_no=row,
            position="",
            bank_reference=f"{invoice_number}-{row}",
            amount_minor=12_500,
            currency="SEK",
            booking_date=TODAY,
            payer_name=MARK,
            references=(Reference(ReferenceKind.INVOICE, reference),),
        )

    payments = (payment(1, invoice_number), payment(2, "4711"))
    deposit = Deposit(Account(AccountKind.BANKGIRO, "9912346"), "SEK", TODAY, 25_000, "1", payments)
    moment = datetime(2026, 6, 15, 12, tzinfo=SWEDISH_TIME)
    return writers.camt054([deposit], message_id=f"M{invoice_number}", created_at=moment)
