"""Messages (meddelanden) between a client's users and the officer (manual §4.3.2, §5.1.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Tx
from chassis.ids import uuid7
from chassis.outbox import Event
from chassis.permissions import Permission
from chassis.tokens import Caller, CallerKind
from kernel.errors import NotFound
from rf.collection.v1.events_pb2 import MessageSent
from services.collection.domain.messages import Side, Subject
from services.collection.storage import messages as storage
from services.collection.storage.cases import AnyRow


@dataclass(frozen=True, slots=True)
class Sent:
    """A thread, and the message that was just written in it."""

    thread: AnyRow
    message: AnyRow


@dataclass(frozen=True, slots=True)
class Opened:
    """A thread with a page of messages; no thread while nothing has been written, but its officer."""

    thread: AnyRow | None
    messages: Sequence[AnyRow]
    officer: AnyRow | None


def side_of(caller: Caller) -> Side:
    """A client's user, or Resultat Finans: its officers, and the systems that they work in."""
    return Side.CLIENT if caller.kind is CallerKind.CLIENT_USER else Side.OFFICER


def known_number(tx: Tx, client_id: UUID, subject: Subject) -> str | None:
    """The number of what somebody will write about; None for an invoice that only the ledger knows.

    Raises PermissionDenied, NotFound.
    """
    _must_may_write(tx.caller, client_id, subject)
    number = storage.number_of(tx, client_id, subject)
    if number is None and subject.case_id is not None:
        raise NotFound("case")
    return number


def send(tx: Tx, client_id: UUID, subject: Subject, number: str, words: str) -> Sent:
    """Write about an invoice or a case. Raises PermissionDenied, NotFound."""
    _must_may_write(tx.caller, client_id, subject)
    side = side_of(tx.caller)
    return _write(tx, client_id, subject, storage.write_about(tx, client_id, uuid7(), subject, number, side), words)


def reply(tx: Tx, thread_id: UUID, words: str) -> Sent:
    """Write in a thread that there is. Raises PermissionDenied, NotFound."""
    client_id, subject = _thread(tx, thread_id)
    _must_may_write(tx.caller, client_id, subject)
    return _write(tx, client_id, subject, storage.write_in(tx, client_id, thread_id, side_of(tx.caller)), words)


def mark_read(tx: Tx, thread_id: UUID, place: int) -> AnyRow:
    """Note that the caller's side has read a thread up to a message. Raises PermissionDenied, NotFound."""
    client_id, subject = _thread(tx, thread_id)
    _must_may_read(tx.caller, client_id, subject)
    side = side_of(tx.caller)
    storage.mark_read(tx, client_id, thread_id, side, place)
    return storage.one(tx, client_id, thread_id, side)


def open_thread(tx: Tx, thread_id: UUID, before: int, limit: int) -> Opened:
    """A thread by its id. Raises PermissionDenied, NotFound."""
    client_id, subject = _thread(tx, thread_id)
    _must_may_read(tx.caller, client_id, subject)
    return _opened(tx, client_id, thread_id, before, limit)


def open_about(tx: Tx, client_id: UUID, subject: Subject, before: int, limit: int) -> Opened:
    """The thread about an invoice or a case. Raises PermissionDenied, NotFound (client)."""
    _must_may_read(tx.caller, client_id, subject)
    thread_id = storage.of_subject(tx, client_id, subject)
    if thread_id is None:
        return Opened(None, [], storage.officer_of(tx, client_id, subject))
    return _opened(tx, client_id, thread_id, before, limit)


def list_threads(
    tx: Tx,
    clients: Sequence[UUID],
    turn: Side | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
    *,
    unread_only: bool,
) -> Sequence[AnyRow]:
    """Threads of these clients, or of all that the caller may read, the one written in last first."""
    allowed = tx.caller.clients_with(Permission.COLLECTION_READ, clients)
    return storage.page(tx, allowed or None, side_of(tx.caller), turn, before, limit, unread_only=unread_only)


def _thread(tx: Tx, thread_id: UUID) -> tuple[UUID, Subject]:
    found = storage.whose(tx, thread_id)
    if found is None:
        raise NotFound("thread")
    return found.client_id, Subject(found.invoice_id, found.case_id)


def _opened(tx: Tx, client_id: UUID, thread_id: UUID, before: int, limit: int) -> Opened:
    thread = storage.one(tx, client_id, thread_id, side_of(tx.caller))
    tx.audit("message.thread_opened", "message_thread", thread_id, client_id)
    return Opened(thread, storage.messages(tx, client_id, thread_id, before, limit), thread)


def _write(tx: Tx, client_id: UUID, subject: Subject, at: AnyRow, words: str) -> Sent:
    """Write the message that the locked thread has a place for, and tell that it was written."""
    side = side_of(tx.caller)
    message = storage.add(tx, client_id, at, uuid7(), side, words)
    told = MessageSent(
        thread_id=str(at.id),
        message_id=str(message.id),
        invoice_id=str(subject.invoice_id or ""),
        case_id=str(subject.case_id or ""),
        side=side.value,
    )
    tx.publish(Event(client_id, "message", at.id, told))
    tx.audit("message.sent", "message_thread", at.id, client_id, place=at.place)
    return Sent(storage.one(tx, client_id, at.id, side), message)


def _must_may_read(caller: Caller, client_id: UUID, subject: Subject) -> None:
    """Whoever may see the invoice or the case may see what is written about it."""
    if subject.invoice_id is None or caller.may(Permission.COLLECTION_READ, client_id):
        caller.require(Permission.COLLECTION_READ, client_id)
    else:
        caller.require(Permission.LEDGER_READ, client_id)


def _must_may_write(caller: Caller, client_id: UUID, subject: Subject) -> None:
    """A client's user who sees the invoice or the case may write to the officer; officers register cases."""
    if side_of(caller) is Side.OFFICER:
        caller.require(Permission.COLLECTION_REGISTER, client_id)
    else:
        _must_may_read(caller, client_id, subject)
