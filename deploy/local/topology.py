"""What runs in the house: the one table of processes, their ports and their settings.

The runner, the tests and `make verify` all read it. A service `serve`s RPCs and `work`s on events and jobs; any of
them may run in several copies. Copy 1 has the plain name and port, copy n counts 300 ports further.
"""

import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from deploy.local.keys import Keys
from deploy.local.objects import ObjectStore
from deploy.local.postgres import ROLES, Postgres

HOST = "127.0.0.1"
SERVICES = ("auth", "ledger", "collection", "reports", "files")
GATEWAY = "gateway"
CALLERS = (*SERVICES, GATEWAY, "demo")  # who holds a credential: also the demo seed
BUCKET = "klientwebben"
MAX_WORKERS = 4
COPY_STEP = 300

# Distance from the base port (7000). gRPC and HTTP of the services follow in the order of SERVICES.
INFRASTRUCTURE_PORTS = {"postgres": 432, "nats": 222, "s3": 900, "mail": 25, "mail-page": 26}
GRPC, HTTP_SERVE, HTTP_WORK = 1, 101, 201
HTTP_GATEWAY = HTTP_SERVE + len(SERVICES)


@dataclass(frozen=True)
class Seat:
    """One process of ours: which service, in which role, which copy."""

    service: str
    role: str
    copy: int = 1

    @property
    def name(self) -> str:
        """As in logs and messages: `ledger-serve`, `ledger-work-2`."""
        return f"{self.service}-{self.role}" + (f"-{self.copy}" if self.copy > 1 else "")

    @property
    def command(self) -> list[str]:
        """How it is started."""
        return [sys.executable, "-m", module(self.service), self.role]


def module(service: str) -> str:
    """The Python module of a service or the gateway."""
    return GATEWAY if service == GATEWAY else f"services.{service}"


def seats(workers: int = 1) -> list[Seat]:
    """Every process of ours, in the order in which they are started."""
    copies = range(1, workers + 1)
    return [
        *(Seat(service, "serve", copy) for service in SERVICES for copy in copies),
        *(Seat(GATEWAY, "serve", copy) for copy in copies),
        *(Seat(service, "work", copy) for service in SERVICES for copy in copies),
    ]


# -- ports -------------------------------------------------------------------------------------------------------


def fixed_ports(base: int, web: int, workers: int = 1) -> dict[str, int]:
    """Port by name (`postgres`, `ledger-serve/grpc`, `ledger-work-2/http`, `gateway-serve/web`), from a base port."""
    ports = {name: base + distance for name, distance in INFRASTRUCTURE_PORTS.items()}
    for seat in seats(workers):
        shift = base + COPY_STEP * (seat.copy - 1)
        if seat.service == GATEWAY:
            ports[f"{seat.name}/web"] = web + seat.copy - 1
            ports[f"{seat.name}/http"] = shift + HTTP_GATEWAY
            continue
        place = SERVICES.index(seat.service)
        if seat.role == "serve":
            ports[f"{seat.name}/grpc"] = shift + GRPC + place
        ports[f"{seat.name}/http"] = shift + (HTTP_SERVE if seat.role == "serve" else HTTP_WORK) + place
    return ports


def free_ports(workers: int = 1) -> dict[str, int]:
    """The same names with ports that nobody uses just now, for tests beside a running house."""
    names = fixed_ports(0, 0, workers)
    with ExitStack() as held:
        taken = {}
        for name in names:
            listener = held.enter_context(socket.socket())
            listener.bind((HOST, 0))
            taken[name] = int(listener.getsockname()[1])
    return taken


