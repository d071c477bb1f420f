"""Bankgiro and plusgiro numbers: the payee accounts that are printed on an invoice.

Sources: Peppol rules SE-R-007 to SE-R-010 for the digits; the grouping of a plusgiro number is common practice.
"""

from dataclasses import dataclass
from enum import Enum
from re import compile as regex

from stdnum import luhn

from kernel.errors import invalid_value

_FORMS = {"bankgiro": regex(r"([1-9][0-9]{2,3})-?([0-9]{4})"), "plusgiro": regex(r"([1-9][0-9]{0,6})-?([0-9])")}


class GiroKind(Enum):
    """Which of the two systems a number belongs to; the digits alone do not tell."""

    BANKGIRO = "bankgiro"
    PLUSGIRO = "plusgiro"


@dataclass(frozen=True, slots=True)
class Giro:
    """A giro number with a right check digit. ``digits`` is what is stored and sent, ``str`` what is printed.

    Raises InvalidInput: ``FORMAT`` or ``CHECK_DIGIT``.
    """

    kind: GiroKind
    digits: str

    def __post_init__(self) -> None:
        if not _FORMS[self.kind.value].fullmatch(self.digits) or "-" in self.digits:
            raise invalid_value("FORMAT")
        if not luhn.is_valid(self.digits):
            raise invalid_value("CHECK_DIGIT")

    def __str__(self) -> str:
        if self.kind is GiroKind.BANKGIRO:
            return f"{self.digits[:-4]}-{self.digits[-4:]}"
        body = self.digits[:-1]
        first = len(body) % 2 or 2  # pairs are counted from the right: 1 23 45-6
        pairs = [body[:first], *(body[i : i + 2] for i in range(first, len(body), 2))]
        return f"{' '.join(pairs)}-{self.digits[-1]}"

    @property
    def is_charity_account(self) -> bool:
        """Whether it is a 90-konto, reserved for supervised fundraising (bankgiro 900-000x to 904-999x)."""
        return (
            self.kind is GiroKind.BANKGIRO and len(self.digits) == len("9000000") and "900" <= self.digits[:3] <= "904"
        )


def bankgiro(text: str) -> Giro:
    """A bankgiro number as a person writes it: 7-8 digits, with or without the hyphen before the last four.

    Raises InvalidInput: ``FORMAT`` or ``CHECK_DIGIT``.

    >>> str(bankgiro("50501055"))
    '5050-1055'
    """
    return _parse(GiroKind.BANKGIRO, text)


def plusgiro(text: str) -> Giro:
    """A plusgiro number as a person writes it: 2-8 digits, spaces anywhere, at most a hyphen before the last.

    Raises InvalidInput: ``FORMAT`` or ``CHECK_DIGIT``.
    """
    return _parse(GiroKind.PLUSGIRO, text)


def _parse(kind: GiroKind, text: str) -> Giro:
    match = _FORMS[kind.value].fullmatch("".join(text.split()))
    if not match:
        raise invalid_value("FORMAT" if text.strip() else "REQUIRED")
    return Giro(kind, "".join(match.groups()))
