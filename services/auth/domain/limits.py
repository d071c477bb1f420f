"""How fast somebody may guess passwords: some free tries, then waits that double, and never a lock for good.

Two limits hold at once: for an account from one address, and for an address whatever the account. An account as such
has none, or anybody could keep its owner out.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from kernel.errors import invalid_value

_DOUBLINGS = 20  # far above any longest wait


@dataclass(frozen=True, slots=True)
class Limit:
    """``free`` failures cost nothing; the next one costs a second, and each one after it twice as much."""

    free: int
    longest_s: int
    forgotten_after_s: int  # without a failure in between

    def failures_after(self, failures: int, since_last_s: float) -> int:
        """How many count once this try fails as well."""
        return 1 if since_last_s > self.forgotten_after_s else failures + 1

    def wait_s(self, failures: int) -> int:
        """Seconds that nobody is let in after so many failures."""
        over = failures - self.free
        return 0 if over < 0 else min(1 << min(over, _DOUBLINGS), self.longest_s)


ACCOUNT = Limit(free=5, longest_s=900, forgotten_after_s=86_400)
ADDRESS = Limit(free=30, longest_s=300, forgotten_after_s=3_600)  # an office shares one address
PIN = Limit(free=10, longest_s=300, forgotten_after_s=3_600)  # from one address, beside the lock of each code
RESET = Limit(free=10, longest_s=300, forgotten_after_s=3_600)  # links asked for, or tried, from one address
LETTERS = Limit(free=3, longest_s=3_600, forgotten_after_s=86_400)  # to one name or address of e-mail


def address(text: str) -> str:
    """The address of a browser in one form. Raises InvalidInput: ``REQUIRED`` or ``FORMAT``."""
    if not text:
        raise invalid_value("REQUIRED")
    return str(_parsed(text))


def keys(user_key: str, client_ip: str) -> tuple[bytes, bytes]:
    """What failures are counted under: the account from this address, and the address.

    Hashes, because people type passwords into the field for the name. A household has a /64 of IPv6 for itself, so
    that is one address.
    """
    place = _place(client_ip)
    return _hash("account", user_key, place), _hash("address", place)


def key(what: str, *parts: str) -> bytes:
    """What tries of another kind are counted under."""
    return _hash(f"of {what}", *parts)


def place_key(what: str, client_ip: str) -> bytes:
    """The same for an address, a household of IPv6 being one."""
    return key(what, _place(client_ip))


def _place(client_ip: str) -> str:
    ip = _parsed(client_ip)
    return str(ip_network((ip, 64), strict=False)) if isinstance(ip, IPv6Address) else str(ip)


def _parsed(text: str) -> IPv4Address | IPv6Address:
    try:
        ip = ip_address(text)
    except ValueError:
        raise invalid_value("FORMAT") from None
    if isinstance(ip, IPv6Address):
        if ip.scope_id:
            raise invalid_value("FORMAT")
        return ip.ipv4_mapped or ip
    return ip


def _hash(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()
