"""Carries a service's outbox to the bus: one active relay per service, however many processes run.

What is unpublished is found by ``published_at IS NULL``, never by ``id > last`` (ids are taken before the commit, so
a slow transaction would be passed by). A row is marked only after the broker's ack; dying between the two publishes
the same id once more.

The broker may come back with less than it had acknowledged: its stream deleted, or replaced by an older copy. Then
new places in the stream are not higher than places already noted in the outbox, and every row noted from there on is
published again. What that misses (it may have grown past its old end before anybody looked) the consumers find: they
compare with the outbox, not with the stream.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from prometheus_client import Counter, Gauge
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from chassis import logs, outbox
from chassis.bus import MAX_AGE_S, Ack, Bus, BusUnavailable
from chassis.crashpoints import crashpoint, register
from chassis.database import Database
from chassis.faults import describe

log = logs.get(__name__)

PAGE = 200
POLL_S = 0.1  # for commits of other processes; one's own wake the relay
INSPECT_S = 5.0  # how often stream and depth are looked at
STANDBY_S = 1.0  # how often a standby tries for the lock
AGAIN_S = 0.5  # pause after a failure of the database or the broker

AFTER_PUBLISH = register("relay.after_publish", "the broker has the events, and the outbox does not know it")

_depth = Gauge("rf_outbox_depth", "Events not yet published", ["service"])
_age = Gauge("rf_outbox_oldest_age_seconds", "Age of the oldest event not yet published", ["service"])
_published = Counter("rf_outbox_published_total", "Events published", ["service"])
_repeated = Counter(
    "rf_outbox_lost_by_broker_total", "Events published again because the broker lost them", ["service"]
)

_PAGE = text(f"SELECT id, {outbox.COLUMNS} FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT {PAGE}")
_MARK = text("""
UPDATE outbox SET published_at = now(), stream_seq = done.stream_seq
  FROM unnest(CAST(:ids AS bigint[]), CAST(:places AS bigint[])) AS done (id, stream_seq)
 WHERE outbox.id = done.id
""")
# What the stream would have dropped by age in any case is not sent again.
_REWIND = text("""
UPDATE outbox
   SET stream_seq = NULL,
       published_at = CASE WHEN published_at > now() - make_interval(secs => :max_age_s) THEN NULL ELSE published_at END
 WHERE stream_seq > :last_seq
""")
_BACKLOG = text("""
SELECT count(*) AS depth, coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float AS age_s
  FROM outbox WHERE published_at IS NULL
""")


class Relay:
    """The relay of one service, on a thread of its own; commits of this process wake it."""

    def __init__(self, database: Database, bus: Bus, *, inspect_s: float = INSPECT_S) -> None:
        self._engine = database.engine
        self._service = database.service
        self._wake = database.published
        self._bus = bus
        self._inspect_s = inspect_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self.active = False  # True while this process holds the lock

    def start(self) -> None:
        """Begin to relay, or to stand by."""
        self._thread.start()

    def stop(self, timeout_s: float = 10) -> None:
        """Finish the page in hand and let the lock go."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._stand_for_lock()
            except (SQLAlchemyError, BusUnavailable) as error:
                log.warning("relay interrupted", error=describe(error))
                self._stopping.wait(AGAIN_S)
            except Exception as error:  # a defect must not end the relay in silence
                log.error("relay failed", exc_info=error)
                self._stopping.wait(AGAIN_S)

    def _stand_for_lock(self) -> None:
        # The lock and the work share one connection: a lost lock is a failed statement.
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            try:
                while not self._stopping.is_set():
                    if self._lock(connection):
                        self.active = True
                        self._relay(connection)
                    self._stopping.wait(STANDBY_S)
            finally:
                self.active = False
                connection.invalidate()  # closed for good: in the pool it would keep the lock

    def _lock(self, connection: Connection) -> bool:
        key = {"key": f"relay:{self._service}"}
        return bool(
            connection.execute(text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))"), key).scalar_one()
        )

    def _relay(self, connection: Connection) -> None:
        highest = self._inspect(connection)
        inspected = time.monotonic()
        while not self._stopping.is_set():
            self._wake.clear()
            if time.monotonic() - inspected > self._inspect_s:
                highest = self._inspect(connection)
                inspected = time.monotonic()
            page = connection.execute(_PAGE).all()
            if not page:
                _depth.labels(self._service).set(0)
                _age.labels(self._service).set(0)
                self._wake.wait(POLL_S)
                continue
            highest = self._publish(connection, page, highest)

    def _inspect(self, connection: Connection) -> int:
        """Compare the stream's end with the places in the outbox; returns the highest place."""
        backlog = connection.execute(_BACKLOG).one()
        _depth.labels(self._service).set(backlog.depth)
        _age.labels(self._service).set(backlog.age_s)
        highest = connection.execute(text("SELECT coalesce(max(stream_seq), 0) FROM outbox")).scalar_one()
        last_seq = self._bus.ensure_stream(self._service).last_seq  # after it, or a second relay looks like a loss
        if last_seq < highest:
            self._rewind(connection, last_seq)
        return int(min(highest, last_seq))

    def _publish(self, connection: Connection, page: Sequence[outbox.AnyRow], highest: int) -> int:
        acks = self._bus.publish(self._service, [outbox.envelope(row, self._service) for row in page])
        crashpoint(AFTER_PUBLISH)
        new = [ack.stream_seq for ack in acks.values() if not ack.duplicate]
        if new and min(new) <= highest:
            self._rewind(connection, min(new) - 1)
        self._mark(connection, page, acks)
        if len(acks) < len(page):
            self._stopping.wait(POLL_S)
        return max(new, default=highest)

    def _mark(self, connection: Connection, page: Sequence[outbox.AnyRow], acks: Mapping[UUID, Ack]) -> None:
        done = [(row.id, acks[row.event_id].stream_seq) for row in page if row.event_id in acks]
        connection.execute(_MARK, {"ids": [row_id for row_id, _ in done], "places": [place for _, place in done]})
        _published.labels(self._service).inc(len(done))

    def _rewind(self, connection: Connection, last_seq: int) -> None:
        lost = connection.execute(_REWIND, {"last_seq": last_seq, "max_age_s": MAX_AGE_S}).rowcount
        _repeated.labels(self._service).inc(lost)
        log.error("the broker has lost events, which are published again", count=lost, after=last_seq)
