"""Journals: what may be done with one, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from kernel.errors import DomainError, FieldViolation, Kind
from services.ledger.domain.kinds import JournalKind

MAX_ITEMS = 5_000


class JournalAlreadyApproved(DomainError):
    """Somebody has approved the journal: nothing in it can be changed, and it cannot be approved again."""

    reason = "JOURNAL_ALREADY_APPROVED"
    kind = Kind.CONFLICT


class JournalChanged(DomainError):
    """The journal is no longer what was on the screen."""

    reason = "JOURNAL_CHANGED"
    kind = Kind.CONFLICT


class JournalEmpty(DomainError):
    """There is nothing in the journal to approve."""

    reason = "JOURNAL_EMPTY"
    kind = Kind.CONFLICT


class JournalFull(DomainError):
    """The journal holds as much as it may; approve it first."""

    reason = "JOURNAL_FULL"
    kind = Kind.EXHAUSTED


class JournalHasFaults(DomainError):
    """Items of the journal can no longer become real; nothing was done. Each fault as ``items[3].…``."""

    reason = "JOURNAL_HAS_FAULTS"
    kind = Kind.CONFLICT

    def __init__(self, violations: tuple[FieldViolation, ...]) -> None:
        super().__init__()
        self.violations = violations


class FourEyes(DomainError):
    """The client's terms ask that somebody else than the one who registered approves."""

    reason = "FOUR_EYES"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal without its items. ``sums`` is minor units by currency."""

    id: UUID
    client_id: UUID
    kind: JournalKind
    number: int
    owner: str
    source: str
    version: int
    approved: bool
    item_count: int = 0
    sums: Mapping[str, int] | None = None

    def must_be_open(self) -> None:
        """Raises JournalAlreadyApproved."""
        if self.approved:
            raise JournalAlreadyApproved(number=self.number)

    def must_be_approvable(self, by: str, version: int, *, four_eyes: bool) -> None:
        """Raises JournalAlreadyApproved, FourEyes, JournalChanged (another version than was seen) or JournalEmpty."""
        self.must_be_open()
        if four_eyes and by == self.owner:
            raise FourEyes
        if version and version != self.version:
            raise JournalChanged(version=self.version)
        if not self.item_count:
            raise JournalEmpty
