"""Text that a person typed: names, addresses, notes. What may be stored, and in which form."""

from typing import Final
from unicodedata import category, normalize

from kernel.errors import invalid_value

_REFUSED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control characters, surrogates, line separators
_NOT_XML: Final = "\ufffe\uffff"  # an invoice file could not hold them
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # make text read as another text


def clean(text: str, max_length: int, *, multiline: bool = False) -> str:
    """The text in one form: composed (NFC), without space around it, with line ends as newline.

    ``max_length`` is in characters, of the result. ``multiline`` allows newlines and tabs. An empty text is fine.
    Raises InvalidInput: ``TOO_LONG`` or ``CONTROL_CHARACTER``.
    """
    if len(text) > 4 * max_length + 100:  # far too long already: do not spend time on normalising it
        raise invalid_value("TOO_LONG", max=max_length)
    allowed = "\n\t" if multiline else ""
    cleaned = normalize("NFC", text.replace("\r\n", "\n") if multiline else text).strip()
    if any((category(c) in _REFUSED and c not in allowed) or c in _BIDI or c in _NOT_XML for c in cleaned):
        raise invalid_value("CONTROL_CHARACTER")
    if len(cleaned) > max_length:
        raise invalid_value("TOO_LONG", max=max_length)
    return cleaned
