"""CustomerSearchService: translate, call, translate."""

from collections.abc import Iterator

import grpc

from chassis import paging
from chassis.database import Database
from chassis.wire import money, to_uuid
from rf.ledger.v1 import customer_search_pb2, customer_search_pb2_grpc
from services.ledger.api import criteria, enums
from services.ledger.storage.customer_search import Line, Order, Place, Sort
from services.ledger.usecases import searching

_NUMERIC = {Sort.ORIGINAL, Sort.PAID, Sort.REMAINING}


class CustomerSearchServicer(customer_search_pb2_grpc.CustomerSearchServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def SearchCustomers(
        self, request: customer_search_pb2.SearchCustomersRequest, context: grpc.ServicerContext
    ) -> customer_search_pb2.SearchCustomersResponse:
        wanted, order = criteria.of(request.criteria), _order(request)
        size = paging.size(request.page_size)
        after = _place(request.page_token, order.sort)
        with self.database.read() as tx:
            found, count = searching.customers(tx, wanted, order, after=after, limit=size)
        return customer_search_pb2.SearchCustomersResponse(
            customers=[_line(one.line) for one in found[:size]],
            next_page_token=_token(found[size - 1].place) if len(found) > size else "",
            total_count=-1 if count is None else count,
        )

    def StreamCustomers(
        self, request: customer_search_pb2.StreamCustomersRequest, context: grpc.ServicerContext
    ) -> Iterator[customer_search_pb2.StreamCustomersResponse]:
        wanted, order = criteria.of(request.criteria), _order(request)
        with self.database.read() as tx:
            for lines in searching.every_customer(tx, wanted, order):
                yield customer_search_pb2.StreamCustomersResponse(customers=[_line(one) for one in lines])


def _order(
    request: customer_search_pb2.SearchCustomersRequest | customer_search_pb2.StreamCustomersRequest,
) -> Order:
    sort = enums.chosen(enums.CUSTOMER_SORTS, request.sort, "sort") if request.sort else Sort.NUMBER
    return Order(sort, request.descending)


def _line(line: Line) -> customer_search_pb2.CustomerLine:
    return customer_search_pb2.CustomerLine(
        client_id=str(line.client_id),
        customer_id=str(line.id),
        number=line.number,
        name=line.name,
        original=money(line.original_minor, line.currency),
        paid=money(line.paid_minor, line.currency),
        remaining=money(line.remaining_minor, line.currency),
        invoice_count=line.invoice_count,
    )


def _token(place: Place) -> str:
    return paging.token(place.value, place.number_key, str(place.id), place.currency)


def _place(page_token: str, sort: Sort) -> Place | None:
    """The place in a token, checked against the order that is asked for."""
    key = paging.key(page_token, [int if sort in _NUMERIC else str, str, str, str])
    if key is None:
        return None
    return Place(key[0], str(key[1]), to_uuid(str(key[2]), "page_token"), str(key[3]))
