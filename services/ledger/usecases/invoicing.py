"""Godkänn Bunt for invoices: numbers, vouchers, the invoices themselves, and credits set off, all in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import batched
from uuid import UUID

from chassis.database import Tx
from chassis.ids import uuid7
from chassis.outbox import Event
from chassis.wire import from_date, money
from kernel.errors import Violations
from rf.ledger.v1 import events_pb2, journals_pb2
from services.ledger.domain import bookings, numbers
from services.ledger.domain.accounts import AccountMapping
from services.ledger.domain.journals import Journal
from services.ledger.domain.kinds import InvoiceKind, Service
from services.ledger.domain.receipts import Receipt
from services.ledger.domain.terms import Terms
from services.ledger.storage import counters, invoices, payloads, vouchers
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.invoices import CreditPart, Note
from services.ledger.storage.journals import Item
from services.ledger.storage.tables import COUNTER_INVOICE, SERIES_CREDITS, SERIES_INVOICES
from services.ledger.storage.vouchers import Entry, Voucher
from services.ledger.usecases.approval import Approval
from services.ledger.usecases.drafting import Ready, ocr_of, ready
