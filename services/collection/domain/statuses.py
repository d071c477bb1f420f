"""The status of a case and the ways it may go (RELIABILITY I9)."""

from enum import Enum
from types import MappingProxyType
from typing import Final

from kernel.errors import DomainError, Kind


class CaseStatus(Enum):
    """Where a case stands. The values are stored."""

    REGISTERED = "registered"
    PAID = "paid"
    WITHDRAWN = "withdrawn"

    @property
    def active(self) -> bool:
        """True while the case is worked on."""
        return self is CaseStatus.REGISTERED


class CaseKind(Enum):
    """In whose name the debt is demanded: the client's own (egen inkasso), or ours as its agent (ombud)."""

    OWN = "own"
    AGENT = "agent"


TRANSITIONS: Final = MappingProxyType(
    {
        None: frozenset({CaseStatus.REGISTERED}),  # a new case
        CaseStatus.REGISTERED: frozenset({CaseStatus.PAID, CaseStatus.WITHDRAWN}),
        CaseStatus.PAID: frozenset[CaseStatus](),
        CaseStatus.WITHDRAWN: frozenset[CaseStatus](),
    }
)
"""From each status to those that may follow it. What has ended stays ended: a new debt is a new case."""


class CaseStatusRefused(DomainError):
    """A case cannot go from its status to that one."""

    reason = "CASE_STATUS_REFUSED"
    kind = Kind.CONFLICT


class CaseNotActive(DomainError):
    """The case has ended; nothing more is done in it."""

    reason = "CASE_NOT_ACTIVE"
    kind = Kind.CONFLICT


def move(current: CaseStatus | None, wanted: CaseStatus) -> CaseStatus:
    """The wanted status, if a case may go to it. Raises CaseStatusRefused."""
    if wanted not in TRANSITIONS[current]:
        raise CaseStatusRefused(current=current.value if current else "", wanted=wanted.value)
    return wanted
