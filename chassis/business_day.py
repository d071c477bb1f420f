"""The business day: the calendar day in Stockholm, or the one that a job or a test is run for."""

import os
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def today() -> date:
    """Today in Europe/Stockholm; ``RF_TODAY`` (ISO day) in the environment wins, for tests and re-runs of jobs."""
    given = os.environ.get("RF_TODAY")
    return date.fromisoformat(given) if given else datetime.now(STOCKHOLM).date()


def now() -> datetime:
    """The moment on the business day: where another day is given, that one at the present time of day."""
    moment = datetime.now(STOCKHOLM)
    return datetime.combine(today(), moment.time(), STOCKHOLM)


def clock_time(text: str) -> time:
    """A time of day of the settings, ``18:00``. Raises ValueError."""
    return time.fromisoformat(text)
