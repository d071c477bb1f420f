"""Identifiers that sort by time, so that indexes over them grow at one end."""

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """A new UUID version 7 (RFC 9562): 48 bits of milliseconds since 1970, the rest random."""
    milliseconds = time.time_ns() // 1_000_000 & (1 << 48) - 1
    return UUID(
        int=milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62),
    )
