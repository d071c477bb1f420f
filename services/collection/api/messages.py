"""MessageService: message, use case, message."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID

import grpc

from chassis import paging
from chassis.database import Database, Tx
from chassis.wire import from_time, refuse, to_uuid, to_uuids
from kernel.errors import Violations, invalid_value
from kernel.free_text import clean
from rf.collection.v1 import cases_pb2, messages_pb2, messages_pb2_grpc
from rf.ledger.v1 import invoices_pb2
from services.collection.api import to_proto
from services.collection.api.from_proto import MAX_CLIENTS
from services.collection.domain.messages import MAX_TEXT, Side, Subject
from services.collection.storage.cases import AnyRow
from services.collection.storage.officers import Officer
from services.collection.usecases import messages

_SIDES: Final = {
    Side.CLIENT: messages_pb2.THREAD_SIDE_CLIENT,
    Side.OFFICER: messages_pb2.THREAD_SIDE_OFFICER,
}
_TURNS: Final = {messages_pb2.THREAD_SIDE_UNSPECIFIED: None, **{number: side for side, number in _SIDES.items()}}
_MAX_PLACE: Final = 2**31 - 1


class Ledger(Protocol):
    """What is asked of the ledger: the generated stub of its InvoiceService fits."""

    @property
    def GetInvoice(self) -> Callable[..., invoices_pb2.GetInvoiceResponse]: ...


class MessageServicer(messages_pb2_grpc.MessageServiceServicer):
    """Messages about invoices and cases."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self.database = database
        self.ledger = ledger

    def SendMessage(
        self, request: messages_pb2.SendMessageRequest, context: grpc.ServicerContext
    ) -> messages_pb2.SendMessageResponse:
        client_id, subject, words = UUID(int=0), Subject(), ""
        with Violations() as v:
            with v.field(""):
                client_id = to_uuid(request.client_id, "client_id")
            with v.field("subject"):
                subject = _subject(request.subject)
            with v.field("text"):
                words = _words(request.text)
        number = self._number(client_id, subject)

        def work(tx: Tx) -> messages_pb2.SendMessageResponse:
            sent = messages.send(tx, client_id, subject, number, words)
            return messages_pb2.SendMessageResponse(thread=_thread(sent.thread), message=_message(sent.message))

        return self.database.once(request, messages_pb2.SendMessageResponse, work)

    def ListThreads(
        self, request: messages_pb2.ListThreadsRequest, context: grpc.ServicerContext
    ) -> messages_pb2.ListThreadsResponse:
        if len(request.client_ids) > MAX_CLIENTS:
            raise refuse("client_ids", "TOO_MANY", max=str(MAX_CLIENTS))
        clients = to_uuids(request.client_ids, "client_ids")
        if request.turn not in _TURNS:
            raise refuse("turn", "UNKNOWN")
        size, before = paging.size(request.page_size), _before(request.page_token)
        with self.database.read() as tx:
            found = messages.list_threads(
                tx, clients, _TURNS[request.turn], before, size + 1, unread_only=request.unread_only
            )
        last = found[size - 1] if len(found) > size else None
        return messages_pb2.ListThreadsResponse(
            threads=[_thread(row) for row in found[:size]],
            next_page_token=paging.token(last.last_sent_at.isoformat(), str(last.id)) if last else "",
        )

    def GetThread(
        self, request: messages_pb2.GetThreadRequest, context: grpc.ServicerContext
    ) -> messages_pb2.GetThreadResponse:
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [int])
        before = min(max(int(key[0]), 0), _MAX_PLACE) if key else 0
        if request.thread_id:
            thread_id = to_uuid(request.thread_id, "thread_id")
            with self.database.read() as tx:
                opened = messages.open_thread(tx, thread_id, before, size + 1)
        else:
            client_id, subject = to_uuid(request.client_id, "client_id"), Subject()
            with Violations() as v, v.field("subject"):
                subject = _subject(request.subject)
            with self.database.read() as tx:
                opened = messages.open_about(tx, client_id, subject, before, size + 1)
        page = opened.messages[:size]
        return messages_pb2.GetThreadResponse(
            thread=_thread(opened.thread)
            if opened.thread
            else messages_pb2.Thread(subject=request.subject, officer=_officer(opened.officer)),
            messages=[_message(row) for row in page],
            next_page_token=paging.token(page[-1].place) if len(opened.messages) > size else "",
        )

    def ReplyToThread(
        self, request: messages_pb2.ReplyToThreadRequest, context: grpc.ServicerContext
    ) -> messages_pb2.ReplyToThreadResponse:
        thread_id, words = UUID(int=0), ""
        with Violations() as v:
            with v.field(""):
                thread_id = to_uuid(request.thread_id, "thread_id")
            with v.field("text"):
                words = _words(request.text)

        def work(tx: Tx) -> messages_pb2.ReplyToThreadResponse:
            sent = messages.reply(tx, thread_id, words)
            return messages_pb2.ReplyToThreadResponse(thread=_thread(sent.thread), message=_message(sent.message))

        return self.database.once(request, messages_pb2.ReplyToThreadResponse, work)

    def MarkThreadRead(
        self, request: messages_pb2.MarkThreadReadRequest, context: grpc.ServicerContext
    ) -> messages_pb2.MarkThreadReadResponse:
        thread_id = to_uuid(request.thread_id, "thread_id")
        if request.place < 1:
            raise refuse("place", "OUT_OF_RANGE", min="1")
        return self.database.once(
            request,
            messages_pb2.MarkThreadReadResponse,
            lambda tx: messages_pb2.MarkThreadReadResponse(
                thread=_thread(messages.mark_read(tx, thread_id, request.place))
            ),
        )

    def _number(self, client_id: UUID, subject: Subject) -> str:
        """FakturaNr or Ärendenr of the subject; the ledger is asked for an invoice that nobody has written about.

        No transaction is open while it answers. Raises NotFound, Unavailable.
        """
        with self.database.read() as tx:
            known = messages.known_number(tx, client_id, subject)
        if known is not None:
            return known
        question = invoices_pb2.GetInvoiceRequest(client_id=str(client_id), invoice_id=str(subject.invoice_id))
        return str(self.ledger.GetInvoice(question).invoice.line.number)


