"""Password hashes: argon2id, few at once, since each takes 46 MiB and a core."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from chassis import calls
from chassis.bulkhead import Overloaded

MEMORY_KIB = 46 * 1024  # with one pass and one lane: a profile of OWASP's password storage cheat sheet
AT_ONCE = 2
IN_LINE = 4  # more than these would hold every thread of the server and with them all pages
LONGEST_WAIT_S = 5.0


class PasswordHasher:
    """Hashes and checks passwords. Do either inside ``turn``, and hold no connection while waiting for one."""

    def __init__(self, memory_kib: int = MEMORY_KIB) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1)
        self._places = threading.BoundedSemaphore(AT_ONCE + IN_LINE)
        self._running = threading.BoundedSemaphore(AT_ONCE)
        self._nobodys = self._argon2.hash(secrets.token_urlsafe(32))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn. Raises Overloaded at once if too many wait, or if the turn does not come in time."""
        if not self._places.acquire(blocking=False):
            raise Overloaded
        try:
            call = calls.current()
            patience = LONGEST_WAIT_S if call is None else min(call.seconds_left(), LONGEST_WAIT_S)
            if not self._running.acquire(timeout=patience):
                raise Overloaded
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._places.release()

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
