"""Work that is done later: queued in the transaction that wants it, done once, by whichever process is free.

A worker leases a job and completes it inside the transaction of its effect. If the worker dies, the lease runs out and
another one takes over; if it only was slow, completing fails and its transaction is undone. What fails again and
again stays in the table as dead, to be seen; a neighbour that is away is no failure of the job, however long it is.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import Counter, Gauge
from sqlalchemy import text

from chassis import calls, logs, tokens
from chassis.calls import Call
from chassis.crashpoints import crashpoint, register
from chassis.database import Database, Tx
from chassis.faults import backoff_s, describe, is_transient
from chassis.ids import uuid7

log = logs.get(__name__)

TIME_LIMIT_S = 600.0  # of one try, for its calls and statements
MEASURE_S = 5.0
AWAY = 4  # while a neighbour is away a job waits as long as after that many tries: 6 to 8 s

AFTER_CLAIM = register("jobs.after_claim", "a job is leased and not begun")
BEFORE_COMPLETE = register("jobs.before_complete", "the work is done, and the job does not say so")

_done = Counter("rf_job_tries_total", "Tries of jobs by outcome", ["service", "kind", "outcome"])
_waiting = Gauge("rf_jobs_waiting", "Jobs that are not done", ["service", "status"])
_age = Gauge("rf_jobs_oldest_age_seconds", "How long the first job that is due has waited", ["service"])

_ENQUEUE = text("""
INSERT INTO job (id, kind, key, client_id, payload, run_after)
VALUES (:id, :kind, :key, :client_id, CAST(:payload AS jsonb), coalesce(:run_after, now()))
ON CONFLICT (kind, key) DO NOTHING
""")
_CLAIM = text("""
UPDATE job SET leased_until = clock_timestamp() + make_interval(secs => :lease_s), leased_by = :worker,
               attempts = attempts + 1
 WHERE id IN (SELECT id FROM job
               WHERE status = 'ready' AND run_after <= clock_timestamp() AND kind = ANY(:kinds)
                 AND (leased_until IS NULL OR leased_until < clock_timestamp())
               ORDER BY run_after LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING id, kind, key, client_id, payload, attempts
""")
# A job that takes its worker with it each time never reports a failure; its lease just runs out.
_BURY_KILLERS = text("""
UPDATE job SET status = 'dead', last_error = 'its workers died', finished_at = now()
 WHERE status = 'ready' AND attempts >= :max_attempts AND leased_until < clock_timestamp() AND kind = ANY(:kinds)
RETURNING kind, key
""")
_EXTEND = text("""
UPDATE job SET leased_until = clock_timestamp() + make_interval(secs => :lease_s)
 WHERE id = ANY(:ids) AND leased_by = :worker AND status = 'ready'
""")
_COMPLETE = text("""
UPDATE job SET status = 'done', finished_at = now(), leased_until = NULL, last_error = NULL
 WHERE id = :id AND leased_by = :worker AND attempts = :attempt AND status = 'ready'
""")
# A try that is given back leaves its number to the next one; should both complete, the second finds the job done.
_FAIL = text("""
UPDATE job SET status = CASE WHEN attempts >= :max_attempts AND NOT :given_back THEN 'dead' ELSE 'ready' END,
               finished_at = CASE WHEN attempts >= :max_attempts AND NOT :given_back THEN now() END,
               attempts = attempts - CASE WHEN :given_back THEN 1 ELSE 0 END,
               run_after = clock_timestamp() + make_interval(secs => :delay_s), leased_until = NULL, last_error = :error
 WHERE id = :id AND leased_by = :worker AND attempts = :attempt AND status = 'ready'
RETURNING status
""")
_COUNTS = text("""
SELECT status, count(*) AS jobs,
       coalesce(extract(epoch FROM now() - min(run_after)), 0)::float AS age_s
  FROM job WHERE status IN ('ready', 'dead') GROUP BY status
""")


class LeaseLost(Exception):
    """Another worker has taken the job over; this try's work is undone."""


class JobNotCompleted(Exception):
    """The handler returned without completing its job."""


@dataclass
class Job:
    """A leased job, for one try. ``payload`` is JSON: ids, days, kinds; no personal data."""

    id: UUID
    kind: str
    key: str
    client_id: UUID | None
    payload: Any
    attempt: int  # from 1
    worker: UUID
    completed: bool = field(default=False, init=False)

    def complete(self, tx: Tx) -> None:
        """Mark the job as done, in the transaction of its effect. Raises LeaseLost."""
        crashpoint(BEFORE_COMPLETE)
        mine = {"id": self.id, "worker": self.worker, "attempt": self.attempt}
        if tx.execute(_COMPLETE, mine).rowcount != 1:
            raise LeaseLost
        self.completed = True

    def must_be_completed(self) -> None:
        """Raise JobNotCompleted unless this try has completed the job."""
        if not self.completed:
            raise JobNotCompleted


JobHandler = Callable[[Database, Job], None]
"""Does a job: its work, and ``job.complete(tx)`` in the transaction that holds the effect."""


def enqueue(
    tx: Tx,
    kind: str,
    key: str,
    payload: object,
    *,
    client_id: UUID | None = None,
    run_after: datetime | None = None,
) -> bool:
    """Queue a job in the caller's transaction; False if there is (or was) one of this kind and key."""
    parameters = {
        "id": uuid7(),
        "kind": kind,
        "key": key,
        "client_id": client_id,
        "payload": json.dumps(payload),
        "run_after": run_after,
    }
    return tx.execute(_ENQUEUE, parameters).rowcount == 1


class Worker:
    """Works off the jobs of the kinds it has handlers for, some at a time."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, JobHandler],
        *,
        concurrency: int = 2,
        lease_s: float = 15,  # how long a job waits whose worker has died
        poll_s: float = 0.2,
        max_attempts: int = 8,
        first_retry_s: float = 1.0,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._concurrency = concurrency
        self._lease_s = lease_s
        self._poll_s = poll_s
        self._max_attempts = max_attempts
        self._first_retry_s = first_retry_s
        self._id = uuid4()
        self._running: set[UUID] = set()
        self._lock = threading.Lock()
        self._freed = threading.Event()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="job")
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to claim jobs."""
        self._thread.start()

    def stop(self, timeout_s: float = 15) -> None:
        """Claim no more, and give those in hand time to finish; the lease of one that does not runs out."""
        self._stopping.set()
        self._freed.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        deadline = time.monotonic() + timeout_s
        while self._running and time.monotonic() < deadline:
            time.sleep(0.02)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        extended = measured = 0.0
        while not self._stopping.is_set():
            try:
                if time.monotonic() - extended > self._lease_s / 3:
                    self._extend()
                    extended = time.monotonic()
                if time.monotonic() - measured > MEASURE_S:
                    self._measure()
                    measured = time.monotonic()
                found = self._claim()
            except Exception as error:  # noqa: BLE001 - the database is away; the next round tries again
                log.warning("no jobs claimed", error=describe(error))
                self._stopping.wait(1)
                continue
            if not found:
                self._freed.wait(self._poll_s)
                self._freed.clear()
        while self._running:  # those in hand keep their leases while they finish
            self._freed.wait(self._lease_s / 10)
            self._freed.clear()
            try:
                self._extend()
            except Exception as error:  # noqa: BLE001 - as above
                log.warning("leases not extended", error=describe(error))

    def _claim(self) -> bool:
        free = self._concurrency - len(self._running)
        if free <= 0:
            return False
        kinds = list(self._handlers)
        with self._database.unscoped() as tx:
            for row in tx.execute(_BURY_KILLERS, {"max_attempts": self._max_attempts, "kinds": kinds}):
                log.error("job is dead", kind=row.kind, key=row.key)
            rows = tx.execute(
                _CLAIM, {"lease_s": self._lease_s, "worker": self._id, "kinds": kinds, "limit": free}
            ).all()
        for row in rows:
            job = Job(row.id, row.kind, row.key, row.client_id, row.payload, row.attempts, self._id)
            crashpoint(AFTER_CLAIM)
            with self._lock:
                self._running.add(job.id)
            self._pool.submit(self._work, job)
        return bool(rows)

    def _work(self, job: Job) -> None:
        outcome = "done"
        try:
            call = Call(
                f"job {job.kind}",
                tokens.system(self._database.service),
                str(job.id),
                calls.new_traceparent(),
                time.monotonic() + TIME_LIMIT_S,
            )
            with calls.during(call):
                self._handlers[job.kind](self._database, job)
            job.must_be_completed()
        except Exception as error:  # noqa: BLE001 - whatever it is, the job is tried again
            outcome = self._fail(job, error)
        finally:
            _done.labels(self._database.service, job.kind, outcome).inc()
            with self._lock:
                self._running.discard(job.id)
            self._freed.set()

    def _fail(self, job: Job, error: Exception) -> str:
        away = is_transient(error)
        delay_s = backoff_s(AWAY if away else job.attempt, first_s=self._first_retry_s, longest_s=600)
        parameters = {
            "id": job.id,
            "worker": self._id,
            "attempt": job.attempt,
            "max_attempts": self._max_attempts,
            "given_back": away,
            "delay_s": delay_s,
            "error": describe(error),
        }
        log.warning("job failed", kind=job.kind, job_id=str(job.id), attempt=job.attempt, error=describe(error))
        try:
            with self._database.unscoped() as tx:
                status = tx.execute(_FAIL, parameters).scalar_one_or_none()
        except Exception as unreachable:  # noqa: BLE001 - then the lease runs out, with the same effect
            log.warning("failure of a job not noted", job_id=str(job.id), error=describe(unreachable))
            return "failed"
        if status == "dead":
            log.error("job is dead", kind=job.kind, key=job.key)
        return {"dead": "dead", "ready": "failed", None: "lost"}[status]

    def _extend(self) -> None:
        with self._lock:
            ids = list(self._running)
        if ids:
            with self._database.unscoped() as tx:
                tx.execute(_EXTEND, {"ids": ids, "worker": self._id, "lease_s": self._lease_s})

    def _measure(self) -> None:
        with self._database.unscoped() as tx:
            counts = {row.status: row for row in tx.execute(_COUNTS)}
        for status in ("ready", "dead"):
            _waiting.labels(self._database.service, status).set(counts[status].jobs if status in counts else 0)
        _age.labels(self._database.service).set(max(counts["ready"].age_s, 0) if "ready" in counts else 0)
