"""Transaction journals: payments that wait, and what approving them does."""

from collections.abc import Sequence
from datetime import date

from chassis.database import Tx
from services.ledger.domain.journals import Journal
from services.ledger.domain.terms import Terms
from services.ledger.storage.journals import Item
from services.ledger.usecases.approval import Approval


def approve(tx: Tx, journal: Journal, terms: Terms, items: Sequence[Item], day: date) -> Approval:
    """Make the payments of a locked journal real."""
    raise NotImplementedError
