"""`make run`: everything on this machine, until Ctrl-C.

Settings from the environment: PORT (web UI, 8080), BASE_PORT (all other ports, 7000), WORKERS (copies of each process,
1), DATA (folder of all state, var), RF_LOG_FORMAT (console or json), BACKUP (a folder: follow the house into it).
"""

import contextlib
import fcntl
import importlib.util
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from deploy.local.house import ROOT, House
from deploy.local.process import NotReady, Process, Program
from deploy.local.topology import MAX_WORKERS, busy_ports, fixed_ports, seats, settings

TICK_S = 0.25
BACKOFF_S = (1, 2, 4, 8, 15, 30)
LEFTOVER_LIMIT_S = 10
STEADY_S = 60  # alive for that long, a process is forgiven its earlier falls
ERROR = re.compile(
    r"\[(?:error|critical)\s*\]|\"level\":\s*\"(?:error|critical)\"|^\w*(?:Error|Exception): |^FATAL|PANIC:"
)
SCREEN_WIDTH = 160
DEMO_LOGINS = """\
  Sign in (password for all: demo-klientwebb)
    demo          all rights, three clients
    lasare        reads only, one client
    handlaggare   officer of Resultat Finans
    admin         administrator of Resultat Finans
"""


class CannotStart(Exception):
    """The house cannot start as asked; the message says why and what to do."""


@dataclass(frozen=True)
class Options:
    """What a person may choose."""

    data: Path
    web_port: int
    base_port: int
    workers: int
    log_format: str
    backup: Path | None = None

    @classmethod
    def from_environment(cls) -> "Options":
        """Read the settings. Raises CannotStart naming the one that is wrong."""
        return cls(
            data=Path(os.environ.get("DATA") or "var").resolve(),
            web_port=_number("PORT", 8080, 1, 65535),
            base_port=_number("BASE_PORT", 7000, 1024, 60000),
            workers=_number("WORKERS", 1, 1, MAX_WORKERS),
            log_format=os.environ.get("RF_LOG_FORMAT") or "console",
            backup=Path(os.environ["BACKUP"]).resolve() if os.environ.get("BACKUP") else None,
        )


