"""What an invoice's facts say of it on a day."""

from datetime import date
from typing import NamedTuple

from kernel.errors import DomainError, Kind
from kernel.money import SEK
from services.ledger.domain.kinds import InvoiceKind, Service, Status, StopKind


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
    stop: StopKind = StopKind.NONE  # of the invoice itself
    stop_until: date | None = None  # the last day on which it holds; none: until further notice
    reminder_block: bool = False  # of its customer: Påminnelsespärr
    collection_block: bool = False  # Inkassospärr


class CannotHandOver(DomainError):
    """An invoice cannot go to collection. ``because`` is a constant, ``until`` the last day of a stop that has one."""

    reason = "CANNOT_HAND_OVER"
    kind = Kind.CONFLICT

    def __init__(self, because: str, until: date | None = None) -> None:
        super().__init__(because=because, **({"until": until.isoformat()} if until else {}))


def status(facts: Facts, today: date) -> Status:
    """The furthest that holds (SPEC part 2). What a final invoice lists has nothing open: its claim is that one's.

    A credit invoice is nobody's debt: it never becomes overdue, and when all of it is used it is settled (PAID).
    """
    if facts.final_invoiced:
        return Status.FINAL_INVOICED
    if facts.open_minor == 0:
        wholly_credited = facts.credited_minor != 0 and facts.paid_minor == 0 and facts.kind is not InvoiceKind.CREDIT
        return Status.CREDITED if wholly_credited else Status.PAID
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


def is_stopped(facts: Facts, today: date) -> bool:
    """Whether any demand stop of the invoice or its customer holds today: the hand beside the status."""
    return facts.reminder_block or facts.collection_block or stop_holds(facts, today)


def stop_holds(facts: Facts, today: date) -> bool:
    """Whether the invoice's own stop holds today."""
    return facts.stop is not StopKind.NONE and (facts.stop_until is None or today <= facts.stop_until)


def must_not_be_stopped(facts: Facts, today: date) -> None:
    """Raises CannotHandOver when a demand stop of the invoice or its customer keeps it from collection today.

    A stop before the reminder does, so long as the invoice has not been reminded: the flow has not come past it.
    """
    steps = {StopKind.COLLECTION, StopKind.BOTH} | (set() if facts.reminded else {StopKind.REMINDER})
    if facts.stop in steps and stop_holds(facts, today):
        raise CannotHandOver("STOPPED", facts.stop_until)
    if facts.collection_block or (facts.reminder_block and not facts.reminded):
        raise CannotHandOver("CUSTOMER_STOPPED")


def must_be_fit_for_collection(facts: Facts, today: date) -> None:
    """Raises CannotHandOver unless the invoice is overdue, open, in SEK, not stopped and not in collection already."""
    if facts.in_collection:
        raise CannotHandOver("IN_COLLECTION")
    if facts.final_invoiced:
        raise CannotHandOver("FINAL_INVOICED")
    if facts.open_minor == 0:
        raise CannotHandOver("NOTHING_REMAINS")
    if facts.open_minor < 0:
        raise CannotHandOver("CREDIT")
    if facts.currency != SEK:
        raise CannotHandOver("NOT_SEK")
    if not is_overdue(facts, today):
        raise CannotHandOver("NOT_OVERDUE")
    must_not_be_stopped(facts, today)


def may_be_handed_over(facts: Facts, today: date) -> bool:
    """The same as a question."""
    try:
        must_be_fit_for_collection(facts, today)
    except CannotHandOver:
        return False
    return True
