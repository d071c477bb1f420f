"""Threads and their messages: SQL."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Tx
from services.collection.domain.messages import Side, Subject

AnyRow = Row[Any]

_UNREAD = """
(SELECT count(*) FROM message m WHERE m.client_id = t.client_id AND m.thread_id = t.id AND m.side <> :side
    AND m.place > CASE WHEN :side = 'CLIENT' THEN t.read_by_client ELSE t.read_by_officer END)
"""
_THREAD = f"""
SELECT t.client_id, t.id, t.invoice_id, t.case_id, t.subject_number, t.turn, t.message_count, t.last_sent_at,
       {_UNREAD}::integer AS unread, o.user_id AS officer_id, o.name AS officer_name, o.phone AS officer_phone,
       o.email AS officer_email
"""
_OFFICER = """
  LEFT JOIN collection_case c ON c.client_id = t.client_id AND c.id = t.case_id
  LEFT JOIN officer_client k ON k.client_id = t.client_id
  LEFT JOIN officer o ON o.user_id = coalesce(c.officer_id, k.officer_id)
"""
_ONE = text(f"{_THREAD} FROM message_thread t {_OFFICER} WHERE t.client_id = :client_id AND t.id = :id")
_OF_SUBJECT = text("""
SELECT id FROM message_thread WHERE client_id = :client_id AND (invoice_id = :invoice_id OR case_id = :case_id)
""")
_WHOSE = text("SELECT client_id, invoice_id, case_id FROM message_thread WHERE id = :id")
# Whoever begins a thread at the same moment as somebody else writes in theirs.
_BEGIN_OR_GO_ON = """
INSERT INTO message_thread AS t (client_id, id, invoice_id, case_id, subject_number, turn, message_count, last_sent_at)
VALUES (:client_id, :id, :invoice_id, :case_id, :number, :turn, 1, clock_timestamp())
ON CONFLICT (client_id, {about}) DO UPDATE
   SET turn = excluded.turn, message_count = t.message_count + 1, last_sent_at = excluded.last_sent_at
RETURNING id, message_count AS place, last_sent_at AS sent_at
"""
_ABOUT_INVOICE = text(_BEGIN_OR_GO_ON.format(about="invoice_id"))
_ABOUT_CASE = text(_BEGIN_OR_GO_ON.format(about="case_id"))
_GO_ON = text("""
UPDATE message_thread SET turn = :turn, message_count = message_count + 1, last_sent_at = clock_timestamp()
 WHERE client_id = :client_id AND id = :id
RETURNING id, message_count AS place, last_sent_at AS sent_at
""")
_ADD = text("""
INSERT INTO message (client_id, thread_id, place, id, side, author, author_id, sent_at, text)
VALUES (:client_id, :thread_id, :place, :id, :side, :author, :author_id, :sent_at, :text)
RETURNING id, place, side, author, sent_at, text
""")
_MESSAGES = text("""
SELECT id, place, side, author, sent_at, text FROM message
 WHERE client_id = :client_id AND thread_id = :id AND (:before = 0 OR place < :before) ORDER BY place DESC LIMIT :limit
""")
_READ = {
    Side.CLIENT: text("""
UPDATE message_thread SET read_by_client = greatest(read_by_client, least(:place, message_count))
 WHERE client_id = :client_id AND id = :id
"""),
    Side.OFFICER: text("""
UPDATE message_thread SET read_by_officer = greatest(read_by_officer, least(:place, message_count))
 WHERE client_id = :client_id AND id = :id
"""),
}
_CASE_NUMBER = text("SELECT number FROM collection_case WHERE client_id = :client_id AND id = :case_id")
_INVOICE_NUMBER = text("""
SELECT subject_number FROM message_thread WHERE client_id = :client_id AND invoice_id = :invoice_id
 UNION ALL
SELECT invoice_number FROM claim WHERE client_id = :client_id AND invoice_id = :invoice_id
 LIMIT 1
""")
_OFFICER_OF = text("""
SELECT o.user_id AS officer_id, o.name AS officer_name, o.phone AS officer_phone, o.email AS officer_email
  FROM officer o
 WHERE o.user_id = coalesce(
    (SELECT officer_id FROM collection_case WHERE client_id = :client_id AND id = :case_id),
    (SELECT officer_id FROM officer_client WHERE client_id = :client_id))