def _number(name: str, default: int, low: int, high: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise CannotStart(f"{name} must be a number from {low} to {high}, not {text!r}")
    return int(text)


def say(text: str) -> None:
    """One line on the screen."""
    print(text, flush=True)


@contextlib.contextmanager
def alone(data: Path, address: str) -> Iterator[None]:
    """Hold the data folder. Raises CannotStart if another runner does."""
    lock: IO[str]
    with (data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise CannotStart(f"The house already runs: {lock.read().strip() or 'it is just starting'}") from None
        lock.truncate(0)
        lock.write(f"{address} (process {os.getpid()}, data in {data})")
        lock.flush()
        yield


def still_busy(ports: Mapping[str, int]) -> list[tuple[str, int]]:
    """The ports that others hold, given a moment: processes of a killed runner are just ending."""
    deadline = time.monotonic() + LEFTOVER_LIMIT_S
    while (busy := list(busy_ports(ports))) and time.monotonic() < deadline:
        time.sleep(TICK_S)
    return busy


class Tail:
    """What is new in a log since the last look."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.place = log.stat().st_size if log.exists() else 0

    def new_lines(self) -> list[str]:
        """Whole lines only; the rest is left for the next look."""
        if not self.log.exists() or self.log.stat().st_size <= self.place:
            return []
        with self.log.open("rb") as file:
            file.seek(self.place)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self.place += len(whole)
        return whole.decode(errors="replace").splitlines()


class Watch:
    """Keeps the house alive: restarts what fell, mentions errors, tells how the demo data come along."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.tails: dict[str, Tail] = {}
        self.falls: dict[str, int] = {}
        self.due: dict[str, float] = {}
        self.demo: Process | None = None
        self.demo_tail: Tail | None = None

    def start_demo(self) -> None:
        """Seed demo data through the public RPCs, in a process of its own; does nothing twice."""
        if importlib.util.find_spec("deploy.local.demo") is None:
            return
        log = self.house.logs / "demo.log"
        self.demo_tail = Tail(log)
        command = [sys.executable, "-m", "deploy.local.demo"]
        env = {**self.house.settings.caller("demo"), "DATA": str(self.house.data)}
        self.demo = Process(Program(name="demo", command=command, env=env, folder=ROOT, stop_limit_s=10), log)

    def look(self) -> None:
        """One round."""
        self._tell_demo()
        self._tell_errors()
        self._restart_fallen()

    def stop(self) -> None:
        """End what this watch itself started."""
        if self.demo is not None:
            self.demo.stop()

    def _tell_demo(self) -> None:
        if self.demo is None or self.demo_tail is None:
            return
        ended = self.demo.exit_code()
        for line in self.demo_tail.new_lines():
            say(f"  demo data: {line[:SCREEN_WIDTH]}")
        if ended is not None:
            if ended != 0:
                say(f"  demo data: ended with code {ended}, see {self.demo.log}")
            self.demo = None

    def _tell_errors(self) -> None:
        for name, process in self.house.running.items():
            tail = self.tails.setdefault(name, Tail(process.log))
            errors = [line for line in tail.new_lines() if ERROR.search(line)]
            if errors:
                more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
                say(f"  {name}: {errors[0].strip()[:SCREEN_WIDTH]}{more}, see {process.log}")

    def _restart_fallen(self) -> None:
        now = time.monotonic()
        for name in self.house.ended():
            process = self.house.running[name]
            if name not in self.due:
                if now - process.started > STEADY_S:
                    self.falls[name] = 0
                pause = BACKOFF_S[min(self.falls.get(name, 0), len(BACKOFF_S) - 1)]
                self.falls[name] = self.falls.get(name, 0) + 1
                self.due[name] = now + pause
                say(f"  {name} ended with code {process.exit_code()}; again in {pause} s, see {process.log}")
            elif now >= self.due[name]:
                del self.due[name]
                self.house.restart(name, wait=False)


def _stop_asked(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature is fixed
    """End the start or the watch by an exception, once: what comes after is an orderly stop."""
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, signal.SIG_IGN)
    raise KeyboardInterrupt


def run(options: Options) -> None:
    """Start, watch, stop. Raises CannotStart."""
    began = time.monotonic()
    ports = fixed_ports(options.base_port, options.web_port, options.workers)
    if len(set(ports.values())) < len(ports):
        raise CannotStart("Two processes would share a port: choose PORT away from BASE_PORT … BASE_PORT + 2000")
    if not options.data.exists():
        options.data.mkdir(parents=True)
        options.data.chmod(0o711)  # ours; PostgreSQL's own user passes through it
    with alone(options.data, f"http://localhost:{options.web_port}"):
        if busy := still_busy(ports):
            which = ", ".join(f"{port} ({name})" for name, port in busy)
            raise CannotStart(f"Taken by another program: {which}. Choose others with PORT or BASE_PORT")
        chosen = settings(options.data, ports, workers=options.workers, demo=True, log_format=options.log_format)
        house = House(chosen, options.data, say)
        watch = Watch(house)
        try:
            start(house, watch, began)
            if options.backup is not None:
                say(f"  Followed by a backup in {options.backup}")
                house.start(Program("backup", [sys.executable, "-m", "deploy.backup", "follow"], folder=ROOT))
            while True:
                watch.look()
                time.sleep(TICK_S)
        except KeyboardInterrupt:
            say("\nStopping …")
        except NotReady as fault:
            raise CannotStart(f"The house could not start: {fault}\n  Logs: {house.logs}") from None
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            watch.stop()
            house.stop()
    say("Stopped.")


def start(house: House, watch: Watch, began: float) -> None:
    """Start in order, so that one can sign in as soon as possible; `work` and the demo data come after that."""
    say("Starting PostgreSQL, NATS, the object store and the mail sink …")
    house.start_infrastructure()
    say("Bringing the databases up to date …")
    house.migrate()
    say("Starting the services …")
    everything = seats(house.settings.workers)
    house.start_seats(seat for seat in everything if seat.role == "serve")
    say(f"\n  Klientwebben is ready: {house.settings.base_url}   ({time.monotonic() - began:.0f} s)\n")
    say(DEMO_LOGINS)
    say(f"  Logs: {house.logs}   letters: {house.mail_page}   Ctrl-C stops everything\n")
    watch.start_demo()
    house.start_seats((seat for seat in everything if seat.role == "work"), wait=False)


def main() -> int:
    """The exit code of `make run`."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_asked)
    try:
        run(Options.from_environment())
    except CannotStart as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
