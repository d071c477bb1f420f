"""The invoices that a search finds, as their table shows them (SPEC R-09 to R-13)."""

from dataclasses import dataclass
from uuid import UUID

from flask import g, url_for

from gateway.forms.search import InvoiceSearch
from gateway.views.reskontra.words import LETTER, SERVICE, STATUS_IN_SEARCH, STEP
from rf.ledger.v1.invoices_pb2 import InvoiceLine, SearchInvoicesResponse

ANY = str(UUID(int=0))
"""Stands in the one address that those of all rows are made from: building each costs more than the row itself."""

# heading, name in the address, and whether figures stand in it: the thirteen columns of R-09
COLUMNS = (
    ("Klient", "klient", False),
    ("FakturaNr", "fakturanr", False),
    ("KundNr", "kundnr", False),
    ("Namn", "namn", False),
    ("Fakturadatum", "fakturadatum", False),
    ("Förfallodatum", "forfallodatum", False),
    ("Dagar", "dagar", True),
    ("Valuta", "valuta", False),
    ("Inbetalt", "inbetalt", True),
    ("Kvarstående", "kvarstaende", True),
    ("Typ", "typ", False),
    ("Tjänst", "tjanst", False),
    ("Status", "status", False),
)


@dataclass(frozen=True, slots=True)
class Row:
    """An invoice in the list."""

    line: InvoiceLine
    client: str
    letter: str
    service: str
    status: str
    step: int
    url: str
    customer_url: str


def found(asked: InvoiceSearch, client_ids: list[str]) -> tuple[list[Row], str, int]:
    """A page of rows, the token of the next one, and how many there are in all (-1: more than are counted)."""
    answer: SearchInvoicesResponse = g.ledger.invoices.SearchInvoices(asked.request(client_ids))
    address = url_for("reskontra.invoice", invoice_id=ANY, **asked.query())
    of_customer = url_for("reskontra.customer", customer_id=ANY, **asked.query())
    names = {client.client_id: client.name for client in g.session.clients}
    rows = [_row(line, names, address, of_customer) for line in answer.invoices]
    return rows, answer.next_page_token, answer.total_count


def _row(line: InvoiceLine, names: dict[str, str], address: str, of_customer: str) -> Row:
    return Row(
        line,
        names.get(line.client_id, ""),
        LETTER.get(line.kind, ""),
        SERVICE.get(line.service, ""),
        STATUS_IN_SEARCH.get(line.status, ""),
        STEP.get(line.status, 0),
        address.replace(ANY, line.invoice_id, 1),
        of_customer.replace(ANY, line.customer_id, 1),
    )
