"""A files service for each module."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest

from deploy.local.objects import ObjectStore
from tests.component.files.world import World, a_world
from tests.stack import ServiceDatabase


@pytest.fixture(autouse=True)
def business_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RF_TODAY", "2026-11-24")


@pytest.fixture(scope="module")
def world(
    database: Callable[..., ServiceDatabase],
    object_store: ObjectStore,
    bucket: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    with a_world(database("files"), object_store, bucket, tmp_path_factory.mktemp("files")) as world:
        yield world


@pytest.fixture
def client_id() -> UUID:
    """A client of the test's own."""
    return uuid4()


@pytest.fixture
def other_client() -> UUID:
    """Another client, a stranger to the first."""
    return uuid4()
