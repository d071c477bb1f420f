"""Reskontra: the search of the ledger by invoice and by customer, its sums, and all of it for export."""

from collections.abc import Iterator
from dataclasses import replace

from chassis.business_day import today
from chassis.database import Tx
from chassis.permissions import Permission
from services.ledger.domain.criteria import Criteria
from services.ledger.storage import customer_search, invoice_lines, invoice_search, reversals, search_sums
from services.ledger.storage import terms as terms_storage

IN_A_MESSAGE = 500


def invoices(
    tx: Tx, wanted: Criteria, order: invoice_search.Order, *, after: invoice_search.Place | None, limit: int
) -> tuple[list[invoice_search.Found], invoice_search.Tally]:
    """A page of invoices, and the tally of all of them. One more than ``limit`` is returned when there is more."""
    criteria = _of_clients(tx, wanted)
    return invoice_search.search(tx, criteria, order, after=after, limit=limit + 1, today=today())


def every_invoice(tx: Tx, wanted: Criteria, order: invoice_search.Order) -> Iterator[list[invoice_lines.Line]]:
    """All invoices in order, some at a time."""
    criteria = _of_clients(tx, wanted)
    return invoice_search.every(tx, criteria, order, size=IN_A_MESSAGE, today=today())


def customers(
    tx: Tx, wanted: Criteria, order: customer_search.Order, *, after: customer_search.Place | None, limit: int
) -> tuple[list[customer_search.Found], int | None]:
    """A page of customers, and how many lines there are. One more than ``limit`` is returned when there is more."""
    criteria = _of_clients(tx, wanted)
    return customer_search.search(tx, criteria, order, after=after, limit=limit + 1, today=today())


def every_customer(tx: Tx, wanted: Criteria, order: customer_search.Order) -> Iterator[list[customer_search.Line]]:
    """All customers in order, some at a time."""
    criteria = _of_clients(tx, wanted)
    return customer_search.every(tx, criteria, order, size=IN_A_MESSAGE, today=today())


def sums(tx: Tx, wanted: Criteria) -> list[search_sums.Sums]:
    """Exact count and sums by currency."""
    return search_sums.of(tx, _of_clients(tx, wanted), today())


def _of_clients(tx: Tx, wanted: Criteria) -> Criteria:
    """The search among the clients that the caller may read; of staff who name none, all.

    A search as of a day sees what was revoked after it.
    """
    if wanted.as_of is not None:
        reversals.see_revoked(tx)
    clients = tx.caller.clients_with(Permission.LEDGER_READ, wanted.clients) or terms_storage.all_clients(tx)
    return replace(wanted, clients=clients)
