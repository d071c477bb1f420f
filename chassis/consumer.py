"""Handles the neighbours' events: each once, in order within its aggregate, in one transaction with its effect.

What the broker delivers is taken as a hint. An event that is early waits in the database; what is missing is asked of
its producer, which also says from time to time how far its aggregates have come, so that nothing is missed for good
whatever the broker has lost. A handler that fails is tried again some times, then its event becomes a dead letter
that blocks only its aggregate.

Threads: one fetches per producer, a few handle, one looks after what waits.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from google.protobuf.message import DecodeError, Message
from prometheus_client import Counter, Gauge

from chassis import calls, dead_letters, inbox, logs, tokens
from chassis.bus import Bus, BusUnavailable, Delivery
from chassis.calls import Call
from chassis.crashpoints import crashpoint, register
from chassis.database import Database, Tx
from chassis.envelope import Envelope, MalformedEvent, from_headers
from chassis.event_service import RemoteOutbox
from chassis.faults import backoff_s, describe, is_transient
from chassis.rpc_client import Neighbour

log = logs.get(__name__)

BATCH = 64
BLOCKED_FETCH_S = 0.5  # pause while the broker is away
REDELIVER_S = 2.0  # while the database is away
AT_ONCE = 50  # aggregates looked after in one round
FAILED_ROUND_S = 1.0  # after a start of everything the producer may be the last to answer

BEFORE_COMMIT = register("consumer.before_commit", "the handler is done, nothing is committed")
BEFORE_ACK = register("consumer.before_ack", "applied, and the broker does not know it")

_handled = Counter("rf_consumer_events_total", "Events by outcome", ["consumer", "source", "outcome"])
_redelivered = Counter("rf_consumer_redeliveries_total", "Deliveries that were not the first", ["consumer", "source"])
_failed = Counter("rf_consumer_failures_total", "Failed tries of a handler", ["consumer", "source"])
_replayed = Counter("rf_consumer_replayed_total", "Events asked again of their producer", ["consumer", "source"])
_lag = Gauge("rf_consumer_lag", "Messages in the stream not yet finished", ["consumer", "source"])
_dead = Gauge("rf_dead_letters", "Dead letters that wait for a decision", ["consumer"])

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Received(Generic[M]):
    """An event in a handler's hands."""

    envelope: Envelope
    message: M

    @property
    def event_id(self) -> UUID:
        """UUIDv7, the same for every copy."""
        return self.envelope.event_id

    @property
    def client_id(self) -> UUID | None:
        """The client it concerns, which is also the only one whose rows the transaction sees."""
        return self.envelope.client_id

    @property
    def aggregate_id(self) -> UUID:
        """The aggregate it is about."""
        return self.envelope.aggregate_id

    @property
    def occurred_at(self) -> datetime:
        """When it happened. A handler takes its time from here and never from the clock, so that it can be repeated."""
        return self.envelope.occurred_at


Handler = Callable[[Tx, Received[Any]], None]
Handlers = Mapping[type[Message], Handler]


@dataclass(frozen=True)
class Pace:
    """How patient a consumer is. Seconds, but for the count of tries."""

    max_failures: int = 5  # tries of a handler before its event is given up
    first_retry_s: float = 0.5
    longest_retry_s: float = 60.0
    fetch_s: float = 1.0  # one wait for messages, and so the longest that a stop takes
    tend_s: float = 0.1  # rounds over what failed
    gap_age_s: float = 2.0  # a gap older than this is asked of the producer
    compare_s: float = 10.0  # how often the producer is asked how far it has come; a lost ack waits so long
    measure_s: float = 5.0


class Outcome(Enum):
    """What came of an event."""

    APPLIED = auto()
    MORE = auto()  # applied, and later ones of its aggregate are known of
    DUPLICATE = auto()
    PARKED = auto()
    CONFLICT = auto()  # passed by: another event of this number has been handled


