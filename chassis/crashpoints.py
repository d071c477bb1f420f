"""Places where a test lets the process die as if its power was cut.

``crashpoint(AFTER_PUBLISH)`` does nothing unless the environment says ``RF_CRASH=relay.after_publish`` (die
the first time) or ``RF_CRASH=relay.after_publish:3`` (the third); several are separated by commas. Dying means
``os._exit``: no handler, no flush, no rollback, the same as SIGKILL at exactly this line.
"""

import os
import threading

EXIT_CODE = 137  # what a shell reports of a process that SIGKILL ended

POINTS: dict[str, str] = {}
"""Every place by name, and what dying there means. A test asks that each of them is reached."""


def register(name: str, meaning: str) -> str:
    """Name a place, at import of the module it stands in; returns the name. Raises ValueError if it is taken."""
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
