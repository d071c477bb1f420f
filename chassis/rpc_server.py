"""A gRPC server on threads with everything that holds for every RPC: token, deadline, ids, errors, metrics, logs."""

import contextvars
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import uuid4

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import DecodeError
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status

from chassis import calls, logs, metrics
from chassis.bulkhead import Bulkhead
from chassis.calls import Call, Unauthenticated
from chassis.rpc_errors import to_status
from chassis.tokens import InvalidToken, Verifier
from kernel.errors import DomainError, Kind

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
MAX_DEADLINE_S = 60.0
MAX_STREAM_DEADLINE_S = 600.0  # an answer in pieces: a list of a million rows takes its time
DRAIN_S = 20.0

TOKENLESS_METHODS = frozenset(
    {
        "/rf.auth.v1.CredentialService/ExchangeCredential",  # trades a secret for the first token
        "/rf.auth.v1.UserService/CreateFirstAdministrator",  # against the token printed at the first start
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.health.v1.Health/List",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    }
)
"""The only RPCs that answer without a token; the policy test reads this list."""

log = logs.get(__name__)
Behaviour = Callable[[Any, grpc.ServicerContext], Any]


class InternalError(DomainError):
    """Something failed that should not have; the log has it under the request id."""

    reason = "INTERNAL"
    kind = Kind.BROKEN


class MalformedMessage(DomainError):
    """The bytes are no message of the method's kind."""

    reason = "MALFORMED_MESSAGE"
    kind = Kind.INVALID


@dataclass(frozen=True)
class Served:
    """A servicer and what is needed to serve it."""

    register: Callable[[Any, grpc.Server], None]  # the generated add_…_to_server
    servicer: object
    descriptor: ServiceDescriptor


class RpcServer:
    """Serves servicers until stopped: not ready, then drained, then closed."""

    def __init__(self, listen: str, verifier: Verifier, served: Sequence[Served], threads: int) -> None:
        self._server = grpc.server(
            ThreadPoolExecutor(max_workers=threads, thread_name_prefix="rpc"),
            interceptors=[_EveryCall(verifier, Bulkhead("streams", max(threads // 2, 1)))],
            maximum_concurrent_rpcs=threads * 8,  # more than that is refused at once, not queued
            options=[
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
                ("grpc.so_reuseport", 0),
                ("grpc.keepalive_time_ms", 30_000),
            ],
        )
        for one in served:
            one.register(one.servicer, self._server)
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [one.descriptor.full_name for one in served]
        reflection.enable_server_reflection(
            [*names, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.SERVICE_NAME], self._server
        )
        self.port = self._server.add_insecure_port(listen)

    def start(self) -> None:
        self._server.start()
        self._health.set("", health_pb2.HealthCheckResponse.SERVING)

    def stop(self) -> None:
        self._health.enter_graceful_shutdown()
        self._server.stop(DRAIN_S).wait()


class _EveryCall(grpc.ServerInterceptor):
    """Wraps each RPC; the order is: ids, deadline, token, work, errors, metrics, log."""

    def __init__(self, verifier: Verifier, streams: Bulkhead) -> None:
        self._verifier = verifier
        self._streams = streams

    def intercept_service(
        self,
        continuation: Any,  # grpc's stubs say that it never gives None, which it does for unknown methods
        handler_call_details: Any,
    ) -> Any:
        handler: grpc.RpcMethodHandler[Any, Any] | None = continuation(handler_call_details)
        if handler is None:  # no such method
            return None
        method: str = handler_call_details.method
        metadata = {str(key): value for key, value in handler_call_details.invocation_metadata or ()}
        wrap = self._streamed if handler.response_streaming else self._single
        in_pieces = handler.request_streaming or handler.response_streaming
        places: AbstractContextManager[object] = self._streams if in_pieces else nullcontext()
        for kind, factory in _HANDLERS.items():
            behaviour = getattr(handler, kind)
            if behaviour is not None:
                # bytes are parsed inside, after the token and where a refusal has a reason: gRPC would say INTERNAL
                parsing = _parsing(behaviour, handler.request_deserializer, handler.request_streaming)
                return factory(wrap(method, metadata, parsing, places), None, handler.response_serializer)
        return handler

    def _call(
        self, method: str, metadata: dict[str, Any], context: grpc.ServicerContext, most_s: float = MAX_DEADLINE_S
    ) -> Call:
        remaining: float | None = context.time_remaining()  # None without a deadline, whatever the stubs say
        seconds = MAX_DEADLINE_S if remaining is None else min(max(remaining, 0.0), most_s)
        return Call(
            name=method,
            request_id=str(metadata.get("x-request-id") or uuid4()),
            traceparent=str(metadata.get("traceparent") or calls.new_traceparent()),
            deadline=time.monotonic() + seconds,
        )

    def _authenticated(self, call: Call, metadata: dict[str, Any]) -> Call:
        if call.name in TOKENLESS_METHODS:
            return call
        scheme, _, token = str(metadata.get("authorization", "")).partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        try:
            caller = self._verifier.verify(token)
        except InvalidToken:
            raise Unauthenticated from None
        return Call(call.name, caller, call.request_id, call.traceparent, call.deadline)

    def _single(
        self, method: str, metadata: dict[str, Any], behaviour: Behaviour, places: AbstractContextManager[object]
    ) -> Behaviour:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            call = self._call(method, metadata, context)
            started = time.perf_counter()
            try:
                with calls.during(self._authenticated(call, metadata)) as authenticated, places:
                    response = behaviour(request, context)
                    _finish(authenticated, started, "OK")
                    return response
            except Exception as error:  # noqa: BLE001 - the one place where every error becomes a status
                _abort(context, call, started, error)

        return answer

    def _streamed(
        self, method: str, metadata: dict[str, Any], behaviour: Behaviour, places: AbstractContextManager[object]
    ) -> Behaviour:
        def answer(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            call = self._call(method, metadata, context, MAX_STREAM_DEADLINE_S)
            started = time.perf_counter()
            # a generator's steps may run anywhere: each one is run inside the call's own context
            inside = contextvars.copy_context()
            try:
                inside.run(_enter, self._authenticated(call, metadata))
                with places:
                    responses = inside.run(lambda: iter(behaviour(request, context)))
                    while True:
                        try:
                            response = inside.run(next, responses)
                        except StopIteration:
                            break
                        yield response
                _finish(call, started, "OK")
            except Exception as error:  # noqa: BLE001 - as above
                _abort(context, call, started, error)

        return answer


def _parsing(behaviour: Behaviour, deserialize: Callable[[bytes], Any] | None, streaming: bool) -> Behaviour:
    """The behaviour for requests that are still bytes. Raises MalformedMessage."""
    if deserialize is None:
        return behaviour

    def parsed(raw: bytes) -> Any:
        try:
            return deserialize(raw)
        except (DecodeError, ValueError):  # ValueError: text that is not UTF-8, in protobuf's pure Python
            raise MalformedMessage from None

    def parse(raw: Any, context: grpc.ServicerContext) -> Any:
        return behaviour(map(parsed, raw) if streaming else parsed(raw), context)

    return parse


_HANDLERS: "dict[str, Callable[..., grpc.RpcMethodHandler[Any, Any]]]" = {
    "unary_unary": grpc.unary_unary_rpc_method_handler,
    "unary_stream": grpc.unary_stream_rpc_method_handler,
    "stream_unary": grpc.stream_unary_rpc_method_handler,
    "stream_stream": grpc.stream_stream_rpc_method_handler,
}


def _enter(call: Call) -> None:
    calls._current.set(call)  # noqa: SLF001 - set for good inside a context of its own


def _finish(call: Call, started: float, code: str) -> None:
    seconds = time.perf_counter() - started
    metrics.RPC_SECONDS.labels(call.name, code).observe(seconds)
    log.debug("rpc", method=call.name, code=code, ms=round(seconds * 1000, 1))


def _abort(context: grpc.ServicerContext, call: Call, started: float, error: Exception) -> NoReturn:
    if isinstance(error, grpc.RpcError) or (type(error) is Exception and not error.args):
        raise error  # context.abort was called already, or the client has gone
    domain_error = as_domain_error(error)
    status = rpc_status.to_status(to_status(domain_error))
    metrics.RPC_SECONDS.labels(call.name, status.code.name).observe(time.perf_counter() - started)
    with calls.during(call):
        if isinstance(domain_error, InternalError):
            log.error("rpc failed", method=call.name, exc_info=error)
        else:
            log.info("rpc refused", method=call.name, code=status.code.name, reason=domain_error.reason)
    context.abort_with_status(status)
    raise AssertionError("abort_with_status raises")


_TRANSLATORS: list[Callable[[Exception], DomainError | None]] = []


def translate_errors(translator: Callable[[Exception], DomainError | None]) -> None:
    """Add a translation of a library's errors (the database's, the object store's) into our vocabulary."""
    _TRANSLATORS.append(translator)


def as_domain_error(error: Exception) -> DomainError:
    """The error in our vocabulary; InternalError for what nobody foresaw."""
    if isinstance(error, DomainError):
        return error
    for translate in _TRANSLATORS:
        translated = translate(error)
        if translated is not None:
            return translated
    return InternalError()
