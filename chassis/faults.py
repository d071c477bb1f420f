"""What a failed handler or job tells: whether to try again by itself, and how to say it without leaking data."""

import random
import traceback

import grpc
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.bulkhead import Overloaded
from kernel.errors import DomainError, Kind

_TRANSIENT_CODES = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
}


def is_transient(error: BaseException) -> bool:
    """True if the cause lies in the surroundings (a lost connection, a deadlock, a neighbour that is down).

    Then the same event may succeed later and must not count as poison.
    """
    if isinstance(error, DomainError):
        return error.kind is Kind.UNAVAILABLE or error.reason == Overloaded.reason  # a neighbour's too
    if isinstance(error, grpc.Call):
        return error.code() in _TRANSIENT_CODES
    if isinstance(error, DBAPIError):
        # psycopg counts deadlocks, serialization failures, lock timeouts and a full disk as operational
        return isinstance(error, OperationalError) or error.connection_invalidated
    return isinstance(error, (PoolTimeout, ConnectionError, TimeoutError))


def describe(error: BaseException) -> str:
    """The kind and the place of an error, without its text: that may quote a row, and a row may hold a name."""
    kind = type(error).__name__
    if isinstance(error, DomainError):
        kind = f"{kind}[{error.reason}]"
    elif isinstance(error, DBAPIError):
        kind = f"{kind}[{getattr(error.orig, 'sqlstate', None)}]"
    elif isinstance(error, grpc.Call):
        kind = f"{kind}[{error.code().name}]"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    if not ours:
        return kind
    return f"{kind} in {ours[-1].name} ({ours[-1].filename.rsplit('/', 1)[-1]}:{ours[-1].lineno})"


def backoff_s(attempt: int, *, first_s: float, longest_s: float) -> float:
    """Seconds to wait after the attempt of that number, from 1: doubling, with up to a quarter of jitter."""
    wait: float = min(longest_s, first_s * 2.0 ** min(attempt - 1, 30))
    return wait * random.uniform(0.75, 1.0)  # noqa: S311 - spreads load, hides nothing
