"""Working out drafts against the ledger as it is: customers, articles, numbers, periods, invoices to be credited."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID

from chassis.business_day import today
from chassis.database import Tx
from kernel import ocr
from kernel.errors import Violations
from services.ledger.domain import final_invoices
from services.ledger.domain.customers import Customer
from services.ledger.domain.drafts import Draft, WorkedOut, work_out
from services.ledger.domain.final_invoices import OpenItem
from services.ledger.domain.kinds import InvoiceKind, Service
from services.ledger.domain.numbers import digits_of
from services.ledger.domain.terms import Terms
from services.ledger.storage import articles, customers, invoices, periods
from services.ledger.storage.invoices import Creditable

_CAN_BE_CREDITED = {InvoiceKind.INVOICE, InvoiceKind.INTEREST}


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft without faults, with its customer and what it is about in the ledger."""

    worked: WorkedOut
    customer: Customer
    credited: Creditable | None  # of a credit
    items: tuple[OpenItem, ...]  # of a final invoice
    ocr_number: str  # empty while the number is not known, and for credits
    sales_accounts: Mapping[str, str]  # of articles that have one, by their number


def ready(
    tx: Tx,
    client_id: UUID,
    terms: Terms,
    drafts: Sequence[tuple[str, Draft]],
    *,
    known: Mapping[str, WorkedOut] = MappingProxyType({}),
    lock: bool = False,
) -> list[Ready]:
    """Work out drafts, each given with the path of its field.

    For approval: by path what is ``known`` to be worked out as it would be now, and ``lock``, by which the invoices
    that are credited stay locked. Raises InvalidInput with every fault of all.
    """
    payers = customers.by_numbers(tx, client_id, list({draft.customer_number for _, draft in drafts}))
    credited = {draft.credits_invoice_number for _, draft in drafts if draft.credits_invoice_number}
    creditable = invoices.creditable(tx, client_id, sorted(credited), lock=lock)
    given = Counter(draft.invoice_number for _, draft in drafts if draft.invoice_number)
    taken, _ = invoices.taken(tx, client_id, list(given), [])
    day = today()
    closed = periods.closed(tx, client_id, {draft.invoice_date for _, draft in drafts})
    register = articles.named(tx, client_id, sorted(_article_numbers(draft for _, draft in drafts)))
    sales = {number: account for number, (_, account) in register.items() if account}
    open_items = _OpenItems(tx, client_id, drafts, payers, credited, lock=lock)
    found: list[Ready] = []
    left = {number: one.total_minor - one.credited_minor for number, one in creditable.items()}
    with Violations() as v:
        for path, draft in drafts:
            customer = payers.get(draft.customer_number)
            v.require(_join(path, "customer_number"), customer is not None, "UNKNOWN_CUSTOMER")
            v.require(_join(path, "invoice_date"), draft.invoice_date not in closed, "PERIOD_CLOSED")
            if draft.invoice_number:
                v.require(_join(path, "invoice_number"), draft.invoice_number not in taken, "TAKEN")
                v.require(_join(path, "invoice_number"), given[draft.invoice_number] == 1, "TWICE")
            _check_articles(v, path, draft, register)
            items = open_items.take(v, path, draft, customer)
            worked = known.get(path) or _worked(v, path, draft, items, terms, day)
            if worked is None or customer is None:
                continue
            credited_invoice = _credited(v, path, worked, customer, creditable, left)
            number = ""
            with v.field(_join(path, "invoice_number")):
                number = ocr_of(worked.draft, terms)
            found.append(Ready(worked, customer, credited_invoice, tuple(items or ()), number, sales))
        _check_ocrs(tx, v, client_id, drafts, [one for one in found if one.worked.draft.invoice_number not in taken])
    return found


def ocr_of(draft: Draft, terms: Terms) -> str:
    """The OCR number of an invoice: the one given, or made of the digits of its number. A credit is not paid.

    Raises InvalidInput (``TOO_LONG``).
    """
    if draft.ocr_number:
        return draft.ocr_number
    digits = digits_of(draft.invoice_number)
    return ocr.create(digits, terms.ocr_rule) if digits and draft.kind is not InvoiceKind.CREDIT else ""


