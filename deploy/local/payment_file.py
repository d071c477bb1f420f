"""Makes a payment file from open invoices of the running house, to try Skicka fil with.

    python -m deploy.local.payment_file --client 1042 --format camt054|bgmax [--count 20] [--out file]

Most payments name their invoice by OCR number, some by invoice number. One is paid too much, one half, one names
nothing that anybody knows, and one is for an invoice in collection, if there is any. Every run makes another file.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from chassis import business_day, settings
from chassis.rpc_client import Neighbour, ServiceToken
from chassis.settings import Secret
from chassis.tokens import SERVICES
from deploy.local.run import CannotStart, Options
from deploy.local.topology import Settings, fixed_ports
from deploy.local.topology import settings as settings_of
from kernel.errors import DomainError
from kernel.money import SEK
from rf.auth.v1 import clients_pb2, clients_pb2_grpc
from rf.ledger.v1 import invoices_pb2, invoices_pb2_grpc, terms_pb2, terms_pb2_grpc
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

FORMATS = {"camt054": "xml", "bgmax": "txt"}
PAGE = 200
BY_NUMBER_EVERY = 5  # every fifth payer writes the invoice number instead of the OCR number
TOO_MUCH_MINOR = 10_000
UNKNOWN = "1234567897"  # an OCR number whose check digit is right


@dataclass(frozen=True)
class Targets:
    """Where the services answer, and the demo's credential."""

    credential: Secret
    auth_target: str
    ledger_target: str


@dataclass(frozen=True)
class OpenInvoice:
    """An invoice that somebody may pay. ``remaining_minor`` is in öre."""

    number: str
    ocr_number: str
    remaining_minor: int
    payer_name: str = ""
    in_collection: bool = False


class NothingToPay(Exception):
    """There is no such client, or nothing of it is open; the message says which."""


def deposit(invoices: Sequence[OpenInvoice], bankgiro: str, day: date, serial: str) -> Deposit:
    """One deposit with a payment for each invoice, and one for nothing."""
    rows = [_payment(place, invoice, day, serial) for place, invoice in enumerate(invoices)]
    unplaced = PaymentRow(
        row_no=0,
        position="",
        bank_reference=f"{serial}{len(rows):04}",
        amount_minor=45_600,
        currency=SEK,
        booking_date=day,
        payer_name="Okänd betalare",
        references=(Reference(ReferenceKind.OCR, UNKNOWN),),
    )
    payments = (*rows, unplaced)
    account = Account(AccountKind.BANKGIRO, bankgiro)
    return Deposit(account, SEK, day, sum(payment.amount_minor for payment in payments), "1", payments)


