"""An invoice's history as messages: what happened, and the transaction or letter behind it."""

from typing import Any

from sqlalchemy import Row

from chassis.wire import from_date, from_time, money
from rf.ledger.v1 import demand_stops_pb2, invoices_pb2, transactions_pb2
from services.ledger.api.invoice_changes import to_change
from services.ledger.domain.invoice_changes import Terms
from services.ledger.domain.kinds import Service, StopKind

_TRANSACTIONS = frozenset({"PAYMENT", "DIRECT_PAYMENT", "RECEIVED_FOR_CASE", "CASE_SETTLEMENT", "CREDIT"})


def item(row: Row[Any], invoice: Row[Any]) -> invoices_pb2.HistoryItem:
    """One item; ``invoice`` is the whole row that it belongs to."""
    message = invoices_pb2.HistoryItem(
        at=from_time(row.at),
        booking_date=from_date(row.booking_date),
        kind=row.kind,
        amount=None if row.amount_minor is None else money(row.amount_minor, invoice.currency),
        by=row.by,
        voucher=row.voucher,
        note=row.note,
    )
    if row.kind in _TRANSACTIONS:
        message.transaction.CopyFrom(_transaction(row))
    elif row.kind == "DOCUMENT_ARCHIVED" and invoice.document_id is not None:
        message.letter.CopyFrom(_letter(invoice))
    elif row.due_date_before is not None:
        message.change.CopyFrom(_change(row))
    return message


def _change(row: Row[Any]) -> demand_stops_pb2.InvoiceChange:
    return to_change(
        Terms(row.due_date_before, StopKind(row.stop_before), row.stop_until_before, row.stop_reason_before),
        Terms(row.due_date, StopKind(row.stop), row.stop_until, row.stop_reason),
    )


def _transaction(row: Row[Any]) -> transactions_pb2.TransactionDetail:
    detail = transactions_pb2.TransactionDetail(
        date=from_date(row.bank_date or row.given_date),
        channel=row.channel or "",
        payer_name=row.payer_name or "",
        journal_number=row.journal_number or 0,
        journal_id=str(row.journal_id or ""),
        receipt_number=row.receipt_number or 0,
    )
    if row.payment_minor is not None:
        detail.amount.CopyFrom(money(row.payment_minor, row.payment_currency))
        detail.overpaid.CopyFrom(money(row.overpaid_minor, row.payment_currency))
    return detail


def _letter(invoice: Row[Any]) -> transactions_pb2.LetterDetail:
    """The copy of the invoice, as it was printed."""
    return transactions_pb2.LetterDetail(
        document_id=str(invoice.document_id),
        kind="INVOICE_COPY",
        channel="POST" if Service(invoice.service) is Service.INVOICING else "",
        amount=money(invoice.total_minor, invoice.currency),
        due_date=from_date(invoice.due_date),
    )