class Consumer:
    """The consumer of one service. Its name, durable on the bus and in the inbox, is the service's.

    ``sources`` gives the handlers per producing service and message class; other events only move their cursor.
    A handler works in the transaction it is given, from the event and its own database alone.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        sources: Mapping[str, Handlers],
        producers: Mapping[str, Neighbour],
        *,
        threads: int = 4,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._bus = bus
        self._name = database.service
        self._sources = tuple(sources)
        self._handlers = {
            message.DESCRIPTOR.full_name: (message, handle)
            for handlers in sources.values()
            for message, handle in handlers.items()
        }
        self._producers = {name: RemoteOutbox(neighbour) for name, neighbour in producers.items()}
        self._pace = pace or Pace()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="consumer")
        self._threads = [
            *(threading.Thread(target=self._listen, args=(s,), name=f"from-{s}", daemon=True) for s in sources),
            threading.Thread(target=self._tend, name="tend", daemon=True),
        ]

    def start(self) -> None:
        """Begin to listen."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 15) -> None:
        """Finish what is in hand; what is not acknowledged comes again."""
        self._stopping.set()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(deadline - time.monotonic(), 0.1))
        self._pool.shutdown(wait=False, cancel_futures=True)

    # -- from the bus -------------------------------------------------------------------------------------------

    def _listen(self, source: str) -> None:
        while not self._stopping.is_set():
            deliveries: Sequence[Delivery] = ()
            try:
                deliveries = self._bus.fetch(source, self._name, BATCH, self._pace.fetch_s)
                if deliveries:
                    self._deal(source, deliveries)
            except BusUnavailable as error:
                log.info("the broker is away", source=source, error=str(error))
                self._stopping.wait(BLOCKED_FETCH_S)
            except Exception as error:  # noqa: BLE001 - whatever it is, the messages come again
                log.error("events not handled", source=source, error=describe(error))
                self._put_back(deliveries)
                self._stopping.wait(REDELIVER_S)

    def _put_back(self, deliveries: Sequence[Delivery]) -> None:
        """Ask for a batch again soon: without a word the broker waits for a minute."""
        try:
            self._bus.nak(deliveries, REDELIVER_S)
        except BusUnavailable as error:
            log.info("the broker is away", error=str(error))

    def _deal(self, source: str, deliveries: Sequence[Delivery]) -> None:
        """Handle a batch, in order within each aggregate, and acknowledge what has been committed."""
        _redelivered.labels(self._name, source).inc(sum(delivery.attempt > 1 for delivery in deliveries))
        done: list[Delivery] = []
        again: list[Delivery] = []
        by_aggregate: dict[UUID, list[tuple[Delivery, Envelope]]] = {}
        for delivery in deliveries:
            try:
                event = from_headers(delivery.headers, delivery.payload, source)
            except MalformedEvent as error:
                self._bury_unreadable(source, delivery, error)
                done.append(delivery)
            else:
                by_aggregate.setdefault(event.aggregate_id, []).append((delivery, event))
        known = self._known(by_aggregate.values())
        work = [self._pool.submit(self._in_order, row, known, done, again) for row in by_aggregate.values()]
        _finish(work)
        crashpoint(BEFORE_ACK)
        if again:
            self._bus.nak(again, REDELIVER_S)
        self._bus.ack(done)

    def _known(self, rows: Iterable[list[tuple[Delivery, Envelope]]]) -> set[UUID]:
        with self._database.unscoped() as tx:
            return inbox.known(tx.connection, self._name, [event.event_id for row in rows for _, event in row])

    def _in_order(
        self,
        row: Sequence[tuple[Delivery, Envelope]],
        known: set[UUID],
        done: list[Delivery],
        again: list[Delivery],
    ) -> None:
        for delivery, event in row:
            if event.event_id in known:
                _handled.labels(self._name, event.source, "duplicate").inc()
                done.append(delivery)
                continue
            try:
                self._receive(event)
            except Exception as error:  # noqa: BLE001 - the database is away: neither applied nor parked
                log.warning("event put back", type=event.type, event_id=str(event.event_id), error=describe(error))
                again.append(delivery)
            else:
                done.append(delivery)

    def _bury_unreadable(self, source: str, delivery: Delivery, error: MalformedEvent) -> None:
        log.error("message without readable headers", source=source, place=delivery.stream_seq)
        with self._database.unscoped() as tx:
            dead_letters.bury_unreadable(
                tx.connection, self._name, source, delivery.stream_seq, delivery.payload, f"MalformedEvent: {error}"
            )

    # -- one event ----------------------------------------------------------------------------------------------

    def _receive(self, event: Envelope) -> None:
        """Apply an event and those that waited for it; or keep it, or note its failure.

        Raises only if the database can take none of that, and then the event has to come again.
        """
        upcoming: Envelope | None = event
        while upcoming is not None:
            try:
                outcome = self._apply(upcoming)
            except Exception as error:  # noqa: BLE001 - a handler's defect is the event's matter, not the consumer's
                self._note_failure(upcoming, error)
                return
            _handled.labels(self._name, event.source, outcome.name.lower()).inc()
            upcoming = self._next(event.aggregate_id) if outcome is Outcome.MORE else None

    def _apply(self, event: Envelope) -> Outcome:
        call = Call(event.type, tokens.system(self._name), str(event.event_id), event.traceparent or "")
        clients = [] if event.client_id is None else [event.client_id]
        with calls.during(call), self._database.system(clients) as tx:
            cursor = inbox.lock_cursor(tx.connection, self._name, event)
            if event.seq <= cursor.last_seq:
                return self._outlived(tx, event)
            if cursor.blocked or event.seq > cursor.last_seq + 1:
                inbox.park(tx.connection, self._name, event)
                return Outcome.PARKED
            if inbox.record(tx.connection, self._name, event.event_id):
                self._handle(tx, event)
            more = inbox.advance(tx.connection, self._name, event)
            crashpoint(BEFORE_COMMIT)
        return Outcome.MORE if more else Outcome.APPLIED

    def _outlived(self, tx: Tx, event: Envelope) -> Outcome:
        """A copy of what has been handled; or another event of that number, which only a restored producer tells."""
        if inbox.known(tx.connection, self._name, [event.event_id]):
            return Outcome.DUPLICATE
        log.error("producer has forgotten what it told", source=event.source, aggregate_id=str(event.aggregate_id))
        return Outcome.CONFLICT

    def _handle(self, tx: Tx, event: Envelope) -> None:
        if event.type not in self._handlers:
            return
        message, handle = self._handlers[event.type]
        handle(tx, Received(event, message.FromString(event.payload)))

    def _note_failure(self, event: Envelope, error: Exception) -> None:
        """Keep the event for another try, or give it up. In a transaction of its own: the handler's is gone."""
        undecodable = isinstance(error, DecodeError)
        poison = undecodable or not is_transient(error)
        _failed.labels(self._name, event.source).inc()
        log.warning("handler failed", type=event.type, event_id=str(event.event_id), error=describe(error))
        with self._database.unscoped() as tx:
            cursor = inbox.lock_cursor(tx.connection, self._name, event)
            if event.seq <= cursor.last_seq:
                return  # another process has handled it meanwhile
            inbox.park(tx.connection, self._name, event)
            if cursor.blocked:
                return  # and has given it up
            attempts, failures = inbox.count_failure(tx.connection, self._name, event, describe(error), poison=poison)
            if undecodable or failures >= self._pace.max_failures:
                dead_letters.bury(tx.connection, self._name, event)
                log.error("event given up", type=event.type, event_id=str(event.event_id), error=describe(error))
            else:
                first_s = self._pace.first_retry_s if poison else min(0.05, self._pace.first_retry_s)
                delay_s = backoff_s(attempts, first_s=first_s, longest_s=self._pace.longest_retry_s)
                inbox.retry_in(tx.connection, self._name, event, delay_s)

    def _next(self, aggregate_id: UUID) -> Envelope | None:
        with self._database.unscoped() as tx:
            return inbox.next_pending(tx.connection, self._name, aggregate_id)

    # -- what waits ---------------------------------------------------------------------------------------------

    def _tend(self) -> None:
        """Try again what failed, ask for what is missing, compare with the producers, measure."""
        rounds: list[_Round] = [
            _Round(self._pace.tend_s, self._retry),
            _Round(min(1.0, self._pace.gap_age_s), self._fill_gaps),
            _Round(self._pace.measure_s, self._measure),
            *(_Round(self._pace.compare_s, partial(self._compare, source)) for source in self._producers),
        ]
        while not self._stopping.wait(self._pace.tend_s):
            for one in rounds:
                if self._stopping.is_set():
                    return
                try:
                    one.run_if_due()
                except Exception as error:  # noqa: BLE001 - a neighbour or the database is away; the round comes again
                    log.warning("waiting events not tended", error=describe(error))

    def _retry(self) -> None:
        with self._database.unscoped() as tx:
            aggregates = inbox.due(tx.connection, self._name, AT_ONCE)
        _finish([self._pool.submit(self._resume, aggregate_id) for aggregate_id in aggregates])

    def _resume(self, aggregate_id: UUID) -> None:
        event = self._next(aggregate_id)
        if event is not None:
            self._receive(event)

    def _fill_gaps(self) -> None:
        more = True
        while more and not self._stopping.is_set():  # a consumer that is built anew has a gap in every aggregate
            with self._database.unscoped() as tx:
                gaps = inbox.behind(tx.connection, self._name, self._pace.gap_age_s, AT_ONCE)
            _finish([self._pool.submit(self._fill, source, aggregate_id) for source, aggregate_id in gaps])
            more = len(gaps) == AT_ONCE

    def _fill(self, source: str, aggregate_id: UUID) -> None:
        self._resume(aggregate_id)
        with self._database.unscoped() as tx:
            last_seq = inbox.ask_again_later(tx.connection, self._name, aggregate_id)
        if last_seq is None or source not in self._producers:
            return
        # all of them first: the call has a deadline, and handling them takes its time
        for event in list(self._producers[source].replay(aggregate_id, last_seq + 1)):
            self._receive(event)
            _replayed.labels(self._name, source).inc()

    def _compare(self, source: str) -> None:
        """Learn how far the producer's aggregates have come since the last time."""
        more = True
        while more and not self._stopping.is_set():
            with self._database.unscoped() as tx:
                before = inbox.position(tx.connection, self._name, source)
            page = self._producers[source].heads(before)
            with self._database.unscoped() as tx:
                inbox.note_heads(tx.connection, self._name, source, page.heads, before=before, token=page.token)
            more = page.more

    def _measure(self) -> None:
        with self._database.unscoped() as tx:
            _dead.labels(self._name).set(dead_letters.count_unresolved(tx.connection, self._name))
        if self._bus.connected:
            for source in self._sources:
                _lag.labels(self._name, source).set(self._bus.lag(source, self._name))


class _Round:
    """Something done every so many seconds, and sooner again when it has failed."""

    def __init__(self, every_s: float, run: Callable[[], None]) -> None:
        self._every_s = every_s
        self._run = run
        self._next = 0.0

    def run_if_due(self) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + min(self._every_s, FAILED_ROUND_S)
            self._run()
            self._next = time.monotonic() + self._every_s


def _finish(work: Sequence[Future[None]]) -> None:
    """Wait for all of it; raises the first error."""
    wait(work)
    for one in work:
        one.result()
