"""JournalService: translate, call, translate."""

from collections.abc import Iterable, Sequence
from datetime import time
from uuid import UUID

import grpc

from chassis import paging
from chassis.database import Database, Tx
from chassis.wire import refuse, to_uuid, to_uuids
from kernel.errors import Violations
from rf.ledger.v1 import invoices_pb2, journals_pb2, journals_pb2_grpc
from services.ledger.api import drafts, enums, to_proto, transactions
from services.ledger.domain.drafts import Draft
from services.ledger.domain.journals import Journal
from services.ledger.domain.kinds import JournalKind
from services.ledger.domain.reversals import Reversal
from services.ledger.storage import customers, payloads
from services.ledger.storage.journals import Item
from services.ledger.usecases import journals, registering, registering_transactions, reversals

MAX_INVOICES = 1_000


class JournalServicer(journals_pb2_grpc.JournalServiceServicer):
    """``nightly_run`` is the time of day in Stockholm until which an approved journal can be revoked."""

    def __init__(self, database: Database, nightly_run: time) -> None:
        self.database = database
        self.nightly_run = nightly_run

    def PreviewInvoice(
        self, request: journals_pb2.PreviewInvoiceRequest, context: grpc.ServicerContext
    ) -> journals_pb2.PreviewInvoiceResponse:
        client_id = to_uuid(request.draft.client_id, "draft.client_id")
        [(path, draft)] = _drafts([("draft", request.draft)], client_id)
        with self.database.read() as tx:
            found = registering.preview(tx, client_id, draft, path)
        preview = to_proto.preview(found.worked, found.customer, client_id, found.ocr_number)
        return journals_pb2.PreviewInvoiceResponse(preview=preview)

    def RegisterInvoices(
        self, request: journals_pb2.RegisterInvoicesRequest, context: grpc.ServicerContext
    ) -> journals_pb2.RegisterInvoicesResponse:
        client_id = to_uuid(request.client_id, "client_id")
        if not 1 <= len(request.invoices) <= MAX_INVOICES:
            raise refuse("invoices", "TOO_MANY" if request.invoices else "REQUIRED", max=str(MAX_INVOICES))
        given = _drafts(((f"invoices[{n}]", message) for n, message in enumerate(request.invoices)), client_id)

        def register(tx: Tx) -> journals_pb2.RegisterInvoicesResponse:
            journal, item_ids = registering.register(tx, client_id, given)
            return journals_pb2.RegisterInvoicesResponse(
                journal=self._journal(journal), item_ids=[str(item_id) for item_id in item_ids]
            )

        return self.database.once(request, journals_pb2.RegisterInvoicesResponse, register)

    def ChangeInvoice(
        self, request: journals_pb2.ChangeInvoiceRequest, context: grpc.ServicerContext
    ) -> journals_pb2.ChangeInvoiceResponse:
        client_id = to_uuid(request.client_id, "client_id")
        journal_id, item_id = to_uuid(request.journal_id, "journal_id"), to_uuid(request.item_id, "item_id")
        [(path, draft)] = _drafts([("invoice", request.invoice)], client_id)
        return self.database.once(
            request,
            journals_pb2.ChangeInvoiceResponse,
            lambda tx: journals_pb2.ChangeInvoiceResponse(
                journal=self._journal(registering.change(tx, client_id, journal_id, item_id, draft, path))
            ),
        )

    def RegisterTransactions(
        self, request: journals_pb2.RegisterTransactionsRequest, context: grpc.ServicerContext
    ) -> journals_pb2.RegisterTransactionsResponse:
        client_id = to_uuid(request.client_id, "client_id")
        given = transactions.drafts(request.transactions)
        return self.database.once(
            request,
            journals_pb2.RegisterTransactionsResponse,
            lambda tx: journals_pb2.RegisterTransactionsResponse(
                journal=self._journal(registering_transactions.register(tx, client_id, given)),
                item_ids=[str(one.id) for one in given],
            ),
        )

    def ChangeTransaction(
        self, request: journals_pb2.ChangeTransactionRequest, context: grpc.ServicerContext
    ) -> journals_pb2.ChangeTransactionResponse:
        client_id = to_uuid(request.client_id, "client_id")
        journal_id, item_id = to_uuid(request.journal_id, "journal_id"), to_uuid(request.item_id, "item_id")
        with Violations() as v, v.field("transaction"):
            given = transactions.draft(request.transaction, item_id)
        return self.database.once(
            request,
            journals_pb2.ChangeTransactionResponse,
            lambda tx: journals_pb2.ChangeTransactionResponse(
                journal=self._journal(registering_transactions.change(tx, client_id, journal_id, given))
            ),
        )

    def RemoveItem(
        self, request: journals_pb2.RemoveItemRequest, context: grpc.ServicerContext
    ) -> journals_pb2.RemoveItemResponse:
        client_id = to_uuid(request.client_id, "client_id")
        journal_id, item_id = to_uuid(request.journal_id, "journal_id"), to_uuid(request.item_id, "item_id")
        return self.database.once(
            request,
            journals_pb2.RemoveItemResponse,
            lambda tx: journals_pb2.RemoveItemResponse(
                journal=self._journal(journals.remove_item(tx, client_id, journal_id, item_id))
            ),
        )

    def GetJournal(
        self, request: journals_pb2.GetJournalRequest, context: grpc.ServicerContext
    ) -> journals_pb2.GetJournalResponse:
        client_id, journal_id = to_uuid(request.client_id, "client_id"), to_uuid(request.journal_id, "journal_id")
        size = paging.size(request.page_size, default=200, most=1_000)
        key = paging.key(request.page_token, [int])
        with self.database.read() as tx:
            journal, items = journals.get(tx, client_id, journal_id, int(key[0]) if key else 0, size + 1)
            page = _items(tx, journal, items[:size])
        more = paging.token(page[-1].position) if len(items) > size else ""
        return journals_pb2.GetJournalResponse(journal=self._journal(journal), items=page, next_page_token=more)

    def ListOpenJournals(
        self, request: journals_pb2.ListOpenJournalsRequest, context: grpc.ServicerContext
    ) -> journals_pb2.ListOpenJournalsResponse:
        clients = to_uuids(request.client_ids, "client_ids")
        kind = enums.chosen(enums.JOURNAL_KINDS, request.kind, "kind") if request.kind else None
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [str])
        before = to_uuid(str(key[0]), "page_token") if key else None
        with self.database.read() as tx:
            found = journals.list_open(tx, clients, kind, before, size + 1)
        more = paging.token(str(found[size - 1].id)) if len(found) > size else ""
        return journals_pb2.ListOpenJournalsResponse(
            journals=[self._journal(one) for one in found[:size]], next_page_token=more
        )

    def ApproveJournal(
        self, request: journals_pb2.ApproveJournalRequest, context: grpc.ServicerContext
    ) -> journals_pb2.ApproveJournalResponse:
        client_id, journal_id = to_uuid(request.client_id, "client_id"), to_uuid(request.journal_id, "journal_id")
        return self.database.once(
            request,
            journals_pb2.ApproveJournalResponse,
            lambda tx: journals_pb2.ApproveJournalResponse(
                receipt=to_proto.receipt(journals.approve(tx, client_id, journal_id, request.version), self.nightly_run)
            ),
        )

    def GetReceipt(
        self, request: journals_pb2.GetReceiptRequest, context: grpc.ServicerContext
    ) -> journals_pb2.GetReceiptResponse:
        client_id, journal_id = to_uuid(request.client_id, "client_id"), to_uuid(request.journal_id, "journal_id")
        with self.database.read() as tx:
            receipt, links = journals.get_receipt(tx, client_id, journal_id)
        return journals_pb2.GetReceiptResponse(receipt=to_proto.receipt(receipt, self.nightly_run, links))

    def RevokeJournal(
        self, request: journals_pb2.RevokeJournalRequest, context: grpc.ServicerContext
    ) -> journals_pb2.RevokeJournalResponse:
        client_id, journal_id = to_uuid(request.client_id, "client_id"), to_uuid(request.journal_id, "journal_id")
        return self.database.once(
            request,
            journals_pb2.RevokeJournalResponse,
            lambda tx: journals_pb2.RevokeJournalResponse(
                receipt=self._undone(tx, client_id, journal_id, Reversal.REVOCATION)
            ),
        )

    def ReverseJournal(
        self, request: journals_pb2.ReverseJournalRequest, context: grpc.ServicerContext
    ) -> journals_pb2.ReverseJournalResponse:
        client_id, journal_id = to_uuid(request.client_id, "client_id"), to_uuid(request.journal_id, "journal_id")
        return self.database.once(
            request,
            journals_pb2.ReverseJournalResponse,
            lambda tx: journals_pb2.ReverseJournalResponse(
                receipt=self._undone(tx, client_id, journal_id, Reversal.REVERSAL)
            ),
        )

    def _undone(self, tx: Tx, client_id: UUID, journal_id: UUID, how: Reversal) -> journals_pb2.Receipt:
        receipt = reversals.undo(tx, client_id, journal_id, how, self.nightly_run)
        return to_proto.receipt(receipt, self.nightly_run, journals.links(tx, client_id, receipt.journal_id))

    def _journal(self, journal: Journal) -> journals_pb2.Journal:
        return to_proto.journal(journal, self.nightly_run)


