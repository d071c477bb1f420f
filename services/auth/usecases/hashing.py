"""Password hashes: argon2id, few at once, since each takes 46 MiB and a core."""

import secrets
from contextlib import AbstractContextManager

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from chassis.bulkhead import Bulkhead

MEMORY_KIB = 46 * 1024  # with one pass and one lane: a profile of OWASP's password storage cheat sheet
AT_ONCE = 2
IN_LINE = 4  # more than these would hold every thread of the server and with them all pages
LONGEST_WAIT_S = 5.0


class PasswordHasher:
    """Hashes and checks passwords. Do either inside ``turn``, and hold no connection while waiting for one."""

    def __init__(self, memory_kib: int = MEMORY_KIB) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1)
        self._turns = Bulkhead("password hashes", AT_ONCE, LONGEST_WAIT_S, IN_LINE)
        self._nobodys = self._argon2.hash(secrets.token_urlsafe(32))

    def turn(self) -> AbstractContextManager[object]:
        """Wait for a turn. Raises Overloaded at once if too many wait, or if the turn does not come in time."""
        return self._turns

    def hash(self, password: str) -> str:
        """A salted hash that says its own parameters."""
        return self._argon2.hash(password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the one of the hash. None (no such user) takes just as long and never matches."""
        try:
            self._argon2.verify(password_hash or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(password_hash)
