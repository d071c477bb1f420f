"""What lies in the repository is ours: no generated code, no borrowed samples, no address of a package registry."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from tests.stack import ROOT

SAMPLES = ROOT.parent / "shared" / "samples"

# put together here, so that this file does not hold them itself
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("golang", "org"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("anaconda", "org"),
    )
)
GENERATED = re.compile(r"_pb2(_grpc)?\.pyi?$|(^|/)(node_modules|__pycache__|build|var|\.venv)/|\.(pyc|egg-info|binpb)$")
KEPT = {"proto/release.binpb"}  # the contracts of the last release, to compare with


@pytest.fixture(scope="module")
def committed() -> list[Path]:
    """Every file that git keeps or is about to."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry(committed: list[Path]) -> None:
    pattern = re.compile("|".join(map(re.escape, REGISTRIES)).encode())
    assert [str(path.relative_to(ROOT)) for path in committed if pattern.search(path.read_bytes())] == []


def test_nothing_generated_is_committed(committed: list[Path]) -> None:
    names = {str(path.relative_to(ROOT)) for path in committed}
    assert sorted(name for name in names - KEPT if GENERATED.search(name)) == []


def test_no_borrowed_sample_is_committed(committed: list[Path]) -> None:
    """The samples belong to others: tests read them where they lie, and skip where they do not."""
    borrowed = {digest(path) for path in SAMPLES.rglob("*") if path.is_file() and path.stat().st_size > 0}
    assert [str(path.relative_to(ROOT)) for path in committed if digest(path) in borrowed] == []


def digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