def _drafts(messages: Iterable[tuple[str, invoices_pb2.InvoiceDraft]], client_id: UUID) -> list[tuple[str, Draft]]:
    """Drafts with the paths of their fields. Raises InvalidInput with the faults of all of them."""
    found = []
    with Violations() as v:
        for path, message in messages:
            with v.field(path):
                found.append((path, drafts.draft(message, client_id)))
    return found


def _items(tx: Tx, journal: Journal, items: Sequence[Item]) -> list[journals_pb2.JournalItem]:
    """A page of items, whichever their kind."""
    return _ITEMS[journal.kind](tx, journal, items)


def _invoice_items(tx: Tx, journal: Journal, items: Sequence[Item]) -> list[journals_pb2.JournalItem]:
    payers = customers.by_ids(tx, journal.client_id, list({item.customer_id for item in items if item.customer_id}))
    return [
        journals_pb2.JournalItem(
            item_id=str(item.id),
            position=item.position,
            invoice=to_proto.preview(
                payloads.from_json(item.payload),
                payers.get(item.customer_id) if item.customer_id else None,
                journal.client_id,
            ),
        )
        for item in items
    ]


_ITEMS = {JournalKind.INVOICES: _invoice_items, JournalKind.TRANSACTIONS: transactions.journal_items}