def _worked(
    v: Violations, path: str, draft: Draft, items: Sequence[OpenItem] | None, terms: Terms, day: date
) -> WorkedOut | None:
    with v.field(path):
        if draft.kind is not InvoiceKind.FINAL:
            return work_out(draft, terms, day)
        return None if items is None else final_invoices.work_out(draft, items, terms, day)
    return None  # type: ignore[unreachable]  # the block swallows what it notes


def _article_numbers(drafts: Iterable[Draft]) -> set[str]:
    return {row.article_number for draft in drafts for row in draft.rows if row.article_number and not row.text_only}


def _check_articles(v: Violations, path: str, draft: Draft, register: Mapping[str, tuple[bool, str]]) -> None:
    """A number that never was in the register is the client's own affair; one that was taken out is refused."""
    for index, row in enumerate(draft.rows):
        there, _ = register.get(row.article_number, (True, ""))
        v.require(_join(path, f"rows[{index}].article_number"), row.text_only or there, "ARTICLE_DELETED")


class _OpenItems:
    """The open items of the customers of final invoices; each can be listed by one of them only."""

    def __init__(
        self,
        tx: Tx,
        client_id: UUID,
        drafts: Sequence[tuple[str, Draft]],
        payers: Mapping[str, Customer],
        credited: set[str],
        *,
        lock: bool,
    ) -> None:
        wanted = {draft.customer_number for _, draft in drafts if draft.kind is InvoiceKind.FINAL} & payers.keys()
        ids = [payers[number].id for number in wanted]
        self._left = invoices.open_items(tx, client_id, ids, lock=lock)
        self._credited = credited

    def take(self, v: Violations, path: str, draft: Draft, customer: Customer | None) -> list[OpenItem] | None:
        """What the final invoice lists: all that is left of its customer in its currency; None for other kinds."""
        if draft.kind is not InvoiceKind.FINAL or customer is None:
            return None
        of_customer = self._left.pop((customer.id, draft.currency), [])
        for one in of_customer:
            v.require(_join(path, "customer_number"), one.number not in self._credited, "CREDITED_IN_JOURNAL")
        return of_customer


def _credited(
    v: Violations,
    path: str,
    worked: WorkedOut,
    customer: Customer,
    creditable: dict[str, Creditable],
    left: dict[str, int],
) -> Creditable | None:
    """The invoice that a credit credits; takes the amount from what is left of it to credit."""
    number = worked.draft.credits_invoice_number
    if not number:
        return None
    field = _join(path, "credits_invoice_number")
    one = creditable.get(number)
    if one is None or one.customer_id != customer.id:
        v.add(field, "UNKNOWN_INVOICE")
        return None
    if one.final_invoiced:  # nothing of it is left to credit: its claim is the final invoice's
        v.add(field, "FINAL_INVOICED")
        return None
    v.require(field, one.kind in _CAN_BE_CREDITED, "NOT_CREDITABLE")
    v.require(field, one.currency == worked.draft.currency, "CURRENCY_MISMATCH")
    v.require(field, not one.in_collection, "IN_COLLECTION")
    left[number] += worked.total_minor
    v.require(field, left[number] >= 0, "OVER_CREDITED")
    return one


def _check_ocrs(
    tx: Tx, v: Violations, client_id: UUID, drafts: Sequence[tuple[str, Draft]], found: Sequence[Ready]
) -> None:
    """An OCR number belongs to one invoice."""
    counted = Counter(one.ocr_number for one in found if one.ocr_number)
    _, taken = invoices.taken(tx, client_id, [], list(counted))
    paths = {draft.invoice_number: path for path, draft in drafts if draft.service is Service.LEDGER}
    for one in found:
        if one.ocr_number:
            given = "ocr_number" if one.worked.draft.ocr_number else "invoice_number"
            field = _join(paths[one.worked.draft.invoice_number], given)
            v.require(field, one.ocr_number not in taken, "OCR_TAKEN")
            v.require(field, counted[one.ocr_number] == 1, "OCR_TWICE")


def _join(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field
