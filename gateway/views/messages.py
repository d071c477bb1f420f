"""The box of messages to the officer: the thread about an invoice or a case, and what is being written in it.

The same in Fakturainformation (Meddelande, I-09) and Ärendeinformation (Lämna notering till handläggare, D-06).
"""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from flask import g, request

from gateway import texts
from kernel.errors import DomainError, Kind
from rf.collection.v1 import messages_pb2
from rf.collection.v1.messages_pb2 import (
    GetThreadRequest,
    MarkThreadReadRequest,
    Message,
    SendMessageRequest,
    ThreadSubject,
)

MAX_LENGTH: Final = 4_000
FIELD: Final = "meddelande"
EXAMPLE: Final = "Skriv vad det gäller, t.ex. Kunden har bett om anstånd till fredag."


@dataclass
class MessageBox:
    """The box as it is shown. ``silent`` says why the thread cannot be."""

    text: str = ""
    fault: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    officer: str = ""
    more: bool = False
    silent: texts.ErrorText | None = None

    @property
    def to(self) -> str:
        """Whom one writes to."""
        return self.officer or "er handläggare på Resultat Finans"


def send(client_id: str, subject: ThreadSubject) -> MessageBox:
    """Send what the form holds. The box has a fault when it was refused, and then what was written."""
    written = request.form.get(FIELD, "")
    try:
        g.collection.messages.SendMessage(
            SendMessageRequest(
                request_id=request.form.get("request_id", ""), client_id=client_id, subject=subject, text=written
            )
        )
    except DomainError as error:
        fault = next((one for one in error.violations if one.field == "text"), None)
        if error.kind is not Kind.INVALID or fault is None:
            raise
        return MessageBox(written, texts.fault(fault, "Meddelandet", EXAMPLE))
    return MessageBox()


def fill(box: MessageBox, client_id: str, subject: ThreadSubject) -> MessageBox:
    """Put the thread in the box, oldest first, and note that it has been read."""
    try:
        answer = g.collection.messages.GetThread(GetThreadRequest(client_id=client_id, subject=subject))
        thread = answer.thread
        if thread.unread_count:
            g.collection.messages.MarkThreadRead(
                MarkThreadReadRequest(
                    request_id=str(uuid4()), thread_id=thread.thread_id, place=answer.messages[0].place
                )
            )
    except DomainError as error:
        if error.kind is not Kind.UNAVAILABLE:
            raise
        box.silent = texts.reason(error)
        return box
    box.officer = thread.officer.name
    box.more = bool(answer.next_page_token)
    read_to = thread.message_count - thread.unread_count
    box.messages = [_shown(one, read_to) for one in reversed(answer.messages)]
    return box


def _shown(one: Message, read_to: int) -> dict[str, Any]:
    from_officer = one.side == messages_pb2.THREAD_SIDE_OFFICER
    return {"message": one, "from_officer": from_officer, "new": from_officer and one.place > read_to}
