"""Undoing an approved journal as a whole: revoked until the nightly run, reversed by a mirrored journal after it."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kernel.errors import DomainError, FieldViolation, Kind

STOCKHOLM = ZoneInfo("Europe/Stockholm")


class Reversal(StrEnum):
    """How a journal undoes another. What was revoked is found nowhere afterwards; what was reversed stays."""

    REVOCATION = "REVOCATION"
    REVERSAL = "REVERSAL"


class JournalNotApproved(DomainError):
    """The journal still waits: it is changed, not undone."""

    reason = "JOURNAL_NOT_APPROVED"
    kind = Kind.CONFLICT


class JournalUndoneAlready(DomainError):
    """Another journal has undone it already."""

    reason = "JOURNAL_UNDONE_ALREADY"
    kind = Kind.CONFLICT


class JournalUndoesAnother(DomainError):
    """What undoes another journal is not undone itself: register anew."""

    reason = "JOURNAL_UNDOES_ANOTHER"
    kind = Kind.CONFLICT


class TooLateToRevoke(DomainError):
    """The nightly run has passed since the approval: a mirrored journal reverses it."""

    reason = "TOO_LATE_TO_REVOKE"
    kind = Kind.CONFLICT


class TooEarlyToReverse(DomainError):
    """The nightly run has not passed since the approval: the journal can be revoked."""

    reason = "TOO_EARLY_TO_REVERSE"
    kind = Kind.CONFLICT


class BuiltUpon(DomainError):
    """Something has been built on what the journal made; each as ``items[3]`` with its reason."""

    reason = "JOURNAL_BUILT_UPON"
    kind = Kind.CONFLICT

    def __init__(self, violations: tuple[FieldViolation, ...]) -> None:
        super().__init__()
        self.violations = violations


def revocable_until(approved_at: datetime, nightly_run: time) -> datetime:
    """The first nightly run after the approval, in Stockholm: until then the journal can be revoked.

    >>> from zoneinfo import ZoneInfo
    >>> str(revocable_until(datetime(2026, 11, 24, 18, 30, tzinfo=ZoneInfo("Europe/Stockholm")), time(18)))
    '2026-11-25 18:00:00+01:00'
    """
    there = approved_at.astimezone(STOCKHOLM)
    run = datetime.combine(there.date(), nightly_run, STOCKHOLM)
    return run if there < run else datetime.combine(there.date() + timedelta(1), nightly_run, STOCKHOLM)


def must_be_in_time(how: Reversal, approved_at: datetime, nightly_run: time, now: datetime) -> None:
    """Raises TooLateToRevoke or TooEarlyToReverse."""
    until = revocable_until(approved_at, nightly_run)
    if how is Reversal.REVOCATION and now >= until:
        raise TooLateToRevoke
    if how is Reversal.REVERSAL and now < until:
        raise TooEarlyToReverse
