"""Numbers, amounts and days as a person writes them in a field, sums such as ``3*412,50`` among them.

The script of the page works sums out at once; where it does not run, this does. ``kernel.formats`` reads each number.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from re import compile as regex
from typing import Final

from kernel.errors import invalid_value
from kernel.formats import MINUS, parse_decimal
from kernel.money import check_amount, half_up

MAX_SUM: Final = 60  # characters
_IS_SUM = regex(r"[*/()+]|[0-9)]\s*-\s*[0-9(]")
_TOKEN = regex(r"\s*(?:([0-9][0-9 ]*(?:[.,][0-9]+)?)|([-+*/()]))\s*")


def decimal_of(text: str, decimals: int) -> Decimal:
    """The number in a field, or what its sum comes to, rounded half-up to so many decimals.

    Raises InvalidInput: ``REQUIRED``, ``TOO_LONG``, ``NUMBER``, ``AMBIGUOUS`` or ``TOO_MANY_DECIMALS``.
    """
    plain = " ".join(text.replace(MINUS, "-").replace("\u2013", "-").split())
    if not _IS_SUM.search(plain):
        return parse_decimal(text, decimals)
    if len(plain) > MAX_SUM:
        raise invalid_value("TOO_LONG", max=MAX_SUM)
    value = _Sum(_tokens(plain)).value()
    return Decimal(half_up(value * 10**decimals)).scaleb(-decimals)


def minor_of(text: str, decimals: int) -> int:
    """The amount in a field, in minor units. Raises as ``decimal_of``, and ``OUT_OF_RANGE``."""
    return check_amount(int(decimal_of(text, decimals).scaleb(decimals)))


def plain(value: Decimal) -> str:
    """A number as the services take it: with a point, without needless zeros."""
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _tokens(text: str) -> list[Fraction | str]:
    found: list[Fraction | str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise invalid_value("NUMBER")
        number, sign = match.groups()
        found.append(sign or Fraction(parse_decimal(number, 6)))
        at = match.end()
    return found


class _Sum:
    """Reads ``a + b * (c - d)`` with the usual precedence."""

    def __init__(self, tokens: Sequence[Fraction | str]) -> None:
        self._tokens = tokens
        self._at = 0

    def value(self) -> Fraction:
        found = self._sum()
        if self._at != len(self._tokens):
            raise invalid_value("NUMBER")
        return found

    def _next_is(self, *signs: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at] in signs

    def _take(self) -> Fraction | str:
        if self._at >= len(self._tokens):
            raise invalid_value("NUMBER")
        self._at += 1
        return self._tokens[self._at - 1]

    def _sum(self) -> Fraction:
        found = self._product()
        while self._next_is("+", "-"):
            found = found + self._product() if self._take() == "+" else found - self._product()
        return found

    def _product(self) -> Fraction:
        found = self._factor()
        while self._next_is("*", "/"):
            if self._take() == "*":
                found *= self._factor()
                continue
            by = self._factor()
            if by == 0:
                raise invalid_value("NUMBER")
            found /= by
        return found

    def _factor(self) -> Fraction:
        piece = self._take()
        if isinstance(piece, Fraction):
            return piece
        if piece in {"-", "+"}:
            return -self._factor() if piece == "-" else self._factor()
        if piece == "(":
            found = self._sum()
            if self._take() == ")":
                return found
        raise invalid_value("NUMBER")
