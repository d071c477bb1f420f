"""The auth service as it runs: its own database, the real gRPC server on a free port, tokens that it signed itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chassis import settings
from chassis.database import Database
from chassis.event_service import served_events
from chassis.process import House
from chassis.rpc_server import RpcServer
from chassis.tokens import Verifier
from services.auth import app
from tests.component.auth.running import Auth
from tests.stack import ServiceDatabase


@contextmanager
def served(stored: ServiceDatabase) -> Iterator[Auth]:
    values = settings.read(app.Settings, stored.env)
    opened = Database("auth", values.database_url, pool_size=8)
    parts = app.build(House("auth", values, opened))
    verifier = Verifier(values.token_public_keys, "auth")
    server = RpcServer("127.0.0.1:0", verifier, [*parts.served, served_events(opened)], threads=8)
    server.start()
    running = Auth(values, opened, f"127.0.0.1:{server.port}", stored)
    yield running
    for neighbour in running.neighbours.values():
        neighbour.close()
    server.stop()
    opened.engine.dispose()


@pytest.fixture(scope="module")
def auth(database: Callable[..., ServiceDatabase]) -> Iterator[Auth]:
    """The service on a database of the module's own."""
    with served(database("auth")) as running:
        yield running


@pytest.fixture
def second_copy(auth: Auth) -> Iterator[Auth]:
    """Another copy of the service on the same database."""
    with served(auth.stored) as running:
        yield running
