"""Drafts: what stands in a form, kept at auth until it is saved or thrown away, so that nothing typed gets lost.

A form that sends itself (``data-draft``) is kept under one key per person, form and client. What cannot be kept is told
on the page, and stops nobody from going on.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from flask import g, request
from werkzeug.datastructures import MultiDict

from chassis import logs
from kernel.errors import DomainError, Kind
from rf.auth.v1.documents_pb2 import (
    DOCUMENT_KIND_DRAFT,
    DeleteDocumentRequest,
    Document,
    GetDocumentRequest,
    ListDocumentsRequest,
    PutDocumentRequest,
)

log = logs.get(__name__)

OF_THE_PAGE: Final = frozenset({"csrf_token", "request_id", "gor", "draft_focus", "draft_scroll"})
"""What a page sends that is not the person's, and new on the next page."""
FORM_ID: Final = "formular"
"""Field with the id of a form: it stays with its text, so that a draft is known again when the client is changed."""
MAX_SCROLL: Final = 100_000


@dataclass(frozen=True)
class Draft:
    """A form as it was left."""

    key: str
    fields: "MultiDict[str, str]"
    kept_at: datetime
    focus: str = ""  # name of the field that had the caret
    scroll: int = 0


def key(form: str, client_id: str, item_id: str = "") -> str:
    """Where the draft of a form for a client is kept; of a waiting item that is changed, under the item."""
    try:
        return f"{form}/{client_id}" + (f"/{UUID(item_id)}" if item_id else "")
    except ValueError:
        return f"{form}/{client_id}/ny"  # an id that no item has


def kept(form: str) -> dict[str, Document]:
    """The person's drafts of a form by key, long ones without their bodies; none while auth does not answer."""
    try:
        answer = g.auth.documents.ListDocuments(
            ListDocumentsRequest(kind=DOCUMENT_KIND_DRAFT, key_prefix=f"{form}/", page_size=200)
        )
    except DomainError as error:
        _tolerate(error)
        return {}
    return {one.key: one for one in answer.documents}


def opened(document: Document | None) -> Draft | None:
    """The draft of a listed document; None for none, and for one that has gone in the meantime."""
    if document is None:
        return None
    if not document.body:
        try:
            answer = g.auth.documents.GetDocument(GetDocumentRequest(kind=DOCUMENT_KIND_DRAFT, key=document.key))
        except DomainError as error:
            _tolerate(error)
            return None
        document = answer.document
    return _from(document)


def keep(place: str, posted: "MultiDict[str, str]") -> bool:
    """Keep what was posted; False if it could not be, or is too large."""
    fields = [[name, text] for name, text in posted.items(multi=True) if name not in OF_THE_PAGE]
    scroll = posted.get("draft_scroll", "")
    body = {
        "fields": fields,
        "focus": posted.get("draft_focus", "")[:100],
        "scroll": min(int(scroll), MAX_SCROLL) if scroll.isascii() and scroll.isdigit() and len(scroll) < 10 else 0,
    }
    document = Document(kind=DOCUMENT_KIND_DRAFT, key=place, body=json.dumps(body, ensure_ascii=False))
    try:
        g.auth.documents.PutDocument(PutDocumentRequest(request_id=str(uuid4()), document=document))
    except DomainError as error:
        _tolerate(error)
        return False
    return True


def drop(*places: str) -> None:
    """The forms are saved, or thrown away."""
    for place in places:
        try:
            g.auth.documents.DeleteDocument(
                DeleteDocumentRequest(request_id=str(uuid4()), kind=DOCUMENT_KIND_DRAFT, key=place)
            )
        except DomainError as error:
            _tolerate(error)


def move(old: str, new: str, posted: "MultiDict[str, str]") -> bool:
    """Keep what was posted under another client than before: the old draft goes, if it is of the same form."""
    done = keep(new, posted)
    if done and old != new:
        before = opened(Document(kind=DOCUMENT_KIND_DRAFT, key=old))
        if before is not None and before.fields.get(FORM_ID) == posted.get(FORM_ID):
            drop(old)
    return done


def form_id(draft: Draft | None = None) -> str:
    """The id of the form on a page: the one that was posted, or of the draft, or a new one."""
    return request.form.get(FORM_ID) or (draft.fields.get(FORM_ID) if draft else None) or str(uuid4())


def newest(documents: Iterable[Document]) -> Document | None:
    """The one that was changed last."""
    return max(documents, key=lambda one: one.changed_at.ToNanoseconds(), default=None)


def _from(document: Document) -> Draft | None:
    """A draft; None for one that this version of the web cannot read."""
    try:
        written: dict[str, Any] = json.loads(document.body)
        fields = MultiDict([(str(name), str(text)) for name, text in written["fields"]])
        focus, scroll = str(written["focus"]), int(written["scroll"])
    except (ValueError, TypeError, KeyError):
        return None
    return Draft(document.key, fields, document.changed_at.ToDatetime(tzinfo=UTC), focus, scroll)


def _tolerate(error: DomainError) -> None:
    """Go on without: a form is there to be saved, and its draft only in case it is not."""
    if error.kind is not Kind.NOT_FOUND:
        log.warning("draft", reason=error.reason)
