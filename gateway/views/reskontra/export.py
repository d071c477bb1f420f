"""The whole result of a search as a file: Excel or CSV, passed on as reports makes it."""

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.forms.search import CUSTOMERS, INVOICES, InvoiceSearch
from gateway.session import needs
from gateway.views.reskontra.blueprint import reskontra
from kernel.errors import DomainError, Kind
from rf.reports.v1.exports_pb2 import (
    LIST_FORMAT_CSV,
    LIST_FORMAT_XLSX,
    GetCustomerListRequest,
    GetInvoiceListRequest,
    ListFormat,
)

TIMEOUT_S: Final = 600.0  # a million rows take their time
FORMATS: Final[dict[str, tuple["ListFormat.ValueType", str]]] = {
    "xlsx": (LIST_FORMAT_XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (LIST_FORMAT_CSV, "text/csv; charset=utf-8"),
}


@reskontra.get("/fakturor.xlsx")
@needs("ledger.read")
def invoices_xlsx() -> ResponseReturnValue:
    return _file("xlsx")


@reskontra.get("/fakturor.csv")
@needs("ledger.read")
def invoices_csv() -> ResponseReturnValue:
    return _file("csv")


@reskontra.get("/kunder.xlsx")
@needs("ledger.read")
def customers_xlsx() -> ResponseReturnValue:
    return _file("xlsx", customers=True)


@reskontra.get("/kunder.csv")
@needs("ledger.read")
def customers_csv() -> ResponseReturnValue:
    return _file("csv", customers=True)


def _file(ending: str, *, customers: bool = False) -> ResponseReturnValue:
    asked = InvoiceSearch.read(request.args).showing(CUSTOMERS if customers else INVOICES)
    client_ids = g.session.scope("ledger.read")
    kind, mimetype = FORMATS[ending]
    try:
        if customers:
            wanted = GetCustomerListRequest(search=asked.all_customers(client_ids), format=kind)
            pieces = g.reports.exports.GetCustomerList(wanted, timeout=TIMEOUT_S)
        else:
            whole = GetInvoiceListRequest(search=asked.whole(client_ids), format=kind)
            pieces = g.reports.exports.GetInvoiceList(whole, timeout=TIMEOUT_S)
        first = next(pieces)  # an error is told before anything is sent
    except DomainError as error:
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        return redirect(url_for("reskontra.search", **asked.from_start().query()), 303)  # it says what is wrong
    response = Response(_bytes(first.chunk, pieces), content_type=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{first.file_name}"'
    return response


def _bytes(first: bytes, rest: Iterator[Any]) -> Iterator[bytes]:
    yield first
    for piece in rest:
        yield piece.chunk
