"""The call that is being answered: who asks, until when, and under which ids.

One context variable carries it through servicer, use case and storage, and from there to logs, events and
neighbours, so that no function needs a parameter that it only passes on.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from chassis.tokens import Caller
from kernel.errors import DomainError, Kind

DEFAULT_DEADLINE_S = 30.0


class Unauthenticated(DomainError):
    """There is no token, or none that holds."""

    reason = "UNAUTHENTICATED"
    kind = Kind.DENIED


@dataclass(frozen=True)
class Call:
    """An RPC, an event or a job that is being worked on."""

    name: str
    caller: Caller | None = None
    request_id: str = ""
    traceparent: str = ""
    deadline: float = field(default_factory=lambda: time.monotonic() + DEFAULT_DEADLINE_S)  # on the monotonic clock

    def seconds_left(self) -> float:
        return max(self.deadline - time.monotonic(), 0.0)


_current: ContextVar[Call | None] = ContextVar("rf_call", default=None)


def current() -> Call | None:
    """The call of this thread, if any."""
    return _current.get()


def caller() -> Caller:
    """Who asks. Raises Unauthenticated outside of a call with a token."""
    call = _current.get()
    if call is None or call.caller is None:
        raise Unauthenticated
    return call.caller


@contextmanager
def during(call: Call) -> Iterator[Call]:
    """Make ``call`` the current one for the block."""
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


def new_traceparent() -> str:
    """A W3C trace context for a call that came without one."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
