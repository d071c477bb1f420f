"""CustomerService: translate, call, translate."""

from uuid import UUID

import grpc

from chassis import paging
from chassis.database import Database
from chassis.wire import refuse, to_uuid
from kernel.errors import Violations
from rf.ledger.v1 import customers_pb2, customers_pb2_grpc
from services.ledger.api import from_proto, to_proto
from services.ledger.domain.customers import Customer
from services.ledger.usecases import customers

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
                customers=[to_proto.customer(one) for one in customers.create(tx, client_id, asked)]
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
            customers=[to_proto.customer(one, shielded=True) for one in found[:size]], next_page_token=more
        )


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
