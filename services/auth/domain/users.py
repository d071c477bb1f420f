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
MAX_PHONE = 30
MAX_CLIENTS = 200  # a page shows all of a user's clients at once

_USER_NAME = regex(r"[\w.@+-]+")
_EMAIL = regex(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\".]+")
_PHONE = regex(r"[0-9+()./ -]*")
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
    phone: str = ""


def user_key(user_name: str) -> str:
    """What makes two user names the same: however they are typed."""
    return normalize("NFC", normalize("NFC", user_name).strip().casefold())


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody is called and reached."""

    first_name: str
    last_name: str
    email: str
    phone: str


def contact(v: Violations, prefix: str, written: Contact, *, email_required: bool = False) -> Contact:
    """The details, cleaned; notes what is wrong under ``prefix``."""
    first_name, last_name, email, phone = written.first_name, written.last_name, written.email, written.phone
    with v.field(f"{prefix}first_name"):
        first_name = clean(first_name, MAX_NAME)
        v.present(f"{prefix}first_name", first_name)
    with v.field(f"{prefix}last_name"):
        last_name = clean(last_name, MAX_NAME)
        v.present(f"{prefix}last_name", last_name)
    with v.field(f"{prefix}email"):
        email = clean(email, MAX_EMAIL)
        if email or not email_required:
            v.require(f"{prefix}email", not email or bool(_EMAIL.fullmatch(email)), "FORMAT")
        else:
            v.present(f"{prefix}email", email)
    with v.field(f"{prefix}phone"):
        phone = clean(phone, MAX_PHONE)
        v.require(f"{prefix}phone", bool(_PHONE.fullmatch(phone)), "FORMAT")
    return Contact(first_name, last_name, email, phone)


def appearance(v: Violations, prefix: str, theme: str, density: str) -> None:
    """Note what is no theme or row height."""
    v.require(f"{prefix}theme", theme in _THEMES, "UNKNOWN")
    v.require(f"{prefix}density", density in _DENSITIES, "UNKNOWN")


def profile(
    *, user_name: str, written: Contact, kind: UserKind | None, theme: str, density: str, email_required: bool = False
) -> Profile:
    """A checked profile. Raises InvalidInput with fields of ``user``."""
    with Violations() as v:
        with v.field("user.user_name"):
            user_name = clean(user_name, MAX_USER_NAME)
            if v.present("user.user_name", user_name):
                v.require("user.user_name", bool(_USER_NAME.fullmatch(user_name)), "FORMAT")
        person = contact(v, "user.", written, email_required=email_required)
        v.present("user.kind", kind)
        appearance(v, "user.", theme, density)
    assert kind is not None  # noqa: S101 - refused above
    return Profile(
        user_name, person.first_name, person.last_name, person.email, kind, theme, density, phone=person.phone
    )
