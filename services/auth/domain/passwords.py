"""What may be a password: long enough, not one that everybody tries first. No other rules (ASVS 6.2)."""

from unicodedata import normalize

from kernel.errors import invalid_value
from services.auth.domain.common_passwords import COMMON_PASSWORDS

MIN_LENGTH = 12
MAX_LENGTH = 256


def normalised(password: str) -> str:
    """The password as it is hashed: keyboards differ in how they compose å, ä and ö.

    Raises InvalidInput: ``REQUIRED`` or ``TOO_LONG``. Nothing is cut off.
    """
    if not password:
        raise invalid_value("REQUIRED")
    if len(password) > MAX_LENGTH:
        raise invalid_value("TOO_LONG", max=MAX_LENGTH)
    return normalize("NFC", password)


def chosen(password: str, user_name: str) -> str:
    """A new password, normalised. Raises InvalidInput: as above, ``TOO_SHORT``, ``TOO_COMMON`` or ``SAME_AS_NAME``."""
    password = normalised(password)
    if len(password) < MIN_LENGTH:
        raise invalid_value("TOO_SHORT", min=MIN_LENGTH)
    folded = password.casefold().strip()
    if folded in COMMON_PASSWORDS or len(set(folded)) == 1:
        raise invalid_value("TOO_COMMON")
    if folded == normalize("NFC", user_name).casefold().strip():
        raise invalid_value("SAME_AS_NAME")
    return password
