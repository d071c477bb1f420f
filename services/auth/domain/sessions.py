"""When a session ends. All times are counted on the database's clock, the same for every copy of the service."""

from datetime import timedelta
from math import ceil

IDLE = timedelta(minutes=30)  # the manual: out after more than 30 minutes without activity
ABSOLUTE = timedelta(hours=12)  # however active, a working day at most (ASVS 7.3.2)
WRITE_EVERY = timedelta(seconds=30)  # activity within this of the last written one is not written

# Activity that was not written may be this much later than what is written: nobody is put out before their 30 minutes.
IDLE_AS_WRITTEN = IDLE + WRITE_EVERY

ENDED_UNKNOWN = "unknown"
"""Why a session that the database does not know has ended. The other causes stand in its CHECK."""


def idle_seconds_left(since_written_s: float, *, touched: bool) -> int:
    """Whole seconds until an inactive session ends; a touch begins the half hour anew."""
    if touched:
        return int(IDLE.total_seconds())
    left = IDLE_AS_WRITTEN.total_seconds() - since_written_s
    return max(min(ceil(left), int(IDLE.total_seconds())), 0)
