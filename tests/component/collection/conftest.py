"""A collection service for each module, on 15 June 2026, a day whose reference rate is known."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.component.collection.world import World, a_world
from tests.stack import ServiceDatabase


@pytest.fixture(autouse=True)
def business_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RF_TODAY", "2026-06-15")


@pytest.fixture(scope="module")
def world(database: Callable[..., ServiceDatabase], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("collection")
    with a_world(database("collection"), folder) as world:
        yield world


@pytest.fixture
def client_id() -> UUID:
    """A client of the test's own."""
    return uuid4()


@pytest.fixture
def other_client() -> UUID:
    """Another client, a stranger to the first."""
    return uuid4()