def _payment(place: int, invoice: OpenInvoice, day: date, serial: str) -> PaymentRow:
    """The first pays too much, the second half; an invoice in collection is paid by OCR number and in full."""
    amount = invoice.remaining_minor
    if not invoice.in_collection:
        amount = {0: amount + TOO_MUCH_MINOR, 1: max(amount // 2, 1)}.get(place, amount)
    by_number = place % BY_NUMBER_EVERY == BY_NUMBER_EVERY - 1 and not invoice.in_collection
    kind, value = (ReferenceKind.INVOICE, invoice.number) if by_number else (ReferenceKind.OCR, invoice.ocr_number)
    return PaymentRow(
        row_no=0,
        position="",
        bank_reference=f"{serial}{place:04}",
        amount_minor=amount,
        currency=SEK,
        booking_date=day,
        payer_name=invoice.payer_name,
        references=(Reference(kind, value),),
    )


def written(made: Deposit, form: str, now: datetime) -> bytes:
    """The file. ``now`` makes it another one than the last."""
    if form == "bgmax":
        return writers.bgmax([made], created_at=now, first_serial=int(now.timestamp()) * 1_000)
    return writers.camt054([made], message_id=f"DEMO{now:%Y%m%d%H%M%S%f}", created_at=now)


class Ledger:
    """What the running house knows of a client."""

    def __init__(self, house: Settings, number: str) -> None:
        targets = settings.read(Targets, house.caller("demo"))
        token = ServiceToken(targets.auth_target, "demo", targets.credential.reveal(), SERVICES)
        ledger = Neighbour("ledger", targets.ledger_target, token)
        self._clients = Neighbour("auth", targets.auth_target, token).stub(clients_pb2_grpc.ClientServiceStub)
        self._invoices = ledger.stub(invoices_pb2_grpc.InvoiceServiceStub)
        terms = ledger.stub(terms_pb2_grpc.TermsServiceStub)
        self._client_id = self._client(number)
        self.bankgiro = terms.GetTerms(terms_pb2.GetTermsRequest(client_id=self._client_id)).terms.bankgiro

    def _client(self, number: str) -> str:
        page_token = ""
        while True:
            page = self._clients.ListClients(clients_pb2.ListClientsRequest(page_size=PAGE, page_token=page_token))
            for client in page.clients:
                if client.number == number:
                    return client.client_id
            page_token = page.next_page_token
            if not page_token:
                raise NothingToPay(f"there is no client {number}")

    def open_invoices(self, count: int) -> list[OpenInvoice]:
        """Up to ``count``, the oldest first; the last one in collection where there is one. Raises NothingToPay."""
        ordinary = self._found([invoices_pb2.INVOICE_FACT_OVERDUE, invoices_pb2.INVOICE_FACT_NOT_DUE], count)
        collection = self._found([invoices_pb2.INVOICE_FACT_COLLECTION], 1, in_collection=True)
        lines = [*ordinary[: count - len(collection)], *collection]
        if not lines:
            raise NothingToPay("the client has no open invoice")
        return [self._open(line) for line in lines]

    def _found(
        self, facts: "Sequence[invoices_pb2.InvoiceFact.ValueType]", count: int, *, in_collection: bool = False
    ) -> list[invoices_pb2.InvoiceLine]:
        request = invoices_pb2.SearchInvoicesRequest(
            client_ids=[self._client_id], facts=facts, sort=invoices_pb2.INVOICE_SORT_DUE_DATE, page_size=PAGE
        )
        found: list[invoices_pb2.InvoiceLine] = []
        while len(found) < count:
            page = self._invoices.SearchInvoices(request)
            found += [
                line
                for line in page.invoices
                if line.remaining.minor_units > 0
                and line.remaining.currency_code == SEK
                and (line.status == invoices_pb2.INVOICE_STATUS_COLLECTION) == in_collection
            ]
            request.page_token = page.next_page_token
            if not request.page_token:
                break
        return found[:count]

    def _open(self, line: invoices_pb2.InvoiceLine) -> OpenInvoice:
        request = invoices_pb2.GetInvoiceRequest(client_id=self._client_id, invoice_id=line.invoice_id)
        whole = self._invoices.GetInvoice(request).invoice
        return OpenInvoice(
            line.number,
            whole.ocr_number,
            line.remaining.minor_units,
            line.customer_name,
            line.status == invoices_pb2.INVOICE_STATUS_COLLECTION,
        )


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Make a payment file from open invoices of the running house.")
    parser.add_argument("--client", default="1042", help="number of the client (1042)")
    parser.add_argument("--format", choices=FORMATS, default="camt054")
    parser.add_argument("--count", type=int, choices=range(1, 1001), metavar="1-1000", default=20)
    parser.add_argument("--out", type=Path, help="the file to write; without it one in the data folder")
    return parser.parse_args()


def make(house: Settings, data: Path, options: argparse.Namespace) -> str:
    """Make the file, and say what is in it. Raises NothingToPay, DomainError."""
    ledger = Ledger(house, options.client)
    now = datetime.now(SWEDISH_TIME)
    made = deposit(ledger.open_invoices(options.count), ledger.bankgiro, business_day.today(), f"{now:%y%m%d%H%M%S}")
    name = f"betalningar-{options.client}-{now:%Y%m%d-%H%M%S}.{FORMATS[options.format]}"
    out: Path = options.out or data / name
    out.write_bytes(written(made, options.format, now))
    kronor, ore = divmod(made.amount_minor, 100)
    return f"{out}: {len(made.payments)} payments, {kronor}.{ore:02} {SEK}"


def _running(chosen: Options) -> Settings:
    if not (chosen.data / "secrets").is_dir():
        raise NothingToPay(f"there is no house in {chosen.data}: start one with `make run`")
    ports = fixed_ports(chosen.base_port, chosen.web_port, chosen.workers)
    return settings_of(chosen.data, ports, workers=chosen.workers, demo=True)


def main() -> int:
    """The exit code."""
    options = arguments()
    try:
        chosen = Options.from_environment()
        print(make(_running(chosen), chosen.data, options))
    except (CannotStart, NothingToPay, DomainError) as fault:
        print(f"payment file: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
