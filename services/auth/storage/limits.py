"""Failed tries to sign in, counted in the database: shared by all copies, and kept over a restart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from chassis.database import Tx


@dataclass(frozen=True, slots=True)
class Count:
    """What is known under a key."""

    failures: int
    since_last_s: float
    blocked_s: float  # still; negative or zero if not


def lock(tx: Tx, keys: Sequence[bytes]) -> dict[bytes, Count]:
    """The counts of keys, locked until the end of the transaction so that nobody tries in between."""
    rows = tx.execute(
        text("""
            INSERT INTO sign_in_failure (key) SELECT unnest(CAST(:keys AS bytea[]))
            ON CONFLICT (key) DO UPDATE SET key = excluded.key
            RETURNING key, failures,
                      CAST(extract(epoch FROM clock_timestamp() - last_failed_at) AS float8) AS since_last_s,
                      CAST(extract(epoch FROM blocked_until - clock_timestamp()) AS float8) AS blocked_s
        """),
        {"keys": sorted(keys)},  # in one order, so that two tries never wait for each other
    )
    return {bytes(row.key): Count(row.failures, row.since_last_s, row.blocked_s) for row in rows}


def count(tx: Tx, failures: Mapping[bytes, int], waits_s: Mapping[bytes, int]) -> None:
    """Write failures and from now on how many seconds to wait, for keys that ``lock`` has locked."""
    tx.execute(
        text("""
            UPDATE sign_in_failure f
               SET failures = n.failures, last_failed_at = clock_timestamp(),
                   blocked_until = clock_timestamp() + make_interval(secs => n.wait_s)
              FROM unnest(CAST(:keys AS bytea[]), CAST(:failures AS int[]), CAST(:waits_s AS int[]))
                   AS n (key, failures, wait_s)
             WHERE f.key = n.key
        """),
        {"keys": list(failures), "failures": list(failures.values()), "waits_s": [waits_s[key] for key in failures]},
    )


def forgive(tx: Tx, account: bytes, address: bytes) -> None:
    """After a success: the account begins anew, the address only gets this try back."""
    forget(tx, account)
    give_back(tx, address)


def give_back(tx: Tx, key: bytes) -> None:
    """After a success: this try does not count, those before it do."""
    tx.execute(
        text("""
            UPDATE sign_in_failure SET failures = greatest(failures - 1, 0), blocked_until = clock_timestamp()
             WHERE key = :key
        """),
        {"key": key},
    )


def forget(tx: Tx, key: bytes) -> None:
    """After a success: the key begins anew."""
    tx.execute(text("DELETE FROM sign_in_failure WHERE key = :key"), {"key": key})
