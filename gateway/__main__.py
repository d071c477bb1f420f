"""``python -m gateway serve``: the web under granian. More copies are more processes, each with ports of its own."""

import sys

from granian import Granian
from granian.constants import Interfaces

from chassis import settings
from gateway.admission import THREADS
from gateway.app import Settings


def main() -> None:
    if sys.argv[1:] != ["serve"]:
        sys.exit("usage: python -m gateway serve")
    try:
        values = settings.read(Settings)
    except settings.SettingsFault as fault:
        sys.exit(f"gateway: {fault}")
    host, _, port = values.web_listen.rpartition(":")
    Granian(
        "gateway.app:create",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=int(port),
        workers=1,
        blocking_threads=THREADS,
        backlog=256,
        log_enabled=values.log_format == "console",
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=20,
    ).serve()


if __name__ == "__main__":
    main()