def _subject(message: messages_pb2.ThreadSubject) -> Subject:
    about = message.WhichOneof("about")
    if about == "invoice_id":
        return Subject(invoice_id=to_uuid(message.invoice_id, "invoice_id"))
    if about == "case_id":
        return Subject(case_id=to_uuid(message.case_id, "case_id"))
    raise invalid_value("REQUIRED")


def _words(text: str) -> str:
    words = clean(text, MAX_TEXT, multiline=True)
    if not words:
        raise invalid_value("REQUIRED")
    return words


def _before(page_token: str) -> tuple[datetime, UUID] | None:
    key = paging.key(page_token, [str, str])
    if key is None:
        return None
    try:
        return datetime.fromisoformat(str(key[0])).astimezone(UTC), UUID(str(key[1]))
    except (ValueError, OverflowError):
        raise refuse("page_token", "BAD_TOKEN") from None


def _thread(row: AnyRow) -> messages_pb2.Thread:
    return messages_pb2.Thread(
        thread_id=str(row.id),
        client_id=str(row.client_id),
        subject=messages_pb2.ThreadSubject(invoice_id=str(row.invoice_id))
        if row.invoice_id
        else messages_pb2.ThreadSubject(case_id=str(row.case_id)),
        subject_number=row.subject_number,
        turn=_SIDES[Side(row.turn)],
        message_count=row.message_count,
        unread_count=row.unread,
        last_sent_at=from_time(row.last_sent_at),
        officer=_officer(row),
    )


def _officer(row: AnyRow | None) -> cases_pb2.Officer | None:
    if row is None or row.officer_id is None:
        return None
    return to_proto.officer(Officer(row.officer_id, row.officer_name, row.officer_phone, row.officer_email))


def _message(row: AnyRow) -> messages_pb2.Message:
    return messages_pb2.Message(
        message_id=str(row.id),
        place=row.place,
        side=_SIDES[Side(row.side)],
        author=row.author,
        sent_at=from_time(row.sent_at),
        text=row.text,
    )
