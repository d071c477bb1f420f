"""How a service runs: ``python -m services.<name> serve | work | migrate``.

``serve`` answers RPCs. ``work`` relays the outbox, handles the neighbours' events and works off jobs. Both may run in
as many copies as one likes. A service's ``app.py`` builds its ``Parts``; everything else is the same for all.
"""

import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from chassis import health, logs, settings
from chassis.bus import Bus
from chassis.consumer import Consumer, Handlers
from chassis.database import Database
from chassis.event_service import served_events
from chassis.garbage import settle_down
from chassis.jobs import JobHandler, Worker
from chassis.relay import Relay
from chassis.rpc_client import Neighbour, ServiceToken, callers_token
from chassis.rpc_server import RpcServer, Served
from chassis.tokens import SERVICES, Verifier

log = logs.get(__name__)


@dataclass(frozen=True)
class Parts:
    """What a service is made of."""

    served: Sequence[Served]
    consumes: Mapping[str, Handlers] = field(default_factory=dict)  # producing service → its handlers
    jobs: Mapping[str, JobHandler] = field(default_factory=dict)  # kind → what does it
    job_concurrency: int = 2
    checks: Mapping[str, health.Check] = field(default_factory=dict)  # beside database and broker
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class House:
    """What a service is given to build its parts with."""

    service: str
    settings: Any
    database: Database

    def as_caller(self, neighbour: str, timeout_s: float = 5.0) -> Neighbour:
        """A neighbour that is asked with the token of whoever asks us."""
        return Neighbour(neighbour, getattr(self.settings, f"{neighbour}_target"), callers_token, timeout_s)

    def as_service(self, neighbour: str, timeout_s: float = 5.0) -> Neighbour:
        """A neighbour that is asked in this service's own name."""
        return Neighbour(neighbour, getattr(self.settings, f"{neighbour}_target"), self.own_token, timeout_s)

    @cached_property
    def own_token(self) -> ServiceToken:
        """The token of this service itself, one for all its neighbours."""
        values = self.settings
        return ServiceToken(values.auth_target, self.service, values.credential.reveal(), SERVICES)


class Runner(Protocol):
    """Something that runs in threads of its own until stopped."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


def main(
    service: str,
    settings_type: type[settings.Service],
    build: Callable[[House], Parts],
    prepare: Callable[[settings.Service], None] | None = None,
) -> None:
    """Run what the command line says. ``prepare`` is what the service does after its migrations."""
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command not in {"serve", "work", "migrate"}:
        sys.exit(f"usage: python -m services.{service} serve|work|migrate")
    try:
        values = settings.read(settings_type)
    except settings.SettingsFault as fault:
        sys.exit(f"{service}: {fault}")
    logs.configure(f"{service}-{command}", values.log_format)
    if command == "migrate":
        from chassis import migrations  # Alembic takes a third of a second to load, and only this role needs it

        migrations.upgrade(service, values.owner_database_url, Path("services") / service / "migrations")
        if prepare is not None:
            prepare(values)
        return
    house = House(service, values, Database(service, values.database_url, values.database_pool_size))
    parts = build(house)
    checks: dict[str, health.Check] = {"database": house.database.ping, **parts.checks}
    if command == "serve":
        runners = _serving(house, parts)
    else:
        bus = Bus(values.nats_url, name=service, replicas=values.nats_replicas)
        checks["broker"] = bus.ping
        runners = _working(house, parts, bus)
    _run(service, values.http_listen, checks, runners)
    parts.close()


def _serving(house: House, parts: Parts) -> list[Runner]:
    verifier = Verifier(house.settings.token_public_keys, house.service)
    served = [*parts.served, served_events(house.database)]
    return [RpcServer(house.settings.grpc_listen, verifier, served, house.settings.rpc_threads)]


def _working(house: House, parts: Parts, bus: Bus) -> list[Runner]:
    runners: list[Runner] = [bus, Relay(house.database, bus)]
    if parts.consumes:
        producers = {name: house.as_service(name) for name in parts.consumes}
        runners.append(Consumer(house.database, bus, parts.consumes, producers))
    if parts.jobs:
        runners.append(Worker(house.database, parts.jobs, concurrency=parts.job_concurrency))
    return runners


def _run(name: str, http_listen: str, checks: Mapping[str, health.Check], runners: Sequence[Runner]) -> None:
    """Start everything, say ready, wait for a signal; then not ready, drain, close, in the opposite order."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    pages = health.HealthServer(http_listen, checks)
    pages.start()
    for runner in runners:
        runner.start()
    settle_down()
    pages.accept()
    log.info("ready", process=name)
    stopping.wait()
    pages.refuse()
    for runner in reversed(runners):
        runner.stop()
    pages.stop()
    log.info("stopped", process=name)
