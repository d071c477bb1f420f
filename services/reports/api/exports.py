"""ExportService: translate, call, translate."""

from collections.abc import Iterator
from typing import TypeVar

import grpc

from chassis.wire import refuse
from rf.reports.v1 import exports_pb2, exports_pb2_grpc
from services.reports.usecases.lists import Lists, file_name

R = TypeVar("R", exports_pb2.GetInvoiceListResponse, exports_pb2.GetCustomerListResponse)


class ExportServicer(exports_pb2_grpc.ExportServiceServicer):
    """Whole lists as files."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def GetInvoiceList(
        self, request: exports_pb2.GetInvoiceListRequest, context: grpc.ServicerContext
    ) -> Iterator[exports_pb2.GetInvoiceListResponse]:
        excel = _is_excel(request.format)
        pieces = self._lists.invoices(request.search, excel=excel)
        return _named(exports_pb2.GetInvoiceListResponse, pieces, file_name("fakturor", excel=excel))

    def GetCustomerList(
        self, request: exports_pb2.GetCustomerListRequest, context: grpc.ServicerContext
    ) -> Iterator[exports_pb2.GetCustomerListResponse]:
        excel = _is_excel(request.format)
        pieces = self._lists.customers(request.search, excel=excel)
        return _named(exports_pb2.GetCustomerListResponse, pieces, file_name("kunder", excel=excel))


def _is_excel(wanted: int) -> bool:
    if wanted not in {exports_pb2.LIST_FORMAT_XLSX, exports_pb2.LIST_FORMAT_CSV}:
        raise refuse("format", "REQUIRED" if not wanted else "UNKNOWN")
    return wanted == exports_pb2.LIST_FORMAT_XLSX


def _named(kind: type[R], pieces: Iterator[bytes], name: str) -> Iterator[R]:
    """Pieces as messages; the name stands in the first."""
    for place, piece in enumerate(pieces):
        yield kind(chunk=piece, file_name="" if place else name)
