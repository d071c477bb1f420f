"""Tries to guess something: counted as failed before they are checked, so that many at once gain nothing."""

from collections.abc import Mapping
from math import ceil

from chassis.database import Tx
from kernel.errors import DomainError, Kind
from services.auth.domain.limits import Limit
from services.auth.storage import limits as limit_rows


class TooManyTries(DomainError):
    """Too many tries have failed; nothing was checked. ``retry_after_s`` says when to try again."""

    reason = "TOO_MANY_TRIES"
    kind = Kind.EXHAUSTED


class TooManySignIns(DomainError):
    """The same, of signing in."""

    reason = "TOO_MANY_SIGN_INS"
    kind = Kind.EXHAUSTED


def count(tx: Tx, rules: Mapping[bytes, Limit], refusal: type[DomainError] = TooManyTries) -> None:
    """Count a try under each key. Raises ``refusal`` while one of them has to wait, and then counts nothing."""
    counts = limit_rows.lock(tx, list(rules))
    blocked_s = max(one.blocked_s for one in counts.values())
    if blocked_s > 0:
        raise refusal(retry_after_s=ceil(blocked_s))
    failures = {key: rules[key].failures_after(one.failures, one.since_last_s) for key, one in counts.items()}
    limit_rows.count(tx, failures, {key: rules[key].wait_s(failed) for key, failed in failures.items()})
