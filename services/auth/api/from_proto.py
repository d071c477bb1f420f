"""From messages to the domain's values, checked."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from rf.auth.v1 import sessions_pb2
from services.auth.api.to_proto import USER_KINDS
from services.auth.domain import users
from services.auth.domain.users import Contact, Profile, UserKind

_KINDS: dict[int, UserKind] = {number: kind for kind, number in USER_KINDS.items()}


def profile(message: sessions_pb2.User, *, email_required: bool = False) -> Profile:
    """The profile in a message. Its ``user_id`` is not read. Raises InvalidInput; an unknown kind is a missing one."""
    return users.profile(
        user_name=message.user_name,
        written=contact(message),
        email_required=email_required,
        kind=_KINDS.get(message.kind),
        theme=message.theme,
        density=message.density,
    )


class _HasContact(Protocol):
    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def phone(self) -> str: ...


def contact(message: _HasContact) -> Contact:
    """Name and ways to reach somebody, as written."""
    return Contact(message.first_name, message.last_name, message.email, message.phone)


def access(messages: Iterable[sessions_pb2.ClientAccess]) -> list[tuple[str, Sequence[str]]]:
    """Client ids with names of permissions, unchecked. Number and name are not read."""
    return [(message.client_id, message.permissions) for message in messages]
