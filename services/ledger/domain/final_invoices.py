"""Slutfaktura kundkonto: the customer's open items, replaced by one claim (SPEC part 2, Invoice types)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.errors import Violations
from kernel.money import exponent
from services.ledger.domain.drafts import MAX_ROWS, Draft, Row, VatSum, WorkedOut, check_number, checked_head
from services.ledger.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An open invoice or credit of the customer. ``open_*`` have the sign of what remains."""

    id: UUID
    number: str
    invoice_date: date
    currency: str
    open_minor: int
    open_sek_minor: int


def work_out(draft: Draft, items: Sequence[OpenItem], terms: Terms, today: date) -> WorkedOut:
    """The final invoice of these items, in their order: one row each, no VAT (that was on the invoices), no rounding.

    Raises InvalidInput by field: ``NOTHING_OPEN`` when the items come to nothing or less, ``TOO_MANY_OPEN``,
    ``NOT_ALLOWED`` for rows, amounts or a fee of one's own, and those of every kind.
    """
    with Violations() as v:
        filled = checked_head(v, draft, today)
        check_number(v, draft, terms)
        v.require("rows", not draft.rows, "NOT_ALLOWED")
        v.require("with_invoice_fee", not draft.with_invoice_fee, "NOT_ALLOWED")
        for field, amount in (("net", draft.net_minor), ("vat", draft.vat_minor), ("total", draft.total_minor)):
            v.require(field, amount is None, "NOT_ALLOWED")
        total = sum(one.open_minor for one in items)
        v.require("customer_number", total > 0, "NOTHING_OPEN")
        v.require("customer_number", len(items) <= MAX_ROWS, "TOO_MANY_OPEN", max=MAX_ROWS)
    rows = tuple(_row(one) for one in items)
    nets = tuple(one.open_minor for one in items)
    return WorkedOut(replace(filled, rows=rows), nets, (VatSum(0, total, 0),), 0, 0)


def as_given(draft: Draft) -> Draft:
    """The draft without what was worked out of the items."""
    return replace(draft, rows=(), net_minor=None, vat_minor=None, total_minor=None)


def _row(item: OpenItem) -> Row:
    """What the customer reads of the item on the invoice, which is Swedish as all of it."""
    word = "Kredit" if item.open_minor < 0 else "Faktura"
    price = Decimal(item.open_minor).scaleb(-exponent(item.currency))
    return Row(f"{word} {item.number}, {item.invoice_date}", quantity=Decimal(1), unit_price=price)
