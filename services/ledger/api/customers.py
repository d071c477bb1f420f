"""CustomerService: translate, call, translate."""

from uuid import UUID

import grpc

from chassis import paging
from chassis.database import Database, Tx
from chassis.wire import refuse, to_date, to_uuid
from kernel.errors import Violations, invalid_value
from kernel.free_text import clean
from rf.ledger.v1 import customers_pb2, customers_pb2_grpc
from services.ledger.api import customer_register, from_proto, to_proto
from services.ledger.domain.customers import MAX_NOTE, Customer, shielded
from services.ledger.usecases import customer_changes, customer_notes, customers
from services.ledger.usecases import customer_register as register

MAX_CUSTOMERS = 1_000
_MAX_QUERY = 120


class CustomerServicer(customers_pb2_grpc.CustomerServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def CreateCustomers(
        self, request: customers_pb2.CreateCustomersRequest, context: grpc.ServicerContext
    ) -> customers_pb2.CreateCustomersResponse:
        client_id = to_uuid(request.client_id, "client_id")
        asked = _asked(request, client_id)
        return self.database.once(
            request,
            customers_pb2.CreateCustomersResponse,
            lambda tx: customers_pb2.CreateCustomersResponse(
                customers=[
                    to_proto.customer(one)
                    for one in customers.create(tx, client_id, asked, refuse_doublets=request.refuse_doublets)
                ]
            ),
        )

    def GetCustomer(
        self, request: customers_pb2.GetCustomerRequest, context: grpc.ServicerContext
    ) -> customers_pb2.GetCustomerResponse:
        client_id = to_uuid(request.client_id, "client_id")
        customer_id = to_uuid(request.customer_id, "customer_id")
        with self.database.read() as tx:
            found = customers.get(tx, client_id, customer_id)
        return customers_pb2.GetCustomerResponse(customer=to_proto.customer(found))

    def LookUpCustomers(
        self, request: customers_pb2.LookUpCustomersRequest, context: grpc.ServicerContext
    ) -> customers_pb2.LookUpCustomersResponse:
        client_id = to_uuid(request.client_id, "client_id")
        size = paging.size(request.page_size, default=10, most=50)
        after = _place(request.page_token)
        with Violations() as v, v.field("query"):
            query = from_proto.text(request.query, _MAX_QUERY, required=True)
        with self.database.read() as tx:
            found = customers.look_up(tx, client_id, query, size + 1, after)
        more = ""
        if len(found) > size:
            last = found[size - 1]
            more = paging.token(int(last.number == query), last.sort_key, str(last.id))
        return customers_pb2.LookUpCustomersResponse(
            customers=[to_proto.customer(shielded(one)) for one in found[:size]], next_page_token=more
        )

    def ListCustomers(
        self, request: customers_pb2.ListCustomersRequest, context: grpc.ServicerContext
    ) -> customers_pb2.ListCustomersResponse:
        terms, clients = customer_register.asked(request)
        order = customer_register.order(request)
        size = paging.size(request.page_size)
        after = customer_register.place(request.page_token)
        with self.database.read() as tx:
            found, count = register.listed(tx, clients, terms, order, after=after, limit=size + 1)
        last = found[size - 1] if len(found) > size else None
        return customers_pb2.ListCustomersResponse(
            customers=[
                customers_pb2.RegisteredCustomer(customer=to_proto.customer(one.customer), is_new=one.is_new)
                for one in found[:size]
            ],
            next_page_token=paging.token(last.key, str(last.customer.id)) if last else "",
            total_count=-1 if count is None else count,
        )

    def UpdateCustomer(
        self, request: customers_pb2.UpdateCustomerRequest, context: grpc.ServicerContext
    ) -> customers_pb2.UpdateCustomerResponse:
        with Violations() as v, v.field("customer"):
            to_uuid(request.customer.customer_id, "customer_id")
            client_id = to_uuid(request.customer.client_id, "client_id")
            wanted = from_proto.customer(request.customer, client_id, may_be_shielded=True)

        def work(tx: Tx) -> customers_pb2.UpdateCustomerResponse:
            with Violations() as v, v.field("customer"):
                saved = customer_changes.update(tx, wanted, refuse_doublets=request.refuse_doublets)
            return customers_pb2.UpdateCustomerResponse(customer=to_proto.customer(customers.as_seen(tx, saved)))

        return self.database.once(request, customers_pb2.UpdateCustomerResponse, work)

    def ListCustomerAddresses(
        self, request: customers_pb2.ListCustomerAddressesRequest, context: grpc.ServicerContext
    ) -> customers_pb2.ListCustomerAddressesResponse:
        client_id, customer_id = to_uuid(request.client_id, "client_id"), to_uuid(request.customer_id, "customer_id")
        size, before = paging.size(request.page_size), _before(request.page_token)
        with self.database.read() as tx:
            rows = customer_changes.list_addresses(tx, client_id, customer_id, before, size + 1)
        return customers_pb2.ListCustomerAddressesResponse(
            addresses=[customer_register.address(row) for row in rows[:size]],
            next_page_token=paging.token(str(rows[size - 1].id)) if len(rows) > size else "",
        )

    def ListCustomerNotes(
        self, request: customers_pb2.ListCustomerNotesRequest, context: grpc.ServicerContext
    ) -> customers_pb2.ListCustomerNotesResponse:
        client_id, customer_id = to_uuid(request.client_id, "client_id"), to_uuid(request.customer_id, "customer_id")
        size, before = paging.size(request.page_size), _before(request.page_token)
        with self.database.read() as tx:
            rows = customer_notes.listed(tx, client_id, customer_id, before, size + 1)
        return customers_pb2.ListCustomerNotesResponse(
            notes=[customer_register.note(row) for row in rows[:size]],
            next_page_token=paging.token(str(rows[size - 1].id)) if len(rows) > size else "",
        )

    def AddCustomerNote(
        self, request: customers_pb2.AddCustomerNoteRequest, context: grpc.ServicerContext
    ) -> customers_pb2.AddCustomerNoteResponse:
        client_id, customer_id = to_uuid(request.client_id, "client_id"), to_uuid(request.customer_id, "customer_id")
        with Violations() as v, v.field("text"):
            written = clean(request.text, MAX_NOTE, multiline=True)
            if not written:
                raise invalid_value("REQUIRED")
        return self.database.once(
            request,
            customers_pb2.AddCustomerNoteResponse,
            lambda tx: customers_pb2.AddCustomerNoteResponse(
                note=customer_register.note(customer_notes.add(tx, client_id, customer_id, written))
            ),
        )

    def SetDirectDebit(
        self, request: customers_pb2.SetDirectDebitRequest, context: grpc.ServicerContext
    ) -> customers_pb2.SetDirectDebitResponse:
        client_id, customer_id = to_uuid(request.client_id, "client_id"), to_uuid(request.customer_id, "customer_id")
        since = to_date(request.since_date, "since_date")

        def work(tx: Tx) -> customers_pb2.SetDirectDebitResponse:
            saved = customer_changes.set_direct_debit(tx, client_id, customer_id, since)
            return customers_pb2.SetDirectDebitResponse(customer=to_proto.customer(customers.as_seen(tx, saved)))

        return self.database.once(request, customers_pb2.SetDirectDebitResponse, work)


def _before(page_token: str) -> UUID | None:
    key = paging.key(page_token, [str])
    return None if key is None else to_uuid(str(key[0]), "page_token")


def _asked(request: customers_pb2.CreateCustomersRequest, client_id: UUID) -> list[Customer]:
    if not 1 <= len(request.customers) <= MAX_CUSTOMERS:
        raise refuse("customers", "REQUIRED" if not request.customers else "TOO_MANY", max=str(MAX_CUSTOMERS))
    found = []
    with Violations() as v:
        for index, message in enumerate(request.customers):
            with v.field(f"customers[{index}]"):
                found.append(from_proto.customer(message, client_id))
    return found


def _place(page_token: str) -> tuple[bool, str, UUID] | None:
    key = paging.key(page_token, [int, str, str])
    return None if key is None else (bool(key[0]), str(key[1]), to_uuid(str(key[2]), "page_token"))
