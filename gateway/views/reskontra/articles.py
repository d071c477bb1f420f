"""Artikelregister: search, Lägg till, Ändra, Ta bort; and the look-up of an invoice row (manual §4.5)."""

from typing import Any, Final
from uuid import UUID

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.forms.article import ArticleForm
from gateway.forms.invoice_fields import RATES
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.reskontra.blueprint import client_number, client_numbered, first_client, reskontra
from kernel.errors import DomainError, Kind
from rf.auth.v1.sessions_pb2 import ClientAccess
from rf.ledger.v1.articles_pb2 import (
    Article,
    ChangeArticleRequest,
    CreateArticlesRequest,
    DeleteArticleRequest,
    GetArticleRequest,
    SearchArticlesRequest,
    SearchArticlesResponse,
)

READ: Final = ("ledger.read", "ledger.register")
REGISTER: Final = "ledger.register"
MAX_HITS: Final = 8
SHOWN: Final = 50
_KEPT: Final = ("artikelnummer", "beskrivning")  # of the address, while a dialog is open


@reskontra.get("/artikelregister")
@needs(*READ)
def articles() -> ResponseReturnValue:
    return _list_page()


@reskontra.get("/artikelregister/ny")
@needs(REGISTER)
def new_article() -> ResponseReturnValue:
    return _dialog(ArticleForm.new(first_client(REGISTER).number))


@reskontra.post("/artikelregister/ny")
@needs(REGISTER)
def create_article() -> ResponseReturnValue:
    """Lägg till."""
    form = ArticleForm.read(request.form)
    client = client_numbered(form.value("klient"), REGISTER)
    asked = form.article(client.client_id)
    try:
        if not form.faults:
            g.ledger.articles.CreateArticles(
                CreateArticlesRequest(
                    request_id=request.form.get("request_id", ""), client_id=client.client_id, articles=[asked]
                )
            )
            return _done("tillagd")
    except DomainError as error:
        _put(form, error)
    return _dialog(form, 422)


@reskontra.get("/artikelregister/<number>/<uuid:article_id>")
@needs(REGISTER)
def article(number: str, article_id: UUID) -> ResponseReturnValue:
    client = client_numbered(number, REGISTER)
    found = g.ledger.articles.GetArticle(
        GetArticleRequest(client_id=client.client_id, article_id=str(article_id))
    ).article
    return _dialog(ArticleForm.of(found, number), article_id=str(article_id))


@reskontra.post("/artikelregister/<number>/<uuid:article_id>")
@needs(REGISTER)
def change_article(number: str, article_id: UUID) -> ResponseReturnValue:
    """Spara in the dialog Ändra artikel."""
    client = client_numbered(number, REGISTER)
    form = ArticleForm.read(request.form)
    form.values["klient"] = number
    asked = form.article(client.client_id, str(article_id))
    refused = None
    try:
        if not form.faults:
            g.ledger.articles.ChangeArticle(
                ChangeArticleRequest(
                    request_id=request.form.get("request_id", ""), client_id=client.client_id, article=asked
                )
            )
            return _done("andrad")
    except DomainError as error:
        if error.reason == "ARTICLE_CHANGED":
            refused = texts.reason(error)
        else:
            _put(form, error)
    return _dialog(form, 409 if refused else 422, article_id=str(article_id), refused=refused)


@reskontra.post("/artikelregister/<number>/<uuid:article_id>/ta-bort")
@needs(REGISTER)
def delete_article(number: str, article_id: UUID) -> ResponseReturnValue:
    """Ta bort. Rows that are approved keep it; drafts that name it are told at their rows."""
    client = client_numbered(number, REGISTER)
    try:
        g.ledger.articles.DeleteArticle(
            DeleteArticleRequest(
                request_id=request.form.get("request_id", ""), client_id=client.client_id, article_id=str(article_id)
            )
        )
    except DomainError as error:
        if error.kind is not Kind.NOT_FOUND:  # gone already is as good
            raise
    return _done("borttagen")


@reskontra.get("/artikelregister/traffar")
@needs(*READ)
def look_up_articles() -> ResponseReturnValue:
    """What stands below an invoice row while one types its article or description."""
    client = client_numbered(request.args.get("klient", ""), *READ)
    return page("reskontra/_artikeltraffar.html", hits=looked_up(client, request.args.get("sok", "").strip()))


def looked_up(client: ClientAccess, text: str) -> list[Article]:
    """The client's articles whose number or words begin so; none for what cannot be looked for."""
    if not text:
        return []
    asked = SearchArticlesRequest(client_ids=[client.client_id], query=text, page_size=MAX_HITS)
    try:
        return list(g.ledger.articles.SearchArticles(asked).articles)
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        return []


def _list_page(status: int = 200, **more: Any) -> Response:
    return page("reskontra/artikelregister.html", status, **_beneath(), **more)


def _beneath() -> dict[str, Any]:
    """The register as the address asks for it."""
    number, description = (request.args.get(name, "").strip() for name in _KEPT)
    token = request.args.get("sida", "")
    permission = "ledger.read" if g.session.may("ledger.read") else REGISTER
    faults: dict[str, str] = {}
    answer = SearchArticlesResponse()
    try:
        answer = g.ledger.articles.SearchArticles(
            SearchArticlesRequest(
                client_ids=g.session.scope(permission),
                number=number,
                description=description,
                page_size=SHOWN,
                page_token=token,
            )
        )
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        names = {"number": "artikelnummer", "description": "beskrivning"}
        for violation in error.violations:
            if violation.field in names:
                label = {"number": "Artikelnummer", "description": "Beskrivning"}[violation.field]
                faults[names[violation.field]] = texts.fault(violation, label)
    kept = _kept()
    changers = {one.client_id for one in g.session.clients if REGISTER in one.permissions}
    return {
        "articles": [
            {
                "one": one,
                "client": g.session.client_name(one.client_id),
                "number": client_number(one.client_id),
                "may_change": one.client_id in changers,
            }
            for one in answer.articles
        ],
        "asked": {"artikelnummer": number, "beskrivning": description},
        "kept": kept,
        "search_faults": faults,
        "next_url": url_for("reskontra.articles", sida=answer.next_page_token, **kept)
        if answer.next_page_token
        else "",
        "first_page": not token,
        "may_add": bool(changers),
        "done": request.args.get("klart", ""),
    }


def _dialog(
    form: ArticleForm, status: int = 200, article_id: str = "", refused: texts.ErrorText | None = None
) -> Response:
    usable = g.session.clients_with(REGISTER)
    kept = _kept()
    context = {
        "form": form,
        "article_id": article_id,
        "refused": refused,
        "rates": [(rate, f"{rate} %") for rate in RATES],
        "clients_to_choose": [(one.number, f"{one.number} {one.name}") for one in usable],
        "close_url": url_for("reskontra.articles", **kept),
        "action": url_for("reskontra.change_article", number=form.value("klient"), article_id=article_id, **kept)
        if article_id
        else url_for("reskontra.create_article", **kept),
    }
    if wants_fragment("dialog-host"):
        return page("reskontra/_artikel.html", status, **context)
    return page("reskontra/artikel.html", status, **_beneath(), **context)


def _kept() -> dict[str, Any]:
    """The search of the address, which a dialog keeps."""
    return {name: request.args[name] for name in _KEPT if request.args.get(name)}


def _put(form: ArticleForm, error: DomainError) -> None:
    if error.kind is not Kind.INVALID or not error.violations:
        raise error
    form.refuse(error.violations)


def _done(word: str) -> ResponseReturnValue:
    kept = _kept()
    return redirect(url_for("reskontra.articles", klart=word, **kept), 303)
