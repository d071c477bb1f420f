"""A page as a person reads it."""

from typing import Any

from lxml import html
from lxml.html import HtmlElement


def shown(answer: Any) -> HtmlElement:
    """The page of an answer."""
    return html.document_fromstring(answer.get_data(as_text=True))


def words(element: HtmlElement) -> str:
    """The text of an element with single spaces, also between parts that stand apart."""
    return " ".join(" ".join(element.itertext()).split())


def table(page: HtmlElement, key: str) -> list[list[str]]:
    """The cells of a table's rows, its head excepted."""
    return [[words(cell) for cell in row.xpath("./td")] for row in page.xpath(f"//table[@id='{key}']//tr[td]")]
