"""An article of a client's register, and how it is found."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.errors import DomainError, Kind
from kernel.sorting import sort_prefix
from services.ledger.domain import numbers

_GAP = "!"  # what sort_prefix puts between words


class ArticleChanged(DomainError):
    """The article is no longer what was on the screen."""

    reason = "ARTICLE_CHANGED"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Article:
    """What a client sells. The price is in whole kronor without VAT; no account means the one of the VAT rate."""

    id: UUID
    client_id: UUID
    number: str
    description: str
    unit: str
    price: Decimal
    vat_percent: int
    sales_account: str = ""
    version: int = 1

    @property
    def number_key(self) -> str:
        """The place of its number."""
        return numbers.natural_key(self.number)


def words(description: str) -> str:
    """What a search compares with: each word of the description with a gap before it, case and accents aside.

    >>> words("Fast avgift, månad")
    '!fast!avgift!m{nad'
    """
    plain = sort_prefix(description)
    return _GAP + plain if plain else ""


def sought(text: str) -> list[str]:
    """What must stand in ``words`` of each article that the text finds: the beginnings of words.

    >>> sought("avg FAST")
    ['!avg', '!fast']
    """
    return [_GAP + word for word in sort_prefix(text).split(_GAP) if word]
