"""The business day: the calendar day in Stockholm, or the one that a job or a test is run for."""

import os
from datetime import date, datetime
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def today() -> date:
    """Today in Europe/Stockholm; ``RF_TODAY`` (ISO day) in the environment wins, for tests and re-runs of jobs."""
    given = os.environ.get("RF_TODAY")
    return date.fromisoformat(given) if given else datetime.now(STOCKHOLM).date()
