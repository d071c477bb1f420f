"""A person with a login, as an administrator enters one."""

from dataclasses import dataclass
from enum import Enum
from re import compile as regex
from unicodedata import normalize

from kernel.errors import Violations
from kernel.free_text import clean

MAX_USER_NAME = 64
MAX_NAME = 60
MAX_EMAIL = 254  # RFC 5321
MAX_CLIENTS = 200  # a page shows all of a user's clients at once

_USER_NAME = regex(r"[\w.@+-]+")
_EMAIL = regex(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\".]+")
_THEMES = frozenset({"", "light", "dark"})
_DENSITIES = frozenset({"", "compact", "normal", "airy"})


class UserKind(Enum):
    """Works for clients, or at Resultat Finans as officer or administrator."""

    CLIENT = "client"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"

    @property
    def is_staff(self) -> bool:
        return self is not UserKind.CLIENT


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a user is, apart from password and rights. Make one with ``profile``, which checks it."""

    user_name: str
    first_name: str
    last_name: str
    email: str
    kind: UserKind
    theme: str = ""
    density: str = ""


def user_key(user_name: str) -> str:
    """What makes two user names the same: however they are typed."""
    return normalize("NFC", normalize("NFC", user_name).strip().casefold())


def profile(
    *, user_name: str, first_name: str, last_name: str, email: str, kind: UserKind | None, theme: str, density: str
) -> Profile:
    """A checked profile. Raises InvalidInput with fields of ``user``; an e-mail address may be missing."""
    with Violations() as v:
        with v.field("user.user_name"):
            user_name = clean(user_name, MAX_USER_NAME)
            if v.present("user.user_name", user_name):
                v.require("user.user_name", bool(_USER_NAME.fullmatch(user_name)), "FORMAT")
        with v.field("user.first_name"):
            first_name = clean(first_name, MAX_NAME)
            v.present("user.first_name", first_name)
        with v.field("user.last_name"):
            last_name = clean(last_name, MAX_NAME)
            v.present("user.last_name", last_name)
        with v.field("user.email"):
            email = clean(email, MAX_EMAIL)
            v.require("user.email", not email or bool(_EMAIL.fullmatch(email)), "FORMAT")
        v.present("user.kind", kind)
        v.require("user.theme", theme in _THEMES, "UNKNOWN")
        v.require("user.density", density in _DENSITIES, "UNKNOWN")
    assert kind is not None  # noqa: S101 - refused above
    return Profile(user_name, first_name, last_name, email, kind, theme, density)
