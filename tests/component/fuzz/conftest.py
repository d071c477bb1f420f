"""The world that is fuzzed: all services, two clients with something of everything, and the web before them."""

import logging
import os
from collections.abc import Iterator
from io import StringIO
from random import Random

import pytest
import structlog

from chassis import logs
from deploy.local.objects import ObjectStore
from tests.component.fuzz.web import Web
from tests.component.fuzz.world import TODAY, World
from tests.served import served
from tests.stack import Databases

SEED = int(os.environ.get("FUZZ_SEED") or "20260615")
INPUTS = int(os.environ.get("FUZZ_INPUTS") or "4000")


@pytest.fixture(scope="session")
def log_lines() -> Iterator[StringIO]:
    """All that the services write to their logs, as in production, and what libraries write beside them."""
    lines = StringIO()
    before = structlog.get_config()
    logs.configure("fuzz", "json")
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(lines))
    handler = logging.StreamHandler(lines)
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)
    structlog.configure(**before)


@pytest.fixture(scope="module")
def world(databases: Databases, object_store: ObjectStore, bucket: str, log_lines: StringIO) -> Iterator[World]:
    """Two clients, on a day whose reference rate is known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RF_TODAY", TODAY.isoformat())
        with served(databases, object_store, bucket, jobs=True) as house:
            yield World(house, Random(SEED))


@pytest.fixture(scope="module")
def web(world: World, databases: Databases) -> Web:
    """The web before that world, with people signed in."""
    keys = databases.house.keys
    secrets = [keys.credential(name).read_text(encoding="utf-8").strip() for name in ("gateway", "files", "demo")]
    return Web(world, secrets[0], [*secrets, keys.password("s3/secret")])
