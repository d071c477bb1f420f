"""Reference rates that an administrator entered, and the payments that waited for one."""

from datetime import date
from uuid import UUID

from chassis import jobs
from chassis.database import Tx
from services.collection.storage import rates

SETTLE_WAITING = "settle_waiting"


def enter(tx: Tx, half_year: date, basis_points: int, event_id: UUID) -> None:
    """Keep the rate, and have what waited settled: by a job, since a rate's event is of no client and sees no cases."""
    rates.set_reference_rate(tx, half_year, basis_points)
    jobs.enqueue(tx, SETTLE_WAITING, str(event_id), {})
