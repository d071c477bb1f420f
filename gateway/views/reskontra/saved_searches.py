"""Sparade: searches with a name, kept with the person's documents. A dialog over the list that it is opened from."""

import hashlib
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from gateway import texts
from gateway.forms.search import InvoiceSearch
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.reskontra.blueprint import reskontra
from gateway.views.reskontra.search import beneath
from kernel.errors import DomainError, FieldViolation, Kind
from rf.auth.v1.documents_pb2 import (
    DOCUMENT_KIND_SAVED_SEARCH,
    DeleteDocumentRequest,
    Document,
    GetDocumentRequest,
    ListDocumentsRequest,
    PutDocumentRequest,
)

MAX_NAME: Final = 60
EXAMPLE: Final = "Skriv t.ex. Förfallna över 60 dagar."


@reskontra.get("/sparade")
@needs("ledger.read")
def saved_searches() -> ResponseReturnValue:
    return _dialog()


@reskontra.post("/sparade")
@needs("ledger.read")
def save_search() -> ResponseReturnValue:
    """Spara sökningen: the one that the dialog lies over, under a name of its own."""
    return _put(request.form.get("spara_som", ""), _address(InvoiceSearch.read(request.args)), field="spara_som")


@reskontra.post("/sparade/<key>/namn")
@needs("ledger.read")
def rename_search(key: str) -> ResponseReturnValue:
    """Byt namn. The new one is kept before the old one goes: in between there are both, never none."""
    kept = g.auth.documents.GetDocument(GetDocumentRequest(kind=DOCUMENT_KIND_SAVED_SEARCH, key=key)).document
    return _put(request.form.get("nytt_namn", ""), kept.body, field="nytt_namn", instead_of=kept)


@reskontra.post("/sparade/<key>/ta-bort")
@needs("ledger.read")
def remove_search(key: str) -> ResponseReturnValue:
    g.auth.documents.DeleteDocument(
        DeleteDocumentRequest(request_id=request.form.get("request_id", ""), kind=DOCUMENT_KIND_SAVED_SEARCH, key=key)
    )
    return _back()


def _put(name: str, body: str, *, field: str, instead_of: Document | None = None) -> ResponseReturnValue:
    name = " ".join(name.split())
    fault = _fault(name)
    request_id = request.form.get("request_id", "")
    key = _key(name)
    renamed = instead_of is not None and instead_of.key != key
    if not fault:
        wanted = Document(kind=DOCUMENT_KIND_SAVED_SEARCH, key=key, title=name, body=body)
        expected = instead_of.version if instead_of is not None and not renamed else 0
        try:
            g.auth.documents.PutDocument(
                PutDocumentRequest(request_id=request_id, document=wanted, expected_version=expected)
            )
        except DomainError as error:
            if error.reason == "DOCUMENT_CHANGED":
                fault = FieldViolation(field, "TAKEN")
            elif error.reason == "TOO_MANY_DOCUMENTS":
                return _dialog(409, no_room=texts.reason(error))
            elif error.kind is Kind.INVALID and error.violations:
                fault = error.violations[0]
            else:
                raise
    if fault:
        wrong = {field: texts.fault(fault, "Namnet", EXAMPLE)}
        return _dialog(422, wrong=wrong, written=name, key=instead_of.key if instead_of else "")
    if renamed and instead_of is not None:
        g.auth.documents.DeleteDocument(
            DeleteDocumentRequest(
                request_id=request.form.get("remove_request_id", ""),
                kind=DOCUMENT_KIND_SAVED_SEARCH,
                key=instead_of.key,
            )
        )
    return _back()


def _fault(name: str) -> FieldViolation | None:
    if not name:
        return FieldViolation("", "REQUIRED")
    return FieldViolation("", "TOO_LONG", {"max": str(MAX_NAME)}) if len(name) > MAX_NAME else None


def _key(name: str) -> str:
    """What makes two names the same, however they are written: a second search cannot have the name of the first."""
    return hashlib.sha256(name.casefold().encode()).hexdigest()[:32]


def _address(asked: InvoiceSearch) -> str:
    """What is kept: the criteria and the order, with the chosen client, without the place in the list."""
    number = request.args.get("klient")
    return urlencode({**asked.from_start().query(), **({"klient": number} if number else {})}, doseq=True)


def _dialog(
    status: int = 200,
    *,
    wrong: dict[str, str] | None = None,
    written: str = "",
    key: str = "",
    no_room: texts.ErrorText | None = None,
) -> Response:
    asked = InvoiceSearch.read(request.args)
    answer = g.auth.documents.ListDocuments(ListDocumentsRequest(kind=DOCUMENT_KIND_SAVED_SEARCH, page_size=200))
    query = asked.query()
    context: dict[str, Any] = {
        "searches": sorted((_shown(one, query) for one in answer.documents), key=lambda one: one["name"].casefold()),
        "words": asked.in_words(),
        "close_url": url_for("reskontra.search", **query),
        "save_url": url_for("reskontra.save_search", **query),
        "cancel_url": url_for("reskontra.saved_searches", **query),
        "renaming": key or request.args.get("andra", ""),
        "wrong": wrong or {},
        "written": written,
        "no_room": no_room,
        "max_name": MAX_NAME,
    }
    if wants_fragment("dialog-host"):
        return page("reskontra/_sparade.html", status, **context)
    return page("reskontra/sparade.html", status, **{**beneath(asked), **context})


def _shown(kept: Document, query: dict[str, Any]) -> dict[str, Any]:
    saved: dict[str, Any] = parse_qs(kept.body)
    asked = InvoiceSearch.read(MultiDict(saved))
    return {
        "key": kept.key,
        "name": kept.title,
        "words": f"{'Kunder' if asked.shows_customers else 'Fakturor'}: {asked.in_words()}",
        "url": url_for("reskontra.search", **{"klient": None, **saved}),
        "rename_url": url_for("reskontra.saved_searches", andra=kept.key, **query),
        "do_rename_url": url_for("reskontra.rename_search", key=kept.key, **query),
        "remove_url": url_for("reskontra.remove_search", key=kept.key, **query),
    }


def _back() -> Response:
    query = InvoiceSearch.read(request.args).query()
    return Response(status=303, headers={"Location": url_for("reskontra.saved_searches", **query)})
