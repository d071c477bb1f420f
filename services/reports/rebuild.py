"""``python -m services.reports rebuild``: the read models of the statistics anew, from the events of the producers.

The running `work` process does the building; until it is through, the statistics count what has come so far.
"""

import sys

from sqlalchemy import create_engine, text

from chassis import settings
from services.reports.storage.rebuilding import FORGET


def forget(owner_url: str) -> None:
    """Empty the read models and the consumer's memory in one transaction."""
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '30s'"))
        connection.execute(text(FORGET))
    engine.dispose()


def main() -> int:
    """The exit code of the command."""
    forget(settings.value("RF_OWNER_DATABASE_URL") or "")
    sys.stdout.write("reports: the statistics are being built anew\n")
    return 0
