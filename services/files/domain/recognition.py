"""Which payment format a file is, told by its first bytes. The name alone never decides: anybody can write a name."""

from dataclasses import dataclass
from pathlib import PurePath
from re import compile as regex
from typing import Final

from services.files.domain.payments import Format

HEAD_BYTES: Final = 65_536  # enough for any start record, or for an XML prolog with its comments

_BGMAX = regex(r"01BGMAX {1,15}(?P<version>\d{2})?")
_CAMT = regex(r"""\bxmlns(?::[\w.-]+)?\s*=\s*["']urn:iso:std:iso:20022:tech:xsd:camt\.(05[34])\.(\d{3}\.\d{2})["']""")
_BEFORE_ROOT = regex(r"(?:\s|<\?.*?\?>|<!--.*?-->)*+", 16)  # 16 = DOTALL; possessive: no way back, so linear time
_ROOT_TAG = regex(r"<[^<>!?][^<>]{0,8192}>")

_NAMES_OF_OTHERS = frozenset({".csv", ".pdf", ".si", ".xlsx", ".xml", ".zip"})
_CAMT_FORMATS = {"053": Format.CAMT_053, "054": Format.CAMT_054}


@dataclass(frozen=True, slots=True)
class FileFormat:
    """``version`` is BgMax's layout number (``01``) or the message version (``001.02``); empty when unknown.

    ``name_agrees`` is false when the file's name promises something else (a camt message that is called ``.txt``):
    worth showing, not worth refusing.
    """

    format: Format
    version: str = ""
    name_agrees: bool = True


def recognise(head: bytes, filename: str = "") -> FileFormat:
    """The format of a file that begins with ``head`` (``HEAD_BYTES`` of it are plenty)."""
    text = head_text(head)
    suffix = PurePath(filename).suffix.lower()
    if start := _BGMAX.match(text):
        return FileFormat(
            Format.BGMAX, start["version"] or "", name_agrees=suffix not in {".xml", ".csv", ".xlsx", ".zip"}
        )
    root = _ROOT_TAG.match(after_prolog(text))
    if root and (namespace := _CAMT.search(root.group())):
        return FileFormat(_CAMT_FORMATS[namespace[1]], namespace[2], name_agrees=suffix in {"", ".xml", ".camt"})
    return FileFormat(Format.UNKNOWN)


def head_text(head: bytes) -> str:
    """The first characters of a file, for looking at markup and digits: letters beyond ASCII may be wrong."""
    head = head[:HEAD_BYTES]
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return head.decode("utf-16", errors="replace").lstrip("\ufeff \t\r\n")
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip(" \t\r\n")


def after_prolog(text: str) -> str:
    """What follows the XML declaration, comments and instructions: a root tag, or a document type declaration."""
    prolog = _BEFORE_ROOT.match(text)
    return text[prolog.end() :] if prolog else text
