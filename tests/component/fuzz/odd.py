"""Requests that no honest browser sends: one of a survey with some of it changed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Final
from urllib.parse import quote

from tests.component.fuzz import hostile
from tests.component.fuzz.survey import Ask, Attached, Pairs

METHODS: Final = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE")
HEADERS: Final[Sequence[tuple[str, str]]] = (
    ("HX-Request", "true"),
    ("HX-Target", "resultat"),
    ("HX-Target", f"{hostile.MARK}\u00e5"),
    ("HX-Target", "dialog-host"),
    ("HX-History-Restore-Request", "true"),
    ("Referer", "http://["),
    ("Referer", f"http://evil.example/{hostile.MARK}"),
    ("Referer", f"//{hostile.MARK}"),
    ("Origin", "null"),
    ("Sec-Fetch-Site", "cross-site"),
    ("X-CSRF-Token", f"{hostile.MARK}="),
    ("X-Forwarded-For", hostile.MARK),
    ("X-Forwarded-Host", "evil.example"),
    ("X-HTTP-Method-Override", "DELETE"),
    ("Accept-Language", "x" * 3_000),
    ("Range", "bytes=5-2"),
    ("If-None-Match", "*"),
    ("Content-Type", "application/json"),
    ("Content-Type", "multipart/form-data"),
    ("Content-Type", f"multipart/form-data; boundary={'b' * 200}"),
    ("Content-Type", "application/x-www-form-urlencoded; charset=utf-7"),
    ("Cookie", f"session={hostile.MARK}; csrf={hostile.MARK}"),
    ("Cookie", "session=" + "å" * 20),
    ("Host", f"{hostile.MARK}.evil.example"),
    ("Host", "[::1"),
)
_TEXTS: Final = (
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{7*7}}{% for a in b %}",
    "/\\evil.example",
    "//evil.example",
    "//[",
    "/a\r\nX-Evil: 1",
    "/a\tb",
    "javascript:alert(1)",
    "http://evil.example/",
    "i",
    "+30",
    "+99999",
    "-9999",
    "2412",
    "31/2",
    "2026-11-31",
    "00000000",
    "1 234,50",
    "1.234,50",
    "\u22125",
    "1e5",
    "12,3456789",
    "%00",
    "%ff%fe",
    "\u0131\u0307",
    "ﷺ" * 30,
)
PLACES: Final = ("query", "fields")


class Odd:
    """Changes requests; ``values`` are what fields and arguments have held before."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.values: list[str] = []

    def of(self, ask: Ask) -> Ask:
        """The request with one to four things changed; now and then as it is."""
        self._learn(ask)
        for _ in range(self.chance.choice((0, 1, 1, 1, 2, 2, 4))):
            changes = (self._value, self._names, self._path, self._headers, self._method)
            [change] = self.chance.choices(changes, (12, 3, 2, 2, 1))
            ask = change(ask)
        return ask

    def text(self) -> str:
        """A value for a field."""
        kind = self.chance.random()
        if kind < 0.3:
            return self.chance.choice(_TEXTS)
        if kind < 0.45 and self.values:
            return self.chance.choice(self.values)
        if kind < 0.6:
            return str(hostile.integer(self.chance, *hostile.INT64))
        return hostile.text(self.chance)

    def _learn(self, ask: Ask) -> None:
        for _, value in (*ask.query, *ask.fields):
            if value and len(value) < 100 and value not in self.values[-200:]:
                self.values = [*self.values[-200:], value]

    def _value(self, ask: Ask) -> Ask:
        place = self.chance.choice([name for name in PLACES if getattr(ask, name)] or ["query"])
        pairs: Pairs = getattr(ask, place)
        if not pairs:
            return self._names(ask)
        at = self.chance.randrange(len(pairs))
        changed = (*pairs[:at], (pairs[at][0], self.text()), *pairs[at + 1 :])
        return _with(ask, place, changed)

    def _names(self, ask: Ask) -> Ask:
        """Fields that are missing, there many times, or unknown."""
        place = self.chance.choice(PLACES)
        pairs: Pairs = getattr(ask, place)
        change: Callable[[Pairs], Pairs] = self.chance.choice((self._without, self._again, self._with_unknown))
        return _with(ask, place, change(pairs))

    def _without(self, pairs: Pairs) -> Pairs:
        at = self.chance.randrange(len(pairs)) if pairs else 0
        return (*pairs[:at], *pairs[at + 1 :])

    def _again(self, pairs: Pairs) -> Pairs:
        if not pairs:
            return pairs
        name, _ = self.chance.choice(pairs)
        return (*pairs, *(((name, self.text()),) * self.chance.choice((1, 1, 2, 250))))

    def _with_unknown(self, pairs: Pairs) -> Pairs:
        name = self.chance.choice(("klient", "sida", "n", "ruta", "filter", hostile.MARK, "a[0][b]", "é", "__class__"))
        return (*pairs, (name, self.text()))

    def _path(self, ask: Ask) -> Ask:
        parts = ask.path.split("/")
        at = self.chance.randrange(1, len(parts)) if len(parts) > 1 else 0
        other = self.text() if self.chance.random() < 0.5 else self.chance.choice(("", "..", ".", "%2e%2e", "1042"))
        parts[at] = quote(other, safe="%.")
        return replace(ask, path="/".join(parts)[:4_000] or "/")

    def _headers(self, ask: Ask) -> Ask:
        return replace(ask, headers=(*ask.headers, self.chance.choice(HEADERS)))

    def _method(self, ask: Ask) -> Ask:
        return replace(ask, method=self.chance.choice(METHODS))


def _with(ask: Ask, place: str, pairs: Pairs) -> Ask:
    return replace(ask, query=pairs) if place == "query" else replace(ask, fields=pairs)


def attached(name: str, content: bytes, chance: Random) -> Attached:
    """A file under a name that a person or an attacker gave it."""
    names = (
        "betalningar.xml",
        "bank.txt",
        "",
        "..\\..\\windows\\win.ini",
        "../../etc/passwd",
        "a\x00.xml",
        "\u202egpj.exe",
        f"{hostile.MARK}.xml",
        "å" * 300,
        "CON",
        'x"; filename="y',
        "rad\r\nX-Evil: 1.xml",
    )
    return Attached(name, chance.choice(names), content)
