"""A house of answers for each test, and templates without a build: every built file has its plain name."""

from collections.abc import Iterator

import pytest

from gateway import presentation
from tests.unit.gateway.house import House, open_house


class PlainNames(dict[str, str]):
    """A manifest in which each name means itself."""

    def __missing__(self, name: str) -> str:
        return name


@pytest.fixture(autouse=True)
def built_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presentation, "manifest", PlainNames)


@pytest.fixture
def house() -> Iterator[House]:
    with open_house() as opened:
        yield opened
