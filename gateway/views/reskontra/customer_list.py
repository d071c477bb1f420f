"""The customers that a search finds, one row for each currency that they owe in (SPEC R-07, R-08)."""

from dataclasses import dataclass

from flask import g, url_for

from gateway.forms.search import InvoiceSearch
from kernel.money import SEK
from rf.ledger.v1.customer_search_pb2 import CustomerLine, SearchCustomersResponse

# heading, name in the address, and whether figures stand in it: the seven columns of R-07
COLUMNS = (
    ("Klient", "klient", False),
    ("Kundnummer", "kundnr", False),
    ("Namn", "namn", False),
    ("Valuta", "valuta", False),
    ("Ursprungligt belopp", "ursprungligt", True),
    ("Betalt belopp", "betalt", True),
    ("Kvarstående belopp", "kvarstaende", True),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A customer in one currency."""

    line: CustomerLine
    client: str
    key: str
    url: str


def found(asked: InvoiceSearch, client_ids: list[str]) -> tuple[list[Row], str, int]:
    """A page of rows, the token of the next one, and how many there are in all (-1: more than are counted)."""
    answer: SearchCustomersResponse = g.ledger.customer_search.SearchCustomers(asked.customers_request(client_ids))
    names = {client.client_id: client for client in g.session.clients}
    rows = []
    for line in answer.customers:
        client = names.get(line.client_id)
        rows.append(
            Row(
                line,
                client.name if client else "",
                f"{line.customer_id}-{line.original.currency_code}",
                _address(line, asked),
            )
        )
    return rows, answer.next_page_token, answer.total_count


def _address(line: CustomerLine, asked: InvoiceSearch) -> str:
    """Kunduppgifter over the list (R-08); ``kundrad`` says which row of a customer in several currencies."""
    currency = line.original.currency_code
    row = None if currency == SEK else currency
    return url_for("reskontra.customer", customer_id=line.customer_id, kundrad=row, **asked.query())
