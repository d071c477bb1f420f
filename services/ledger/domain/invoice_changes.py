"""Changing approved invoices (Ändra markerade, Kravstoppad): what may be changed, and what comes of it.

What is booked never changes; only when it is due and whether it is demanded.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from kernel.errors import Violations
from services.ledger.domain.kinds import InvoiceKind, StopKind
from services.ledger.domain.statuses import Facts

MAX_INVOICES: Final = 1_000
MAX_REASON: Final = 200
LATEST_DAYS: Final = 366
"""How far ahead a due day or the end of a stop may lie: more is a slip of the finger."""


class Terms(NamedTuple):
    """What of an approved invoice can be changed."""

    due_date: date
    stop: StopKind
    stop_until: date | None
    stop_reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants changed, of one invoice or of many; None is as it is.

    With a ``stop`` the end day and the reason are its own. Without one a day moves the end of the stops that there are.
    """

    due_date: date | None = None
    stop: StopKind | None = None
    stop_until: date | None = None
    stop_reason: str = ""


def check(change: Change, today: date) -> None:
    """Raises InvalidInput for what no invoice can become: ``REQUIRED``, ``NOT_ALLOWED``, ``PAST``, ``TOO_LATE``."""
    lifted = change.stop is StopKind.NONE
    until = change.stop_until
    with Violations() as v:
        v.require("due_date", bool(change.due_date or change.stop or until), "REQUIRED")
        v.require("stop.until_date", until is None or not lifted, "NOT_ALLOWED")
        v.require("stop.until_date", until is None or until >= today, "PAST")
        v.require("stop.until_date", until is None or until <= today + timedelta(LATEST_DAYS), "TOO_LATE")
        may_have_reason = until is not None or change.stop is not None
        v.require("stop.reason", not change.stop_reason or (may_have_reason and not lifted), "NOT_ALLOWED")


def changed(terms: Terms, facts: Facts, invoice_date: date, change: Change, today: date) -> Terms:
    """What an invoice will be after a change that ``check`` has let through.

    Raises InvalidInput, for the invoice as a whole: ``SETTLED``, ``CREDIT``, ``FINAL_INVOICED``, ``IN_COLLECTION`` (its
    due day is the case's affair), ``NO_STOP`` (to move the end of); at ``due_date`` ``BEFORE_INVOICE_DATE``,
    ``TOO_LATE``.
    """
    due = change.due_date
    with Violations() as v:
        if facts.kind is InvoiceKind.CREDIT or facts.open_minor < 0:
            v.add("", "CREDIT")
        elif facts.open_minor == 0:
            v.add("", "SETTLED")
        elif facts.final_invoiced:
            v.add("", "FINAL_INVOICED")
        elif due is not None and facts.in_collection:
            v.add("", "IN_COLLECTION")
        elif change.stop is None and change.stop_until is not None and terms.stop is StopKind.NONE:
            v.add("", "NO_STOP")
        if due is not None:
            v.require("due_date", due >= invoice_date, "BEFORE_INVOICE_DATE")
            v.require("due_date", due <= max(invoice_date, today) + timedelta(LATEST_DAYS), "TOO_LATE")
    return Terms(due or terms.due_date, *_stop(terms, change))


def _stop(terms: Terms, change: Change) -> tuple[StopKind, date | None, str]:
    if change.stop is not None:
        return change.stop, change.stop_until, change.stop_reason
    if change.stop_until is not None:
        return terms.stop, change.stop_until, change.stop_reason or terms.stop_reason
    return terms.stop, terms.stop_until, terms.stop_reason
