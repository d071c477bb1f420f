"""Inställningar för min sida: check boxes, how many cases, and how the pages look (SPEC M-04, M-06 to M-12)."""

from dataclasses import dataclass, field
from typing import Final

from werkzeug.datastructures import MultiDict

from gateway.forms.labels import Faults, Label
from gateway.preferences import MAX_CASES, MIN_CASES, STATISTICS, Preferences
from kernel.errors import FieldViolation

LATEST: Final = Label("Visa de senaste", f"Skriv ett antal från {MIN_CASES} till {MAX_CASES}, t.ex. 10.")
THEMES: Final = (("", "Som datorn"), ("light", "Ljust"), ("dark", "Mörkt"))
DENSITIES: Final = (("compact", "Kompakt"), ("normal", "Normal"), ("airy", "Luftig"))


@dataclass
class SettingsForm:
    """The form as it is shown."""

    chosen: Preferences
    latest: str
    theme: str
    density: str
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def of(cls, chosen: Preferences, theme: str, density: str) -> "SettingsForm":
        """What is saved."""
        return cls(chosen, str(chosen.latest_cases), theme, density or "normal")

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> "SettingsForm":
        """From a posted form; an unticked box is simply not there."""
        picked = posted.getlist("vald")
        latest = posted.get("senaste", "").strip()
        readable = latest.isascii() and latest.isdigit() and len(latest) < 4
        number = int(latest) if readable and MIN_CASES <= int(latest) <= MAX_CASES else 0
        chosen = Preferences(
            welcome="valkomsttext" in posted,
            case_statistics="arendestatistik" in posted,
            statistics="statistik" in posted,
            chosen_statistics=tuple(name for name in STATISTICS if name in picked),
            case_list="arendelista" in posted,
            latest_cases=number or Preferences.latest_cases,
            question_list="fragelista" in posted,
            smarttab="smarttab" in posted,
        )
        theme, density = posted.get("tema", ""), posted.get("radhojd", "")
        form = cls(
            chosen, latest, theme if theme in dict(THEMES) else "", density if density in dict(DENSITIES) else ""
        )
        if not number:
            form.faults.add("senaste", LATEST, FieldViolation("", "OUT_OF_RANGE" if latest else "REQUIRED"))
        return form
