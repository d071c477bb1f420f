"""From messages to the domain's values, checked."""

from collections.abc import Iterable, Sequence

from rf.auth.v1 import sessions_pb2
from services.auth.api.to_proto import USER_KINDS
from services.auth.domain import users
from services.auth.domain.users import Profile, UserKind

_KINDS: dict[int, UserKind] = {number: kind for kind, number in USER_KINDS.items()}


def profile(message: sessions_pb2.User) -> Profile:
    """The profile in a message. Its ``user_id`` is not read. Raises InvalidInput; an unknown kind is a missing one."""
    return users.profile(
        user_name=message.user_name,
        first_name=message.first_name,
        last_name=message.last_name,
        email=message.email,
        kind=_KINDS.get(message.kind),
        theme=message.theme,
        density=message.density,
    )


def access(messages: Iterable[sessions_pb2.ClientAccess]) -> list[tuple[str, Sequence[str]]]:
    """Client ids with names of permissions, unchecked. Number and name are not read."""
    return [(message.client_id, message.permissions) for message in messages]
