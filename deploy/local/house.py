"""The house as one object: starts what the topology names, watches over it, stops it in reverse order.

Used by the runner and, on free ports and in a folder of their own, by the tests.
"""

import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from deploy.local import broker, mail
from deploy.local.process import NotReady, Process, Program
from deploy.local.topology import BUCKET, GATEWAY, HOST, SERVICES, Seat, Settings, seats

ROOT = Path(__file__).resolve().parents[2]
READY_TIMEOUT_S = 5
MIGRATION_LIMIT_S = 600


class House:
    """All processes of one machine. Start them from one thread that lives as long as the house."""

    def __init__(self, settings: Settings, data: Path, say: Callable[[str], None] = lambda _: None) -> None:
        self.settings = settings
        self.data = data
        self.logs = data / "logs"
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.mail_folder = data / "mail"
        self.mail_page = f"http://localhost:{settings.ports['mail-page']}/"
        self.say = say
        self.running: dict[str, Process] = {}

    # -- the whole of it -----------------------------------------------------------------------------------------

    def start_infrastructure(self) -> None:
        """PostgreSQL, NATS, the S3 server and the mail sink, with roles, databases and bucket. Raises NotReady."""
        settings = self.settings
        self.start(
            settings.postgres.program(),
            broker.program(self.data / "nats", settings.ports["nats"]),
            settings.store.program(),
            mail.program(self.mail_folder, settings.ports["mail"], settings.ports["mail-page"]),
        )
        for service in SERVICES:
            settings.postgres.ensure_roles(service, settings.role_passwords(service))
            settings.postgres.ensure_database(service)
        settings.store.ensure_bucket(BUCKET)

    def migrate(self, services: Iterable[str] = SERVICES) -> None:
        """Bring every database up to date, all at once. Raises NotReady with the words of the one that failed."""
        jobs = [
            Process(
                Program(
                    name=f"{service}-migrate",
                    command=Seat(service, "migrate").command,
                    env=self.settings.service(service),
                    folder=ROOT,
                ),
                self.logs / f"{service}-migrate.log",
            )
            for service in services
        ]
        try:
            for job in jobs:
                if (code := job.wait(MIGRATION_LIMIT_S)) != 0:
                    raise NotReady(f"{job.program.name} ended with code {code}\n{job.last_lines()}")
        finally:
            for job in jobs:
                job.stop()

    def start_seats(self, wanted: Iterable[Seat], *, wait: bool = True) -> None:
        """Start processes of ours side by side and wait until each says that it is ready. Raises NotReady."""
        self.start(*(self.program(seat) for seat in wanted), wait=wait)

    def start_all(self) -> None:
        """Everything, in order. Raises NotReady."""
        self.start_infrastructure()
        self.migrate()
        self.start_seats(seats(self.settings.workers))

    def stop(self) -> None:
        """Stop everything, in the reverse order: our processes side by side, then what they stand on."""
        ours = [name for name in self.running if name not in {"postgres", "nats", "s3", "mail"}]
        for group in (
            [name for name in ours if name.startswith(GATEWAY)],
            [name for name in ours if not name.startswith(GATEWAY)],
            ["mail", "s3", "nats", "postgres"],
        ):
            present = [self.running.pop(name) for name in group if name in self.running]
            for process in present:
                process.ask_to_stop()
            for process in present:
                if not process.stop():
                    self.say(f"{process.program.name} did not stop by itself and was killed")

    # -- one of them ---------------------------------------------------------------------------------------------

    def program(self, seat: Seat) -> Program:
        """One process of ours as a program to run; it is ready when its `/readyz` says so."""
        address = f"http://{HOST}:{self.settings.ports[f'{seat.name}/http']}/readyz"
        return Program(
            name=seat.name,
            command=seat.command,
            env={**self.settings.seat(seat), "PYTHONFAULTHANDLER": "1"},
            ready=lambda: _answers(address),
            folder=ROOT,
        )

    def start(self, *programs: Program, wait: bool = True) -> None:
        """Start programs side by side and wait until each is ready. Raises NotReady, if told to wait."""
        for program in programs:
            self.running[program.name] = Process(program, self.logs / f"{program.name}.log")
        for program in programs if wait else ():
            self.running[program.name].wait_ready()

    def kill(self, name: str) -> None:
        """End one process as a crash would; `restart` brings it back."""
        self.running[name].kill()

    def restart(self, name: str, *, wait: bool = True, env: Mapping[str, str] | None = None) -> None:
        """Start a process again that has ended, with `env` on top of its settings. Raises NotReady, if told to wait."""
        program = self.running[name].program
        if env is not None:
            program = replace(program, env={**program.env, **env})
        self.running[name] = Process(program, self.running[name].log)
        if wait:
            self.running[name].wait_ready()

    def ended(self) -> list[str]:
        """The names of processes that should run and do not."""
        return [name for name, process in self.running.items() if process.exit_code() is not None]

    def verify(self, services: Iterable[str] = SERVICES) -> list[str]:
        """Run `verify` of every service; answers with the names of those that found something wrong."""
        wrong = []
        for service in services:
            env = {**os.environ, **self.settings.service(service)}
            done = subprocess.run(Seat(service, "verify").command, env=env, cwd=ROOT, check=False)
            if done.returncode != 0:
                wrong.append(service)
        return wrong


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=READY_TIMEOUT_S) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
