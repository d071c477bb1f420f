"""Fixtures that give a test the real thing: PostgreSQL, NATS, an S3 server, and the whole house.

All of it comes from the same code as `make run`, on free ports and in a folder of its own, so tests run beside a
running house. What each fixture costs: PostgreSQL 0.7 s once a session, NATS 0.1 s a module, a database 0.1 s a module
(and its migration once a session), the house some seconds once a session.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.local import broker
from deploy.local.house import House
from deploy.local.objects import ObjectStore
from deploy.local.postgres import UNSAFE_BUT_FAST, Postgres
from deploy.local.process import Process
from deploy.local.topology import SERVICES, Seat, Settings, free_ports, settings

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class ServiceDatabase:
    """One database of a service, empty but for what its migrations made. The URLs are for SQLAlchemy."""

    service: str
    name: str
    app_url: str  # owns nothing, sees only the clients of the token
    owner_url: str  # owns the tables
    verify_url: str  # sees past row-level security
    env: Mapping[str, str]  # the whole environment of the service on this database; its neighbours do not exist


@dataclass
class Broker:
    """A NATS server of the module's own; `kill` and `start` it to see what a fault does."""

    folder: Path
    port: int
    process: Process

    @property
    def url(self) -> str:
        """The address for a client; the same after a restart."""
        return broker.url(self.port)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()

    def start(self) -> None:
        """Start it again on what it had written."""
        self.process = Process(broker.program(self.folder, self.port), self.process.log)
        self.process.wait_ready()


class Databases:
    """Hands out databases, each copied from a template that was migrated once."""

    def __init__(self, house: Settings) -> None:
        self.house = house
        self.postgres = house.postgres
        self.templates: set[str] = set()

    def fresh(self, service: str, *, migrated: bool = True) -> ServiceDatabase:
        """A new database; the roles `<service>_owner|app|verify` are made with it."""
        self.postgres.ensure_roles(service, self.house.role_passwords(service))
        template = "template0"
        if migrated:
            template = f"{service}_template"
            if service not in self.templates:
                self._migrate(self._named(service, self.postgres.ensure_database(service, template)))
                self.templates.add(service)
        return self._named(service, self.postgres.ensure_database(service, f"{service}_{uuid4().hex[:12]}", template))

    def _named(self, service: str, name: str) -> ServiceDatabase:
        passwords = self.house.role_passwords(service)
        app, owner, verify = (
            self.postgres.url(f"{service}_{role}", passwords[role], name) for role in ("app", "owner", "verify")
        )
        known = self.house.service(service) if service in SERVICES else self.house.everywhere()
        urls = {"RF_DATABASE_URL": app, "RF_OWNER_DATABASE_URL": owner, "RF_VERIFY_DATABASE_URL": verify}
        return ServiceDatabase(service, name, app, owner, verify, env={**known, **urls})

    def _migrate(self, database: ServiceDatabase) -> None:
        done = subprocess.run(
            Seat(database.service, "migrate").command,
            env={**os.environ, **database.env},
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            pytest.fail(f"{database.service} migrate ended with code {done.returncode}\n{done.stdout}{done.stderr}")


@pytest.fixture(scope="session")
def state_folder() -> Iterator[Path]:
    """A folder of ours that PostgreSQL's own user may pass (pytest's are closed to it)."""
    folder = Path(tempfile.mkdtemp(prefix="klientwebben-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(state_folder: Path) -> Iterator[Postgres]:
    """A PostgreSQL server without fsync, for every test that does not cut its power."""
    port = free_ports()["postgres"]
    server = Postgres(state_folder / "postgres", port, "superuser", settings=UNSAFE_BUT_FAST, sync=False)
    process = Process(server.program(), state_folder / "postgres.log")
    process.wait_ready()
    yield server
    process.stop()


@pytest.fixture(scope="session")
def databases(postgres: Postgres, state_folder: Path) -> Databases:
    """All databases of this session; a test module asks `database` instead."""
    return Databases(replace(settings(state_folder / "single", free_ports()), postgres=postgres))


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Callable[..., ServiceDatabase]]:
    """`database("ledger")`: the module's own migrated database; `migrated=False` for an empty one."""
    given: dict[str, ServiceDatabase] = {}

    def of(service: str, *, migrated: bool = True) -> ServiceDatabase:
        if service not in given:
            given[service] = databases.fresh(service, migrated=migrated)
        return given[service]

    yield of
    for one in given.values():
        databases.postgres.drop_database(one.name)


@pytest.fixture(scope="module")
def nats(state_folder: Path) -> Iterator[Broker]:
    """A NATS server with JetStream, empty at the start of each module."""
    folder = state_folder / f"nats-{uuid4().hex[:8]}"
    port = free_ports()["nats"]
    process = Process(broker.program(folder, port), state_folder / f"{folder.name}.log")
    process.wait_ready()
    server = Broker(folder, port, process)
    yield server
    server.process.stop()


@pytest.fixture(scope="session")
def object_store(state_folder: Path) -> Iterator[ObjectStore]:
    """An S3 server."""
    store = ObjectStore(state_folder / "s3", free_ports()["s3"], "access-key", "secret-key-of-the-tests")
    process = Process(store.program(), state_folder / "s3.log")
    process.wait_ready()
    yield store
    process.stop()


@pytest.fixture(scope="module")
def bucket(object_store: ObjectStore) -> str:
    """The name of a bucket of the module's own."""
    name = f"test-{uuid4().hex[:12]}"
    object_store.ensure_bucket(name)
    return name


@pytest.fixture(scope="session")
def stack(state_folder: Path) -> Iterator[House]:
    """The whole house as real processes, durable as in production, with the demo's logins."""
    data = state_folder / "house"
    data.mkdir(mode=0o711)
    data.chmod(0o711)
    house = House(settings(data, free_ports(), demo=True), data)
    try:
        house.start_all()
        yield house
    finally:
        house.stop()
