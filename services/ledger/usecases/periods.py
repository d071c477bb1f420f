"""Closing periods: by staff, a client's month at a time."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis.business_day import today
from chassis.database import Tx
from chassis.permissions import Permission
from services.ledger.domain.periods import PeriodNotOver, first_of_month
from services.ledger.storage import periods as storage
from services.ledger.storage import terms as terms_storage


def close(tx: Tx, client_id: UUID, month: date) -> None:
    """Close a month, given by its first day; closing it again changes nothing.

    Raises PeriodNotOver for this month and later ones, TermsMissing.
    """
    tx.caller.require(Permission.TERMS_MANAGE, client_id)
    terms_storage.get(tx, client_id)
    if month >= first_of_month(today()):
        raise PeriodNotOver(month=month)
    if storage.close(tx, client_id, month):
        tx.audit("period.close", "client", client_id, client_id, month=month.isoformat())


def list_closed(tx: Tx, client_id: UUID, before: date | None, limit: int) -> Sequence[date]:
    """The client's closed months by their first days, latest first."""
    if not tx.caller.may(Permission.TERMS_MANAGE, client_id):
        tx.caller.require(Permission.LEDGER_READ, client_id)
    return storage.listed(tx, client_id, before, limit)
