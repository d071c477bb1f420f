"""Kunduppgifter: a customer with its balance, notes and invoices, as one looks at it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.business_day import today
from chassis.database import Tx
from chassis.permissions import Permission
from kernel.errors import NotFound
from kernel.interest import Accrual, ReferenceRateMissing
from services.ledger.domain.balances import NO_INTEREST, Balance, OpenItem, balances
from services.ledger.domain.customers import Customer
from services.ledger.domain.kinds import InvoiceKind
from services.ledger.storage import customer_notes as notes_storage
from services.ledger.storage import customer_overview as storage
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.customer_overview import Listed, Place
from services.ledger.usecases import customer_notes
from services.ledger.usecases.customers import as_seen

NOTES = 50


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole of it; ``notes`` and ``invoices`` hold one more than asked for where there is more."""

    customer: Customer
    is_shielded: bool
    balances: list[Balance]
    missing_half_year: date | None  # first day of the one whose reference rate is missing
    former_addresses: int
    notes: Sequence[Row[Any]]
    invoices: list[Listed]
    interest: Mapping[UUID, int]  # accrued, by open invoice
    overpaid: Mapping[UUID, int]  # what remains, by invoice
    open_count: int
    invoice_count: int


def get(
    tx: Tx, client_id: UUID | None, customer_id: UUID, *, settled_too: bool, after: Place | None, limit: int
) -> Overview:
    """One customer. Raises NotFound."""
    wanted = [client_id] if client_id else []
    clients = tx.caller.clients_with(Permission.LEDGER_READ, wanted) or terms_storage.all_clients(tx)
    known = storage.find(tx, clients, customer_id)
    if known is None:
        raise NotFound("customer")
    customer, day = known.customer, today()
    seen = as_seen(tx, customer)
    is_shielded = seen != customer
    tx.audit("customer.read", "customer", customer_id, customer.client_id)
    rows = storage.open_invoices(tx, customer)
    interest, missing = _interest(tx, customer, rows, day)
    overpaid_by_invoice: dict[UUID, int] = {}
    overpaid: dict[str, int] = defaultdict(int)
    for row in storage.overpaid(tx, customer):
        overpaid[row.currency] += row.minor
        if row.invoice_id:
            overpaid_by_invoice[row.invoice_id] = row.minor
    items = (
        OpenItem(r.currency, r.open_minor, r.due_date, r.reminded, r.in_collection, interest.get(r.id, 0)) for r in rows
    )
    may_see_notes = customer_notes.may_see(tx)
    return Overview(
        customer=seen,
        is_shielded=is_shielded,
        balances=balances(items, overpaid, day),
        missing_half_year=missing,
        former_addresses=0 if is_shielded else known.former_addresses,
        notes=notes_storage.listed(tx, customer.client_id, customer_id, None, NOTES + 1) if may_see_notes else [],
        invoices=storage.page(tx, customer, settled_too=settled_too, after=after, limit=limit + 1),
        interest=interest,
        overpaid=overpaid_by_invoice,
        open_count=len(rows),
        invoice_count=known.invoices,
    )


def _interest(tx: Tx, customer: Customer, rows: Sequence[Row[Any]], day: date) -> tuple[dict[UUID, int], date | None]:
    """Accrued interest by invoice; none of it, and the half-year, when a reference rate is missing."""
    claims = [r for r in rows if r.due_date < day and r.open_minor > 0 and InvoiceKind(r.kind) not in NO_INTEREST]
    if not claims:
        return {}, None
    accrual = Accrual(storage.reference_rates(tx), day)
    lowered = storage.lowered(tx, customer, day)
    found = {}
    try:
        for claim in claims:
            less = lowered.get(claim.id)
            total = accrual.total(claim.total_minor, claim.due_date, less.capital if less else ())
            found[claim.id] = max(total - (less.interest_minor if less else 0), 0)
    except ReferenceRateMissing as error:
        return {}, error.half_year
    return found, None
