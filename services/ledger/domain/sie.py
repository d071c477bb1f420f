"""The chart of accounts in a SIE 4 file (DOMAIN 3.3): #KONTO and #KTYP. Every other label is left alone.

The format says CP437; programs that write UTF-8 or Latin-1 under the same head exist, so the letters decide.
"""

from re import compile as regex
from typing import Final

from kernel.errors import InvalidInput, invalid_value
from kernel.free_text import clean
from services.ledger.domain.accounts import MAX_NAME, TYPES, Account, is_number, type_of

MAX_ACCOUNTS: Final = 5_000
_ROW = regex(r'#(KONTO|KTYP)[ \t]+"?([0-9]+)"?[ \t]+(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')
_SWEDISH: Final = "åäöÅÄÖ"


def accounts(content: bytes) -> list[Account]:
    """The accounts of a file by number, each once.

    Raises InvalidInput: ``NOT_SIE``, ``NO_ACCOUNTS``, ``TOO_MANY_ACCOUNTS``.
    """
    if b"#KONTO" not in content and b"#FLAGGA" not in content and b"#SIETYP" not in content:
        raise invalid_value("NOT_SIE")
    names: dict[str, str] = {}
    types: dict[str, str] = {}
    for line in _decoded(content).splitlines():
        match = _ROW.match(line.strip())
        if match is None or not is_number(match[2]):
            continue
        given = (match[3] if match[3] is not None else match[4]).replace('\\"', '"')
        if match[1] == "KTYP":
            types[match[2]] = given.upper()
        else:
            names[match[2]] = _name(given, match[2])
    if not names:
        raise invalid_value("NO_ACCOUNTS")
    if len(names) > MAX_ACCOUNTS:
        raise invalid_value("TOO_MANY_ACCOUNTS", max=str(MAX_ACCOUNTS))
    return [
        Account(number, name, types[number] if types.get(number) in TYPES else type_of(number))
        for number, name in sorted(names.items())
    ]


def _name(given: str, number: str) -> str:
    try:
        return clean(given, MAX_NAME) or number
    except InvalidInput:
        return number


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        readings = [content.decode("cp437"), content.decode("latin-1")]
        return max(readings, key=lambda text: sum(text.count(letter) for letter in _SWEDISH))
