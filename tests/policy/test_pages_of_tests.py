"""Pages of docs that name tests: every fault and invariant has its row, and every test that is named exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = ("faults.md", "security.md")


def test_every_fault_and_invariant_has_its_row() -> None:
    rows = re.findall(r"^\| ([FI]\d+) \|", (DOCS / "faults.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [*(f"F{number}" for number in range(1, 47)), *(f"I{number}" for number in range(1, 21))]


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_exists(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", text)
    assert named
    missing = [f"{path}::{name}" for path, name in named if not _exists(ROOT / path, name)]
    assert missing == []


def _exists(path: Path, name: str) -> bool:
    return path.exists() and (not name or f"def {name}(" in path.read_text(encoding="utf-8"))
