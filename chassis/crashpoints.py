"""Places where a test lets the process die as if its power was cut.

``crashpoint("relay.after_publish")`` does nothing unless the environment says ``RF_CRASH=relay.after_publish`` (die
the first time) or ``RF_CRASH=relay.after_publish:3`` (the third); several are separated by commas. Dying means
``os._exit``: no handler, no flush, no rollback, the same as SIGKILL at exactly this line.
"""

import os
import threading

EXIT_CODE = 137  # what a shell reports of a process that SIGKILL ended

POINTS: dict[str, str] = {
    "database.before_commit": "everything is done, nothing is committed",
    "database.after_commit": "committed, and the caller does not know it",
    "rpc.before_reply": "the answer is ready and never leaves",
    "rpc.after_reply": "the answer has been handed over",
    "relay.before_publish": "a page is read and nothing of it sent",
    "relay.after_publish": "the broker has the events, and the outbox does not know it",
    "consumer.before_commit": "the handler is done, nothing is committed",
    "consumer.after_commit": "applied, and not acknowledged",
    "jobs.after_claim": "a job is leased and not begun",
    "jobs.before_complete": "the work is done, and the job does not say so",
    "migrations.between": "one migration is done, the next not begun",
}
"""Every place by name. A service adds its own with `register`; a test asks that each of them is reached."""


def register(name: str, meaning: str) -> str:
    """Add a place of one's own, at import; returns its name. Raises ValueError if the name is taken."""
    if POINTS.setdefault(name, meaning) != meaning:
        raise ValueError(f"crash point {name} stands in two places")
    return name


def parse(value: str) -> dict[str, int]:
    """``"a,b:3"`` as ``{"a": 1, "b": 3}``: at which hit each place ends the process."""
    plan: dict[str, int] = {}
    for entry in filter(None, (part.strip() for part in value.split(","))):
        name, _, hit = entry.partition(":")
        plan[name] = int(hit or 1)
    return plan


_left = parse(os.environ.get("RF_CRASH", ""))
_lock = threading.Lock()


def crashpoint(name: str) -> None:
    """End the process here if the environment asks for it. Raises KeyError for a place that is not registered."""
    POINTS[name]
    if not _left or name not in _left:
        return
    with _lock:
        _left[name] -= 1
        if _left[name] == 0:
            os._exit(EXIT_CODE)
