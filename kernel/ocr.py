"""OCR numbers: the payment reference that the payee's bank checks before it takes a payment in.

Digits only, at most 25. What the last ones mean is agreed between payee and bank, as one of the kinds below.
Source: Bankgirot, OCR-referenskontroll.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from stdnum import luhn

from kernel.errors import invalid_value

MIN_LENGTH: Final = 2
MAX_LENGTH: Final = 25


class OcrKind(Enum):
    """How strictly the bank checks a reference."""

    SOFT = "soft"  # a wrong check digit is noted, and the payment comes in anyway
    HARD = "hard"  # the last digit must be the check digit
    HARD_LENGTH = "hard_length"  # and the one before it the last digit of the length
    HARD_FIXED = "hard_fixed"  # check digit, and one of one or two agreed lengths


@dataclass(frozen=True, slots=True)
class OcrRule:
    """What payee and bank have agreed. ``lengths`` (one or two, 2-25) belongs to HARD_FIXED and to nothing else.

    Raises InvalidInput (``LENGTHS``).
    """

    kind: OcrKind
    lengths: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        allowed = (1, 2) if self.kind is OcrKind.HARD_FIXED else (0,)
        if len(self.lengths) not in allowed or not all(MIN_LENGTH <= n <= MAX_LENGTH for n in self.lengths):
            raise invalid_value("LENGTHS")


HARD: Final = OcrRule(OcrKind.HARD)
HARD_LENGTH: Final = OcrRule(OcrKind.HARD_LENGTH)
SOFT: Final = OcrRule(OcrKind.SOFT)


def create(base: str, rule: OcrRule = HARD) -> str:
    """The OCR number of a base (say an invoice number), with the control digits that the rule asks for.

    A fixed length is reached with zeros in front of the base.
    Raises InvalidInput: ``DIGITS`` unless the base is digits, ``TOO_LONG`` if it has no room.

    >>> create("1234"), create("1234", HARD_LENGTH)
    ('12344', '123463')
    """
    _must_be_digits(base)
    body = base
    match rule.kind:
        case OcrKind.HARD_LENGTH:
            body = f"{base}{(len(base) + 2) % 10}"
        case OcrKind.HARD_FIXED:
            fitting = [length for length in sorted(rule.lengths) if len(base) < length]
            if not fitting:
                raise invalid_value("TOO_LONG", max=max(rule.lengths) - 1)
            body = base.zfill(fitting[0] - 1)
    if len(body) >= MAX_LENGTH:
        raise invalid_value("TOO_LONG", max=MAX_LENGTH - 1 - (len(body) - len(base)))
    return body + luhn.calc_check_digit(body)


def validate(ocr: str, rule: OcrRule = HARD) -> str:
    """The number itself if a bank with this rule would take it.

    Raises InvalidInput: ``DIGITS``, ``TOO_SHORT``, ``TOO_LONG``, ``LENGTH`` (not an agreed one), ``LENGTH_DIGIT`` or
    ``CHECK_DIGIT``. SOFT never raises the last: see ``has_check_digit``.
    """
    _must_be_digits(ocr)
    shortest = MIN_LENGTH + (rule.kind is OcrKind.HARD_LENGTH)
    if len(ocr) < shortest:
        raise invalid_value("TOO_SHORT", min=shortest)
    if len(ocr) > MAX_LENGTH:
        raise invalid_value("TOO_LONG", max=MAX_LENGTH)
    if rule.lengths and len(ocr) not in rule.lengths:
        raise invalid_value("LENGTH", lengths="/".join(str(n) for n in sorted(rule.lengths)))
    if rule.kind is OcrKind.SOFT:
        return ocr
    if not luhn.is_valid(ocr):
        raise invalid_value("CHECK_DIGIT")
    if rule.kind is OcrKind.HARD_LENGTH and int(ocr[-2]) != len(ocr) % 10:
        raise invalid_value("LENGTH_DIGIT", expected=len(ocr) % 10)
    return ocr


def has_check_digit(ocr: str) -> bool:
    """Whether text is 2-25 digits of which the last is a right check digit."""
    return _is_digits(ocr) and MIN_LENGTH <= len(ocr) <= MAX_LENGTH and luhn.is_valid(ocr)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _must_be_digits(text: str) -> None:
    if not _is_digits(text):
        raise invalid_value("DIGITS" if text else "REQUIRED")
