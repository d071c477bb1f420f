"""Documents that the web keeps for its callers: what may be written, how much, and for how long."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from re import compile as regex

from kernel.errors import Violations
from kernel.free_text import clean

MAX_TITLE = 120
SHORT_BYTES = 4_096  # a body that a list holds as well

_KEY = regex(r"[A-Za-z0-9._:/-]{1,100}")


class DocumentKind(Enum):
    """What a document is: its name in the table, and its limits."""

    SAVED_SEARCH = ("saved_search", 4_096, 100, None)
    DRAFT = ("draft", 1_048_576, 100, timedelta(days=30))
    PREFERENCE = ("preference", 4_096, 20, None)

    def __init__(self, label: str, max_bytes: int, most: int, lifetime: timedelta | None) -> None:
        self.label = label
        self.max_bytes = max_bytes
        self.most = most  # of one caller's
        self.lifetime = lifetime  # since its last change


@dataclass(frozen=True, slots=True)
class Document:
    """A document as written. Make one with ``document``, which checks it."""

    kind: DocumentKind
    key: str
    title: str
    body: str


def document(kind: DocumentKind | None, key: str, title: str, body: str) -> Document:
    """A checked document. Raises InvalidInput with fields of ``document``; a body must have no NUL and fit its kind."""
    with Violations() as v:
        v.present("document.kind", kind)
        v.require("document.key", bool(_KEY.fullmatch(key)), "FORMAT" if key else "REQUIRED")
        with v.field("document.title"):
            title = clean(title, MAX_TITLE)
        if kind is not None:
            fits = len(body.encode()) <= kind.max_bytes
            v.require("document.body", fits, "TOO_LONG", max=kind.max_bytes)
        v.require("document.body", "\0" not in body, "CONTROL_CHARACTER")
    assert kind is not None  # noqa: S101 - refused above
    return Document(kind, key, title, body)


def place(kind: DocumentKind | None, key: str) -> tuple[DocumentKind, str]:
    """The kind and key of a document that is looked for. Raises InvalidInput."""
    with Violations() as v:
        v.present("kind", kind)
        v.require("key", bool(_KEY.fullmatch(key)), "FORMAT" if key else "REQUIRED")
    assert kind is not None  # noqa: S101 - refused above
    return kind, key


def prefix(kind: DocumentKind | None, key_prefix: str) -> tuple[DocumentKind, str]:
    """The kind and the beginning of the keys of a list. Raises InvalidInput."""
    with Violations() as v:
        v.present("kind", kind)
        v.require("key_prefix", not key_prefix or bool(_KEY.fullmatch(key_prefix)), "FORMAT")
    assert kind is not None  # noqa: S101 - refused above
    return kind, key_prefix
