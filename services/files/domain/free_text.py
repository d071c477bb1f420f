"""Numbers in the free text of a payment that may name an invoice."""

from re import ASCII
from re import compile as regex
from typing import Final

MIN_DIGITS: Final = 2  # an OCR number has one digit and its check digit at least
MAX_DIGITS: Final = 25  # the width of BgMax's reference field
MAX_CANDIDATES: Final = 200

_GROUPED = regex(r"\d+(?:[ -]\d+)*", ASCII)
_RUN = regex(r"\d+", ASCII)


def numbers_in_text(text: str) -> tuple[str, ...]:
    """Runs of digits in ``text``, in order and without repeats; groups such as ``1234 5678`` also as one number.

    Candidates only: any date or telephone number is among them. Use one only where a hard check (an OCR check digit
    with length digit, or an open invoice with that very number and amount) confirms it.

    >>> numbers_in_text("Faktura 98547 och 1234 463")
    ('98547', '1234463', '1234', '463')
    """
    candidates: dict[str, None] = {}
    for group in _GROUPED.finditer(text):
        runs = _RUN.findall(group.group())
        for number in dict.fromkeys(["".join(runs), *runs]):
            if MIN_DIGITS <= len(number) <= MAX_DIGITS:
                candidates[number] = None
        if len(candidates) >= MAX_CANDIDATES:
            break
    return tuple(candidates)[:MAX_CANDIDATES]
