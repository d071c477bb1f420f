"""PIN codes (Pinkod, SPEC part 2): four groups of four, bound to a client and rights; once, for a while, ten tries.

The first group tells codes apart and is no secret; the other three are 60 bits. The letters are Crockford's, so that
0 and O, and 1, I and L, are the same however they are read off a paper.
"""

from datetime import timedelta
from typing import Final

from kernel.errors import Violations

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
START_LENGTH: Final = 4
LENGTH: Final = 16
MAX_WRONG_TRIES: Final = 10
DEFAULT_DAYS: Final = 14
MAX_DAYS: Final = 90

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None, "\u00a0": None, "\u2013": None})


def typed(pin: str) -> str | None:
    """The code that was typed, as it is hashed; None for what is no code at all."""
    code = pin.upper().translate(_READ_AS) if len(pin) <= 2 * LENGTH else ""
    return code if len(code) == LENGTH and all(letter in ALPHABET for letter in code) else None


def printed(code: str) -> str:
    """``7K3M-Q2XF-9TRW-H4PD``."""
    return "-".join(code[place : place + 4] for place in range(0, LENGTH, 4))


def start(code: str) -> str:
    """By what people tell a code from others."""
    return code[:START_LENGTH]


def from_chance(chance: bytes) -> str:
    """A code made of 80 bits."""
    number = int.from_bytes(chance[:10])
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))


def lifetime(v: Violations, days: int) -> timedelta:
    """How long a code works; notes what is out of range."""
    v.require("days", 0 <= days <= MAX_DAYS, "OUT_OF_RANGE", min=1, max=MAX_DAYS)
    return timedelta(days=min(max(days, 0), MAX_DAYS) or DEFAULT_DAYS)
