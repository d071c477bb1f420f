"""Files that a bank could have sent, and what becomes of them in bad hands."""

import gzip
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from random import Random
from typing import Final

from services.files.domain import writers
from services.files.domain.payments import (
    SWEDISH_TIME,
    Account,
    AccountKind,
    Deposit,
    PaymentRow,
    Reference,
    ReferenceKind,
)
from tests.component.fuzz import hostile
from tests.component.fuzz.world import TODAY, a_payment_file

Change = Callable[[bytes, Random], bytes]
LAUGHS: Final = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


def whole(chance: Random) -> bytes:
    """A good file of one of the formats, with a message of its own."""
    number = str(chance.randrange(10**9))
    if chance.random() < 0.6:
        return a_payment_file(number)
    amount = 100 * chance.randrange(1, 10**6)
    reference = Reference(ReferenceKind.OCR, number)
    paid = PaymentRow(1, "", f"B{number}", amount, "SEK", TODAY, hostile.MARK, references=(reference,))
    account = Account(AccountKind.BANKGIRO, "9912346")
    deposit = Deposit(account, "SEK", TODAY, amount, f"{chance.randrange(10**5):05}", (paid,))
    return writers.bgmax([deposit], created_at=datetime(2026, 6, 15, 12, tzinfo=SWEDISH_TIME))


def spoilt(chance: Random) -> bytes:
    """One that something has happened to, or that was never any."""
    if chance.random() < 0.25:
        return chance.choice(BOMBS)()
    content = whole(chance)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        content = chance.choice(CHANGES)(content, chance)
    return content


def _cut(content: bytes, chance: Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _flipped(content: bytes, chance: Random) -> bytes:
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 40))):
        if found:
            found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def _recoded(content: bytes, chance: Random) -> bytes:
    text = content.decode("utf-8", errors="replace")
    encoding = chance.choice(("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037", "utf-8-sig", "latin-1", "cp1252"))
    return text.encode(encoding, errors="replace")


def _mislabelled(content: bytes, chance: Random) -> bytes:
    label = chance.choice((b"UTF-16", b"UTF-7", b"EBCDIC-CP-SE", b"ISO-8859-1", b"x", b"UTF-8\x00"))
    return content.replace(b"UTF-8", label, 1)


def _repeated(content: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    piece = content[at : at + chance.choice((1, 30, 2_000))]
    return content[:at] + piece * chance.choice((2, 50, 2_000)) + content[at:]


def _typed(content: bytes, chance: Random) -> bytes:
    """A value of a tag or of a row that somebody else wrote."""
    at = chance.randrange(len(content) + 1)
    return content[:at] + hostile.text(chance).encode(errors="surrogatepass") + content[at:]


def _numbers(content: bytes, chance: Random) -> bytes:
    """Amounts and days that are too large, negative, or none."""
    odd = chance.choice((b"9" * 30, b"-1", b"0", b"1e9", b"NaN", b"1,5", b"0.001", b"2026-02-30", b"\xd9\xa3"))
    digits = [place for place, value in enumerate(content) if 48 <= value <= 57]
    if not digits:
        return content
    at = chance.choice(digits)
    return content[:at] + odd + content[at + chance.choice((0, 1, len(odd))) :]


def _line_ends(content: bytes, chance: Random) -> bytes:
    return content.replace(b"\r\n", chance.choice((b"\n", b"\r", b"", b"\x0b", b"\r\n\r\n")))


CHANGES: Final[Sequence[Change]] = (
    _cut, _flipped, _recoded, _mislabelled, _repeated, _typed, _numbers, _line_ends,
)  # fmt: skip


def _xml(doctype: str, inside: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02">{inside}</Document>'
    ).encode()


@cache
def _zip_bomb() -> bytes:
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w", zipfile.ZIP_DEFLATED) as archive:
        for place in range(4):
            archive.writestr(f"{place}.xml", bytes(16 * 1024 * 1024))
        archive.writestr("../../../tmp/out", "x")
    return inside.getvalue()


BOMBS: Final[Sequence[Callable[[], bytes]]] = (
    lambda: b"",
    lambda: b"\n",
    lambda: b"\x00" * 4_096,
    lambda: hostile.MARK.encode() * 30_000,  # one huge line
    lambda: b"20" + b"9" * 2_000_000,
    lambda: b"01BGMAX               0120261124173035010331P" + b" " * 500_000,
    lambda: b"\r\n".join([b"%-80s" % b"01BGMAX               0120261124173035010331P", *[b"%-80s" % b"2600"] * 20_000]),
    lambda: _xml(f'<!DOCTYPE Document [<!ENTITY l0 "ha">{LAUGHS}]>', "&l11;"),
    lambda: _xml('<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "<a>&x;</a>"),
    lambda: _xml('<!DOCTYPE Document SYSTEM "http://127.0.0.1:1/evil.dtd">', ""),
    lambda: _xml("", "<a>" * 50_000),
    lambda: _xml("", "<a/>" * 200_000),
    lambda: _xml("", f"<Nm>{'x' * 3_000_000}</Nm>"),
    lambda: _xml("", "&#0;&#xD800;&#1114112;"),
    lambda: _xml("<?xml-stylesheet href='http://127.0.0.1:1/'?>", ""),
    _zip_bomb,
    lambda: gzip.compress(bytes(8 * 1024 * 1024)),
    lambda: b"%PDF-1.7\n" + hostile.MARK.encode(),
    lambda: b"MZ" + bytes(300),
    lambda: b"#!/bin/sh\nreboot\n",
    lambda: b"<html><script>alert(1)</script></html>",
    lambda: b"=1+1+cmd|' /C calc'!A0;1\r\n",
)  # fmt: skip