""")


def number_of(tx: Tx, client_id: UUID, subject: Subject) -> str | None:
    """The number of what a thread is about, as far as it is known here."""
    statement = _CASE_NUMBER if subject.case_id else _INVOICE_NUMBER
    number = tx.execute(statement, {"client_id": client_id, **asdict(subject)}).scalar_one_or_none()
    return None if number is None else str(number)


def whose(tx: Tx, thread_id: UUID) -> AnyRow | None:
    """Client and subject of a thread that the transaction may see."""
    return tx.execute(_WHOSE, {"id": thread_id}).one_or_none()


def of_subject(tx: Tx, client_id: UUID, subject: Subject) -> UUID | None:
    """The thread about an invoice or a case."""
    found: UUID | None = tx.execute(_OF_SUBJECT, {"client_id": client_id, **asdict(subject)}).scalar_one_or_none()
    return found


def write_about(tx: Tx, client_id: UUID, thread_id: UUID, subject: Subject, number: str, side: Side) -> AnyRow:
    """Lock the thread of a subject for one message more, or begin it; its id, and the message's place and time."""
    values = {"client_id": client_id, "id": thread_id, "number": number, "turn": side.other.value, **asdict(subject)}
    return tx.execute(_ABOUT_CASE if subject.case_id else _ABOUT_INVOICE, values).one()


def write_in(tx: Tx, client_id: UUID, thread_id: UUID, side: Side) -> AnyRow:
    """Lock a thread for one message more; its id, and the message's place and time."""
    return tx.execute(_GO_ON, {"client_id": client_id, "id": thread_id, "turn": side.other.value}).one()


def add(tx: Tx, client_id: UUID, at: AnyRow, message_id: UUID, side: Side, words: str) -> AnyRow:
    """Write the message that a locked thread has a place for."""
    values = {
        "client_id": client_id,
        "thread_id": at.id,
        "place": at.place,
        "id": message_id,
        "side": side.value,
        "author": tx.caller.name,
        "author_id": tx.caller.subject,
        "sent_at": at.sent_at,
        "text": words,
    }
    return tx.execute(_ADD, values).one()


def one(tx: Tx, client_id: UUID, thread_id: UUID, side: Side) -> AnyRow:
    """A thread with what a side has not read, and its officer."""
    return tx.execute(_ONE, {"client_id": client_id, "id": thread_id, "side": side.value}).one()


def messages(tx: Tx, client_id: UUID, thread_id: UUID, before: int, limit: int) -> Sequence[AnyRow]:
    """Messages of a thread, newest first, from before a place on (0: all)."""
    values = {"client_id": client_id, "id": thread_id, "before": before, "limit": limit}
    return tx.execute(_MESSAGES, values).all()


def mark_read(tx: Tx, client_id: UUID, thread_id: UUID, side: Side, place: int) -> None:
    """Note how far a side has read; never back."""
    tx.execute(_READ[side], {"client_id": client_id, "id": thread_id, "place": place})


def officer_of(tx: Tx, client_id: UUID, subject: Subject) -> AnyRow | None:
    """The officer of a case, or whoever gets the client's new cases."""
    return tx.execute(_OFFICER_OF, {"client_id": client_id, "case_id": subject.case_id}).one_or_none()


def page(
    tx: Tx,
    clients: Sequence[UUID] | None,
    side: Side,
    turn: Side | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
    *,
    unread_only: bool,
) -> Sequence[AnyRow]:
    """Threads, the one written in last first; of all clients when none are given."""
    terms = ["(CAST(:id AS uuid) IS NULL OR (t.last_sent_at, t.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid)))"]
    if turn is not None:
        terms.append("t.turn = :turn")
    if unread_only:
        terms.append(f"{_UNREAD} > 0")
    within = f"message_thread t WHERE {' AND '.join(terms)}"
    tail = "ORDER BY t.last_sent_at DESC, t.id DESC LIMIT :limit"
    if clients is None:
        rows = f"(SELECT t.* FROM {within} {tail})"
    else:
        rows = f"""(SELECT one.* FROM unnest(CAST(:clients AS uuid[])) AS w (client_id) CROSS JOIN LATERAL (
            SELECT t.* FROM {within} AND t.client_id = w.client_id {tail}) one)"""
    sql = f"""
    WITH found AS (SELECT * FROM {rows} AS t {tail})
    {_THREAD} FROM found t {_OFFICER} ORDER BY t.last_sent_at DESC, t.id DESC
    """
    at, thread_id = before or (None, None)
    values: dict[str, Any] = {"side": side.value, "at": at, "id": thread_id, "limit": limit}
    if turn is not None:
        values["turn"] = turn.value
    if clients is not None:
        values["clients"] = list(clients)
    return tx.execute(text(sql), values).all()
