"""Working out drafts against the ledger as it is: terms, customers, numbers that are taken, invoices to be credited."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID

from chassis.business_day import today
from chassis.database import Tx
from kernel import ocr
from kernel.errors import Violations
from services.ledger.domain.customers import Customer
from services.ledger.domain.drafts import Draft, WorkedOut, work_out
from services.ledger.domain.kinds import InvoiceKind, Service
from services.ledger.domain.numbers import digits_of
from services.ledger.domain.terms import Terms
from services.ledger.storage import customers, invoices
from services.ledger.storage.invoices import Creditable

_CAN_BE_CREDITED = {InvoiceKind.INVOICE, InvoiceKind.INTEREST}


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft without faults, with its customer and, of a credit, what it credits."""

    worked: WorkedOut
    customer: Customer
    credited: Creditable | None
    ocr_number: str  # empty while the number is not known, and for credits


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
    found: list[Ready] = []
    left = {number: one.total_minor - one.credited_minor for number, one in creditable.items()}
    with Violations() as v:
        for path, draft in drafts:
            customer = payers.get(draft.customer_number)
            v.require(_join(path, "customer_number"), customer is not None, "UNKNOWN_CUSTOMER")
            if draft.invoice_number:
                v.require(_join(path, "invoice_number"), draft.invoice_number not in taken, "TAKEN")
                v.require(_join(path, "invoice_number"), given[draft.invoice_number] == 1, "TWICE")
            worked = known.get(path) or _worked(v, path, draft, terms, day)
            if worked is None or customer is None:
                continue
            credited_invoice = _credited(v, path, worked, customer, creditable, left)
            number = ""
            with v.field(_join(path, "invoice_number")):
                number = ocr_of(worked.draft, terms)
            found.append(Ready(worked, customer, credited_invoice, number))
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


def _worked(v: Violations, path: str, draft: Draft, terms: Terms, day: date) -> WorkedOut | None:
    with v.field(path):
        return work_out(draft, terms, day)
    return None  # type: ignore[unreachable]  # the block swallows what it notes


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
