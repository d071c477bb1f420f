"""Smarttab: where Tab stops in Registrera faktura, as the person has chosen (SPEC M-12, N-02, B9).

Whether it is on is one of the settings of Mina sidor; the stops of one's own and Enter are a document beside them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from gateway import preferences
from gateway.forms.invoice_fields import CELLS, LABELS

KEY: Final = "smarttab"
CELL: Final = "rad-"
"""Before the name of a field of the rows, whichever row it is in."""
YELLOW: Final = frozenset(
    {"klient", "tjanst", "typ", "kundnr", "fakturanr", "fakturadatum", "villkor", "forfallodatum", "valuta", "kurs",
     "netto", "moms", "belopp", "rad-benamning", "rad-antal", "rad-pris", "rad-moms"}
)  # fmt: skip
"""Where it stops by itself: the mandatory fields."""
FIELDS: Final = {
    **{name: label.text for name, label in LABELS.items()},
    **{CELL + name: label.text for name, label in CELLS.items()},
}


@dataclass(frozen=True)
class Choice:
    """A field that Tab may stop at."""

    name: str
    label: str
    chosen: bool
    yellow: bool


@dataclass(frozen=True)
class Smarttab:
    """How Tab and Enter go through the form."""

    on: bool = True
    enter: bool = True  # Enter goes to the next field, too
    stops: frozenset[str] = YELLOW

    @property
    def has_own_stops(self) -> bool:
        return self.stops != YELLOW

    def choices(self) -> Iterator[tuple[str, Sequence[Choice]]]:
        """The fields in the order of the page, those of the rows by themselves."""
        chosen = [Choice(name, label, name in self.stops, name in YELLOW) for name, label in FIELDS.items()]
        yield "Fakturans fält", [one for one in chosen if not one.name.startswith(CELL)]
        yield "Radernas fält", [one for one in chosen if one.name.startswith(CELL)]


def mine() -> Smarttab:
    """The choices of the person whose page this is; as it stands here where nothing is chosen or can be read."""
    on, written = preferences.mine().smarttab, preferences.read(KEY)
    try:
        stops = frozenset(FIELDS) & frozenset(written["stops"])
        return Smarttab(on, written["enter"] is True, stops or YELLOW)
    except (TypeError, KeyError):
        return Smarttab(on)


def save(chosen: Smarttab) -> None:
    """Keep them for this person, wherever they sign in."""
    settings = preferences.mine()
    if settings.smarttab != chosen.on:
        preferences.save(replace(settings, smarttab=chosen.on), str(uuid4()))
    preferences.write(KEY, {"enter": chosen.enter, "stops": sorted(chosen.stops)}, str(uuid4()))


def chosen(on: bool, enter: bool, names: Sequence[str]) -> Smarttab:
    """What the strip sends; without a single stop it is the yellow fields again."""
    return Smarttab(on, enter, (frozenset(FIELDS) & frozenset(names)) or YELLOW)
