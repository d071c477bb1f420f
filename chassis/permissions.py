"""What a caller may do, named after the manual's functions. A token carries them as a bitmap per client."""

from collections.abc import Iterable
from enum import Enum


class Permission(Enum):
    """A permission and its bit. Bits are part of the tokens' format: add at the end, never renumber."""

    LEDGER_READ = ("ledger.read", 0)
    LEDGER_REGISTER = ("ledger.register", 1)
    LEDGER_APPROVE = ("ledger.approve", 2)
    COLLECTION_READ = ("collection.read", 3)
    COLLECTION_REGISTER = ("collection.register", 4)
    COLLECTION_APPROVE = ("collection.approve", 5)
    FILES_SEND = ("files.send", 6)
    FILES_FETCH = ("files.fetch", 7)
    # at Resultat Finans, and between the services
    CLIENTS_MANAGE = ("clients.manage", 8)
    USERS_MANAGE = ("users.manage", 9)
    TERMS_MANAGE = ("terms.manage", 10)
    RATES_MANAGE = ("rates.manage", 11)
    OFFICERS_MANAGE = ("officers.manage", 12)
    SESSIONS = ("sessions", 13)
    EVENTS = ("events", 14)
    DOCUMENTS_STORE = ("documents.store", 15)
    DEAD_LETTERS = ("dead_letters", 16)
    # of clients again
    LEDGER_WRITE_OFF = ("ledger.write_off", 17)
    CUSTOMERS_PROTECTED = ("customers.protected", 18)  # see what belongs to a protected identity
    # of case officers
    DIRECT_DEBIT = ("direct_debit", 19)
    # of a client's own administrators, where its terms let them
    CLIENT_USERS = ("client.users", 20)
    # at Resultat Finans
    AUDIT_READ = ("audit.read", 21)
    # of clients again
    CHART_OF_ACCOUNTS = ("chart_of_accounts", 22)

    def __init__(self, label: str, bit: int) -> None:
        self.label = label
        self.mask = 1 << bit


_BY_LABEL = {permission.label: permission for permission in Permission}

_WORK = (
    *(p for p in Permission if p.mask < Permission.CLIENTS_MANAGE.mask),
    Permission.LEDGER_WRITE_OFF,
    Permission.CUSTOMERS_PROTECTED,
    Permission.CHART_OF_ACCOUNTS,
)
CLIENT_PERMISSIONS = (*_WORK, Permission.CLIENT_USERS)
OFFICER_PERMISSIONS = (*_WORK, Permission.DEAD_LETTERS, Permission.DIRECT_DEBIT)
ADMINISTRATOR_PERMISSIONS = (
    Permission.CLIENTS_MANAGE,
    Permission.USERS_MANAGE,
    Permission.TERMS_MANAGE,
    Permission.RATES_MANAGE,
    Permission.OFFICERS_MANAGE,
    Permission.DEAD_LETTERS,
    Permission.AUDIT_READ,
)


def named(label: str) -> Permission | None:
    """The permission of that name, or None."""
    return _BY_LABEL.get(label)


def bitmap(permissions: Iterable[Permission]) -> int:
    """The permissions as bits."""
    bits = 0
    for permission in permissions:
        bits |= permission.mask
    return bits


def labels(bits: int) -> tuple[str, ...]:
    """The names of the permissions in a bitmap, in order of their bits."""
    return tuple(permission.label for permission in Permission if bits & permission.mask)
