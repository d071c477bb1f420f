"""docs/rows.md, made from the tests: which of them shows which row of the manual (``make rows``).

A test shows a row whose id stands in its docstring ("K-07, K-08") or begins its name (``test_n_02_…``, with o for Ö);
where no test alone does, the modules count whose own docstring names it.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rows.md"
PARTS: Mapping[str, tuple[str, int]] = {
    "G": ("The whole", 13),
    "L": ("Login", 5),
    "M": ("Mina sidor", 20),
    "S": ("The nine statistics", 9),
    "R": ("Reskontra, search", 13),
    "K": ("Kunduppgifter", 14),
    "I": ("Fakturainformation", 14),
    "N": ("Registrera faktura", 13),
    "A": ("Artikelregister", 2),
    "C": ("Kundregister", 3),
    "T": ("Registrera transaktion", 3),
    "Ö": ("Överbetalningar", 4),
    "U": ("Oplacerade betalningar", 2),
    "D": ("Inkasso", 14),
    "Q": ("Rapporter", 12),
    "X": ("Kommunikation, Hjälp, Logga ut", 4),
    "B": ("Beyond the manual", 12),
}
SHORT = frozenset("SB")  # ids without a nought: S-1, B5
_RANGE = re.compile(r"\b([A-ZÖ])-?(\d{1,2})(?: (?:to|–) \1-?(\d{1,2}))?\b")
_NAME = re.compile(r"test_([a-zö])_?(\d{1,2})_")
MOST = 4  # tests shown of one row

HEAD = """# Rows of the manual, and the tests that show them

Made from the tests by `make rows`; a test asks that the page is up to date. Rows are those of the manual of 2014, by
chapter, and B1 to B12 for what goes beyond it. A row without a test is not built yet, or no test shows it by itself.
"""


def page() -> str:
    """The whole page."""
    shown = found()
    parts = [HEAD]
    for letter, (name, count) in PARTS.items():
        parts.append(f"\n## {name}\n\n| | shown by |\n|---|---|\n")
        for number in range(1, count + 1):
            row = row_id(letter, number)
            tests = shown.get(row, [])
            more = f", and {len(tests) - MOST} more" if len(tests) > MOST else ""
            parts.append(f"| {row} | {', '.join(f'`{test}`' for test in tests[:MOST]) or '–'}{more} |\n")
    return "".join(parts)


def row_id(letter: str, number: int) -> str:
    """``K-07``, ``S-1``, ``B5``."""
    if letter == "B":
        return f"B{number}"
    return f"{letter}-{number}" if letter in SHORT else f"{letter}-{number:02}"


def found() -> dict[str, list[str]]:
    """Tests by row, those of their own before modules that name it."""
    own: dict[str, list[str]] = defaultdict(list)
    modules: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        where = str(path.relative_to(ROOT))
        for row in _rows(ast.get_docstring(tree) or ""):
            modules[row].append(where)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for row in dict.fromkeys([*_named(node.name), *_rows(ast.get_docstring(node) or "")]):
                    own[row].append(f"{where}::{node.name}")
    return {row: own.get(row) or modules[row] for row in {*own, *modules}}


def _rows(text: str) -> Iterator[str]:
    for letter, first, last in _RANGE.findall(text):
        most = PARTS.get(letter, ("", 0))[1]
        for number in range(int(first), int(last or first) + 1):
            if 0 < number <= most:
                yield row_id(letter, number)


def _named(name: str) -> Iterator[str]:
    if match := _NAME.match(name):
        letter = "Ö" if match[1] == "o" else match[1].upper()
        yield from _rows(f"{letter}-{match[2]}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
