"""Artikelregister (A-01, A-02), and what a register does to the rows of invoices."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from kernel.errors import DomainError
from rf.ledger.v1 import articles_pb2
from tests.component.ledger.world import Desk, World, a_printed, a_row, faults


def an_article(number: str = "EL-FAST", **fields: Any) -> articles_pb2.Article:
    values: dict[str, Any] = {
        "number": number,
        "description": "Fast avgift, månad",
        "unit": "mån",
        "price": "39",
        "vat_percent": 25,
    }
    return articles_pb2.Article(**(values | fields))


def add(desk: Desk, client_id: UUID, *articles: articles_pb2.Article) -> list[articles_pb2.Article]:
    request = articles_pb2.CreateArticlesRequest(
        request_id=str(uuid4()), client_id=str(client_id), articles=articles or [an_article()]
    )
    return list(desk.articles.CreateArticles(request).articles)


def found(desk: Desk, client_id: UUID, **terms: Any) -> list[str]:
    request = articles_pb2.SearchArticlesRequest(client_ids=[str(client_id)], **terms)
    return [one.number for one in desk.articles.SearchArticles(request).articles]


def delete(desk: Desk, article: articles_pb2.Article) -> None:
    desk.articles.DeleteArticle(
        articles_pb2.DeleteArticleRequest(
            request_id=str(uuid4()), client_id=article.client_id, article_id=article.article_id
        )
    )


def change(desk: Desk, article: articles_pb2.Article, **fields: Any) -> articles_pb2.Article:
    changed = articles_pb2.Article()
    changed.CopyFrom(article)
    for name, value in fields.items():
        setattr(changed, name, value)
    request = articles_pb2.ChangeArticleRequest(request_id=str(uuid4()), client_id=article.client_id, article=changed)
    answer: articles_pb2.Article = desk.articles.ChangeArticle(request).article
    return answer


def test_the_register_is_searched_by_number_or_description(desk: Desk, client_id: UUID) -> None:
    """A-01."""
    add(
        desk,
        client_id,
        an_article("EL-FAST"),
        an_article("EL-RÖR", description="Elhandel rörligt pris"),
        an_article("9", description="Avgift för påminnelse"),
        an_article("10", description="Städning"),
    )
    assert found(desk, client_id) == ["9", "10", "EL-FAST", "EL-RÖR"]
    assert found(desk, client_id, number="el-") == ["EL-FAST", "EL-RÖR"]
    assert found(desk, client_id, description="AVG") == ["9", "EL-FAST"]
    assert found(desk, client_id, description="fast avg") == ["EL-FAST"]
    assert found(desk, client_id, query="rör") == ["EL-RÖR"]
    assert found(desk, client_id, query="10") == ["10"]
    assert found(desk, client_id, description="!") == found(desk, client_id, description="%") == []


def test_pages_of_the_register_follow_each_other(desk: Desk, client_id: UUID) -> None:
    add(desk, client_id, *(an_article(f"A{place}") for place in range(1, 8)))
    seen, token = [], ""
    while True:
        answer = desk.articles.SearchArticles(
            articles_pb2.SearchArticlesRequest(client_ids=[str(client_id)], page_size=3, page_token=token)
        )
        seen += [one.number for one in answer.articles]
        token = answer.next_page_token
        if not token:
            break
    assert seen == [f"A{place}" for place in range(1, 8)]


def test_an_article_is_added_changed_and_taken_out(desk: Desk, client_id: UUID) -> None:
    """A-02."""
    [made] = add(desk, client_id, an_article(price="39.5", sales_account="3001"))
    assert (made.number, made.price, made.sales_account, made.version) == ("EL-FAST", "39.5", "3001", 1)
    changed = change(desk, made, price="41", unit="st")
    assert (changed.price, changed.unit, changed.version) == ("41", "st", 2)
    with pytest.raises(DomainError, match="ARTICLE_CHANGED"):
        change(desk, made, price="42")
    delete(desk, changed)
    assert found(desk, client_id) == []
    with pytest.raises(DomainError, match="NOT_FOUND"):
        delete(desk, changed)
    [again] = add(desk, client_id)
    assert again.article_id != made.article_id


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no number": ({"number": ""}, "number", "REQUIRED"),
    "a long number": ({"number": "x" * 21}, "number", "TOO_LONG"),
    "no description": ({"description": " "}, "description", "REQUIRED"),
    "a long description": ({"description": "x" * 201}, "description", "TOO_LONG"),
    "a control character": ({"description": "a\x00b"}, "description", "CONTROL_CHARACTER"),
    "a long unit": ({"unit": "x" * 11}, "unit", "TOO_LONG"),
    "no price": ({"price": ""}, "price", "REQUIRED"),
    "a price below zero": ({"price": "-1"}, "price", "NEGATIVE"),
    "a price of 10^14": ({"price": "1" + "0" * 14}, "price", "OUT_OF_RANGE"),
    "a price in words": ({"price": "fem"}, "price", "NUMBER"),
    "a rate that is none": ({"vat_percent": 24}, "vat_percent", "VAT_RATE"),
    "an account that is not in the chart": ({"sales_account": "9999"}, "sales_account", "UNKNOWN_ACCOUNT"),
    "another client's": ({"client_id": str(uuid4())}, "client_id", "OTHER_CLIENT"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_article_is_refused_with_its_field_named(desk: Desk, client_id: UUID, case: str) -> None:
    fields, name, reason = REFUSED[case]
    with pytest.raises(DomainError) as refused:
        add(desk, client_id, an_article(**fields))
    assert faults(refused.value) == {f"articles[0].{name}": reason}
    assert found(desk, client_id) == []


def test_a_number_is_taken_once(desk: Desk, client_id: UUID) -> None:
    [made] = add(desk, client_id)
    with pytest.raises(DomainError) as refused:
        add(desk, client_id, an_article(), an_article("NY"), an_article("NY"))
    assert faults(refused.value) == {
        "articles[0].number": "TAKEN",
        "articles[1].number": "TWICE",
        "articles[2].number": "TWICE",
    }
    with pytest.raises(DomainError) as refused:
        change(desk, made, number="ANNAT")
    assert faults(refused.value) == {"article.number": "NUMBER_STAYS"}


def test_an_article_taken_out_while_on_a_draft_is_refused_at_its_row(
    desk: Desk, client_id: UUID, customer: str
) -> None:
    [made] = add(desk, client_id)
    draft = a_printed(client_id, customer, a_row(), a_row(article_number="EL-FAST"))
    journal = desk.register(client_id, draft).journal
    delete(desk, made)
    with pytest.raises(DomainError) as refused:
        desk.approve(journal)
    assert refused.value.reason == "JOURNAL_HAS_FAULTS"
    assert faults(refused.value) == {"items[0].rows[1].article_number": "ARTICLE_DELETED"}
    with pytest.raises(DomainError) as shown:
        desk.preview(draft)
    assert faults(shown.value) == {"draft.rows[1].article_number": "ARTICLE_DELETED"}


def test_approved_rows_keep_an_article_that_is_taken_out(desk: Desk, client_id: UUID, customer: str) -> None:
    [made] = add(desk, client_id)
    invoice = desk.invoice(client_id, a_printed(client_id, customer, a_row(article_number="EL-FAST")))
    delete(desk, made)
    assert desk.look(invoice.line.invoice_id).draft.rows[0].article_number == "EL-FAST"


def test_a_sale_goes_to_the_account_of_its_article(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    add(desk, client_id, an_article("FRAKT", sales_account="3590"), an_article("VARA"))
    rows = [
        a_row("100", 25, article_number="FRAKT"),
        a_row("50", 25, article_number="VARA"),
        a_row("10", 12, article_number="FRAKT"),
        a_row("3", 25),
    ]
    desk.invoice(client_id, a_printed(client_id, customer, *rows, with_invoice_fee=True))
    balance = world.balance(client_id)
    assert (balance["3590"], balance["3001"], balance["3540"]) == (-11_000, -5_300, -2_900)
    assert world.findings() == []


def test_nobody_sees_or_changes_another_clients_articles(world: World, desk: Desk, client_id: UUID) -> None:
    [made] = add(desk, client_id)
    stranger = world.user(world.client())
    with pytest.raises(DomainError, match="NOT_FOUND"):
        found(stranger, client_id)
    with pytest.raises(DomainError, match="NOT_FOUND"):
        delete(stranger, made)
    assert list(stranger.articles.SearchArticles(articles_pb2.SearchArticlesRequest()).articles) == []
