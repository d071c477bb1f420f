"""What stands ready after each migrate: the credentials of the house itself, and a token for the first administrator.

A production start has no account. Whoever runs the first migrate sees a token that makes one administrator.
"""

import hashlib
import secrets
from datetime import timedelta
from pathlib import Path

from chassis import logs
from chassis.database import Database
from chassis.permissions import (
    ADMINISTRATOR_PERMISSIONS,
    CLIENT_PERMISSIONS,
    OFFICER_PERMISSIONS,
    Permission,
    bitmap,
)
from services.auth.storage import credentials as credential_rows
from services.auth.storage import users as user_rows

ROTATION_OVERLAP = timedelta(hours=1)  # the secret before stays good while processes are restarted one by one
MIN_SECRET_LENGTH = 32

EVERYWHERE: dict[str, tuple[Permission, ...]] = {
    "gateway": (Permission.SESSIONS,),
    "auth": (Permission.EVENTS,),
    "ledger": (Permission.EVENTS,),
    "collection": (Permission.EVENTS, Permission.LEDGER_READ, Permission.CUSTOMERS_PROTECTED),
    "reports": (
        *(Permission.EVENTS, Permission.LEDGER_READ, Permission.CUSTOMERS_PROTECTED),
        *(Permission.DOCUMENTS_STORE, Permission.FILES_FETCH),
    ),
    "files": (Permission.EVENTS,),
}
"""What each part of the house may do for every client, in its own name."""

DEMO = "demo"
DEMO_EVERYWHERE = (*CLIENT_PERMISSIONS, *ADMINISTRATOR_PERMISSIONS, *OFFICER_PERMISSIONS)
"""Seeds the demo data; never registered in production."""

RESERVED_NAMES = frozenset({*EVERYWHERE, DEMO})

log = logs.get(__name__)


class WeakSecret(Exception):
    """The file of a credential holds less than a random secret would."""


def register_credentials(database: Database, folder: Path, *, demo: bool) -> None:
    """Make the house's credentials be those in ``<name>.secret`` files; with a changed file a credential is rotated.

    Other files are left alone. Without ``demo`` the demo's credential stops working. Raises WeakSecret.
    """
    rights = {**EVERYWHERE, **({DEMO: DEMO_EVERYWHERE} if demo else {})}
    found = {path.stem: path for path in sorted(folder.glob("*.secret"))}
    for name in found.keys() - RESERVED_NAMES:
        log.warning("credential file is nobody's, ignored", name=name)
    for name in EVERYWHERE.keys() - found.keys():
        log.warning("credential file is missing", name=name)
    with database.everywhere() as tx:
        for name in sorted(rights.keys() & found.keys()):
            secret = found[name].read_text(encoding="utf-8").strip()
            if len(secret) < MIN_SECRET_LENGTH:
                raise WeakSecret(f"{name}.secret has fewer than {MIN_SECRET_LENGTH} characters")
            hashed = hashlib.sha256(secret.encode()).digest()
            credential_rows.register(tx, name, hashed, bitmap(rights[name]), ROTATION_OVERLAP)
        if not demo:
            credential_rows.disable(tx, [DEMO])


def new_first_run_token(database: Database) -> str | None:
    """A token for the first administrator, in place of any earlier one; None if there is an administrator."""
    token = secrets.token_urlsafe(32)
    with database.everywhere() as tx:
        if user_rows.has_administrator(tx):
            return None
        credential_rows.replace_first_run_token(tx, hashlib.sha256(token.encode()).digest())
    return token
