"""The connection to NATS JetStream: one asyncio thread owns it, everybody else calls in with a deadline.

JetStream carries events, PostgreSQL is their record. So nothing here is trusted to last: a stream or consumer that
has been deleted is made anew by whoever meets its absence, the relay repeats what a stream has lost, and consumers
compare with the producer.
"""

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, NotFoundError
from nats.js.errors import Error as JetStreamError

from chassis import logs
from chassis.envelope import Envelope, to_headers

log = logs.get(__name__)

MAX_AGE_S = 14 * 86_400  # what is older comes from the outbox
DUPLICATE_WINDOW_S = 3_600  # a relay may be down this long between publish and mark without a repeat in the stream
ACK_WAIT_S = 60
MAX_ACK_PENDING = 500
RENEW_AFTER_S = 30  # a subscription that has been silent this long is made anew; some stay deaf after a reconnect

T = TypeVar("T")


class BusUnavailable(Exception):
    """The broker does not answer, or not in time. The same call may succeed later."""


@dataclass(frozen=True, slots=True)
class Ack:
    """Where the broker put an event. A duplicate has the place of its first copy."""

    stream_seq: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message handed to a consumer, to be acknowledged after the commit."""

    headers: Mapping[str, str] | None
    payload: bytes
    stream_seq: int
    attempt: int  # from 1
    message: Msg


@dataclass(frozen=True, slots=True)
class StreamState:
    """Where a stream ends. ``created_now`` if it had to be made."""

    last_seq: int
    created_now: bool


def stream_of(service: str) -> str:
    """The stream that holds a service's events: ``LEDGER``."""
    return service.upper()


