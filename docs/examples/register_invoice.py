"""An internal system registers an invoice, approves it and reads it back from the ledger, with nothing but grpcio.

    .venv/bin/python docs/examples/register_invoice.py            against the house that `make run` started
    .venv/bin/python docs/examples/register_invoice.py --help     other addresses, client, credential

Run it twice with the same `--order`: the second run changes nothing and prints the same invoice.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import grpc

from rf.auth.v1 import clients_pb2, clients_pb2_grpc, credentials_pb2, credentials_pb2_grpc
from rf.ledger.v1 import (
    customers_pb2,
    customers_pb2_grpc,
    invoices_pb2,
    invoices_pb2_grpc,
    journals_pb2,
    journals_pb2_grpc,
)
from rf.type.v1 import date_pb2

DEADLINE_S = 5.0
TRIES = 3


class System:
    """Our side of the calls: a channel to each service, a token, deadlines and careful repeats."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.name, self.secret = options.credential, options.secret.read_text(encoding="utf-8").strip()
        self.order = options.order
        auth, ledger = grpc.insecure_channel(options.auth), grpc.insecure_channel(options.ledger)
        self.credentials = credentials_pb2_grpc.CredentialServiceStub(auth)
        self.clients = clients_pb2_grpc.ClientServiceStub(auth)
        self.customers = customers_pb2_grpc.CustomerServiceStub(ledger)
        self.journals = journals_pb2_grpc.JournalServiceStub(ledger)
        self.invoices = invoices_pb2_grpc.InvoiceServiceStub(ledger)
        self._token, self._good_until = "", 0.0

    def token(self) -> str:
        """The credential traded for a token; it lives a minute, so it is kept and asked for again in time."""
        if time.monotonic() > self._good_until:
            asked_at = time.monotonic()
            answer = self.credentials.ExchangeCredential(
                credentials_pb2.ExchangeCredentialRequest(
                    name=self.name, secret=self.secret, audience=["auth", "ledger"]
                ),
                timeout=DEADLINE_S,
            )
            self._token, self._good_until = answer.access_token, asked_at + answer.expires_in_seconds - 15
        return self._token

    def call(self, method: Callable[..., Any], request: Any) -> Any:
        """One call with token and deadline. What may be repeated is: every write carries a request_id."""
        for left in reversed(range(TRIES)):
            try:
                return method(request, timeout=DEADLINE_S, metadata=(("authorization", f"Bearer {self.token()}"),))
            except grpc.RpcError as error:
                unknown = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
                if error.code() not in unknown or not left:
                    raise
                time.sleep(0.5)
        raise AssertionError("unreachable")

    def request_id(self, deed: str) -> str:
        """The same id for the same deed of the same order, also after a crash: it can never happen twice."""
        return str(uuid5(NAMESPACE_URL, f"example/{self.order}/{deed}"))


def client_id(system: System, number: str) -> str:
    """The id of the client with this number, from page after page of the list."""
    for client in clients(system):
        if client.number == number:
            return client.client_id
    sys.exit(f"There is no client {number} that {system.name} may act for")


def clients(system: System) -> Iterator[clients_pb2.Client]:
    """Every client that the credential may act for."""
    page_token = ""
    while True:
        page = system.call(system.clients.ListClients, clients_pb2.ListClientsRequest(page_token=page_token))
        yield from page.clients
        page_token = page.next_page_token
        if not page_token:
            return


def new_customer(system: System, client: str) -> str:
    """The number of a customer made for this order."""
    customer = customers_pb2.Customer(
        kind=customers_pb2.PARTY_KIND_COMPANY,
        name="Exempelkund AB",
        street="Provgatan 1",
        postcode="81290",
        town="Lidsjö",
        country_code="SE",
    )
    request = customers_pb2.CreateCustomersRequest(
        request_id=system.request_id("customer"), client_id=client, customers=[customer]
    )
    number: str = system.call(system.customers.CreateCustomers, request).customers[0].number
    return number


def invoice(client: str, customer_number: str, day: date) -> invoices_pb2.InvoiceDraft:
    """A Fakturaservice invoice: two rows and a text. Prices are decimals with a point, without VAT."""
    return invoices_pb2.InvoiceDraft(
        client_id=client,
        service=invoices_pb2.SERVICE_KIND_INVOICING,
        kind=invoices_pb2.INVOICE_KIND_INVOICE,
        customer_number=customer_number,
        invoice_date=date_pb2.Date(year=day.year, month=day.month, day=day.day),
        payment_terms_days=30,
        currency_code="SEK",
        our_reference="Affärssystemet",
        rows=[
            invoices_pb2.InvoiceRow(
                description="Konsulttimmar", quantity="2.5", unit="tim", unit_price="940", vat_percent=25
            ),
            invoices_pb2.InvoiceRow(description="Handbok", quantity="1", unit="st", unit_price="120", vat_percent=6),
            invoices_pb2.InvoiceRow(text_only=True, description="Tack för beställningen!"),
        ],
    )


def run(system: System, options: argparse.Namespace) -> None:
    """Register, approve, read back."""
    client = client_id(system, options.client)
    customer_number = options.customer or new_customer(system, client)
    registered = system.call(
        system.journals.RegisterInvoices,
        journals_pb2.RegisterInvoicesRequest(
            request_id=system.request_id("register"),
            client_id=client,
            invoices=[invoice(client, customer_number, options.date)],
        ),
    )
    journal = registered.journal
    print(f"Registered in journal {journal.number}, which holds {journal.item_count} item(s)")
    receipt = system.call(
        system.journals.ApproveJournal,
        journals_pb2.ApproveJournalRequest(
            request_id=system.request_id("approve"),
            client_id=client,
            journal_id=journal.journal_id,
            version=journal.version,  # what we saw: refused if somebody has changed the journal since
        ),
    ).receipt
    print(f"Approved: receipt {receipt.receipt_number}, hash {receipt.hash[:16]}…")
    found = system.call(
        system.invoices.GetInvoice,
        invoices_pb2.GetInvoiceRequest(client_id=client, invoice_id=receipt.invoice_ids[-1]),
    ).invoice
    kronor, ore = divmod(found.line.original.minor_units, 100)
    status = invoices_pb2.InvoiceStatus.Name(found.line.status).removeprefix("INVOICE_STATUS_")
    print(
        f"In the ledger: invoice {found.line.number}, OCR {found.ocr_number}, "
        f"{kronor}.{ore:02} {found.line.original.currency_code}, {status}"
    )


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Register, approve and read back one invoice over gRPC.")
    parser.add_argument("--auth", default="127.0.0.1:7001", help="address of the auth service")
    parser.add_argument("--ledger", default="127.0.0.1:7002", help="address of the ledger")
    parser.add_argument("--credential", default="demo", help="name of the credential")
    parser.add_argument("--secret", type=Path, default=Path("var/secrets/credentials/demo.secret"), help="its file")
    parser.add_argument("--client", default="1042", help="number of the client")
    parser.add_argument("--customer", default="", help="KundNr; without it a customer is added")
    parser.add_argument("--date", type=date.fromisoformat, default=date.today(), help="invoice date")  # noqa: DTZ011
    parser.add_argument("--order", default=str(uuid4()), help="our own key; the same one again changes nothing")
    return parser.parse_args()


def main() -> None:
    """Run, and say what the services said when they refuse."""
    options = arguments()
    try:
        run(System(options), options)
    except grpc.RpcError as error:
        # the text of a status is the reason, a constant; google.rpc.ErrorInfo and BadRequest beside it tell more
        sys.exit(f"{error.code().name}: {error.details()}")


if __name__ == "__main__":
    main()
