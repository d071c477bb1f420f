"""`make backup`, `make backups`, `make restore`, and what `make run BACKUP=…` starts beside the house.

Settings from the environment: BACKUP (the folder, backup), KEEP (base backups, 7), DATA, PORT and BASE_PORT as for
`make run`; of a restore FROM (the folder), TO (a time, Swedish unless it names its zone) and OVER=yes.
"""

import os
import sys
from datetime import datetime
from pathlib import Path

from chassis.business_day import STOCKHOLM
from deploy.backup.cluster import Server
from deploy.backup.folder import BackupFault, Folder
from deploy.backup.follow import until_told
from deploy.backup.objects import Bucket
from deploy.backup.restore import restore
from deploy.backup.take import Running, take
from deploy.backup.verify import show
from deploy.local.postgres import HOST, SUPERUSER, tools
from deploy.local.run import CannotStart, Options
from deploy.local.topology import BUCKET, fixed_ports, settings

FOLDER = "backup"
KEEP = 7


def running(options: Options) -> Running:
    """The house of these options. Raises BackupFault if there is none."""
    if not (options.data / "secrets").is_dir():
        raise BackupFault(f"There is no house in {options.data}: name its folder with DATA=…")
    house = settings(options.data, fixed_ports(options.base_port, options.web_port, options.workers))
    server = Server(HOST, house.postgres.port, SUPERUSER, house.postgres.password, tools())
    return Running(server, Bucket(house.store.client(), BUCKET), house.keys.folder)


def moment(text: str) -> datetime | None:
    """A time as a person writes it, in Swedish time unless it names its zone; None for nothing. Raises BackupFault."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BackupFault(f'TO="{text}" is no time: write it as 2026-11-24 10:00:00') from None
    return at if at.tzinfo else at.replace(tzinfo=STOCKHOLM)


def keep() -> int:
    """How many base backups to keep. Raises BackupFault."""
    text = os.environ.get("KEEP") or str(KEEP)
    if not text.isdecimal() or int(text) < 1:
        raise BackupFault(f"KEEP must be a number from 1, not {text!r}")
    return int(text)


def say(text: str) -> None:
    """One line on the screen."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(command: str) -> None:
    """Do it. Raises BackupFault, CannotStart."""
    options = Options.from_environment()
    folder = Path(os.environ.get("FROM") or os.environ.get("BACKUP") or FOLDER).resolve()
    if command in {"take", "follow"}:
        os.umask(0o077)
    if command == "take":
        take(running(options), Folder(folder), keep(), say)
    elif command == "follow":
        until_told(running(options), folder, keep(), say)
    elif command == "show":
        show(Folder(folder), tools(), say)
    elif command == "restore":
        ports = fixed_ports(options.base_port, options.web_port, options.workers)
        over = os.environ.get("OVER") == "yes"
        restore(Folder(folder), options.data, ports, moment(os.environ.get("TO", "")), over=over, say=say)
        say("restored. Now: make run, then make verify; the first base backup of its new history: make backup")
    else:
        raise BackupFault(f"take, follow, show or restore, not {command!r}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (BackupFault, CannotStart) as fault:
        sys.exit(f"{fault}")