class Bus:
    """A connection that never gives up. Its methods are called from any thread and block until their deadline.

    ``url`` may hold user and password; ``replicas`` and ``max_bytes`` are those of streams made here.
    """

    def __init__(self, url: str, name: str, *, replicas: int = 1, max_bytes: int = 1 << 30) -> None:
        self._url = url
        self._name = name
        self._replicas = replicas
        self._max_bytes = max_bytes
        self._client: Client | None = None
        self._js: JetStreamContext | None = None
        self._subscriptions: dict[tuple[str, str], JetStreamContext.PullSubscription] = {}
        self._heard: dict[tuple[str, str], float] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bus", daemon=True)
        self._connecting: Future[None] | None = None

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect, and go on doing so for as long as the bus lives. Does not wait."""
        self._thread.start()
        self._connecting = asyncio.run_coroutine_threadsafe(self._connect(), self._loop)

    def stop(self, timeout_s: float = 5) -> None:
        """Send what is buffered and close."""
        if not self._thread.is_alive():
            return
        try:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout_s)
        except TimeoutError:
            log.warning("closed without an answer of the broker")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._loop.close()

    @property
    def connected(self) -> bool:
        """True while the broker is reachable."""
        return self._client is not None and self._client.is_connected

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until the broker is reachable; False if it is not in time."""
        deadline = time.monotonic() + timeout_s
        while not self.connected and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.connected

    def ping(self, timeout_s: float = 1) -> None:
        """Truly reach JetStream, for readiness. Raises BusUnavailable."""
        self._call(self._account(), timeout_s)

    # -- producing ----------------------------------------------------------------------------------------------

    def ensure_stream(self, service: str, timeout_s: float = 5) -> StreamState:
        """Make the stream of a service if it is missing, and say where it ends. Raises BusUnavailable."""
        return self._call(self._ensure_stream(service), timeout_s)

    def publish(self, service: str, events: Sequence[Envelope], timeout_s: float = 5) -> dict[UUID, Ack]:
        """Publish events: those of one aggregate one after the other, different aggregates at the same time.

        Returns the ack of each event that the broker has stored. An event without ack may have been stored as well;
        publish it again, its id makes the copy a duplicate. Raises BusUnavailable if none was acknowledged.
        """
        acks: dict[UUID, Ack] = {}
        # longer than the deadline inside, so that the acks that did come are kept
        self._call(self._publish(service, events, acks, timeout_s), timeout_s + 2)
        return acks

    # -- consuming ----------------------------------------------------------------------------------------------

    def fetch(self, service: str, durable: str, batch: int, wait_s: float) -> list[Delivery]:
        """The next messages of a service's stream for a durable consumer; empty if none comes in ``wait_s`` seconds.

        Makes stream and consumer if they are missing. Raises BusUnavailable.
        """
        return self._call(self._fetch(service, durable, batch, wait_s), wait_s + 10)

    def ack(self, deliveries: Iterable[Delivery], timeout_s: float = 5) -> None:
        """Tell the broker that they are dealt with. A lost ack only brings a repeat. Raises BusUnavailable."""
        self._call(self._ack([delivery.message for delivery in deliveries]), timeout_s)

    def nak(self, deliveries: Iterable[Delivery], delay_s: float, timeout_s: float = 5) -> None:
        """Ask for them again after a while. Raises BusUnavailable."""
        self._call(self._nak([delivery.message for delivery in deliveries], delay_s), timeout_s)

    def lag(self, service: str, durable: str, timeout_s: float = 5) -> int:
        """Count of messages that the consumer has not finished. Raises BusUnavailable.

        Makes the consumer anew if it believes to be ahead of its stream: an older copy of the stream was put back,
        and the consumer would pass new messages by.
        """
        return self._call(self._lag(service, durable), timeout_s)

    # -- on the loop --------------------------------------------------------------------------------------------

    def _call(self, work: Coroutine[Any, Any, T], timeout_s: float) -> T:
        if not self.connected:
            work.close()
            raise BusUnavailable("not connected")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_s)
        except TimeoutError:
            future.cancel()
            raise BusUnavailable("no answer in time") from None
        except CancelledError:
            raise BusUnavailable("closed") from None
        except (nats.errors.Error, JetStreamError, OSError) as error:
            raise BusUnavailable(f"{type(error).__name__}: {error}") from error

    async def _connect(self) -> None:
        async def failed(error: Exception) -> None:
            log.debug("broker", error=type(error).__name__)

        async def disconnected() -> None:
            log.warning("connection to the broker lost")

        async def reconnected() -> None:
            log.info("connected to the broker again")

        while self._client is None:
            try:
                client = await nats.connect(
                    self._url,
                    name=self._name,
                    error_cb=failed,
                    disconnected_cb=disconnected,
                    reconnected_cb=reconnected,
                    connect_timeout=2,
                    reconnect_time_wait=0.25,
                    max_reconnect_attempts=-1,
                    ping_interval=10,
                    max_outstanding_pings=2,
                )
            except (nats.errors.Error, OSError) as error:
                log.warning("no connection to the broker", error=type(error).__name__)
                await asyncio.sleep(1)
            else:
                self._js = client.jetstream(timeout=2)
                self._client = client

    async def _close(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        if self._client is not None:
            await self._client.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @property
    def _jetstream(self) -> JetStreamContext:
        assert self._js is not None  # noqa: S101 - _call has checked the connection
        return self._js

    async def _account(self) -> None:
        await self._jetstream.account_info()

    async def _ensure_stream(self, service: str) -> StreamState:
        js = self._jetstream
        try:
            return StreamState((await js.stream_info(stream_of(service))).state.last_seq, created_now=False)
        except NotFoundError:
            pass
        try:
            info = await js.add_stream(
                api.StreamConfig(
                    name=stream_of(service),
                    subjects=[f"rf.{service}.v1.>"],
                    storage=api.StorageType.FILE,
                    retention=api.RetentionPolicy.LIMITS,
                    max_age=MAX_AGE_S,
                    max_bytes=self._max_bytes,
                    discard=api.DiscardPolicy.NEW,  # a full stream pushes back; it does not eat events
                    duplicate_window=DUPLICATE_WINDOW_S,
                    num_replicas=self._replicas,
                    deny_delete=True,
                    deny_purge=True,
                    allow_direct=True,
                )
            )
        except APIError:
            # another process made it in the same moment
            return StreamState((await js.stream_info(stream_of(service))).state.last_seq, created_now=False)
        log.info("stream made", stream=stream_of(service))
        return StreamState(info.state.last_seq, created_now=True)

    async def _publish(self, service: str, events: Sequence[Envelope], acks: dict[UUID, Ack], timeout_s: float) -> None:
        by_aggregate: dict[UUID, list[Envelope]] = {}
        for event in events:
            by_aggregate.setdefault(event.aggregate_id, []).append(event)
        tasks = [
            asyncio.create_task(self._publish_in_order(service, row, acks, timeout_s)) for row in by_aggregate.values()
        ]
        _, late = await asyncio.wait(tasks, timeout=timeout_s)
        for task in late:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        errors = [result for result in results if isinstance(result, BaseException)]
        if errors and not acks:
            raise BusUnavailable(f"{type(errors[0]).__name__}: {errors[0]}")
        if errors:
            log.warning("events not acknowledged", count=len(events) - len(acks), error=type(errors[0]).__name__)

    async def _publish_in_order(
        self, service: str, events: Sequence[Envelope], acks: dict[UUID, Ack], timeout_s: float
    ) -> None:
        for event in events:
            ack = await self._jetstream.publish(
                event.subject,
                event.payload,
                timeout=timeout_s,
                stream=stream_of(service),
                headers=to_headers(event),
            )
            acks[event.event_id] = Ack(ack.seq, duplicate=bool(ack.duplicate))

    async def _subscription(self, service: str, durable: str) -> JetStreamContext.PullSubscription:
        key = (service, durable)
        subscription = self._subscriptions.get(key)
        if subscription is not None and time.monotonic() - self._heard[key] < RENEW_AFTER_S:
            return subscription
        await self._drop_subscription(key)
        await self._ensure_stream(service)
        await self._jetstream.add_consumer(
            stream_of(service),
            api.ConsumerConfig(
                durable_name=durable,
                deliver_policy=api.DeliverPolicy.ALL,
                ack_policy=api.AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT_S,
                max_deliver=-1,  # tries are counted in the database, which also keeps what failed
                max_ack_pending=MAX_ACK_PENDING,
            ),
        )
        subscription = await self._jetstream.pull_subscribe_bind(durable=durable, stream=stream_of(service))
        self._subscriptions[key] = subscription
        self._heard[key] = time.monotonic()
        return subscription

    async def _drop_subscription(self, key: tuple[str, str]) -> None:
        subscription = self._subscriptions.pop(key, None)
        if subscription is not None:
            try:
                await subscription.unsubscribe()
            except (nats.errors.Error, JetStreamError):
                log.debug("old subscription was gone", stream=key[0], consumer=key[1])

    async def _fetch(self, service: str, durable: str, batch: int, wait_s: float) -> list[Delivery]:
        key = (service, durable)
        subscription = await self._subscription(service, durable)
        try:
            messages = await subscription.fetch(batch, timeout=wait_s)
        except (TimeoutError, nats.errors.TimeoutError):
            return []
        except (nats.errors.Error, JetStreamError):
            # the consumer or its stream is gone: the next call makes both anew
            await self._drop_subscription(key)
            raise
        self._heard[key] = time.monotonic()
        return [
            Delivery(
                headers=message.headers,
                payload=message.data,
                stream_seq=message.metadata.sequence.stream,
                attempt=message.metadata.num_delivered or 1,
                message=message,
            )
            for message in messages
        ]

    async def _ack(self, messages: list[Msg]) -> None:
        for message in messages:
            await message.ack()

    async def _nak(self, messages: list[Msg], delay_s: float) -> None:
        for message in messages:
            await message.nak(delay=delay_s)

    async def _lag(self, service: str, durable: str) -> int:
        stream = (await self._jetstream.stream_info(stream_of(service))).state
        try:
            consumer = await self._jetstream.consumer_info(stream_of(service), durable)
        except NotFoundError:
            await self._drop_subscription((service, durable))
            return stream.messages
        if consumer.delivered is not None and consumer.delivered.stream_seq > stream.last_seq:
            log.warning("consumer ahead of its stream is made anew", stream=stream_of(service), consumer=durable)
            await self._jetstream.delete_consumer(stream_of(service), durable)
            await self._drop_subscription((service, durable))
            return stream.messages
        return (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)
