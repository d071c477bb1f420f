"""A ledger for each module, on 24 November 2026."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from tests.component.ledger.world import TODAY, Desk, World, a_world
from tests.stack import ServiceDatabase


@pytest.fixture(autouse=True)
def business_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RF_TODAY", TODAY.isoformat())


@pytest.fixture(scope="module")
def world(database: Callable[..., ServiceDatabase], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(database("ledger"), tmp_path_factory.mktemp("ledger")) as world:
        yield world


@pytest.fixture
def client_id(world: World) -> UUID:
    """A client of the test's own, with terms."""
    return world.client()


@pytest.fixture
def desk(world: World, client_id: UUID) -> Desk:
    """A user of the client who may do everything."""
    return world.user(client_id)


@pytest.fixture
def customer(desk: Desk, client_id: UUID) -> str:
    """The number of a customer of the client."""
    return str(desk.customer(client_id).number)


@pytest.fixture(scope="module")
def module_day() -> Iterator[None]:
    """The day for what a module makes once for all its tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RF_TODAY", TODAY.isoformat())
        yield
