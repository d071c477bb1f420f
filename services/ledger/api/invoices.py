"""InvoiceService: translate, call, translate."""

from datetime import date
from uuid import UUID

import grpc

from chassis import paging
from chassis.business_day import today
from chassis.database import Database, Tx
from chassis.wire import refuse, to_uuid, to_uuids
from kernel.errors import Violations
from rf.ledger.v1 import invoices_pb2, invoices_pb2_grpc
from services.ledger.api import enums, to_proto
from services.ledger.api.invoice_changes import from_changes
from services.ledger.domain import numbers
from services.ledger.storage.invoice_search import Place, Search, Sort
from services.ledger.usecases import invoice_changes, invoices

_MAX_CLIENTS = 1_000
_NUMERIC = {Sort.PAID, Sort.REMAINING}
_DAYS = {Sort.INVOICE_DATE, Sort.DUE_DATE}


class InvoiceServicer(invoices_pb2_grpc.InvoiceServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def SearchInvoices(
        self, request: invoices_pb2.SearchInvoicesRequest, context: grpc.ServicerContext
    ) -> invoices_pb2.SearchInvoicesResponse:
        search = _search(request)
        sort = enums.chosen(enums.SORTS, request.sort, "sort") if request.sort else Sort.NUMBER
        size = paging.size(request.page_size)
        after = _place(request.page_token, sort)
        with self.database.read() as tx:
            found, tally = invoices.search(tx, search, sort, descending=request.descending, after=after, limit=size)
        day = today()
        return invoices_pb2.SearchInvoicesResponse(
            invoices=[to_proto.line(one.line, day) for one in found[:size]],
            next_page_token=_token(found[size - 1].place) if len(found) > size else "",
            total_count=-1 if tally.count is None else tally.count,
            remaining_sums=to_proto.sums(tally.remaining),
        )

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


def _search(request: invoices_pb2.SearchInvoicesRequest) -> Search:
    """What is searched for. A number that no invoice can have is a fault, not an empty answer."""
    clients: list[UUID] = []
    facts = set()
    with Violations() as v:
        v.require("client_ids", len(request.client_ids) <= _MAX_CLIENTS, "TOO_MANY", max=_MAX_CLIENTS)
        with v.field(""):
            clients = to_uuids(request.client_ids, "client_ids")
        for index, fact in enumerate(request.facts):
            with v.field(f"facts[{index}]"):
                facts.add(enums.chosen(enums.FACTS, fact, ""))
        for name in ("invoice_number", "customer_number"):
            if value := getattr(request, name):
                with v.field(name):
                    numbers.check(value)
    return Search(clients, frozenset(facts), request.invoice_number, request.customer_number)


def _token(place: Place) -> str:
    return paging.token(place.value, str(place.id), place.client_key)


def _place(page_token: str, sort: Sort) -> Place | None:
    """The place in a token, checked against the order that is asked for."""
    key = paging.key(page_token, [int if sort in _NUMERIC else str, str, str])
    if key is None:
        return None
    try:
        value = key[0] if sort not in _DAYS else date.fromisoformat(str(key[0])).isoformat()
        return Place(value, UUID(str(key[1])), str(key[2]))
    except ValueError:
        raise refuse("page_token", "BAD_TOKEN") from None
