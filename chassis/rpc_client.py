"""Calls to neighbours: one channel each, a deadline and a token on every call, errors in our own vocabulary."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import grpc

from chassis import calls
from chassis.bulkhead import Bulkhead
from chassis.rpc_errors import from_rpc_error
from chassis.rpc_server import MAX_MESSAGE_BYTES
from rf.auth.v1 import credentials_pb2, credentials_pb2_grpc

DEFAULT_TIMEOUT_S = 5.0
TOKEN_MARGIN_S = 15.0

Stub = TypeVar("Stub")
TokenSource = Callable[[], str]

_SERVICE_CONFIG = json.dumps(
    {
        # when most calls fail, trying each of them again is what keeps a house down
        "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.5},
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{}],
                # every write carries a request_id, so that a repeat has one effect
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "0.5s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
)


def open_channel(target: str, *, retries: bool = True) -> grpc.Channel:
    """A channel to a service: one address, a name that resolves to many, or several addresses with commas."""
    address = f"ipv4:{target}" if "," in target else target
    return grpc.insecure_channel(
        address,
        options=[
            ("grpc.service_config", _SERVICE_CONFIG),
            ("grpc.enable_retries", int(retries)),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 2_000),
            ("grpc.min_reconnect_backoff_ms", 200),
        ],
    )


class _Routes(grpc.Channel):
    """Single messages by a channel that tries again, streams by one that does not.

    gRPC 1.85 leaves a stream that it tries again hanging for ever, beyond its deadline, when the server dies in the
    middle of the answer (`tests/component/chassis/test_rpc_streams.py`).
    """

    def __init__(self, target: str) -> None:
        self._retrying = open_channel(target)
        self._streaming = open_channel(target, retries=False)

    def unary_unary(self, *given: Any, **named: Any) -> Any:
        return self._retrying.unary_unary(*given, **named)

    def unary_stream(self, *given: Any, **named: Any) -> Any:
        return self._streaming.unary_stream(*given, **named)

    def stream_unary(self, *given: Any, **named: Any) -> Any:
        return self._streaming.stream_unary(*given, **named)

    def stream_stream(self, *given: Any, **named: Any) -> Any:
        return self._streaming.stream_stream(*given, **named)

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        self._retrying.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Any) -> None:
        self._retrying.unsubscribe(callback)

    def close(self) -> None:
        self._retrying.close()
        self._streaming.close()

    def __enter__(self) -> "_Routes":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Neighbour:
    """A neighbouring service. Stubs made here add what every call carries and raise DomainErrors.

    ``places`` is how many calls may be under way at once. Raises on call: RemoteError with the neighbour's own reason,
    Unavailable, Unauthenticated, Overloaded.
    """

    def __init__(
        self,
        name: str,
        target: str,
        token: TokenSource | None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        places: int | None = None,
    ) -> None:
        self.name = name
        self._plain = _Routes(target)
        bulkhead = nullcontext() if places is None else Bulkhead(name, places)
        self._channel = grpc.intercept_channel(self._plain, _EveryCall(name, token, timeout_s, bulkhead))

    def stub(self, kind: Callable[[grpc.Channel], Stub]) -> Stub:
        """A stub of this kind, e.g. ``ledger.stub(journals_pb2_grpc.JournalServiceStub)``."""
        return kind(self._channel)

    def close(self) -> None:
        self._plain.close()


class ServiceToken:
    """The token of this service itself, traded at auth for its credential and kept until shortly before its end."""

    def __init__(self, auth_target: str, name: str, secret: str, audience: Sequence[str]) -> None:
        self._stub = Neighbour("auth", auth_target, token=None).stub(credentials_pb2_grpc.CredentialServiceStub)
        self._request = credentials_pb2.ExchangeCredentialRequest(name=name, secret=secret, audience=audience)
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0

    def __call__(self) -> str:
        with self._lock:
            if time.monotonic() >= self._good_until:
                asked_at = time.monotonic()
                response = self._stub.ExchangeCredential(self._request)
                self._token = response.access_token
                self._good_until = asked_at + response.expires_in_seconds - TOKEN_MARGIN_S
            return self._token


def callers_token() -> str:
    """The token of the call that is being answered: the neighbour decides with the rights of who asked."""
    return calls.caller().token


class _Details(NamedTuple):
    method: str
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: Any
    compression: Any


class _EveryCall(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
):
    def __init__(
        self, neighbour: str, token: TokenSource | None, timeout_s: float, places: AbstractContextManager[object]
    ) -> None:
        self._neighbour = neighbour
        self._token = token
        self._timeout_s = timeout_s
        self._places = places

    def _details(self, details: Any) -> _Details:
        call = calls.current()
        timeout = details.timeout or self._timeout_s
        metadata = list(details.metadata or ())
        if call is not None:
            timeout = min(timeout, max(call.seconds_left(), 0.001))
        metadata.append(("x-request-id", call.request_id if call and call.request_id else str(uuid4())))
        metadata.append(("traceparent", call.traceparent if call and call.traceparent else calls.new_traceparent()))
        if self._token is not None:
            metadata.append(("authorization", f"Bearer {self._token()}"))
        return _Details(
            details.method, timeout, metadata, details.credentials, details.wait_for_ready, details.compression
        )

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        with self._places:
            return self._raised(continuation(self._details(client_call_details), request))

    def intercept_stream_unary(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        with self._places:
            return self._raised(continuation(self._details(client_call_details), request_iterator))

    def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        details = self._details(client_call_details)  # now: when it is read, the page that asked may be over
        return self._read(lambda: continuation(details, request))

    def _raised(self, outcome: Any) -> Any:
        error = outcome.exception()
        if isinstance(error, grpc.RpcError):
            raise from_rpc_error(error, self._neighbour) from None
        return outcome

    def _read(self, ask: Callable[[], Any]) -> Iterator[Any]:
        with self._places:
            try:
                yield from ask()
            except grpc.RpcError as error:
                raise from_rpc_error(error, self._neighbour) from None