# -- settings ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """Everything that the processes' environment is made from."""

    ports: Mapping[str, int]
    keys: Keys
    postgres: Postgres
    store: ObjectStore
    workers: int = 1
    demo: bool = False
    log_format: str = "console"

    @property
    def base_url(self) -> str:
        """The address of the web UI: a name and not a number, since passkeys need one."""
        return f"http://localhost:{self.ports['gateway-serve/web']}"

    def targets(self, service: str) -> str:
        """Where a client finds a service: every copy, separated by commas."""
        copies = (seat for seat in seats(self.workers) if seat.service == service and seat.role == "serve")
        return ",".join(f"{HOST}:{self.ports[f'{seat.name}/grpc']}" for seat in copies)

    def everywhere(self) -> dict[str, str]:
        """What every process knows, and all that the demo seed or an internal system needs besides its credential."""
        return {
            "RF_NATS_URL": f"nats://{HOST}:{self.ports['nats']}",
            "RF_TOKEN_PUBLIC_KEYS": str(self.keys.token_public_keys),
            "RF_BASE_URL": self.base_url,
            "RF_LOG_FORMAT": self.log_format,
            **({"RF_DEMO": "1"} if self.demo else {}),
            **{f"RF_{service.upper()}_TARGET": self.targets(service) for service in SERVICES},
        }

    def caller(self, name: str) -> dict[str, str]:
        """The settings of something that only calls: the gateway, the demo seed, an internal system."""
        return {**self.everywhere(), "RF_CREDENTIAL": str(self.keys.credential(name))}

    def service(self, service: str) -> dict[str, str]:
        """The settings of `migrate` and `verify`, which know all three database roles."""
        return {
            **self.caller(service),
            **self._listening(Seat(service, "serve")),
            "RF_DATABASE_URL": self.database_url(service, "app"),
            "RF_OWNER_DATABASE_URL": self.database_url(service, "owner"),
            "RF_VERIFY_DATABASE_URL": self.database_url(service, "verify"),
            **self._special(service),
        }

    def seat(self, seat: Seat) -> dict[str, str]:
        """The whole environment of one process."""
        if seat.service == GATEWAY:
            return {**self.caller(GATEWAY), **self._listening(seat)}
        # what serves or works cannot become the owner of its tables, nor look past row-level security
        closed = {"RF_OWNER_DATABASE_URL": "", "RF_VERIFY_DATABASE_URL": ""}
        return {**self.service(seat.service), **closed, **self._listening(seat)}

    def _listening(self, seat: Seat) -> dict[str, str]:
        kinds = (("grpc", "RF_GRPC_LISTEN"), ("http", "RF_HTTP_LISTEN"), ("web", "RF_WEB_LISTEN"))
        ports = {setting: self.ports.get(f"{seat.name}/{kind}") for kind, setting in kinds}
        return {setting: f"{HOST}:{port}" for setting, port in ports.items() if port}

    def database_url(self, service: str, role: str) -> str:
        """The address of a service's database for one of its three roles."""
        return self.postgres.url(f"{service}_{role}", self.keys.password(f"postgres/{service}_{role}"), service)

    def role_passwords(self, service: str) -> dict[str, str]:
        """The passwords of a service's database roles, by role."""
        return {role: self.keys.password(f"postgres/{service}_{role}") for role in ROLES}

    def _special(self, service: str) -> dict[str, str]:
        if service == "auth":
            return {
                "RF_TOKEN_PRIVATE_KEY": str(self.keys.token_private_key),
                "RF_CREDENTIALS_DIR": str(self.keys.credentials),
                "RF_SMTP_HOST": HOST,
                "RF_SMTP_PORT": str(self.ports["mail"]),
            }
        if service == "files":
            return {
                "RF_S3_ENDPOINT": self.store.endpoint,
                "RF_S3_BUCKET": BUCKET,
                "RF_S3_ACCESS_KEY": self.store.access_key,
                "RF_S3_SECRET_KEY": self.store.secret_key,
            }
        return {}


def settings(
    data: Path, ports: Mapping[str, int], *, workers: int = 1, demo: bool = False, log_format: str = "console"
) -> Settings:
    """The settings of the house whose state lies in `data`; makes the secrets that are missing."""
    keys = Keys(data / "secrets")
    keys.ensure_credentials(CALLERS)
    keys.ensure_passwords(f"postgres/{service}_{role}" for service in SERVICES for role in ROLES)
    return Settings(
        ports=ports,
        keys=keys,
        postgres=Postgres(data / "postgres", ports["postgres"], keys.password("postgres/superuser")),
        store=ObjectStore(data / "s3", ports["s3"], "klientwebben", keys.password("s3/secret")),
        workers=workers,
        demo=demo,
        log_format=log_format,
    )


def busy_ports(ports: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """The ports that another program holds, with the name of what wanted them."""
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                yield name, port
