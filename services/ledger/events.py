"""Which events come in and what each does, by the service that tells them."""

from collections.abc import Mapping

from chassis.consumer import Handlers
from services.ledger.usecases import archiving, settlements

HANDLERS: Mapping[str, Handlers] = {
    "files": archiving.HANDLERS,
    "collection": settlements.HANDLERS,
}
