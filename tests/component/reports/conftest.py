"""A rendering pool for the session, and a reports service for each module."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from services.reports.rendering import assets
from services.reports.rendering.assets import Assets
from services.reports.rendering.pool import Pool
from tests.component.reports.world import World, a_world
from tests.stack import ROOT, ServiceDatabase

FONTS = ROOT / "gateway" / "node_modules" / "@fontsource-variable"
KEPT = ROOT / "build" / "fonts"


@pytest.fixture(scope="session")
def letter_assets() -> Assets:
    return assets.load(FONTS, KEPT)


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    pool = Pool(partial(assets.load, FONTS, KEPT), 1)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def reports_database(database: Callable[..., ServiceDatabase]) -> ServiceDatabase:
    return database("reports")


@pytest.fixture(scope="module")
def world(reports_database: ServiceDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("reports")
    with a_world(reports_database, folder, FONTS, KEPT) as world:
        yield world
