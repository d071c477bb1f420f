"""Every fault and invariant has its row, and every test that the page names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "faults.md"


def test_every_fault_and_invariant_has_its_row() -> None:
    rows = re.findall(r"^\| ([FI]\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [*(f"F{number}" for number in range(1, 47)), *(f"I{number}" for number in range(1, 21))]


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE.read_text(encoding="utf-8"))
    assert named
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert missing == []
