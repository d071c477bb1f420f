"""The rows of a list as the ledger streams them, with the rights of whoever asks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from chassis.rpc_client import Neighbour
from kernel.errors import DomainError, Kind
from kernel.money import EXPONENTS
from rf.ledger.v1 import (
    customer_search_pb2,
    customer_search_pb2_grpc,
    invoices_pb2,
    invoices_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
)
from rf.type.v1 import date_pb2
from services.reports.domain.lists import Line

_LETTERS: Final = {
    invoices_pb2.INVOICE_KIND_INVOICE: "F",
    invoices_pb2.INVOICE_KIND_CREDIT: "K",
    invoices_pb2.INVOICE_KIND_INTEREST: "R",
    invoices_pb2.INVOICE_KIND_FINAL: "S",
}
_SERVICES: Final = {
    invoices_pb2.SERVICE_KIND_INVOICING: "Fakturaservice",
    invoices_pb2.SERVICE_KIND_LEDGER: "Reskontraservice",
}
_STATUSES: Final = {
    invoices_pb2.INVOICE_STATUS_TO_BE_INVOICED: "Fakturering",
    invoices_pb2.INVOICE_STATUS_NOT_DUE: "Ej förfallen",
    invoices_pb2.INVOICE_STATUS_OVERDUE: "Förfallen",
    invoices_pb2.INVOICE_STATUS_REMINDED: "Påminnelse",
    invoices_pb2.INVOICE_STATUS_COLLECTION: "Inkasso",
    invoices_pb2.INVOICE_STATUS_FINAL_INVOICED: "Betald",
    invoices_pb2.INVOICE_STATUS_CREDITED: "Betald",
    invoices_pb2.INVOICE_STATUS_PAID: "Betald",
}
PROTECTED: Final = "Skyddad identitet"


@dataclass(frozen=True)
class LedgerLists:
    """Asks the ledger as the caller; one for each list that is made."""

    neighbour: Neighbour
    names: dict[str, str] = field(default_factory=dict)  # of clients

    def count(self, search: invoices_pb2.StreamInvoicesRequest) -> int:
        """How many invoices there are. Raises as the ledger does."""
        stub = self.neighbour.stub(invoices_pb2_grpc.InvoiceServiceStub)
        answer = stub.SumInvoices(invoices_pb2.SumInvoicesRequest(criteria=search.criteria))
        return sum(one.count for one in answer.sums)

    def invoices(self, search: invoices_pb2.StreamInvoicesRequest) -> Iterator[Line]:
        """The invoices in their order. Raises as the ledger does."""
        stub = self.neighbour.stub(invoices_pb2_grpc.InvoiceServiceStub)
        for answer in stub.StreamInvoices(search):
            for line in answer.invoices:
                remaining = line.remaining
                yield Line(
                    (
                        self._client(line.client_id),
                        line.number,
                        line.customer_number,
                        line.customer_name or PROTECTED,
                        _day(line.invoice_date),
                        _day(line.due_date),
                        line.days_since_due,
                        remaining.currency_code,
                        line.paid.minor_units,
                        remaining.minor_units,
                        _LETTERS.get(line.kind, ""),
                        _SERVICES.get(line.service, ""),
                        _STATUSES.get(line.status, ""),
                    ),
                    EXPONENTS.get(remaining.currency_code, 2),
                )

    def customers(self, search: customer_search_pb2.StreamCustomersRequest) -> Iterator[Line]:
        """The customers in their order. Raises as the ledger does."""
        stub = self.neighbour.stub(customer_search_pb2_grpc.CustomerSearchServiceStub)
        for answer in stub.StreamCustomers(search):
            for line in answer.customers:
                currency = line.original.currency_code
                yield Line(
                    (
                        self._client(line.client_id),
                        line.number,
                        line.name or PROTECTED,
                        currency,
                        line.original.minor_units,
                        line.paid.minor_units,
                        line.remaining.minor_units,
                    ),
                    EXPONENTS.get(currency, 2),
                )

    def _client(self, client_id: str) -> str:
        """The client's name; empty where the ledger does not tell it."""
        known = self.names.get(client_id)
        if known is None:
            stub = self.neighbour.stub(terms_pb2_grpc.TermsServiceStub)
            try:
                known = stub.GetTerms(terms_pb2.GetTermsRequest(client_id=client_id)).terms.name
            except DomainError as error:
                if error.kind is Kind.UNAVAILABLE:
                    raise
                known = ""
            self.names[client_id] = known
        return known


def _day(message: date_pb2.Date) -> date | None:
    return date(message.year, message.month, message.day) if message.year else None
