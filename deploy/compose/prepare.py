"""Makes the secrets of `docker-compose.yml`, once; what is there already stays as it is.

    python -m deploy.compose.prepare [FOLDER]          deploy/compose/secrets unless told otherwise

The folder is closed to everybody else on this machine. The files in it can be read by any user, since each is mounted
alone, read-only, into the containers that need it, whose users this machine does not know. To change a secret, delete
its file (for a database password: its entry in passwords.json) and run this again.
"""

import json
import secrets
import sys
from pathlib import Path

from deploy.local.keys import Keys
from deploy.local.postgres import ROLES
from deploy.local.topology import GATEWAY, SERVICES

FOLDER = Path(__file__).parent / "secrets"
DATABASE_HOST = "postgres:5432"
PREFIX = {"app": "", "owner": "owner_", "verify": "verify_"}


def prepare(folder: Path) -> None:
    """Make what is missing in the folder, and derive the files that hold addresses with passwords."""
    keys = Keys(folder)
    keys.ensure_credentials((*SERVICES, GATEWAY))
    names = [f"{service}_{role}" for service in SERVICES for role in ROLES]
    keys.ensure_passwords(["postgres/superuser", "grafana/admin", *(f"postgres/{name}" for name in names)])
    write(folder / "postgres_superuser", keys.password("postgres/superuser"))
    write(folder / "grafana_admin", keys.password("grafana/admin"))
    write(folder / "postgres_roles", "".join(f"{name} {keys.password(f'postgres/{name}')}\n" for name in names))
    for service in SERVICES:
        for role in ROLES:
            name = f"{service}_{role}"
            url = f"postgresql+psycopg://{name}:{keys.password(f'postgres/{name}')}@{DATABASE_HOST}/{service}"
            write(folder / f"{service}_{PREFIX[role]}database_url", url)
    # Garage wants its own forms: hexadecimal, an access key that begins with GK
    once(folder / "garage_rpc", secrets.token_hex(32))
    once(folder / "garage_admin", secrets.token_urlsafe(32))
    once(folder / "s3_access_key", f"GK{secrets.token_hex(12)}")
    once(folder / "s3_secret_key", secrets.token_hex(32))
    open_for_containers(folder)


def write(path: Path, text: str) -> None:
    """Write a secret, unless it says so already. In place: what is mounted is the file, not its name."""
    if not path.exists() or path.read_text() != text:
        path.touch(mode=0o600)
        path.write_text(text)


def once(path: Path, text: str) -> None:
    """Write a secret that is not there yet."""
    if not path.exists():
        write(path, text)


def open_for_containers(folder: Path) -> None:
    """Any user may read the files, but only the folder's owner gets through to them."""
    folder.chmod(0o700)
    for path in folder.rglob("*"):
        if path.name != "passwords.json":
            path.chmod(0o755 if path.is_dir() else 0o644)


def main() -> None:
    """Prepare the folder of the command line, and say where it is."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    prepare(folder)
    passwords = json.loads((folder / "passwords.json").read_text())
    sys.stdout.write(f"{len(list(folder.rglob('*')))} secrets in {folder} ({len(passwords)} passwords)\n")


if __name__ == "__main__":
    main()
