"""One part of the event machinery as a process of its own, to be killed: relay, consumer or worker.

    python -m tests.component.chassis.processes relay

Where things are comes by the environment: DATABASE, BROKER, PRODUCER (host:port) and TOKEN; RF_CRASH names the place to
die at.
"""

import os
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Self

from sqlalchemy import text

from chassis.bus import Bus
from chassis.consumer import Consumer
from chassis.crashpoints import EXIT_CODE
from chassis.database import Database
from chassis.jobs import Job, Worker
from chassis.relay import Relay
from chassis.rpc_client import Neighbour
from tests.component.chassis.messages import ThingHappened
from tests.component.chassis.world import QUICK, hear


class Part:
    """A running part; ended as by a crash at the end of the `with` block, if it has not died before."""

    def __init__(self, name: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.component.chassis.processes", name], env={**os.environ, **environment}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.kill()

    @property
    def dead(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    def dies_by_itself(self) -> None:
        """Wait until it has reached its crash point."""
        assert self.process.wait(20) == EXIT_CODE

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


def work(database: Database, job: Job) -> None:
    """The job: leaves a note, and stays at it while its payload says so."""
    with database.unscoped() as tx:
        tx.execute(text("INSERT INTO heard (note) VALUES (:note)"), {"note": job.key})
        job.complete(tx)
        time.sleep(job.payload.get("seconds", 0))


def main() -> None:
    database = Database({"relay": "telling"}.get(sys.argv[1], "hearing"), os.environ["DATABASE"], 8)
    bus = Bus(os.environ["BROKER"], "part")
    bus.start()
    if sys.argv[1] == "relay":
        Relay(database, bus).start()
    elif sys.argv[1] == "consumer":
        producer = Neighbour("telling", os.environ["PRODUCER"], lambda: os.environ["TOKEN"])
        Consumer(database, bus, {"telling": {ThingHappened: hear}}, {"telling": producer}, pace=QUICK).start()
    else:
        Worker(database, {"note": work}, lease_s=1, poll_s=0.05).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
