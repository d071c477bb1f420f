"""One child process: started with a log of its own, watched until it is truly ready, stopped in order.

Children live in their own session, so that Ctrl-C reaches only the runner, which then stops them in reverse order.
Should the runner itself be killed, the kernel ends them (`setpriv --pdeathsig`). That signal follows the thread that
started the child: start children from a thread that lives as long as they shall.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

POLL_S = 0.05
LAST_WORDS_S = 1


class NotReady(Exception):
    """A process ended or ran out of time before it was ready; the message ends with the last lines of its log."""


@dataclass(frozen=True)
class Program:
    """How one process is started, how one sees that it is ready, and how it is asked to stop."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True
    start_limit_s: float = 60
    stop_signal: signal.Signals = signal.SIGTERM
    stop_limit_s: float = 30
    user: int | None = None  # uid to run as, when started by root
    group: int | None = None
    folder: Path | None = None


class Process:
    """A program that runs, with its log. Not thread-safe; `wait_ready` alone may run on another thread."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self._log_start = log.stat().st_size if log.exists() else 0
        self.started = time.monotonic()
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                [*_wrapper(program), *program.command],
                env={**os.environ, **program.env},
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=program.user,
                group=program.group,
                extra_groups=[] if program.user is not None else None,
            )

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._child.pid

    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._child.poll()

    def wait(self, limit_s: float) -> int:
        """Wait for its own end; answers with the exit code. Raises NotReady when the time runs out."""
        try:
            return self._child.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise NotReady(f"{self.program.name} did not end within {limit_s:.0f} s\n{self.last_lines()}") from None

    def wait_ready(self) -> None:
        """Wait until the program's own check says ready. Raises NotReady if it ends or takes too long."""
        deadline = self.started + self.program.start_limit_s
        while not self.program.ready():
            if self.exit_code() is not None:
                raise NotReady(f"{self.program.name} ended with code {self.exit_code()}\n{self.last_lines()}")
            if time.monotonic() > deadline:
                limit = f"{self.program.start_limit_s:.0f} s"
                raise NotReady(f"{self.program.name} was not ready within {limit}\n{self.last_lines()}")
            time.sleep(POLL_S)

    def last_lines(self, count: int = 15) -> str:
        """What this run of the program last wrote to its log, indented."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()[-count:]
        return "\n".join(f"    {line}" for line in lines)

    def ask_to_stop(self) -> None:
        """Send the program's stop signal, if it still runs."""
        if self.exit_code() is None:
            self._child.send_signal(self.program.stop_signal)

    def stop(self) -> bool:
        """Ask it to stop and wait; kill it when its limit runs out. Says whether it stopped by itself."""
        self.ask_to_stop()
        try:
            self._child.wait(self.program.stop_limit_s)
        except subprocess.TimeoutExpired:
            self._tell_why()
            self.kill()
            return False
        return True

    def _tell_why(self) -> None:
        """Have Python write to the log where each thread hangs (ours run with PYTHONFAULTHANDLER)."""
        self._child.send_signal(signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(LAST_WORDS_S)

    def kill(self) -> None:
        """End it and what it started as a crash would (SIGKILL)."""
        if self.exit_code() is None:
            os.killpg(self.pid, signal.SIGKILL)  # it leads a group of its own
            self._child.wait()


def _wrapper(program: Program) -> list[str]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:  # not Linux: a killed runner leaves its children, and the next start says their ports are taken
        return []
    return [setpriv, "--pdeathsig", program.stop_signal.name.removeprefix("SIG"), "--"]
