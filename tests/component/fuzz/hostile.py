"""Values that have broken something somewhere. Each is made by a seeded generator, so a run can be repeated."""

from random import Random
from typing import Final

MARK: Final = "kvickrot7719"
"""In every typed text. Nothing that a person typed may be found in a log or in an error."""

PERSONAL_NUMBER: Final = "7010632391"
"""Skatteverket's own example of an ID number: valid, and nobody's."""

INT64: Final = (2**63 - 1, -(2**63))
INT32: Final = (2**31 - 1, -(2**31))

_TEXTS: Final = (
    "",
    " ",
    "\t\n ",
    "\x00",
    f"{MARK}\x00",
    f"\x1b[31m{MARK}",
    f"{MARK}\r\nSet-Cookie: a=b",
    f"\u202e{MARK}\u2066",
    f"\ufeff{MARK}",
    f"{MARK}\u0301\u0301\u0301",
    f"'; DROP TABLE invoice; -- {MARK}",
    f"%s%n{{0}}${{{MARK}}}",
    f"../../../etc/{MARK}",
    f"<script>{MARK}</script>",
    f"=1+1+cmd|{MARK}",
    "\uffff",
    "🧾" * 40 + MARK,
    PERSONAL_NUMBER,
    "700101-0000",
    "null",
    "NaN",
    "Infinity",
    "-0",
    "1e309",
    "1e-400",
    "0x10",
    "１２３",  # digits that int() takes and a bank does not
    "٣٤",
    "²",
    "1_000",
    "+1",
    "9" * 40,
    "0" * 25,
    "0.00000000000000000000000001",
    "999999999999999.9999",
    "-5",
    "1,5",
    "00000000-0000-0000-0000-000000000000",
    "{00000000-0000-0000-0000-000000000001}",
    "urn:uuid:00000000-0000-0000-0000-000000000001",
    "zz000000-0000-0000-0000-000000000001",
    "2026H3",
    "0000H1",
    "9999H2",
    "WyJhIl0=",
    "bnVsbA==",
    "W10=",
    "////",
    "[[[[",
)
_CODES: Final = (*range(32), 127, 0x2028, 0x200B, 0xD7FF, 0x10FFFF, 65)
_LENGTHS: Final = (60, 61, 120, 121, 200, 201, 256, 257, 1_000, 20_000)


def text(chance: Random) -> str:
    """A text that somebody once typed, or an attacker."""
    if chance.random() < 0.12:
        return chance.choice(("\x00", f"{MARK}\x00", "1\x00"))  # what PostgreSQL cannot hold
    if chance.random() < 0.25:
        length = chance.choice(_LENGTHS)
        letter = chance.choice(("a", "å", "1", "𝟙", " ", "\n"))
        return MARK + letter * (length - len(MARK))
    if chance.random() < 0.2:
        return MARK + "".join(
            chr(chance.choice((*range(32), 127, 0x2028, 0x200B, 0xD7FF, 0x10FFFF, 65))) for _ in range(8)
        )
    return chance.choice(_TEXTS)


def integer(chance: Random, most: int, least: int) -> int:
    """An integer of a width at or near where something ends."""
    edges = (most, least, 0, 1, -1, 10**15, 10**13, 10**13 + 1, -(10**13), 10**9, 2**31, 2**32, 201, 1001, 5001, -200)
    value = chance.choice(edges) + chance.choice((0, 0, 0, 1, -1))
    return max(least, min(most, value))


def day(chance: Random) -> tuple[int, int, int]:
    """Year, month and day, of which not all exist."""
    if chance.random() < 0.4:
        return chance.choice(((2026, 2, 29), (2024, 2, 29), (1899, 12, 31), (2200, 1, 1), (1900, 1, 1), (2199, 12, 31)))
    year = chance.choice((0, 1, -1, 1752, 2026, 9999, 10_000, INT32[0], INT32[1]))
    return year, chance.choice((0, 1, 12, 13, -1, INT32[0])), chance.choice((0, 1, 30, 31, 32, -1, INT32[1]))


def octets(chance: Random) -> bytes:
    """Bytes of a file that is none, or of one that lies about itself."""
    kinds = (
        b"",
        b"\x00" * 64,
        b"01BGMAX               01",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"\xff\xfe" + MARK.encode("utf-16-le"),
        b"%PDF-1.7\n" + MARK.encode(),
        b"PK\x03\x04" + bytes(30),
        b"20" + b"9" * 78 + b"\r\n",
    )
    return chance.choice(kinds) + chance.randbytes(chance.choice((0, 0, 1, 80, 5_000)))


def damaged(message: bytes, chance: Random) -> bytes:
    """The same bytes with something that is no message any more: cut, flipped, or text that is not UTF-8."""
    if not message:
        return b"\xff" * chance.randint(1, 12)
    kind = chance.randrange(4)
    if kind == 0:
        return message[: chance.randrange(len(message))]
    if kind == 1:
        return message.replace(MARK[:3].encode(), b"\xed\xa0\x80") + b"\x0a\x03\xed\xa0\x80"  # a lone surrogate
    at = chance.randrange(len(message))
    if kind == 2:
        return message[:at] + bytes([message[at] ^ (1 << chance.randrange(8))]) + message[at + 1 :]
    return message[:at] + chance.randbytes(4) + message[at:]
