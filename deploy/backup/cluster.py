"""PostgreSQL's part, by the server's own tools: all five databases at one moment, and the log from there on.

The five lie in one cluster, so any moment of its log is one moment of all of them.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from deploy.backup.folder import BackupFault, Base

RECOVERY = (
    "restore_command",
    "recovery_target_time",
    "recovery_target_action",
    "recovery_target_timeline",
    "hot_standby",
)
"""Settings of a cluster that recovers, which the recovered one has no use for."""

MARK = "restored"  # a comment on the database postgres begins so


@dataclass(frozen=True)
class Server:
    """A running server, and the folder of its tools. The user may replicate and read settings."""

    host: str
    port: int
    user: str
    password: str
    tools: Path

    def ask(self, query: str, *parameters: object) -> tuple[object, ...]:
        """One row of one query. Raises BackupFault if the server does not answer."""
        try:
            with psycopg.connect(
                host=self.host,
                port=self.port,
                user=self.user,
                password=self.password,
                dbname="postgres",
                connect_timeout=5,
                autocommit=True,
            ) as connection:
                return connection.execute(query, parameters).fetchone() or ()
        except psycopg.OperationalError as error:
            raise BackupFault(f"PostgreSQL does not answer on {self.host}:{self.port}: {error}".strip()) from None

    @property
    def system(self) -> str:
        """What tells this cluster from every other one."""
        return str(self.ask("SELECT system_identifier FROM pg_control_system()")[0])

    @property
    def history(self) -> str:
        """What tells its past from that of a copy: `finish_recovery` gives each restored cluster a mark of its own."""
        timeline, mark = self.ask("""
            SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), shobj_description(oid, 'pg_database')
              FROM pg_database WHERE datname = 'postgres'""")
        return f"timeline {timeline}, {mark if str(mark).startswith(MARK) else 'never restored'}"

    def copy_to(self, target: Path) -> tuple[str, datetime]:
        """Take a base backup; its first segment, and the server's time at its end. Raises BackupFault."""
        self._run(
            *("pg_basebackup", "--pgdata", str(target), "--format", "plain", "--wal-method", "stream"),
            *("--checkpoint", "fast", "--manifest-checksums", "SHA256", "--label", "klientwebben", "--no-password"),
        )
        [label] = [
            line for line in (target / "backup_label").read_text().splitlines() if line.startswith("START WAL LOCATION")
        ]
        ended = self.ask("SELECT clock_timestamp()")[0]
        assert isinstance(ended, datetime)  # noqa: S101 - that is its type
        return label.rpartition("(file ")[2].rstrip(")"), ended.astimezone(UTC)

    def _run(self, tool: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.tools / tool), *arguments],
            env=os.environ | self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise BackupFault(f"{tool} failed: {done.stderr.strip()[-1000:]}")

    @property
    def environment(self) -> Mapping[str, str]:
        """How the tools reach the server; a password is no argument, since everybody sees those."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGAPPNAME": "backup",
        }

    # -- the log ---------------------------------------------------------------------------------------------------

    def receiver(self, wal: Path, slot: str) -> Sequence[str]:
        """The command that receives the log into a folder, on the disk as soon as it is here.

        By the slot the server keeps what has not been received, up to `max_slot_wal_keep_size`.
        """
        return [
            *(str(self.tools / "pg_receivewal"), "--directory", str(wal), "--slot", slot),
            *("--synchronous", "--no-loop", "--no-password"),
        ]

    def holds_log(self, slot: str) -> bool:
        """Whether the server has kept all of the log since it was last received."""
        row = self.ask("SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", slot)
        return bool(row) and row[0] not in {None, "lost"}

    def begin_log(self, slot: str) -> None:
        """Have the server keep the log from now on."""
        self.ask("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", slot)
        self.ask("SELECT pg_create_physical_replication_slot(%s, true)", slot)


def damage(base: Base, tools: Path) -> str:
    """What `pg_verifybackup` finds in a base backup; empty when every file and its log are as they were."""
    done = subprocess.run(
        [str(tools / "pg_verifybackup"), "--quiet", "--exit-on-error", str(base.cluster)],
        check=False,
        capture_output=True,
        text=True,
    )
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[-500:]


def replay_beside(cluster: Path) -> Path:
    """Where the log lies that a cluster recovers from."""
    return cluster.with_name("replay")


def lay_out(base: Base, log: Mapping[str, Path], target: Path, to: datetime | None) -> Path:
    """Copy a base backup to where a server will find it, ready to recover up to a time, or as far as there is log.

    Answers with the folder of the log, which is of no use once the server has recovered.
    """
    replay = replay_beside(target)
    shutil.copytree(base.cluster, target)
    target.chmod(0o700)
    replay.mkdir(mode=0o700)
    for name, path in log.items():
        shutil.copyfile(path, replay / name)
    settings = {
        "restore_command": f"cp {shlex.quote(str(replay)).replace('%', '%%')}/%f %p",
        "recovery_target_action": "promote",
        "recovery_target_timeline": "current",  # another chain is another history
        "hot_standby": "off",  # nobody reads before it is there
    }
    if to is not None:
        settings["recovery_target_time"] = to.astimezone(UTC).isoformat(sep=" ")
    with (target / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items())
    (target / "recovery.signal").touch(mode=0o600)
    return replay


def finish_recovery(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Take the settings of the recovery out of a recovered cluster, and begin its own history."""
    for name in RECOVERY:
        connection.execute(sql.SQL("ALTER SYSTEM RESET {}").format(sql.Identifier(name)))
    mark = sql.Literal(f"{MARK} {uuid4()}")
    connection.execute(sql.SQL("COMMENT ON DATABASE postgres IS {}").format(mark))
