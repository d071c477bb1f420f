"""ArticleService: translate, call, translate."""

from decimal import Decimal
from uuid import UUID

import grpc

from chassis import paging
from chassis.database import Database, Tx
from chassis.wire import refuse, to_uuid, to_uuids
from kernel import vat
from kernel.errors import Violations
from rf.ledger.v1 import articles_pb2, articles_pb2_grpc
from services.ledger.api.drafts import number as decimal_number
from services.ledger.api.drafts import plain
from services.ledger.api.from_proto import text
from services.ledger.domain.articles import Article
from services.ledger.usecases import articles

MAX_ARTICLES = 1_000
_MAX_QUERY = 200
_VAT_PERCENTS = {25, 12, 6, 0}


class ArticleServicer(articles_pb2_grpc.ArticleServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def CreateArticles(
        self, request: articles_pb2.CreateArticlesRequest, context: grpc.ServicerContext
    ) -> articles_pb2.CreateArticlesResponse:
        client_id = to_uuid(request.client_id, "client_id")
        asked = _asked(request, client_id)
        return self.database.once(
            request,
            articles_pb2.CreateArticlesResponse,
            lambda tx: articles_pb2.CreateArticlesResponse(
                articles=[_to_proto(one) for one in articles.create(tx, client_id, asked)]
            ),
        )

    def ChangeArticle(
        self, request: articles_pb2.ChangeArticleRequest, context: grpc.ServicerContext
    ) -> articles_pb2.ChangeArticleResponse:
        client_id = to_uuid(request.client_id, "client_id")
        with Violations() as v, v.field("article"):
            to_uuid(request.article.article_id, "article_id")
            article = _article(request.article, client_id)
        return self.database.once(
            request,
            articles_pb2.ChangeArticleResponse,
            lambda tx: articles_pb2.ChangeArticleResponse(article=_to_proto(articles.change(tx, client_id, article))),
        )

    def DeleteArticle(
        self, request: articles_pb2.DeleteArticleRequest, context: grpc.ServicerContext
    ) -> articles_pb2.DeleteArticleResponse:
        client_id, article_id = to_uuid(request.client_id, "client_id"), to_uuid(request.article_id, "article_id")

        def delete(tx: Tx) -> articles_pb2.DeleteArticleResponse:
            articles.delete(tx, client_id, article_id)
            return articles_pb2.DeleteArticleResponse()

        return self.database.once(request, articles_pb2.DeleteArticleResponse, delete)

    def GetArticle(
        self, request: articles_pb2.GetArticleRequest, context: grpc.ServicerContext
    ) -> articles_pb2.GetArticleResponse:
        client_id, article_id = to_uuid(request.client_id, "client_id"), to_uuid(request.article_id, "article_id")
        with self.database.read() as tx:
            found = articles.get(tx, client_id, article_id)
        return articles_pb2.GetArticleResponse(article=_to_proto(found))

    def SearchArticles(
        self, request: articles_pb2.SearchArticlesRequest, context: grpc.ServicerContext
    ) -> articles_pb2.SearchArticlesResponse:
        clients = to_uuids(request.client_ids, "client_ids")
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [str, str])
        after = (str(key[0]), to_uuid(str(key[1]), "page_token")) if key else None
        asked = {}
        with Violations() as v:
            for name in ("number", "description", "query"):
                with v.field(name):
                    asked[name] = text(getattr(request, name), _MAX_QUERY)
        with self.database.read() as tx:
            found = articles.search(tx, clients, **asked, after=after, limit=size + 1)
        more = paging.token(found[size - 1].number_key, str(found[size - 1].id)) if len(found) > size else ""
        return articles_pb2.SearchArticlesResponse(
            articles=[_to_proto(one) for one in found[:size]], next_page_token=more
        )


def _asked(request: articles_pb2.CreateArticlesRequest, client_id: UUID) -> list[Article]:
    if not 1 <= len(request.articles) <= MAX_ARTICLES:
        raise refuse("articles", "REQUIRED" if not request.articles else "TOO_MANY", max=str(MAX_ARTICLES))
    found = []
    with Violations() as v:
        for index, message in enumerate(request.articles):
            with v.field(f"articles[{index}]"):
                found.append(_article(message, client_id))
    return found


def _article(message: articles_pb2.Article, client_id: UUID) -> Article:
    """The article in a message; without an id where none is given. Raises InvalidInput with every fault."""
    values: dict[str, object] = {"client_id": client_id, "version": message.version}
    with Violations() as v:
        with v.field("article_id"):
            values["id"] = to_uuid(message.article_id, "") if message.article_id else articles.NIL
        if message.client_id:
            with v.field("client_id"):
                v.require("client_id", to_uuid(message.client_id, "") == client_id, "OTHER_CLIENT")
        with v.field("number"):
            values["number"] = text(message.number, 20, required=True)
        with v.field("description"):
            values["description"] = text(message.description, 200, required=True)
        with v.field("unit"):
            values["unit"] = text(message.unit, 10)
        with v.field("price"):
            values["price"] = _price(message.price)
        v.require("vat_percent", message.vat_percent in _VAT_PERCENTS, "VAT_RATE")
        values["vat_percent"] = message.vat_percent
        with v.field("sales_account"):
            values["sales_account"] = text(message.sales_account, 10)
        v.require("version", message.version >= 0, "OUT_OF_RANGE", min=0)
    return Article(**values)  # type: ignore[arg-type]  # every field is there, or the block has raised


def _price(value: str) -> Decimal:
    price = decimal_number(value, vat.MAX_DECIMALS)
    with Violations() as v:
        v.require("", price >= 0, "NEGATIVE")
        v.require("", price <= vat.MAX_UNIT_PRICE, "OUT_OF_RANGE", max=vat.MAX_UNIT_PRICE)
    return price


def _to_proto(one: Article) -> articles_pb2.Article:
    return articles_pb2.Article(
        article_id=str(one.id),
        client_id=str(one.client_id),
        number=one.number,
        description=one.description,
        unit=one.unit,
        price=plain(one.price),
        vat_percent=one.vat_percent,
        sales_account=one.sales_account,
        version=one.version,
    )
