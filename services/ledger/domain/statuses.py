"""What an invoice's facts say of it on a day."""

from datetime import date
from typing import NamedTuple

from kernel.errors import DomainError, Kind
from kernel.money import SEK
from services.ledger.domain.kinds import InvoiceKind, Service, Status


class Facts(NamedTuple):
    """What decides about an invoice's status. Amounts in minor units of its currency."""

    kind: InvoiceKind
    service: Service
    due_date: date
    currency: str
    paid_minor: int
    credited_minor: int
    open_minor: int
    printed: bool  # its copy is archived
    reminded: bool
    in_collection: bool
    final_invoiced: bool


class CannotHandOver(DomainError):
    """An invoice cannot go to collection. ``because`` is a constant."""

    reason = "CANNOT_HAND_OVER"
    kind = Kind.CONFLICT

    def __init__(self, because: str) -> None:
        super().__init__(because=because)


def status(facts: Facts, today: date) -> Status:
    """The furthest that holds (SPEC part 2).

    A credit invoice is nobody's debt: it never becomes overdue, and when all of it is used it is settled (PAID).
    """
    if facts.open_minor == 0:
        wholly_credited = facts.credited_minor != 0 and facts.paid_minor == 0 and facts.kind is not InvoiceKind.CREDIT
        return Status.CREDITED if wholly_credited else Status.PAID
    if facts.final_invoiced:
        return Status.FINAL_INVOICED
    if facts.in_collection:
        return Status.COLLECTION
    if facts.reminded:
        return Status.REMINDED
    if is_overdue(facts, today):
        return Status.OVERDUE
    if facts.service is Service.INVOICING and not facts.printed:
        return Status.TO_BE_INVOICED
    return Status.NOT_DUE


def is_overdue(facts: Facts, today: date) -> bool:
    """Whether the due day has passed and the customer still owes something."""
    return facts.open_minor > 0 and facts.due_date < today


def must_be_fit_for_collection(facts: Facts, today: date) -> None:
    """Raises CannotHandOver unless the invoice is overdue, open, in SEK, and not in collection already."""
    if facts.in_collection:
        raise CannotHandOver("IN_COLLECTION")
    if facts.open_minor == 0:
        raise CannotHandOver("NOTHING_REMAINS")
    if facts.open_minor < 0:
        raise CannotHandOver("CREDIT")
    if facts.currency != SEK:
        raise CannotHandOver("NOT_SEK")
    if facts.final_invoiced:
        raise CannotHandOver("FINAL_INVOICED")
    if not is_overdue(facts, today):
        raise CannotHandOver("NOT_OVERDUE")


def may_be_handed_over(facts: Facts, today: date) -> bool:
    """The same as a question."""
    try:
        must_be_fit_for_collection(facts, today)
    except CannotHandOver:
        return False
    return True
