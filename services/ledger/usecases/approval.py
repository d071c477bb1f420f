"""What approving a journal of any kind comes to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Tx
from services.ledger.domain.journals import Journal
from services.ledger.domain.receipts import Receipt
from services.ledger.domain.terms import Terms
from services.ledger.storage.journals import Item


@dataclass(frozen=True, slots=True)
class Approval:
    """What a journal became. ``tell`` publishes it once the receipt is known."""

    item_ids: Sequence[UUID]  # invoices or payments, in the order of the items
    sums: Mapping[str, int]  # currency -> minor units
    tell: Callable[[Receipt], None]


Approve = Callable[[Tx, Journal, Terms, Sequence[Item], date], Approval]
"""Makes the items of a locked journal real on a booking day; raises InvalidInput with paths ``items[3].…``."""
