"""PaymentService: translate, call, translate."""

from collections.abc import Sequence

from chassis.database import Database, Tx
from rf.ledger.v1 import journals_pb2, payments_pb2_grpc
from services.ledger.domain.journals import Journal
from services.ledger.storage.journals import Item


class PaymentServicer(payments_pb2_grpc.PaymentServiceServicer):  # type: ignore[misc]
    def __init__(self, database: Database) -> None:
        self.database = database


def payment_items(tx: Tx, journal: Journal, items: Sequence[Item]) -> list[journals_pb2.JournalItem]:
    """The items of a transaction journal as messages."""
    raise NotImplementedError
