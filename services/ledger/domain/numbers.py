"""Numbers of invoices and customers: what they may look like, how they sort, which come next."""

from collections.abc import Collection
from re import compile as regex

from kernel.errors import invalid_value

MAX_LENGTH = 20
_FORM = regex(r"[0-9A-Za-z](?:[0-9A-Za-z/_.-]*[0-9A-Za-z])?")
_DIGITS = regex(r"[0-9]+")


def check(number: str) -> str:
    """The number itself: 1-20 letters, digits, and ``/ _ . -`` between them.

    Raises InvalidInput: ``REQUIRED``, ``TOO_LONG`` or ``FORMAT``.
    """
    if not number:
        raise invalid_value("REQUIRED")
    if len(number) > MAX_LENGTH:
        raise invalid_value("TOO_LONG", max=MAX_LENGTH)
    if not _FORM.fullmatch(number):
        raise invalid_value("FORMAT")
    return number


def natural_key(number: str) -> str:
    """A key that sorts numbers as people count, byte by byte: 9 before 10, A9 before A10.

    Each run of digits is written with its length in front.

    >>> sorted(["1000", "A10", "999", "A9"], key=natural_key)
    ['999', '1000', 'A9', 'A10']
    """
    return _DIGITS.sub(lambda run: f"{len(run[0].lstrip('0')):02}{run[0].lstrip('0')}", number.upper()) + " " + number


def digits_of(number: str) -> str:
    """The digits in a number, for its OCR number."""
    return "".join(character for character in number if character in "0123456789")


def next_free(first: int, count: int, taken: Collection[str]) -> list[int]:
    """The next ``count`` numbers from ``first`` on that are not taken."""
    free: list[int] = []
    candidate = first
    while len(free) < count:
        if str(candidate) not in taken:
            free.append(candidate)
        candidate += 1
    return free
