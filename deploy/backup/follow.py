"""Follows a running house: receives its log as it is written, copies new objects, takes a base backup each day.

What a broken disk or a lost machine takes with it is then a matter of seconds. When the log cannot be gone on with, a
new chain begins with a base backup of its own: after a restore, or when nobody followed for so long that the server
has let go of its log.
"""

import signal
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.backup import wal
from deploy.backup.cluster import Server
from deploy.backup.folder import BackupFault, Chain, Folder, write
from deploy.backup.take import Running, Say, copy_objects, current_chain, take

EVERY_S = 10.0
AGAIN_S = 5.0
SHARE = 20  # listing a large bucket takes time: it is listed for at most a twentieth of the time
BASE_EVERY = timedelta(days=1)
STOP_S = 10
END_WITH_US = ("setpriv", "--pdeathsig", "INT", "--")  # should we be killed


class Receiver:
    """`pg_receivewal` as a child that ends with us."""

    def __init__(self, server: Server, chain: Chain, slot: str) -> None:
        self.chain = chain
        self._child = subprocess.Popen(
            [*END_WITH_US, *server.receiver(chain.wal, slot)], env={**server.environment}, stdin=subprocess.DEVNULL
        )

    @property
    def runs(self) -> bool:
        return self._child.poll() is None

    def stop(self) -> None:
        """Have it write down what it has."""
        self._child.send_signal(signal.SIGINT)
        try:
            self._child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


class Follower:
    """One round after the other, until it is told to stop."""

    def __init__(self, house: Running, folder: Folder, keep: int, say: Say, every_s: float = EVERY_S) -> None:
        self.house = house
        self.folder = folder
        self.keep = keep
        self.say = say
        self.every_s = every_s
        self.stopping = threading.Event()
        self._receiver: Receiver | None = None

    def run(self) -> None:
        """Follow until `stopping` is set. Raises BackupFault if the folder is another house's or somebody follows."""
        self.folder.claim(self._system())
        with self.folder.alone("follow", wait=False):
            pause_s = 0.0
            while not self.stopping.wait(pause_s):
                started = time.monotonic()
                try:
                    self.round()
                except BackupFault as fault:
                    self.say(f"error: {fault}")
                    pause_s = AGAIN_S
                else:
                    pause_s = max(self.every_s, SHARE * (time.monotonic() - started))
            if self._receiver is not None:
                self._receiver.stop()

    def _system(self) -> str:
        while True:
            try:
                return self.house.server.system
            except BackupFault:
                if self.stopping.wait(AGAIN_S):
                    raise

    def round(self) -> None:
        """See to the log, copy new objects, take a base backup if it is time. Raises BackupFault."""
        chain = self._receive()
        bases = chain.bases()
        if not bases or datetime.now(UTC) - bases[-1].ended > BASE_EVERY:
            take(self.house, self.folder, self.keep, self.say)
        wal.note_sums(chain)
        count = copy_objects(self.house, self.folder, self.say)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        write(self.folder.root / "followed.json", f'{{"at": "{at}", "objects": {count}}}\n')

    def _receive(self) -> Chain:
        """The chain that the log is being received into, with whoever receives it."""
        if self._receiver is not None and self._receiver.runs:
            return self._receiver.chain
        if self._receiver is not None:
            self.say("error: the log was not received any more; beginning again")
        server, slot = self.house.server, self.folder.slot
        chain = current_chain(server, self.folder)
        if not server.holds_log(slot):
            if chain.bases() or any(chain.wal.iterdir()):
                self.say("the server does not have all of the log any more: a new chain begins")
                chain = self.folder.new_chain(server.history)
            server.begin_log(slot)
        self._receiver = Receiver(server, chain, slot)
        return chain


def until_told(house: Running, folder: Path, keep: int, say: Say) -> None:
    """Follow until SIGTERM or SIGINT. Raises BackupFault."""
    follower = Follower(house, Folder(folder), keep, say)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: follower.stopping.set())
    follower.run()
