"""InvoiceService: translate, call, translate."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import grpc

from chassis import paging
from chassis.business_day import today
from chassis.database import Database, Tx
from chassis.wire import money, refuse, to_uuid
from kernel.errors import Violations
from rf.ledger.v1 import invoices_pb2, invoices_pb2_grpc
from services.ledger.api import criteria, enums, to_proto
from services.ledger.api.invoice_changes import from_changes
from services.ledger.storage.invoice_search import Order, Place, Sort
from services.ledger.storage.search_facts import RANKS
from services.ledger.usecases import invoice_changes, invoices, searching

_NUMERIC = {Sort.PAID, Sort.REMAINING}
_DAYS = {Sort.INVOICE_DATE, Sort.DUE_DATE, Sort.DAYS, Sort.STATUS}


class InvoiceServicer(invoices_pb2_grpc.InvoiceServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def SearchInvoices(
        self, request: invoices_pb2.SearchInvoicesRequest, context: grpc.ServicerContext
    ) -> invoices_pb2.SearchInvoicesResponse:
        wanted, order = criteria.of_search(request), _order(request)
        size = paging.size(request.page_size)
        after = _place(request.page_token, order.sort)
        with self.database.read() as tx:
            found, tally = searching.invoices(tx, wanted, order, after=after, limit=size)
        day = criteria.day_of(wanted)
        return invoices_pb2.SearchInvoicesResponse(
            invoices=[to_proto.line(one.line, day) for one in found[:size]],
            next_page_token=_token(found[size - 1].place) if len(found) > size else "",
            total_count=-1 if tally.count is None else tally.count,
            remaining_sums=to_proto.sums(tally.remaining),
        )

    def SumInvoices(
        self, request: invoices_pb2.SumInvoicesRequest, context: grpc.ServicerContext
    ) -> invoices_pb2.SumInvoicesResponse:
        wanted = criteria.of(request.criteria)
        with self.database.read() as tx:
            found = searching.sums(tx, wanted)
        return invoices_pb2.SumInvoicesResponse(
            sums=[
                invoices_pb2.InvoiceSums(
                    count=one.invoices,
                    original=money(one.original_minor, one.currency),
                    paid=money(one.paid_minor, one.currency),
                    remaining=money(one.remaining_minor, one.currency),
                )
                for one in found
            ]
        )

    def StreamInvoices(
        self, request: invoices_pb2.StreamInvoicesRequest, context: grpc.ServicerContext
    ) -> Iterator[invoices_pb2.StreamInvoicesResponse]:
        wanted, order = criteria.of(request.criteria), _order(request)
        day = criteria.day_of(wanted)
        with self.database.read() as tx:
            for lines in searching.every_invoice(tx, wanted, order):
                yield invoices_pb2.StreamInvoicesResponse(invoices=[to_proto.line(one, day) for one in lines])

    def GetInvoice(
        self, request: invoices_pb2.GetInvoiceRequest, context: grpc.ServicerContext
    ) -> invoices_pb2.GetInvoiceResponse:
        client_id = to_uuid(request.client_id, "client_id") if request.client_id else None
        invoice_id = to_uuid(request.invoice_id, "invoice_id")
        with self.database.read() as tx:
            found = invoices.get(tx, client_id, invoice_id)
        return invoices_pb2.GetInvoiceResponse(invoice=to_proto.invoice(found, today()))

    def HandOverToCollection(
        self, request: invoices_pb2.HandOverToCollectionRequest, context: grpc.ServicerContext
    ) -> invoices_pb2.HandOverToCollectionResponse:
        client_id, invoice_id = to_uuid(request.client_id, "client_id"), to_uuid(request.invoice_id, "invoice_id")
        return self.database.once(
            request,
            invoices_pb2.HandOverToCollectionResponse,
            lambda tx: invoices_pb2.HandOverToCollectionResponse(
                invoice=to_proto.line(invoices.hand_over(tx, client_id, invoice_id), today())
            ),
        )

    def PreviewInvoiceChanges(
        self, request: invoices_pb2.PreviewInvoiceChangesRequest, context: grpc.ServicerContext
    ) -> invoices_pb2.PreviewInvoiceChangesResponse:
        with Violations() as v, v.field("changes"):
            client_id, ids, change = from_changes(request.changes)
        with self.database.read() as tx, Violations() as v, v.field("changes"):
            outcomes, etag = invoice_changes.preview(tx, client_id, ids, change)
        return invoices_pb2.PreviewInvoiceChangesResponse(invoices=to_proto.changed(outcomes, today()), etag=etag)

    def ChangeInvoices(
        self, request: invoices_pb2.ChangeInvoicesRequest, context: grpc.ServicerContext
    ) -> invoices_pb2.ChangeInvoicesResponse:
        with Violations() as v, v.field("changes"):
            client_id, ids, change = from_changes(request.changes)

        def work(tx: Tx) -> invoices_pb2.ChangeInvoicesResponse:
            with Violations() as v, v.field("changes"):
                outcomes = invoice_changes.change_invoices(tx, client_id, ids, change, request.etag)
            return invoices_pb2.ChangeInvoicesResponse(invoices=to_proto.changed(outcomes, today()))

        return self.database.once(request, invoices_pb2.ChangeInvoicesResponse, work)


def _order(request: invoices_pb2.SearchInvoicesRequest | invoices_pb2.StreamInvoicesRequest) -> Order:
    sort = enums.chosen(enums.INVOICE_SORTS, request.sort, "sort") if request.sort else Sort.NUMBER
    return Order(sort, request.descending)


def _token(place: Place) -> str:
    return paging.token(place.value, str(place.id), place.part)


def _place(page_token: str, sort: Sort) -> Place | None:
    """The place in a token, checked against the order that is asked for."""
    key = paging.key(page_token, [int if sort in _NUMERIC else str, str, str])
    if key is None:
        return None
    try:
        value = key[0] if sort not in _DAYS else date.fromisoformat(str(key[0])).isoformat()
        place = Place(value, UUID(str(key[1])), str(key[2]))
    except ValueError:
        raise refuse("page_token", "BAD_TOKEN") from None
    if sort is Sort.STATUS and place.part not in RANKS.values():
        raise refuse("page_token", "BAD_TOKEN")
    return place
