"""One service's database as it was some time ago, put back while the other four go on."""

import os
import subprocess
from pathlib import Path

from deploy.local.house import House
from deploy.local.postgres import HOST, SUPERUSER, tools


def copy_of(house: House, service: str, folder: Path) -> Path:
    """Copy a service's database as an operator would who backs up only that one."""
    target = folder / f"{service}.dump"
    _run(house, "pg_dump", "--format", "custom", "--file", str(target), service)
    return target


def put_back(house: House, service: str, copy: Path, *, begin: bool = True) -> None:
    """End the service, replace its database by a copy, and start it again if so told."""
    for name in processes(service):
        if house.running[name].exit_code() is None:
            house.kill(name)
    postgres = house.settings.postgres
    postgres.drop_database(service)
    postgres.ensure_database(service)
    _run(house, "pg_restore", "--exit-on-error", "--dbname", service, str(copy))
    if begin:
        start(house, service)


def start(house: House, service: str) -> None:
    """Start the processes of a service that have ended."""
    for name in processes(service):
        house.restart(name, wait=False)
    for name in processes(service):
        house.running[name].wait_ready()


def processes(service: str) -> tuple[str, str]:
    """The names of its processes, of the first copy."""
    return f"{service}-serve", f"{service}-work"


def _run(house: House, tool: str, *arguments: str) -> None:
    postgres = house.settings.postgres
    access = {"PGHOST": HOST, "PGPORT": str(postgres.port), "PGUSER": SUPERUSER, "PGPASSWORD": postgres.password}
    subprocess.run([str(tools() / tool), *arguments], env={**os.environ, **access}, check=True)
