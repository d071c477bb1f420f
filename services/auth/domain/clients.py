"""A client (klient): a business that has outsourced invoicing or collection."""

from dataclasses import dataclass
from datetime import date
from re import compile as regex

from kernel import identity
from kernel.errors import Violations
from kernel.free_text import clean

MAX_NAME = 120

_NUMBER = regex(r"[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client as entered. Make one with ``new_client``, which checks it."""

    number: int  # at Resultat Finans, up to ten digits
    name: str
    organisation_number: str  # ten digits; a sole trader's is the person's


def checked_name(v: Violations, name: str) -> str:
    """A client's name, cleaned; notes what is wrong under ``client.name``."""
    with v.field("client.name"):
        name = clean(name, MAX_NAME)
        v.present("client.name", name)
    return name


def new_client(number: str, name: str, organisation_number: str, today: date) -> NewClient:
    """A checked client. Raises InvalidInput with fields of ``client``."""
    digits = ""
    with Violations() as v:
        if v.present("client.number", number):
            v.require("client.number", bool(_NUMBER.fullmatch(number)), "FORMAT")
        name = checked_name(v, name)
        with v.field("client.organisation_number"):
            digits = identity.parse(organisation_number, today).digits[2:]
    return NewClient(int(number), name, digits)
