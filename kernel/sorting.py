"""Swedish alphabetical order without a Swedish collation: a key that sorts right byte by byte (``COLLATE "C"``).

The order is space, digits, a-z, å, ä, ö, other scripts. Case and accents only decide between names that are
otherwise the same: é is e, ü is y, æ is ä, ø is ö; v and w are letters of their own (as since 2006).
"""

from typing import Final
from unicodedata import normalize

# The three characters after "z" in ASCII stand for the three letters after "z" in Swedish.
_LETTERS: Final = str.maketrans(
    {
        "å": "{",
        "ä": "|",
        "ö": "}",
        "æ": "|",
        "ø": "}",
        "ő": "}",
        "œ": "}",
        "ü": "y",
        "ű": "y",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "þ": "th",
        "'": None,
        "\u2019": None,
    }
)
_WORD_GAP: Final = "!"  # below every digit and letter, but above the space that ends the name
_END: Final = " "


def sort_key(text: str) -> str:
    """The key to store and order by: what the name is, and then how it is written, so that no two names tie.

    >>> sorted(["Öberg", "Zäta", "Åberg"], key=sort_key)
    ['Zäta', 'Åberg', 'Öberg']
    """
    return sort_prefix(text) + _END + normalize("NFC", text)


def sort_prefix(text: str) -> str:
    """What the keys of all names that begin with ``text`` begin with, whatever their case and accents.

    For prefix searches: ``sort_key LIKE <prefix> || '%'``. It holds no wildcard and no backslash.
    """
    letters = normalize("NFC", text).casefold().translate(_LETTERS)
    # Every letter that is Swedish has been replaced, so what still decomposes is a letter with an accent.
    plain = normalize("NFD", letters)
    words = "".join(c if c.isalnum() or c in "{|}" else _gap(c) for c in plain).split()
    return _WORD_GAP.join(words)


def _gap(character: str) -> str:
    """Nothing for an accent that has come loose from its letter, a gap for punctuation and spaces."""
    return "" if "\u0300" <= character <= "\u036f" else " "
