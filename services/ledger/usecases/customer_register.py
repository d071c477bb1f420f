"""Kundregister: every customer of the caller's clients, found by what is known of it."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from chassis.permissions import Permission
from services.ledger.domain.criteria import SearchTerms
from services.ledger.storage import customer_register as storage
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.customer_register import Found, Order, Place
from services.ledger.usecases.customers import as_seen


def listed(
    tx: Tx, wanted: Sequence[UUID], terms: SearchTerms, order: Order, *, after: Place | None, limit: int
) -> tuple[list[Found], int | None]:
    """A page of the register, and how many match; None beyond what is counted."""
    clients = tx.caller.clients_with(Permission.LEDGER_READ, wanted) or terms_storage.all_clients(tx)
    found = storage.page(tx, clients, terms, order, after=after, limit=limit)
    if terms.id_numbers:
        tx.audit("customers.search_by_id_number", "customers", "", None, count=len(found))
    return [one._replace(customer=as_seen(tx, one.customer)) for one in found], storage.count(tx, clients, terms)
