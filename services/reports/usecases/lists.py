"""Whole lists as files: the rows of a search as the ledger streams them, written as they come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from chassis.bulkhead import Bulkhead
from chassis.business_day import today
from chassis.database import Database
from chassis.permissions import Permission
from rf.ledger.v1.customer_search_pb2 import StreamCustomersRequest
from rf.ledger.v1.invoices_pb2 import StreamInvoicesRequest
from services.reports.domain.lists import CUSTOMERS, INVOICES, MAX_SHEET_ROWS, ListTooLong, TooManyLists
from services.reports.neighbours.ledger_lists import LedgerLists
from services.reports.rendering.separated import separated
from services.reports.rendering.spreadsheet import xlsx

AT_ONCE = 3  # of one process


@dataclass(frozen=True)
class Lists:
    """Makes lists for the current caller. ``ledger`` gives a ledger to ask as the caller, one for each list."""

    database: Database
    ledger: Callable[[], LedgerLists]
    turns: Bulkhead = field(default_factory=lambda: Bulkhead("lists", AT_ONCE, refusal=TooManyLists))

    def invoices(self, search: StreamInvoicesRequest, *, excel: bool) -> Iterator[bytes]:
        """The invoices of a search. Raises PermissionDenied, ListTooLong, TooManyLists, and as the ledger does."""
        with self._turn("invoices", excel=excel):
            ledger = self.ledger()
            if not excel:
                yield from separated(INVOICES, ledger.invoices(search))
                return
            if ledger.count(search) > MAX_SHEET_ROWS:  # rather than after a minute of writing
                raise ListTooLong(most=MAX_SHEET_ROWS)
            yield from xlsx("Fakturor", INVOICES, ledger.invoices(search))

    def customers(self, search: StreamCustomersRequest, *, excel: bool) -> Iterator[bytes]:
        """The customers of a search. Raises as ``invoices``."""
        with self._turn("customers", excel=excel):
            lines = self.ledger().customers(search)
            yield from xlsx("Kunder", CUSTOMERS, lines) if excel else separated(CUSTOMERS, lines)

    @contextmanager
    def _turn(self, what: str, *, excel: bool) -> Iterator[None]:
        with self.database.read() as tx:
            tx.caller.clients_with(Permission.LEDGER_READ)
            tx.audit("list.made", what, uuid4(), None, format="xlsx" if excel else "csv")
        with self.turns:
            yield


def file_name(what: str, *, excel: bool) -> str:
    """The name to save a list by."""
    return f"{what}-{today():%Y-%m-%d}.{'xlsx' if excel else 'csv'}"
