"""Links that let somebody who has forgotten a password choose a new one (SPEC part 2: never a password by mail)."""

from datetime import timedelta

from kernel.errors import Violations
from kernel.free_text import clean
from services.auth.domain.users import MAX_EMAIL

LIFETIME = timedelta(minutes=30)
MOST_ACCOUNTS = 5  # of one e-mail address; each gets a letter of its own
"""A letter names one account: who has several chooses by the user name in it."""


def name_or_email(written: str) -> str:
    """What was typed, cleaned. Raises InvalidInput with the field ``name_or_email``."""
    with Violations() as v, v.field("name_or_email"):
        written = clean(written, MAX_EMAIL)
        v.present("name_or_email", written)
    return written
