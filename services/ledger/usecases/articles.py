"""Artikelregister."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.ids import uuid7
from chassis.permissions import Permission
from kernel.errors import NotFound, Violations
from services.ledger.domain.articles import Article, ArticleChanged
from services.ledger.storage import articles as storage
from services.ledger.storage import terms as terms_storage

NIL = UUID(int=0)
"""The id of an article that has none yet."""


def create(tx: Tx, client_id: UUID, articles: Sequence[Article]) -> list[Article]:
    """Add articles, all or none.

    Raises InvalidInput: ``TAKEN`` for a number or id that is there, ``TWICE`` for one that comes twice,
    ``UNKNOWN_ACCOUNT``; TermsMissing.
    """
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    terms_storage.get(tx, client_id)
    given = Counter(one.number for one in articles)
    ids = Counter(one.id for one in articles if one.id != NIL)
    taken = storage.taken_numbers(tx, client_id, list(given))
    taken_ids = storage.taken_ids(tx, client_id, list(ids))
    with Violations() as v:
        for index, one in enumerate(articles):
            v.require(f"articles[{index}].number", one.number not in taken, "TAKEN")
            v.require(f"articles[{index}].number", given[one.number] == 1, "TWICE")
            v.require(f"articles[{index}].article_id", one.id not in taken_ids, "TAKEN")
            v.require(f"articles[{index}].article_id", ids[one.id] <= 1, "TWICE")
        _check_accounts(tx, v, client_id, {f"articles[{index}]": one for index, one in enumerate(articles)})
    complete = [replace(one, id=uuid7() if one.id == NIL else one.id, version=1) for one in articles]
    storage.insert(tx, client_id, complete)
    tx.audit("articles.create", "client", client_id, client_id, count=len(complete))
    return complete


def change(tx: Tx, client_id: UUID, article: Article) -> Article:
    """Change an article; ``version`` is the one that was seen, 0 for whatever it is now.

    Raises NotFound, ArticleChanged, InvalidInput: ``NUMBER_STAYS`` for another number, ``UNKNOWN_ACCOUNT``.
    """
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    stored = storage.get(tx, client_id, article.id, lock=True)
    if stored is None:
        raise NotFound("article")
    if article.version and article.version != stored.version:
        raise ArticleChanged(version=stored.version)
    with Violations() as v:
        v.require("article.number", article.number == stored.number, "NUMBER_STAYS")
        _check_accounts(tx, v, client_id, {"article": article})
    storage.change(tx, article)
    tx.audit("article.change", "article", article.id, client_id)
    return replace(article, version=stored.version + 1)


def delete(tx: Tx, client_id: UUID, article_id: UUID) -> None:
    """Take an article out of the register. Approved rows keep their own copy of it. Raises NotFound."""
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    if not storage.delete(tx, client_id, article_id):
        raise NotFound("article")
    tx.audit("article.delete", "article", article_id, client_id)


def get(tx: Tx, client_id: UUID, article_id: UUID) -> Article:
    """One article. Raises NotFound."""
    _require_reader(tx, client_id)
    found = storage.get(tx, client_id, article_id)
    if found is None:
        raise NotFound("article")
    return found


def search(
    tx: Tx,
    clients: Sequence[UUID],
    *,
    number: str,
    description: str,
    query: str,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Article]:
    """Articles of the clients by number."""
    may_register = any(tx.caller.may(Permission.LEDGER_REGISTER, one) for one in clients or tx.caller.clients)
    permission = Permission.LEDGER_REGISTER if may_register else Permission.LEDGER_READ
    allowed = tx.caller.clients_with(permission, clients) or terms_storage.all_clients(tx)
    return storage.search(tx, allowed, number=number, description=description, query=query, after=after, limit=limit)


def _require_reader(tx: Tx, client_id: UUID) -> None:
    if not tx.caller.may(Permission.LEDGER_REGISTER, client_id):
        tx.caller.require(Permission.LEDGER_READ, client_id)


def _check_accounts(tx: Tx, v: Violations, client_id: UUID, articles: dict[str, Article]) -> None:
    known = storage.known_accounts(tx, client_id, [one.sales_account for one in articles.values() if one.sales_account])
    for path, one in articles.items():
        v.require(f"{path}.sales_account", not one.sales_account or one.sales_account in known, "UNKNOWN_ACCOUNT")
