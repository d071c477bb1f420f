"""What a letter may fetch: fonts that we hold in memory under names of our own, and nothing else.

The fonts are the web's (Inter, Familjen Grotesk), installed by its package manager. They are variable fonts; a letter
needs two weights of one and one of the other, so fixed instances are cut from them and kept in a folder (cutting takes
seconds). Without them letters are set in the system's sans serif.
"""

import contextlib
import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fontTools.varLib import instancer  # type: ignore[import-untyped]

from chassis import logs

log = logs.get(__name__)

TEMPLATES = Path(__file__).parents[1] / "templates"


@dataclass(frozen=True, slots=True)
class _Face:
    family: str
    weight: int
    file: str


_FACES = (
    _Face("Inter", 400, "inter/files/inter-latin-wght-normal.woff2"),
    _Face("Inter", 600, "inter/files/inter-latin-wght-normal.woff2"),
    _Face("Inter Ext", 400, "inter/files/inter-latin-ext-wght-normal.woff2"),
    _Face("Inter Ext", 600, "inter/files/inter-latin-ext-wght-normal.woff2"),
    _Face("Familjen", 600, "familjen-grotesk/files/familjen-grotesk-latin-wght-normal.woff2"),
)


@dataclass(frozen=True)
class Assets:
    """The style sheet of all letters, and the files that it names as ``asset:<name>``."""

    css: str
    files: Mapping[str, bytes]


@cache
def load(fonts: Path, kept: Path) -> Assets:
    """Read style sheet and fonts; ``kept`` holds what was cut before. A missing font is named in the log once."""
    files: dict[str, bytes] = {}
    rules = []
    for face in _FACES:
        path = fonts / face.file
        if not path.is_file():
            log.warning("font is missing, letters use the system's", font=face.family)
            continue
        name = f"{face.family.replace(' ', '-').lower()}-{face.weight}.ttf"
        files[name] = _kept_instance(path.read_bytes(), face.weight, kept)
        rules.append(f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};src:url("asset:{name}")}}')
    return Assets("\n".join([*rules, (TEMPLATES / "letter.css").read_text(encoding="utf-8")]), files)


def _kept_instance(variable: bytes, weight: int, kept: Path) -> bytes:
    path = kept / f"{hashlib.sha256(variable).hexdigest()[:16]}-{weight}.ttf"
    with contextlib.suppress(OSError):
        return path.read_bytes()
    cut = instance(variable, weight)
    with contextlib.suppress(OSError):  # a folder that cannot be written costs seconds at each start, no more
        kept.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}")
        half.write_bytes(cut)
        half.replace(path)
    return cut


def instance(variable: bytes, weight: int) -> bytes:
    """One weight of a variable font; the same bytes each time, so that an archived letter can be made again."""
    font = TTFont(io.BytesIO(variable), recalcTimestamp=False)
    instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
    font.flavor = None
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()
