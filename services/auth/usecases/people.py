"""Who of the callers is a person with an account."""

from dataclasses import dataclass
from uuid import UUID

from chassis import calls
from chassis.tokens import CallerKind
from kernel.errors import PermissionDenied


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person, and the session that asks."""

    user_id: UUID
    session_id: UUID


def person() -> Person:
    """The caller, who must be a person. Raises PermissionDenied for services and internal systems."""
    caller = calls.caller()
    try:
        if caller.kind is CallerKind.SERVICE:
            raise PermissionDenied("account")
        return Person(UUID(caller.subject), UUID(caller.session))
    except ValueError:
        raise PermissionDenied("account") from None
