"""The producer, the consumer and the broker between them, clean for every test."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import nats as nats_client
import pytest
from nats.js.errors import NotFoundError

from chassis.bus import Bus
from chassis.database import Database
from chassis.permissions import Permission
from chassis.platform_tables import metadata
from chassis.rpc_client import Neighbour
from tests.component.chassis.world import TEST_TABLES, Hearer, Producer, make_tables, rpc_server, signed_by, token_of
from tests.stack import Broker, Databases, ServiceDatabase


async def _delete_stream(url: str) -> None:
    client = await nats_client.connect(url)
    try:
        await client.jetstream().delete_stream("TELLING")
    except NotFoundError:
        pass
    finally:
        await client.close()


@pytest.fixture
def broker(nats: Broker) -> Broker:
    """The module's NATS, without our stream."""
    asyncio.run(_delete_stream(nats.url))
    return nats


@pytest.fixture(scope="session")
def session_databases(databases: Databases) -> dict[str, ServiceDatabase]:
    """A database per service with the platform's tables."""
    made = {service: databases.fresh(service, migrated=False) for service in ("telling", "hearing")}
    for service, database in made.items():
        make_tables(database.owner_url, service)
    return made


def _emptied(databases: Databases, database: ServiceDatabase) -> ServiceDatabase:
    tables = ", ".join([*metadata.tables, *TEST_TABLES])
    with databases.postgres.connect(database.name) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
    return database


@pytest.fixture
def telling_database(databases: Databases, session_databases: dict[str, ServiceDatabase]) -> ServiceDatabase:
    """The producer's database, empty."""
    return _emptied(databases, session_databases["telling"])


@pytest.fixture
def hearing_database(databases: Databases, session_databases: dict[str, ServiceDatabase]) -> ServiceDatabase:
    """The consumer's database, empty."""
    return _emptied(databases, session_databases["hearing"])


@pytest.fixture
def producer(telling_database: ServiceDatabase) -> Iterator[Producer]:
    database = Database("telling", telling_database.app_url, 8)
    yield Producer(database)
    database.engine.dispose()


@pytest.fixture
def bus(broker: Broker) -> Iterator[Bus]:
    bus = Bus(broker.url, "test")
    bus.start()
    assert bus.wait_connected(5)
    yield bus
    bus.stop()


@pytest.fixture
def hearer(hearing_database: ServiceDatabase, producer: Producer, bus: Bus, tmp_path: Path) -> Iterator[Hearer]:
    signer, public = signed_by(tmp_path)
    server = rpc_server(producer.database, public)
    server.start()
    token = token_of(signer, Permission.EVENTS)
    neighbour = Neighbour("telling", f"127.0.0.1:{server.port}", lambda: token)
    database = Database("hearing", hearing_database.app_url, 8)
    hearer = Hearer(database, bus, neighbour)
    yield hearer
    hearer.stop()
    neighbour.close()
    server.stop()
    database.engine.dispose()
